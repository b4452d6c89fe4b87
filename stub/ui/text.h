/* Everything that the app says to people, in one place: other languages come here. */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include "base/buf.h"

enum text_id {
    TEXT_HELP, /* %1 program name */
    TEXT_BARE_STUB,
    TEXT_DAMAGED, /* %1 why */
    TEXT_THIN,
    TEXT_NO_MEMORY,
    TEXT_NO_MATCH,  /* %1 pattern */
    TEXT_NO_FOLDER, /* %1 folder, %2 why */
    TEXT_NO_FILE,   /* %1 file, %2 why */
    TEXT_NO_PORT,   /* %1 why */
    TEXT_NO_WINDOW,
    TEXT_NO_PAGE,
    TEXT_HAVING,              /* the same for what is there already */
    TEXT_GETTING,             /* %1 title or name, %2 size, %3 folder */
    TEXT_PUBLISHED_BY,        /* %1 publisher */
    TEXT_SHARING,             /* %1 the top rate, %2 when it ends */
    TEXT_SHARING_UNTIL,       /* %1 ratio, %2 time */
    TEXT_SHARING_UNTIL_RATIO, /* %1 ratio */
    TEXT_SHARING_UNTIL_TIME,  /* %1 time */
    TEXT_SHARING_FOREVER,
    TEXT_SHARING_NOT_AFTER,
    TEXT_SHARING_AT_MOST, /* %1 rate */
    TEXT_CHECKING,        /* status line, %1 percent, %2 size */
    TEXT_DISK_WAIT,       /* %1 percent */
    TEXT_FINISHING,
    TEXT_SHARING_NOW,
    TEXT_STOPPING,
    TEXT_STOPPED_PART, /* %1 percent */
    TEXT_STOPPED,
    TEXT_COMPLETE,      /* %1 name, %2 size, %3 time, %4 rate */
    TEXT_COMPLETE_HERE, /* %1 name, %2 size */
    TEXT_SOURCES,       /* %1 peers, %2 web seeds */
    TEXT_RESUMED,       /* %1 bytes */
    TEXT_WHERE,         /* %1 path */
    TEXT_GOES_ON,       /* %1 when it ends */
    TEXT_SHARED,        /* %1 bytes, %2 ratio */
    TEXT_INCOMPLETE,    /* %1 percent */
    TEXT_WARNING,       /* %1 */
    TEXT_ERROR,         /* %1 */
    TEXT_NO_DISK,
    TEXT_TIMED_OUT,
    TEXT_USAGE,         /* %1 program name, %2 what is wrong */
    TEXT_NOTHING_THERE, /* %1 folder */
    TEXT_LIST_END,      /* %1 count, %2 size */
    TEXT_LICENSE_CONTENT,
    TEXT_LICENSE_PROGRAM,
    TEXT_COUNT,
};

/* The text with %1..%9 replaced by the arguments (of `count`). */
void text_put(struct buf *b, enum text_id id, const struct bytes *args, size_t count);
#define TEXT_ARGS(...) \
    (const struct bytes[]){__VA_ARGS__}, \
        sizeof((const struct bytes[]){__VA_ARGS__}) / sizeof(struct bytes)

#endif
