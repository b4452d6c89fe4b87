/* Answers of HTTP trackers: only usable peers come out, and slices stay inside. */
#include "base/check.h"
#include "wire/announce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct bytes inner, struct bytes outer)
{
    check(inner.len == 0 || (inner.ptr >= outer.ptr && inner.ptr < outer.ptr + outer.len));
    check(inner.len <= outer.len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct announce_answer a;
    struct bytes in = bytes_of(data, size);

    if (!announce_http_parse(&a, in)) {
        return 0;
    }
    check(a.peer_count <= ANNOUNCE_PEERS_MAX);
    for (uint32_t i = 0; i < a.peer_count; i++) {
        check(!addr_is_unusable(&a.peers[i]));
    }
    check(a.failure.len == 0 || (a.peer_count == 0 && a.interval_s == 0));
    check(a.seeds >= -1 && a.leechers >= -1);
    check(a.external.port == 0);
    check_slice(a.warning, in);
    check_slice(a.tracker_id, in);
    return 0;
}
