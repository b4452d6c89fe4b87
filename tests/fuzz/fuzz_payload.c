/* Any bytes as the end of an app: trailer, stored payload, dictionary.
 *
 * A hash that fits cannot be guessed, so the payload is also inflated under a trailer
 * made to fit, and the input is also read as an inflated dictionary. */
#include "base/check.h"
#include "base/hash.h"
#include "meta/payload.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
parse_and_write(struct bytes full)
{
    static struct payload p, again;
    struct fault why;
    bool ok = payload_parse(&p, full, &why);
    check(ok == (why.what == NULL));
    if (!ok) {
        return;
    }
    /* Numbers may be written longer, everything else only shorter. */
    size_t max = full.len + 200;
    uint8_t *mem = malloc(max);
    struct buf b = buf_over(mem, max);
    payload_write(&p, &b);
    check(!b.full);
    check(payload_parse(&again, buf_bytes(&b), &why));
    check(bytes_equal(p.torrent, again.torrent) && bytes_equal(p.magnet, again.magnet));
    check(p.tracker_count == again.tracker_count && p.peer_count == again.peer_count);
    check(p.webseed_count == again.webseed_count && bytes_equal(p.title, again.title));
    free(mem);
}

static void
inflate_as(struct payload_trailer t, struct bytes stored)
{
    struct fault why;
    if (t.full_len > 1 << 20) {
        t.full_len = 1 << 20; /* the fuzzer's own memory is small */
    }
    uint8_t *out = malloc(t.full_len + 1);
    if (payload_inflate(&t, stored, out, t.full_len, &why)) {
        parse_and_write(bytes_of(out, t.full_len));
    } else {
        check(why.what != NULL);
    }
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    struct payload_trailer t;
    struct fault why;
    uint64_t end = payload_trailer_end(bytes_first(in, 4096), size);
    check(end <= size);
    parse_and_write(in);
    if (end < TRAILER_SIZE) {
        return 0;
    }
    if (payload_read_trailer(&t, data + end - TRAILER_SIZE, &why)) {
        uint8_t again[TRAILER_SIZE];
        payload_write_trailer(&t, again);
        check(memcmp(again, data + end - TRAILER_SIZE, TRAILER_SIZE) == 0);
        struct bytes before = bytes_first(in, (size_t)end - TRAILER_SIZE);
        struct bytes stored = bytes_skip(before, t.offset < before.len ? (size_t)t.offset : 0);
        inflate_as(t, stored);
        t.stored_len = (uint32_t)stored.len;
        sha256_of(stored, t.sha256);
        inflate_as(t, stored);
    } else {
        check(why.what != NULL);
    }
    return 0;
}
