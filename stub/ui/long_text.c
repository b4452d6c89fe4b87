#include "ui/long_text.h"

#include "base/check.h"
#include "base/inflate.h"
#include "sys/sys.h"

struct bytes
long_text_get(enum long_text which, struct buf *room)
{
    struct bytes stored = bytes_of(long_texts, long_texts_len);
    check(inflate_whole(&stored, room) == PARSE_OK);
    return bytes_of_text(text_at((const char *)room->ptr, which));
}

void
long_text_print(enum long_text which)
{
    uint8_t mem[LONG_TEXT_MAX];
    struct buf room = BUF(mem);
    sys_print(SYS_OUT, long_text_get(which, &room));
}
