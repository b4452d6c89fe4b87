/* Any bytes: what the checker lets pass is walked to the last byte and read back the same. */
#include "base/check.h"
#include "base/limits.h"
#include "meta/bencode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Walks a checked value; the pieces must add up to the whole. */
static void
walk_all(struct bencode v)
{
    struct bencode_walk stack[BENCODE_DEPTH_MAX];
    int depth = 0;
    stack[depth++] = bencode_walk(v);
    while (depth > 0) {
        struct bencode_walk *w = &stack[depth - 1];
        if (!bencode_next(w)) {
            check(w->rest.len == 0 || w->rest.len == 1);
            depth--;
            continue;
        }
        enum bencode_type type = bencode_type(w->value);
        struct bencode same;
        struct fault why;
        check(type != BENCODE_NONE);
        if (type == BENCODE_INT || type == BENCODE_STRING) {
            uint8_t mem[64];
            struct buf b = BUF(mem);
            check(bencode_check(w->value.raw, &same, &why));
            if (type == BENCODE_INT) {
                bencode_put_int(&b, bencode_int(w->value, 0));
                check(bytes_equal(buf_bytes(&b), w->value.raw));
            }
        } else if (depth < BENCODE_DEPTH_MAX) {
            stack[depth++] = bencode_walk(w->value);
        }
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct bencode v, prefix, found[3];
    struct fault why;
    bool whole = bencode_check(in, &v, &why);
    check(whole == (why.what == NULL));
    check(why.where <= size);
    bool begun = bencode_check_prefix(in, &prefix, &why);
    check(begun || !whole);
    if (!begun) {
        return 0;
    }
    check(prefix.raw.ptr == data && prefix.raw.len > 0);
    check(whole == (prefix.raw.len == size));
    walk_all(prefix);
    bencode_get_many(prefix, "a|info|pieces", found);
    check(bytes_equal(found[0].raw, bencode_get(prefix, "a").raw));
    check(bytes_equal(found[1].raw, bencode_get(prefix, "info").raw));
    return 0;
}
