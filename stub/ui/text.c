#include "ui/text.h"

#include "base/check.h"
#include "ui/format.h"

#include <stdarg.h>

static void
put_number(struct buf *b, const struct language *l, uint8_t kind, int64_t n, int64_t whole)
{
    switch (kind) {
    case 'n': buf_i64(b, n); break;
    case 'z': format_size(b, l, n); break;
    case 'r': format_rate(b, l, (uint64_t)n); break;
    case 't': format_duration(b, l, n); break;
    case 'k': format_clock(b, l, n); break;
    case 'm': format_milli(b, l, n); break;
    case 'p': format_percent(b, l, n, whole); break;
    default: check(false);
    }
}

/* The bytes in front of the next placeholder or list of forms. */
static size_t
plain_len(struct bytes text)
{
    size_t percent = bytes_find(text, '%'), brace = bytes_find(text, '{');
    return percent < brace ? percent : brace;
}

void
text_put(struct buf *b, const struct language *l, enum text_id id, ...)
{
    struct bytes rest = bytes_of_text(language_text(l, id));
    int64_t counted = 0;
    va_list args;
    va_start(args, id);
    while (rest.len > 0) {
        size_t plain = plain_len(rest);
        buf_add(b, bytes_first(rest, plain));
        rest = bytes_skip(rest, plain);
        if (rest.len < 2) {
            break;
        }
        if (rest.ptr[0] == '{') {
            format_form(b, l, &rest, counted);
            continue;
        }
        uint8_t kind = rest.ptr[1];
        rest = bytes_skip(rest, 2);
        if (kind == 's') {
            buf_add(b, va_arg(args, struct bytes));
        } else if (kind == 'f') {
            format_foreign(b, va_arg(args, struct bytes), false);
        } else if (kind == 'c') {
            buf_text(b, va_arg(args, const char *));
        } else {
            int64_t n = va_arg(args, int64_t);
            counted = kind == 'n' ? n : counted;
            put_number(b, l, kind, n, kind == 'p' ? va_arg(args, int64_t) : 0);
        }
    }
    va_end(args);
}
