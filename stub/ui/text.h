/* What is said to people, in the language of the reader. */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include "ui/language.h"

/* Appends the text with its placeholders filled in; text_english.h says which takes what. Numbers
 * have to be int64_t (cast them): the compiler does not check. */
void text_put(struct buf *b, const struct language *l, enum text_id id, ...);

#endif
