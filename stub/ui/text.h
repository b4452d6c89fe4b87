/* What is said to people, by number, so that other languages can come. */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include "base/buf.h"
#include "ui/text_english.h"

#define TEXT_ID(id, text) TEXT_##id,
enum text_id { TEXT_ENGLISH(TEXT_ID) TEXT_COUNT };

/* Appends the text with its placeholders filled in; text_english.h says which takes what. Numbers
 * have to be int64_t (cast them): the compiler does not check. */
void text_put(struct buf *b, enum text_id id, ...);

#endif
