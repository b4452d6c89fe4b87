/* What went wrong, in words that help: the engine says it in English with a code for programs, a
 * person gets a sentence in their language that says what happened and what to do. */
#ifndef UI_TROUBLE_H
#define UI_TROUBLE_H

#include "ui/face.h"
#include "ui/text.h"

/* The texts of what happened and what can be done for a code; general ones where it has none. */
void trouble_texts(const char *code, bool is_error, enum text_id *what, enum text_id *remedy);

/* What happened and what can be done, for a code of an engine event, in two sentences. False, and
 * nothing appended: there are no words for it. */
bool trouble_put_words(struct buf *b, const struct language *l, const char *code, bool is_error);

/* Appends what a warning or an error says, harmless for a terminal: the sentences for its code,
 * and in brackets the engine's own words where they tell more. News that are not the engine's come
 * out as they are. */
void trouble_put(struct buf *b, const struct language *l, const struct face_news *n);

/* "Warning: ..." or "Error: ...", one line. */
void trouble_put_line(struct buf *b, const struct language *l, const struct face_news *n);
enum { TROUBLE_LINE_MAX = 2600 }; /* bytes for one */

/* sys_error_text in the person's language, as far as it is about files and ports. */
const char *trouble_reason(const struct language *l, int64_t error);

#endif
