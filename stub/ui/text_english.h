/* Everything that the app says to people, in English. For ui/language and the tool that embeds the
 * other languages (ui/languages/, one file each): a text added here has to be added there.
 *
 * Placeholders, in the order of the arguments: %s text (struct bytes), %f a stranger's text (struct
 * bytes, made harmless), %c text (const char *), %n number, %z size, %r rate, %t seconds as a
 * duration, %k seconds as a clock, %m thousandths as a ratio (int64_t each), %p percent (done and
 * whole, int64_t both). "{peer|peers}" is the form that goes with the last %n.
 *
 * Whole sentences, no halves: elsewhere the words stand in another order. */
#ifndef UI_TEXT_ENGLISH_H
#define UI_TEXT_ENGLISH_H

#define TEXT_ENGLISH(TEXT) \
    /* Numbers (ui/format). PLURAL names the rule for forms, see language_form. */ \
    TEXT(PLURAL, "one") \
    TEXT(POINT, ".") \
    TEXT(PERCENT_SIGN, "%") \
    TEXT(UNITS, " KiB| MiB| GiB| TiB| PiB| EiB") \
    TEXT(BYTES, "%n {byte|bytes}") \
    TEXT(BYTES_RATE, "%n B/s") \
    TEXT(PER_SECOND, "/s") \
    TEXT(SECONDS, "%n s") \
    TEXT(MINUTES, "%n min") \
    TEXT(HOURS, "%n h") \
    TEXT(DAYS, "%n {day|days}") \
    TEXT(CLOCK_HOURS, "%nh") \
    TEXT(CLOCK_DAYS, "%nd") \
    /* What went wrong before the start, behind ERROR. */ \
    TEXT(DAMAGED, "this file is damaged: %c. Please download the file again.") \
    TEXT(THIN, "this file carries only a magnet link, which this version cannot follow yet.") \
    TEXT(NO_MEMORY, "not enough memory.") \
    TEXT(NO_MATCH, "--only '%f' matches no file; --list shows them.") \
    TEXT(NO_FOLDER, "the folder %f cannot be used: %c.") \
    TEXT(NO_FILE, "%f cannot be written: %c.") \
    TEXT(NO_PORT, "cannot listen for others: %c. Try another --port, or --no-listen.") \
    TEXT(NOTHING_THERE, "there is nothing in %f to check.") \
    TEXT(WARNING, "Warning: %s\n") \
    TEXT(ERROR, "Error: %s\n") \
    /* Reasons, behind a colon; in the order of enum sys_error. */ \
    TEXT(REASON_IN_USE, "already in use") \
    TEXT(REASON_NOT_FOUND, "not found") \
    TEXT(REASON_EXISTS, "exists already") \
    TEXT(REASON_FULL, "no space left on the disk") \
    TEXT(REASON_READ_ONLY, "the disk is read-only") \
    TEXT(REASON_DENIED, "permission denied") \
    TEXT(REASON_TOO_BIG, "too big for this kind of disk") \
    TEXT(REASON_BAD_NAME, "name not allowed on this disk") \
    TEXT(REASON_LINK, "a symbolic link is in the way") \
    TEXT(REASON_NOT_A_FILE, "not the right kind of file") \
    TEXT(REASON_IO, "the disk failed") \
    TEXT(REASON_OTHER, "the system refused") \
    /* What went wrong on the way, and what can be done (ui/trouble). */ \
    TEXT(WHAT_DISK_FULL, "The disk is full.") \
    TEXT(DO_DISK_FULL, "Make room on it: the download goes on by itself.") \
    TEXT(DO_DISK_SMALL, "Make room, or open this file again and choose a folder on another " \
                        "disk.") \
    TEXT(WHAT_READ_ONLY, "Nothing can be written there.") \
    TEXT(DO_OTHER_FOLDER, "Open this file again and choose another folder.") \
    TEXT(WHAT_DISK, "The disk refused to take the content.") \
    TEXT(WHAT_FOLDER, "This folder cannot be used.") \
    TEXT(DO_FOLDER, "Choose another one.") \
    TEXT(WHAT_NO_PEERS, "Nobody who has this can be reached right now.") \
    TEXT(DO_WAIT, "Leave this open: it keeps trying, and begins as soon as somebody is there.") \
    TEXT(WHAT_TRACKER, "The server that knows who has this does not answer as it should.") \
    TEXT(DO_TRACKER, "Is this computer online? It keeps trying by itself.") \
    TEXT(WHAT_TLS, "A secure connection could not be made.") \
    TEXT(DO_TLS, "Is this computer's date right? Some networks want you to sign in first. It " \
                 "keeps trying by itself.") \
    TEXT(WHAT_WEBSEED, "A web server that should have this does not answer as it should.") \
    TEXT(WHAT_BAD_DATA, "Damaged data arrived and was thrown away.") \
    TEXT(DO_NOTHING, "There is nothing to do: it is fetched again, from others.") \
    TEXT(WHAT_LISTEN, "Others cannot be let in.") \
    TEXT(DO_LISTEN, "It goes on without them.") \
    TEXT(WHAT_DAMAGED, "This file is damaged.") \
    TEXT(DO_DAMAGED, "Download it again from where you have it from.") \
    TEXT(WHAT_TIMEOUT, "Nothing came for too long.") \
    TEXT(DO_LATER, "What is here is kept. Open this file again later, and it goes on from " \
                   "there.") \
    TEXT(WHAT_OTHER, "Something went wrong.") \
    TEXT(TROUBLE_DETAIL, "%s (%f)") \
    /* The terminal: what it will do. */ \
    TEXT(GETTING, "%f, %z, into %f\n") \
    TEXT(HAVING, "%f, %z, in %f\n") \
    TEXT(PUBLISHER, "Published by %f (as this file says)\n") \
    TEXT(SHARING, "Parts of it are also sent to others;\n" \
                  "they can see this computer's Internet address.\n") \
    TEXT(SHARING_AT_MOST, "Parts of it are also sent to others (at most %r);\n" \
                          "they can see this computer's Internet address.\n") \
    TEXT(UNTIL_COMPLETE, "Sharing ends when it is complete.") \
    TEXT(UNTIL_RATIO, "Sharing ends when %m times its size was sent.") \
    TEXT(UNTIL_TIME, "Sharing ends %t after completion.") \
    TEXT(UNTIL_EITHER, "Sharing ends when %m times its size was sent, or %t after completion.") \
    TEXT(UNTIL_STOPPED, "Sharing goes on until you stop it.") \
    TEXT(CTRL_C, " Ctrl-C stops it.\n") \
    /* The status line. */ \
    TEXT(CHECKING, "checking what is there  %p of %z") \
    TEXT(DISK_WAIT, "the disk is full at %p: make room, and it goes on by itself") \
    TEXT(FINISHING, "saving to disk") \
    TEXT(SEEDING, "sharing") \
    TEXT(STOPPING, "saying goodbye") \
    TEXT(OF, "of %z") \
    TEXT(DOWN, "%r down") \
    TEXT(UP, "%r up") \
    TEXT(LEFT, "%k left") \
    TEXT(PEERS, "%n {peer|peers}") \
    TEXT(PEERS_WEB, "%n {peer|peers} + %n {web seed|web seeds}") \
    TEXT(RATIO, "ratio %m") \
    /* How it ended. */ \
    TEXT(COMPLETE, "%f is complete: %z in %t, %r on average.\n") \
    TEXT(SOURCES, "From peers %z, from web seeds %z.\n") \
    TEXT(SOURCES_RESUMED, "From peers %z, from web seeds %z, here before %z.\n") \
    TEXT(WAS_HERE, "%f is complete: all %z were here already.\n") \
    TEXT(WHERE, "It is in %f%c%s\n") \
    TEXT(GOES_ON, "It is shared with others now. ") \
    TEXT(STOPPED, "Stopped.\n") \
    TEXT(STOPPED_PART, "Stopped at %p. Run it again to go on from there.\n") \
    TEXT(INCOMPLETE, "Incomplete: %p is there and verified.\n") \
    TEXT(SHARED, "Shared %z, ratio %m. Thank you.\n") \
    /* The page and the window (ui/sheet.h, ui/page.h). */ \
    TEXT(LANGUAGE, "en") \
    TEXT(SHEET_ASK, "Download this?") \
    TEXT(SHEET_CHECKING, "Checking what is already here") \
    TEXT(SHEET_DOWNLOADING, "Downloading") \
    TEXT(SHEET_DISK_WAIT, "Waiting for room on the disk") \
    TEXT(SHEET_FINISHING, "Saving to the disk") \
    TEXT(SHEET_PAUSED, "Paused") \
    TEXT(SHEET_STOPPING, "Saying goodbye") \
    TEXT(SHEET_DONE, "Complete and verified") \
    TEXT(SHEET_TROUBLE, "This did not work") \
    TEXT(SHEET_STOPPED, "Stopped") \
    TEXT(SHEET_ENDED, "Finished") \
    TEXT(SHEET_FILES, "%z in %n {file|files}") \
    TEXT(SHEET_NOTE, "While it downloads, pieces of it are also sent to other people who want " \
                     "it, and they can see this computer's Internet address. Close this page or " \
                     "window, and everything stops.") \
    TEXT(SHEET_PERCENT, "%p of %z") \
    TEXT(SHEET_ALL, "All of it is here, and every piece was checked.") \
    TEXT(SHEET_TAB, "%p · %f") \
    TEXT(SHEET_WEBSEEDS, " + %n from the web") \
    TEXT(SHEET_PASSED_ON, "You have passed on %z, %m times its size. Thank you.") \
    TEXT(SHEET_TILL_CLOSED, "Sharing it with others until you close this page or window.") \
    TEXT(SHEET_NO_SHARING, "It is not shared any more.") \
    TEXT(SHEET_SHARING_PAUSED, "Sharing is paused.") \
    TEXT(SHEET_CLOSE, "You can close this now.") \
    TEXT(LABEL_FOLDER, "Save in this folder") \
    TEXT(LABEL_WHERE, "Folder:") \
    TEXT(LABEL_CHANGE, "Change...") \
    TEXT(LABEL_LISTEN, "Let others reach this computer directly") \
    TEXT(LABEL_LISTEN_HINT, "Finds more people to download from; your firewall may ask about " \
                            "it.") \
    TEXT(LABEL_START, "Start the download") \
    TEXT(LABEL_NOT_NOW, "Not now") \
    TEXT(LABEL_PAUSE, "Pause") \
    TEXT(LABEL_RESUME, "Go on") \
    TEXT(LABEL_STOP, "Stop and close") \
    TEXT(LABEL_CLOSE, "Close") \
    TEXT(LABEL_SHOW, "Open the folder") \
    TEXT(LABEL_KEEP, "Keep sharing until I close this page or window") \
    TEXT(LABEL_LIMIT, "Send to others at most") \
    TEXT(LABEL_UNLIMITED, "no limit") \
    TEXT(LABEL_DOWN, "Receiving") \
    TEXT(LABEL_UP, "Sending") \
    TEXT(LABEL_LEFT, "Time left") \
    TEXT(LABEL_PEOPLE, "People connected") \
    TEXT(LABEL_DETAILS, "Details") \
    TEXT(LABEL_MAP, "Pieces that are here") \
    TEXT(LABEL_ADDRESS, "Address") \
    TEXT(LABEL_PROGRAM, "Program") \
    TEXT(LABEL_WEB, "web server") \
    TEXT(LABEL_HAS, "Has") \
    TEXT(LABEL_LOG, "What happened") \
    TEXT(LABEL_NOTHING, "nothing yet") \
    TEXT(LABEL_GONE, "This page has lost the program. If you did not stop it, open the file " \
                     "again: it goes on from there.") \
    TEXT(LABEL_NO_SCRIPT, "This page needs JavaScript.") \
    TEXT(PAGE_AT, "Open this page in a browser: %s\n") \
    TEXT(PAGE_NONE, "No browser could be opened. \"%f\" is being downloaded into %f; parts of " \
                    "it are also sent to others. Run the file in a terminal to see how it goes.") \
    TEXT(PAGE_COMPLETE, "\"%f\" is complete. It is in %f.") \
    TEXT(PAGE_FAILED, "The download did not work: %f")

#endif
