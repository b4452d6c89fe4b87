/* gzip, zlib and bare deflate: the same bytes and the same end, whatever the steps. */
#include "base/check.h"
#include "net/inflate.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OUT_MAX = 1 << 20 };

static uint8_t outs[2][OUT_MAX];

static enum parse
run(struct bytes in, size_t step, size_t room, uint8_t *out, size_t *len)
{
    struct inflate *z = inflate_new();
    check(z != NULL);
    enum parse result = PARSE_MORE;
    *len = 0;
    while (result == PARSE_MORE && in.len > 0 && *len < OUT_MAX) {
        struct bytes some = bytes_first(in, step);
        in = bytes_skip(in, some.len);
        bool fits = inflate_feed(z, some);
        check(fits);
        size_t made, max;
        do {
            max = room < OUT_MAX - *len ? room : OUT_MAX - *len;
            result = inflate_run(z, out + *len, max, &made);
            check(made <= max);
            *len += made;
        } while (result == PARSE_MORE && made == max && *len < OUT_MAX);
        check(result != PARSE_MORE || *len == OUT_MAX || !inflate_has_input(z));
    }
    inflate_free(z);
    return result;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t whole_len, len;
    if (size < 2) {
        return 0;
    }
    struct bytes in = bytes_of(data + 2, size - 2);
    enum parse whole = run(in, INFLATE_INPUT_MAX, OUT_MAX, outs[0], &whole_len);
    enum parse parts = run(in, data[0] + (size_t)1, data[1] + (size_t)1, outs[1], &len);
    if (whole_len < OUT_MAX && len < OUT_MAX) {
        check(whole == parts);
        check(whole != PARSE_OK || len == whole_len);
        size_t common = len < whole_len ? len : whole_len;
        check(memcmp(outs[0], outs[1], common) == 0);
    }
    return 0;
}
