#include "builder/access_log.h"

#include "builder/date.h"

static void
put_quoted(struct buf *b, struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        if (c < ' ' || c > '~') {
            buf_text(b, "\\x");
            buf_hex(b, bytes_of(&text.ptr[i], 1));
            continue;
        }
        if (c == '"' || c == '\\') {
            buf_byte(b, '\\');
        }
        buf_byte(b, c);
    }
}

void
access_log_put(struct buf *out, const struct access *a)
{
    addr_print_ip(out, &a->from);
    buf_text(out, " - - [");
    date_put_log(out, a->unix_s);
    buf_text(out, "] \"");
    put_quoted(out, bytes_first(a->method, 32));
    buf_byte(out, ' ');
    put_quoted(out, bytes_first(a->target, ACCESS_TARGET_MAX));
    buf_text(out, a->minor_version == 0 ? " HTTP/1.0\" " : " HTTP/1.1\" ");
    buf_u64(out, (uint64_t)a->status);
    buf_byte(out, ' ');
    if (a->len > 0) {
        buf_u64(out, a->len);
    } else {
        buf_byte(out, '-');
    }
    buf_byte(out, '\n');
}
