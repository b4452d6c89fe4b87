/* Texts that are printed whole and seldom: deflated, they are half as much to download. */
#ifndef UI_LONG_TEXT_H
#define UI_LONG_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum long_text {
    LONG_TEXT_HELP,    /* of the app: ui/help.txt */
    LONG_TEXT_LICENSE, /* of samara and of what is linked into it: LICENSE */
};

/* Made by the build: the texts in that order, a NUL behind each, all in one bare deflate stream. */
extern const uint8_t long_texts[];
extern const size_t long_texts_len;

/* Prints one on standard output. */
void long_text_print(enum long_text which);

#endif
