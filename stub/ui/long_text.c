#include "ui/long_text.h"

#include "base/check.h"
#include "base/inflate.h"
#include "sys/sys.h"

enum { FULL_MAX = 16384 };

void
long_text_print(enum long_text which)
{
    uint8_t mem[FULL_MAX];
    struct buf full = BUF(mem);
    struct bytes stored = bytes_of(long_texts, long_texts_len);
    check(inflate_whole(&stored, &full) == PARSE_OK);
    sys_print(SYS_OUT, bytes_of_text(text_at((const char *)mem, which)));
}
