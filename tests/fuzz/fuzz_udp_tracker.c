/* Answers of UDP trackers. The first byte says whether they came over IPv6. */
#include "base/check.h"
#include "wire/udp_tracker.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct announce_answer a;
    struct udp_tracker_answer out;

    if (size == 0) {
        return 0;
    }
    bool v6 = data[0] & 1;
    struct bytes packet = bytes_of(data + 1, size - 1);
    if (!udp_tracker_parse(&out, &a, packet, v6)) {
        return 0;
    }
    switch (out.kind) {
    case UDP_TRACKER_CONNECTED: check(packet.len >= UDP_CONNECT_SIZE); break;
    case UDP_TRACKER_ANNOUNCED:
        check(a.peer_count <= (packet.len - UDP_ANNOUNCED_SIZE) / (v6 ? 18 : 6));
        for (uint32_t i = 0; i < a.peer_count; i++) {
            check(!addr_is_unusable(&a.peers[i]));
        }
        break;
    case UDP_TRACKER_ERROR: check(out.error.len + 8 == packet.len); break;
    }
    return 0;
}
