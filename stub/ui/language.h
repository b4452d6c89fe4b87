/* The languages that the app speaks: every text by number, and how each language counts.
 *
 * English stands in ui/text_english.h, the others in ui/languages/, one file each; the build puts
 * those into one deflated list (`languages`, see builder/toolchain/embed.c). */
#ifndef UI_LANGUAGE_H
#define UI_LANGUAGE_H

#include "base/buf.h"
#include "ui/text_english.h"

#define TEXT_ID(id, text) TEXT_##id,
enum text_id { TEXT_ENGLISH(TEXT_ID) TEXT_COUNT };

enum { LANGUAGE_MAX = 24576 };

/* {0} is English, and so is NULL wherever a pointer to one is taken. */
struct language {
    size_t len;               /* of `texts`; 0: English */
    char texts[LANGUAGE_MAX]; /* by id, a NUL behind each; an empty one is not translated */
};

/* Made by the build, one bare deflate stream: for each language its name ("de") and its texts, a
 * NUL behind each. */
extern const uint8_t languages[];
extern const size_t languages_len;

/* Chooses by a tag such as "de" or "pt-BR", of which only the first part counts. English, and
 * false, when there is no such language. */
bool language_choose(struct language *l, struct bytes tag);

bool language_is_english(const struct language *l);

/* A text with its placeholders; in English where it is not translated. Lives as long as `l`. */
const char *language_text(const struct language *l, enum text_id id);

/* Which of the forms "{one|few|many}" goes with `n`, by the rule that TEXT_PLURAL names (CLDR's,
 * for whole numbers):
 *     one       1 | others           English, German, Spanish
 *     zero-one  0, 1 | others        French, Portuguese
 *     slavic    1, 21 | 2-4, 22 | 5-20, 25     Russian
 *     none      one form for all     Chinese, Japanese
 * The form of French, Spanish and Portuguese for whole millions is left out: nothing that is
 * counted here comes so far. */
unsigned language_form(const struct language *l, int64_t n);

#endif
