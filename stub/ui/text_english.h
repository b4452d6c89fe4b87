/* Everything that the app says to people, in English. For ui/text only.
 *
 * Placeholders, in the order of the arguments: %s text (struct bytes), %f a stranger's text (struct
 * bytes, made harmless), %c text (const char *), %z size, %r rate, %t seconds as a duration, %m
 * thousandths as a ratio (int64_t each), %p percent (done and whole, int64_t both). */
#ifndef UI_TEXT_ENGLISH_H
#define UI_TEXT_ENGLISH_H

#define TEXT_ENGLISH(TEXT)                                                                         \
    TEXT(HELP, "Usage: %c [OPTIONS]\n")                                                            \
    TEXT(USAGE, "%c: %s\n")                                                                        \
    TEXT(BARE_STUB, "This is a samara stub: a BitTorrent client without a torrent in it.\n"        \
                    "\"samara pack FILE.torrent\" makes an app of it.\n")                          \
    TEXT(DAMAGED, "this file is damaged: %c. Please download the file again.")                     \
    TEXT(THIN, "this file carries only a magnet link, which this version cannot follow yet.")      \
    TEXT(NO_MEMORY, "not enough memory.")                                                          \
    TEXT(NO_MATCH, "--only '%f' matches no file; --list shows them.")                              \
    TEXT(NO_FOLDER, "the folder %f cannot be used: %c.")                                           \
    TEXT(NO_FILE, "%f cannot be written: %c.")                                                     \
    TEXT(NO_PORT, "cannot listen for others: %c. Try another --port, or --no-listen.")             \
    TEXT(NOTHING_THERE, "there is nothing in %f to check.")                                        \
    TEXT(NO_DISK, "the disk refused; what was verified is kept.")                                  \
    TEXT(TIMED_OUT, "gave up: nothing useful came for too long. What was verified is kept.")       \
    TEXT(NO_FACE, "this build has no window and no page yet; going on without.")                   \
    TEXT(WARNING, "Warning: %f\n")                                                                 \
    TEXT(ERROR, "Error: %f\n")                                                                     \
    TEXT(GETTING, "%f, %z, into %f\n")                                                             \
    TEXT(HAVING, "%f, %z, in %f\n")                                                                \
    TEXT(PUBLISHER, "Published by %f (as this file says)\n")                                       \
    TEXT(SHARING, "Parts of it are also sent to others")                                           \
    TEXT(AT_MOST, " (at most %r)")                                                                 \
    TEXT(UNTIL_COMPLETE, ", until it is complete")                                                 \
    TEXT(UNTIL, ", until ")                                                                        \
    TEXT(UNTIL_RATIO, "%m times its size was sent")                                                \
    TEXT(OR, " or ")                                                                               \
    TEXT(UNTIL_TIME, "%t after completion")                                                        \
    TEXT(VISIBLE, ";\nthey can see this computer's Internet address")                              \
    TEXT(CTRL_C, ". Ctrl-C stops it.\n")                                                           \
    TEXT(CHECKING, "checking what is there  %p of %z")                                             \
    TEXT(PERCENT, "%p")                                                                            \
    TEXT(DISK_WAIT, "the disk is full at %p: make room, and it goes on by itself")                 \
    TEXT(FINISHING, "saving to disk")                                                              \
    TEXT(SEEDING, "sharing")                                                                       \
    TEXT(STOPPING, "saying goodbye")                                                               \
    TEXT(SIZE, "%z")                                                                               \
    TEXT(DOWN, "%r down")                                                                          \
    TEXT(UP, "%r up")                                                                              \
    TEXT(RATIO, "ratio %m")                                                                        \
    TEXT(COMPLETE, "%f is complete: %z in %t, %r on average.\n")                                   \
    TEXT(SOURCES, "From peers %z, from web seeds %z")                                              \
    TEXT(RESUMED, ", here before %z")                                                              \
    TEXT(WAS_HERE, "%f is complete: all %z were here already")                                     \
    TEXT(WHERE, ".\nIt is in %f%c%s\n")                                                            \
    TEXT(GOES_ON, "Sharing it with others now")                                                    \
    TEXT(STOPPED, "Stopped.\n")                                                                    \
    TEXT(STOPPED_PART, "Stopped at %p. Run it again to go on from there.\n")                       \
    TEXT(INCOMPLETE, "Incomplete: %p is there and verified.\n")                                    \
    TEXT(SHARED, "Shared %z, ratio %m. Thank you.\n")                                              \
    TEXT(LIST_LINE, "  %s%c%c\n")                                                                  \
    TEXT(LIST_END, ", %z in all\n")                                                                \
    TEXT(PIECES, " of %z\n")                                                                       \
    TEXT(LICENSE_CONTENT, "The publisher's licence for the content\n\n")                           \
    TEXT(LICENSE_PROGRAM, "\n\nThe licence of this program\n\n")

#endif
