/* Handshakes of the extension protocol: slices stay inside, and what was understood survives
 * being written and read again. */
#include "base/check.h"
#include "wire/peer_ext.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t mem[1 << 20];
    struct buf b = BUF(mem);
    struct peer_ext theirs = {0}, again = {0};

    if (!peer_ext_parse_handshake(&theirs, bytes_of(data, size))) {
        return 0;
    }
    if (theirs.client.len) {
        check(theirs.client.ptr > data && theirs.client.ptr < data + size);
        check(theirs.client.len < (size_t)(data + size - theirs.client.ptr));
    }
    check(theirs.your_ip.port == 0);
    peer_ext_put_handshake(&b, &theirs);
    check(b.full || peer_ext_parse_handshake(&again, buf_bytes(&b)));
    if (!b.full) {
        check(!theirs.metadata == !again.metadata && !theirs.pex == !again.pex);
        check(!theirs.donthave == !again.donthave);
        check(!theirs.upload_only_id == !again.upload_only_id);
        check(theirs.upload_only == again.upload_only && theirs.reqq == again.reqq);
        check(theirs.metadata_size == again.metadata_size && theirs.port == again.port);
        check(bytes_equal(theirs.client, again.client));
        check(addr_equal(&theirs.your_ip, &again.your_ip));
    }
    return 0;
}
