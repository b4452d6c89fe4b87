/* A walk over DER (X.690): items of tag, length, value, no recursion. What is wanted lies at
 *
 *   SEQUENCE {                     the certificate
 *     SEQUENCE {                   what is signed
 *       [0] version?, INTEGER serial, SEQUENCE algorithm, SEQUENCE issuer, SEQUENCE validity,
 *       SEQUENCE subject,
 *       SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING key },
 *       [1]?, [2]?,
 *       [3] { SEQUENCE { SEQUENCE { OID, BOOLEAN critical?, OCTET STRING value } ... } } }, ... }
 */
#include "net/cert.h"

enum {
    TAG_BOOLEAN = 0x01,
    TAG_INTEGER = 0x02,
    TAG_BITS = 0x03,
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_IP_NAME = 0x87,
    TAG_VERSION = 0xa0,
    TAG_EXTENSIONS = 0xa3,
};

#define OID_RSA BYTES("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01")
#define OID_EC BYTES("\x2a\x86\x48\xce\x3d\x02\x01")
#define OID_P256 BYTES("\x2a\x86\x48\xce\x3d\x03\x01\x07")
#define OID_P384 BYTES("\x2b\x81\x04\x00\x22")
#define OID_P521 BYTES("\x2b\x81\x04\x00\x23")
#define OID_ALT_NAMES BYTES("\x55\x1d\x11")
#define OID_CONSTRAINTS BYTES("\x55\x1d\x13")

/* ---- Items */

struct item {
    uint8_t tag;
    struct bytes value;
};

/* Cuts the first item off `*in`. */
static bool
next(struct bytes *in, struct item *out)
{
    if (in->len < 2) {
        return false;
    }
    size_t len = in->ptr[1];
    size_t head = 2;
    if (len >= 0x80) {
        size_t digits = len - 0x80;
        if (digits == 0 || digits > 3 || in->len - head < digits) {
            return false;
        }
        len = 0;
        for (; digits > 0; digits--) {
            len = len << 8 | in->ptr[head++];
        }
    }
    if (len > in->len - head) {
        return false;
    }
    out->tag = in->ptr[0];
    out->value = bytes_of(in->ptr + head, len);
    *in = bytes_skip(*in, head + len);
    return true;
}

/* As `next`, but the item must have this tag. */
static bool
next_is(struct bytes *in, uint8_t tag, struct bytes *value)
{
    struct item item = {0};
    if (!next(in, &item) || item.tag != tag) {
        return false;
    }
    *value = item.value;
    return true;
}

/* An INTEGER that is not negative, without leading zeros. */
static bool
next_number(struct bytes *in, struct bytes *value)
{
    if (!next_is(in, TAG_INTEGER, value)) {
        return false;
    }
    while (value->len > 0 && value->ptr[0] == 0) {
        *value = bytes_skip(*value, 1);
    }
    return value->len > 0;
}

/* ---- Keys and names */

static bool
parse_key(struct cert *c, struct bytes info)
{
    struct bytes algorithm, oid, curve, bits, rsa;
    if (!next_is(&info, TAG_SEQUENCE, &algorithm) || !next_is(&algorithm, TAG_OID, &oid) ||
        !next_is(&info, TAG_BITS, &bits) || bits.len == 0) {
        return false;
    }
    bits = bytes_skip(bits, 1); /* the number of unused bits, always 0 */
    if (bytes_equal(oid, OID_RSA)) {
        c->key = CERT_KEY_RSA;
        return next_is(&bits, TAG_SEQUENCE, &rsa) && next_number(&rsa, &c->rsa_n) &&
               next_number(&rsa, &c->rsa_e);
    }
    if (bytes_equal(oid, OID_EC) && next_is(&algorithm, TAG_OID, &curve)) {
        c->point = bits;
        c->key = bytes_equal(curve, OID_P256)   ? CERT_KEY_P256
                 : bytes_equal(curve, OID_P384) ? CERT_KEY_P384
                 : bytes_equal(curve, OID_P521) ? CERT_KEY_P521
                                                : CERT_KEY_OTHER;
    }
    return true;
}

bool
cert_parse(struct cert *c, struct bytes der)
{
    struct bytes whole, in, skipped, key;
    struct item item;
    *c = (struct cert){0};
    if (!next_is(&der, TAG_SEQUENCE, &whole) || !next_is(&whole, TAG_SEQUENCE, &in)) {
        return false;
    }
    if (in.len > 0 && in.ptr[0] == TAG_VERSION) {
        next(&in, &item);
    }
    bool is_good = next_is(&in, TAG_INTEGER, &skipped);
    for (int i = 0; i < 3; i++) {
        is_good = is_good && next_is(&in, TAG_SEQUENCE, &skipped);
    }
    struct bytes from_subject = in;
    is_good = is_good && next_is(&in, TAG_SEQUENCE, &skipped);
    c->subject = bytes_first(from_subject, from_subject.len - in.len);
    if (!is_good || !next_is(&in, TAG_SEQUENCE, &key) || !parse_key(c, key)) {
        return false;
    }
    while (next(&in, &item)) {
        if (item.tag == TAG_EXTENSIONS) {
            return next_is(&item.value, TAG_SEQUENCE, &c->extensions);
        }
    }
    return true;
}

/* The value of an extension; false if it is absent. */
static bool
find_extension(const struct cert *c, struct bytes wanted, struct bytes *value)
{
    struct bytes list = c->extensions;
    struct bytes extension, oid;
    struct item item = {0};
    while (next_is(&list, TAG_SEQUENCE, &extension)) {
        if (!next_is(&extension, TAG_OID, &oid) || !next(&extension, &item)) {
            return false;
        }
        if (item.tag == TAG_BOOLEAN && !next(&extension, &item)) {
            return false;
        }
        if (bytes_equal(oid, wanted)) {
            *value = item.value;
            return item.tag == TAG_OCTETS;
        }
    }
    return false;
}

bool
cert_is_authority(const struct cert *c)
{
    struct bytes value, constraints, flag;
    return find_extension(c, OID_CONSTRAINTS, &value) &&
           next_is(&value, TAG_SEQUENCE, &constraints) &&
           next_is(&constraints, TAG_BOOLEAN, &flag) && flag.len == 1 && flag.ptr[0] != 0;
}

bool
cert_names_ip(const struct cert *c, const struct addr *ip)
{
    struct bytes value, names;
    struct item name;
    if (!find_extension(c, OID_ALT_NAMES, &value) || !next_is(&value, TAG_SEQUENCE, &names)) {
        return false;
    }
    while (next(&names, &name)) {
        struct addr named;
        if (name.tag != TAG_IP_NAME || (name.value.len != 4 && name.value.len != 16)) {
            continue;
        }
        named = name.value.len == 4 ? addr_v4(name.value.ptr, 0) : addr_v6(name.value.ptr, 0);
        if (addr_same_ip(&named, ip)) {
            return true;
        }
    }
    return false;
}

/* ---- PEM */

/* The six bits that a letter of base64 stands for, or -1. */
static int
base64_value(uint8_t c)
{
    return c >= 'A' && c <= 'Z'   ? c - 'A'
           : c >= 'a' && c <= 'z' ? c - 'a' + 26
           : c >= '0' && c <= '9' ? c - '0' + 52
           : c == '+'             ? 62
           : c == '/'             ? 63
                                  : -1;
}

static bool
decode_base64(struct bytes text, struct buf *out)
{
    uint32_t bits = 0;
    int count = 0;
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.ptr[i];
        int value = base64_value(c);
        if (value >= 0) {
            bits = bits << 6 | (uint32_t)value;
            count += 6;
            if (count >= 8) {
                count -= 8;
                buf_byte(out, (uint8_t)(bits >> count));
            }
        } else if (c != '\n' && c != '\r' && c != ' ' && c != '\t' && c != '=') {
            return false;
        }
    }
    return !out->full && out->len > 0;
}

bool
cert_next_pem(struct bytes *text, struct buf *out)
{
    struct bytes dashes = BYTES("-----");
    struct bytes begin = BYTES("-----BEGIN CERTIFICATE-----");
    struct bytes end = BYTES("-----END CERTIFICATE-----");
    while (text->len > 0) {
        *text = bytes_skip(*text, bytes_find_part(*text, begin));
        *text = bytes_skip(*text, begin.len);
        struct bytes body = bytes_first(*text, bytes_find_part(*text, dashes));
        *text = bytes_skip(*text, body.len);
        out->len = 0;
        out->full = false;
        if (bytes_starts(*text, end) && decode_base64(body, out)) {
            return true;
        }
    }
    return false;
}
