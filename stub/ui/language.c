#include "ui/language.h"

#include "base/check.h"
#include "base/inflate.h"

#include <string.h>

enum { ALL_MAX = 131072 }; /* the texts of all languages together */

#define TEXT_BLOB(id, text) text "\0"
static const char english[] = TEXT_ENGLISH(TEXT_BLOB);

/* Cuts the texts of one language off. */
static struct bytes
cut_texts(struct bytes *rest)
{
    struct bytes start = *rest;
    for (int i = 0; i < TEXT_COUNT; i++) {
        bytes_cut(rest, 0);
    }
    return bytes_first(start, start.len - rest->len);
}

bool
language_choose(struct language *l, struct bytes tag)
{
    uint8_t mem[ALL_MAX];
    struct buf all = BUF(mem);
    struct bytes stored = bytes_of(languages, languages_len);
    struct bytes wanted = bytes_cut(&tag, '-');
    check(inflate_whole(&stored, &all) == PARSE_OK);
    struct bytes rest = buf_bytes(&all);
    l->len = 0;
    while (rest.len > 0) {
        struct bytes name = bytes_cut(&rest, 0), texts = cut_texts(&rest);
        if (bytes_equal_nocase(name, wanted)) {
            check(texts.len <= sizeof l->texts);
            memcpy(l->texts, texts.ptr, texts.len);
            l->len = texts.len;
        }
    }
    return l->len > 0;
}

bool
language_is_english(const struct language *l)
{
    return !l || l->len == 0;
}

const char *
language_text(const struct language *l, enum text_id id)
{
    const char *text = language_is_english(l) ? "" : text_at(l->texts, id);
    return *text ? text : text_at(english, id);
}

unsigned
language_form(const struct language *l, int64_t n)
{
    int64_t ten = n % 10, hundred = n % 100;
    switch (*language_text(l, TEXT_PLURAL)) {
    case 'n': return 0;
    case 'z': return n > 1;
    case 's':
        if (ten == 1 && hundred != 11) {
            return 0;
        }
        return ten >= 2 && ten <= 4 && (hundred < 12 || hundred > 14) ? 1 : 2;
    default: return n != 1;
    }
}
