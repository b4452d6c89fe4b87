/* Texts that are used whole and seldom: deflated, they are half as much to download. */
#ifndef UI_LONG_TEXT_H
#define UI_LONG_TEXT_H

#include "base/buf.h"

enum long_text {
    LONG_TEXT_HELP,    /* of the app: ui/help.txt */
    LONG_TEXT_LICENSE, /* of samara and of what is linked into it: LICENSE */
    LONG_TEXT_PAGE,    /* ui/page.html */
};

/* Made by the build: the texts in that order, a NUL behind each, all in one bare deflate stream. */
extern const uint8_t long_texts[];
extern const size_t long_texts_len;

/* One of them, in `room`, which LONG_TEXT_MAX bytes are enough for. */
enum { LONG_TEXT_MAX = 49152 };
struct bytes long_text_get(enum long_text which, struct buf *room);

/* Prints one on standard output. */
void long_text_print(enum long_text which);

#endif
