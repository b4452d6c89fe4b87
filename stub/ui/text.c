/* English. */
#include "ui/text.h"

#include "base/check.h"

static const char *const english[TEXT_COUNT] = {
    [TEXT_HELP] =
        "Usage: %1 [OPTIONS]\n"
        "Downloads the content that this file was made for, verifies it, and shares it on.\n"
        "It runs without any option; running it again goes on where it stopped.\n"
        "\n"
        "Where and what\n"
        "  --dir DIR            where the content goes (default: the current folder)\n"
        "  --list               list the files, download nothing\n"
        "  --only GLOB          only files that match (again for more): '*.pdf', 'docs/*'\n"
        "  --check              verify what is on disk; exit 0 if complete, 1 if not\n"
        "  --torrent-out FILE   write the torrent inside to a file ('-': standard output)\n"
        "\n"
        "Sharing\n"
        "  --no-seed            stop at once when complete\n"
        "  --seed-ratio R       share until R times the size was sent (default 1.0)...\n"
        "  --seed-minutes M     ...or M minutes have passed since completion (default 60)\n"
        "  --seed-forever       share until you stop it\n"
        "  --max-up RATE        send at most so many bytes a second: 500K, 2M; 0 = no limit\n"
        "  --max-down RATE      receive at most so many\n"
        "\n"
        "Network\n"
        "  --port N             listen on this port (default: any free one)\n"
        "  --no-listen          take no connections from others\n"
        "  --peer HOST:PORT     also try this peer (again for more)\n"
        "  --no-trackers --no-webseeds   do not use these sources\n"
        "  --no-dht --no-pex --no-lsd --no-portmap --no-utp   never use these; this version\n"
        "                       has none of them yet\n"
        "  --encryption WHICH   prefer, require or off; this version sends plain BitTorrent\n"
        "  --timeout SECONDS    give up when nothing useful arrived for so long\n"
        "\n"
        "Face\n"
        "  --ui WHICH           tty, window, page, json or none (default: found out)\n"
        "  --json               same as --ui json: one JSON object a line\n"
        "  --about --licenses --version --help\n"
        "\n"
        "Ctrl-C stops it within two seconds and keeps what is there; a second one at once.\n"
        "Exit codes: 0 complete, 1 incomplete, 2 wrong usage, 3 this file is damaged,\n"
        "4 the disk refused, 5 gave up waiting, 130 and 143 stopped by you.\n"
        "\n"
        "Examples\n"
        "  %1\n"
        "  %1 --dir ~/Downloads --max-up 500K\n"
        "  %1 --only '*.pdf' --no-seed\n",
    [TEXT_BARE_STUB] =
        "This is a samara stub: a small BitTorrent client without a torrent in it. Pack one\n"
        "with \"samara pack FILE.torrent\" and run what that makes.\n",
    [TEXT_DAMAGED] = "this file is damaged: %1. Please download the file again.",
    [TEXT_THIN] = "this file carries only a magnet link, which this version cannot follow yet.",
    [TEXT_NO_MEMORY] = "not enough memory.",
    [TEXT_NO_MATCH] = "--only '%1' matches no file; --list shows them.",
    [TEXT_NO_FOLDER] = "the folder %1 cannot be used: %2.",
    [TEXT_NO_FILE] = "%1 cannot be written: %2.",
    [TEXT_NO_PORT] = "cannot listen for others: %1. Try another --port, or --no-listen.",
    [TEXT_NO_WINDOW] = "this build has no window; going on without.",
    [TEXT_NO_PAGE] = "this build has no page; going on without.",
    [TEXT_HAVING] = "%1, %2, in %3",
    [TEXT_GETTING] = "%1, %2, into %3",
    [TEXT_PUBLISHED_BY] = "Published by %1 (as this file says)",
    [TEXT_SHARING] = "Parts of it are also sent to others%1, who can see this computer's Internet\n"
                     "address; %2. Ctrl-C stops it at any time.\n",
    [TEXT_SHARING_UNTIL] = "that ends when as much as %1 times its size was sent, or %2 after "
                           "completion",
    [TEXT_SHARING_UNTIL_RATIO] = "that ends when as much as %1 times its size was sent",
    [TEXT_SHARING_UNTIL_TIME] = "that ends %1 after completion",
    [TEXT_SHARING_FOREVER] = "that goes on until you stop it",
    [TEXT_SHARING_NOT_AFTER] = "that ends when it is complete",
    [TEXT_SHARING_AT_MOST] = " (at most %1)",
    [TEXT_CHECKING] = "checking what is there  %1 of %2",
    [TEXT_DISK_WAIT] = "the disk is full at %1: make room, and it goes on by itself",
    [TEXT_FINISHING] = "saving to disk",
    [TEXT_SHARING_NOW] = "sharing",
    [TEXT_STOPPING] = "saying goodbye",
    [TEXT_STOPPED_PART] = "Stopped at %1. Run it again to go on from there.",
    [TEXT_STOPPED] = "Stopped.",
    [TEXT_COMPLETE] = "%1 is complete: %2 in %3, %4 on average.",
    [TEXT_COMPLETE_HERE] = "%1 is complete: all %2 were here already, and verified.",
    [TEXT_SOURCES] = "From peers %1, from web seeds %2",
    [TEXT_RESUMED] = ", here before %1",
    [TEXT_WHERE] = "It is in %1",
    [TEXT_GOES_ON] = "Sharing it with others now; %1. Ctrl-C stops it.",
    [TEXT_SHARED] = "Shared %1, ratio %2. Thank you.",
    [TEXT_INCOMPLETE] = "Incomplete: %1 is there and verified.",
    [TEXT_WARNING] = "Warning: %1",
    [TEXT_ERROR] = "Error: %1",
    [TEXT_NO_DISK] = "the disk refused; what was verified is kept.",
    [TEXT_TIMED_OUT] = "gave up: nothing useful arrived for too long. What was verified is kept.",
    [TEXT_USAGE] = "%1: %2\n",
    [TEXT_NOTHING_THERE] = "there is nothing in %1 to check.",
    [TEXT_LIST_END] = "%1 in all, %2\n",
    [TEXT_LICENSE_CONTENT] = "The publisher's licence for the content\n\n",
    [TEXT_LICENSE_PROGRAM] = "The licence of this program\n\n",
};

void
text_put(struct buf *b, enum text_id id, const struct bytes *args, size_t count)
{
    struct bytes rest = bytes_of_text(english[id]);
    while (rest.len > 0) {
        size_t plain = bytes_find(rest, '%');
        buf_add(b, bytes_first(rest, plain));
        rest = bytes_skip(rest, plain);
        if (rest.len >= 2) {
            size_t index = (size_t)(rest.ptr[1] - '1');
            check(index < count);
            buf_add(b, args[index]);
        }
        rest = bytes_skip(rest, 2);
    }
}
