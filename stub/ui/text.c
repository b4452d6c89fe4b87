#include "ui/text.h"

#include "base/check.h"
#include "ui/format.h"

#include <stdarg.h>

#define TEXT_BLOB(id, text) text "\0"
static const char english[] = TEXT_ENGLISH(TEXT_BLOB);

static void
put_number(struct buf *b, uint8_t kind, int64_t n, int64_t whole)
{
    switch (kind) {
    case 'z': format_size(b, n); break;
    case 'r': format_rate(b, (uint64_t)n); break;
    case 't': format_duration(b, n); break;
    case 'm': format_milli(b, n); break;
    case 'p': format_percent(b, n, whole); break;
    default: check(false);
    }
}

void
text_put(struct buf *b, enum text_id id, ...)
{
    struct bytes rest = bytes_of_text(text_at(english, id));
    va_list args;
    va_start(args, id);
    while (rest.len > 0) {
        struct bytes plain = bytes_first(rest, bytes_find(rest, '%'));
        buf_add(b, plain);
        rest = bytes_skip(rest, plain.len);
        if (rest.len < 2) {
            break;
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
            put_number(b, kind, n, kind == 'p' ? va_arg(args, int64_t) : 0);
        }
    }
    va_end(args);
}
