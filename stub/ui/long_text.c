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
    struct bytes rest = buf_bytes(&full);
    for (unsigned i = 0; i < which; i++) {
        bytes_cut(&rest, 0);
    }
    sys_print(SYS_OUT, bytes_cut(&rest, 0));
}
