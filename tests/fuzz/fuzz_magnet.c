/* Any bytes as a magnet link. */
#include "base/check.h"
#include "meta/magnet.h"
#include "meta/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct bytes text, const uint8_t *mem)
{
    check(text.len == 0 || text.ptr >= mem);
    check(text.len == 0 || text.ptr + text.len <= mem + MAGNET_MEM_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct magnet m;
    uint8_t mem[MAGNET_MEM_MAX];
    struct buf b = BUF(mem);
    bool ok = magnet_parse(&m, bytes_of(data, size), &b);
    check(!b.full);
    check(ok == (m.has_v1 || m.has_v2));
    check(m.tracker_count <= TRACKERS_MAX && m.webseed_count <= WEBSEEDS_MAX);
    check(m.peer_count <= MAGNET_PEERS_MAX);
    for (uint32_t i = 0; i < m.tracker_count; i++) {
        check_inside(m.trackers[i], mem);
        check(source_is_tracker(m.trackers[i]));
    }
    for (uint32_t i = 0; i < m.webseed_count; i++) {
        check_inside(m.webseeds[i], mem);
        check(source_is_webseed(m.webseeds[i]));
    }
    for (uint32_t i = 0; i < m.peer_count; i++) {
        check_inside(m.peers[i], mem);
    }
    check_inside(m.name, mem);
    check_inside(m.select, mem);
    return 0;
}
