/* Internet addresses: RFC 4291 (forms), RFC 5952 (canonical text), BEP 40 (priority). */
#include "base/addr.h"

#include <string.h>

static const uint8_t v4_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

struct addr
addr_v4(const uint8_t ip[4], uint16_t port)
{
    struct addr a = {.port = port};
    memcpy(a.ip, v4_prefix, 12);
    memcpy(a.ip + 12, ip, 4);
    return a;
}

struct addr
addr_v6(const uint8_t ip[16], uint16_t port)
{
    struct addr a = {.port = port};
    memcpy(a.ip, ip, 16);
    return a;
}

bool
addr_is_v4(const struct addr *a)
{
    uint64_t zero;
    uint32_t mark, wanted;
    memcpy(&zero, a->ip, 8); /* not by memcmp: trackers ask this for each peer that they tell */
    memcpy(&mark, a->ip + 8, 4);
    memcpy(&wanted, v4_prefix + 8, 4);
    return zero == 0 && mark == wanted;
}

bool
addr_is_none(const struct addr *a)
{
    static const struct addr none;
    return addr_equal(a, &none);
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
    return addr_same_ip(a, b) && a->port == b->port;
}

bool
addr_same_ip(const struct addr *a, const struct addr *b)
{
    return memcmp(a->ip, b->ip, 16) == 0;
}

static bool
is_zero(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (p[i]) {
            return false;
        }
    }
    return true;
}

bool
addr_is_loopback(const struct addr *a)
{
    if (addr_is_v4(a)) {
        return a->ip[12] == 127;
    }
    return is_zero(a->ip, 15) && a->ip[15] == 1;
}

bool
addr_is_local(const struct addr *a)
{
    if (addr_is_loopback(a)) {
        return true;
    }
    const uint8_t *ip = a->ip;
    if (addr_is_v4(a)) {
        ip += 12;
        return ip[0] == 10 || ip[0] == 0 || (ip[0] == 172 && (ip[1] & 0xf0) == 16) ||
               (ip[0] == 192 && ip[1] == 168) || (ip[0] == 169 && ip[1] == 254) ||
               (ip[0] == 100 && (ip[1] & 0xc0) == 64);
    }
    return (ip[0] & 0xfe) == 0xfc || (ip[0] == 0xfe && (ip[1] & 0xc0) == 0x80) || is_zero(ip, 16);
}

bool
addr_is_unusable(const struct addr *a)
{
    if (a->port == 0) {
        return true;
    }
    if (addr_is_v4(a)) {
        return a->ip[12] >= 224 || is_zero(a->ip + 12, 4);
    }
    return a->ip[0] == 0xff || is_zero(a->ip, 16);
}

static bool
parse_v4(struct bytes text, uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        uint64_t v;
        bool last = bytes_find(text, '.') == text.len;
        struct bytes part = bytes_cut(&text, '.');
        bool zero_led = part.len > 1 && part.ptr[0] == '0'; /* octal to some: refuse */
        if (zero_led || last != (i == 3) || !bytes_to_u64(part, 255, &v)) {
            return false;
        }
        ip[i] = (uint8_t)v;
    }
    return true;
}

static bool
parse_group(struct bytes text, uint8_t out[2])
{
    uint8_t padded[4] = {'0', '0', '0', '0'};
    if (text.len == 0 || text.len > 4) {
        return false;
    }
    memcpy(padded + 4 - text.len, text.ptr, text.len);
    return bytes_from_hex(bytes_of(padded, 4), out, 2);
}

/* Groups up to the end of `text` into ip[]; how many bytes, or -1. At the end of the whole
 * address a dotted IPv4 address may stand for two groups. */
static int
parse_groups(struct bytes text, uint8_t ip[16], bool at_end)
{
    int len = 0;
    if (text.len == 0) {
        return 0;
    }
    for (;;) {
        bool last = bytes_find(text, ':') == text.len;
        struct bytes part = bytes_cut(&text, ':');
        if (last && at_end && len <= 12 && parse_v4(part, ip + len)) {
            return len + 4;
        }
        if (len > 14 || !parse_group(part, ip + len)) {
            return -1;
        }
        len += 2;
        if (last) {
            return len;
        }
    }
}

static bool
parse_v6(struct bytes text, uint8_t ip[16])
{
    uint8_t tail[16];
    size_t gap = bytes_find_part(text, BYTES("::"));
    int head_len = parse_groups(bytes_first(text, gap), ip, gap == text.len);
    if (gap == text.len) {
        return head_len == 16;
    }
    int tail_len = parse_groups(bytes_skip(text, gap + 2), tail, true);
    if (head_len < 0 || tail_len < 0 || head_len + tail_len > 14) {
        return false;
    }
    memset(ip + head_len, 0, (size_t)(16 - head_len));
    memcpy(ip + 16 - tail_len, tail, (size_t)tail_len);
    return true;
}

bool
addr_parse_ip(struct bytes text, struct addr *out)
{
    struct addr a = {0};
    uint8_t v4[4];
    if (parse_v4(text, v4)) {
        *out = addr_v4(v4, 0);
        return true;
    }
    if (text.len >= 2 && text.ptr[0] == '[' && text.ptr[text.len - 1] == ']') {
        text = bytes_of(text.ptr + 1, text.len - 2);
    }
    if (!parse_v6(text, a.ip)) {
        return false;
    }
    *out = a;
    return true;
}

bool
addr_parse(struct bytes text, struct addr *out)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') {
        colon--;
    }
    if (colon < 2) {
        return false;
    }
    struct bytes host = bytes_first(text, colon - 1);
    bool bracketed = host.ptr[0] == '[';
    bool has_colon = bytes_find(host, ':') < host.len;
    struct addr a;
    uint64_t port;
    if (bracketed != has_colon || !addr_parse_ip(host, &a) ||
        !bytes_to_u64(bytes_skip(text, colon), 65535, &port)) {
        return false;
    }
    a.port = (uint16_t)port;
    *out = a;
    return true;
}

static void
print_v4(struct buf *b, const uint8_t ip[4])
{
    for (int i = 0; i < 4; i++) {
        if (i) {
            buf_byte(b, '.');
        }
        buf_u64(b, ip[i]);
    }
}

static void
print_group(struct buf *b, const uint8_t group[2])
{
    char mem[4];
    struct buf text = BUF(mem);
    buf_hex(&text, bytes_of(group, 2));
    size_t zeros = 0;
    while (zeros < 3 && mem[zeros] == '0') {
        zeros++;
    }
    buf_add(b, bytes_skip(buf_bytes(&text), zeros));
}

/* RFC 5952: the longest run of two or more zero groups, the first of equals, is "::". */
static void
print_v6(struct buf *b, const uint8_t ip[16])
{
    int gap = 8, gap_len = 1;
    for (int i = 0; i < 8; i++) {
        int len = 0;
        while (i + len < 8 && is_zero(ip + 2 * (i + len), 2)) {
            len++;
        }
        if (len > gap_len) {
            gap = i;
            gap_len = len;
        }
    }
    for (int i = 0; i < 8; i++) {
        if (i == gap) {
            buf_text(b, "::");
            i += gap_len - 1;
            continue;
        }
        if (i && i != gap + gap_len) {
            buf_byte(b, ':');
        }
        print_group(b, ip + 2 * i);
    }
}

void
addr_print_ip(struct buf *b, const struct addr *a)
{
    if (addr_is_v4(a)) {
        print_v4(b, a->ip + 12);
    } else {
        print_v6(b, a->ip);
    }
}

void
addr_print(struct buf *b, const struct addr *a)
{
    bool brackets = !addr_is_v4(a);
    if (brackets) {
        buf_byte(b, '[');
    }
    addr_print_ip(b, a);
    buf_text(b, brackets ? "]:" : ":");
    buf_u64(b, a->port);
}

/* CRC32-C (Castagnoli) bit by bit: at most 32 bytes a connection, no table needed. */
static uint32_t
crc32c(const uint8_t *p, size_t len)
{
    uint32_t crc = 0xffffffff;
    for (size_t i = 0; i < len; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
        }
    }
    return ~crc;
}

/* BEP 40: the smaller address first; of both only the bytes up to and including the first
 * one that differs count fully (but at least the /16, or /48 for IPv6), of the rest
 * every other bit, so that nobody can search for an address with a good priority. */
uint32_t
addr_priority(const struct addr *a, const struct addr *b)
{
    uint8_t both[32];
    bool v4 = addr_is_v4(a) && addr_is_v4(b);
    size_t len = v4 ? 4 : 16;
    int order = memcmp(a->ip, b->ip, 16);
    if (order > 0 || (order == 0 && a->port > b->port)) {
        const struct addr *swap = a;
        a = b;
        b = swap;
    }
    if (order == 0) {
        put_be16(both, a->port);
        put_be16(both + 2, b->port);
        return crc32c(both, 4);
    }
    memcpy(both, a->ip + 16 - len, len);
    memcpy(both + len, b->ip + 16 - len, len);
    size_t whole = v4 ? 2 : 6;
    while (memcmp(both, both + len, whole) == 0) {
        whole++;
    }
    for (size_t i = whole; i < len; i++) {
        both[i] &= 0x55;
        both[len + i] &= 0x55;
    }
    return crc32c(both, 2 * len);
}
