/* Answers of name servers. The input is a host, a line end, and the packet; its number and flags
 * are put right, or next to nothing would be read. */
#include "base/check.h"
#include "wire/dns.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t packet[DNS_PACKET_MAX];
    uint8_t mem[DNS_QUERY_MAX];
    struct buf query = BUF(mem);
    struct dns_answer out;
    struct bytes rest = bytes_of(data, size);
    struct bytes host = bytes_cut(&rest, '\n');
    enum dns_type type = size & 1 ? DNS_A : DNS_AAAA;

    if (!dns_query(&query, 0x1234, host, type)) {
        return 0;
    }
    check(query.len > 17);
    check(!dns_parse(&out, buf_bytes(&query), buf_bytes(&query)));
    struct buf answer = BUF(packet);
    buf_add(&answer, buf_bytes(&query));
    packet[2] |= 0x80;
    buf_add(&answer, rest);
    if (rest.len > 3 && !answer.full) {
        memcpy(packet + 6, rest.ptr, 2); /* how many records */
        packet[2] |= rest.ptr[2] & 2;
        packet[3] = rest.ptr[3];
        memmove(packet + query.len, rest.ptr + 4, rest.len - 4);
        answer.len -= 4;
    }
    uint8_t *exact = packet + sizeof packet - answer.len; /* what is read behind it is seen */
    memmove(exact, packet, answer.len);
    if (dns_parse(&out, buf_bytes(&query), bytes_of(exact, answer.len))) {
        check(out.count <= DNS_ADDRS_MAX);
        check(out.count == 0 || out.outcome == DNS_KNOWN);
        for (size_t i = 0; i < out.count; i++) {
            check(out.addrs[i].port == 0);
            check(type == DNS_AAAA || addr_is_v4(&out.addrs[i]));
        }
    }
    return 0;
}
