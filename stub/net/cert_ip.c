/* A walk over the DER of one certificate, down to the iPAddress names:
 *
 *   SEQUENCE { SEQUENCE tbs { ..., [3] { SEQUENCE { SEQUENCE { OID, BOOLEAN?, OCTET STRING }... } }
 * },
 *              ... }
 *
 * and inside the OCTET STRING of subjectAltName a SEQUENCE of names, [7] = iPAddress. */
#include "net/cert_ip.h"

enum {
    TAG_BOOLEAN = 0x01,
    TAG_OCTETS = 0x04,
    TAG_OID = 0x06,
    TAG_SEQUENCE = 0x30,
    TAG_EXTENSIONS = 0xa3,
    TAG_IP_NAME = 0x87,
};

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
    out->tag = in->ptr[0];
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
    out->value = bytes_of(in->ptr + head, len);
    *in = bytes_skip(*in, head + len);
    return true;
}

/* As `next`, but the item must have this tag. */
static bool
next_is(struct bytes *in, uint8_t tag, struct bytes *value)
{
    struct item item;
    if (!next(in, &item) || item.tag != tag) {
        return false;
    }
    *value = item.value;
    return true;
}

/* The list of extensions. */
static bool
find_extensions(struct bytes der, struct bytes *list)
{
    struct bytes cert, tbs;
    struct item item;
    if (!next_is(&der, TAG_SEQUENCE, &cert) || !next_is(&cert, TAG_SEQUENCE, &tbs)) {
        return false;
    }
    while (next(&tbs, &item)) {
        if (item.tag == TAG_EXTENSIONS) {
            return next_is(&item.value, TAG_SEQUENCE, list);
        }
    }
    return false;
}

static bool
names_ip(struct bytes octets, const struct addr *ip)
{
    struct bytes names;
    struct item name;
    if (!next_is(&octets, TAG_SEQUENCE, &names)) {
        return false;
    }
    while (next(&names, &name)) {
        struct addr named;
        if (name.tag != TAG_IP_NAME) {
            continue;
        }
        if (name.value.len == 4) {
            named = addr_v4(name.value.ptr, 0);
        } else if (name.value.len == 16) {
            named = addr_v6(name.value.ptr, 0);
        } else {
            continue;
        }
        if (addr_same_ip(&named, ip)) {
            return true;
        }
    }
    return false;
}

bool
cert_names_ip(struct bytes der, const struct addr *ip)
{
    struct bytes list, extension, oid;
    if (!find_extensions(der, &list)) {
        return false;
    }
    while (next_is(&list, TAG_SEQUENCE, &extension)) {
        struct item item;
        if (!next_is(&extension, TAG_OID, &oid) || !next(&extension, &item)) {
            return false;
        }
        if (item.tag == TAG_BOOLEAN && !next(&extension, &item)) {
            return false;
        }
        /* 2.5.29.17 subjectAltName */
        if (bytes_equal(oid, BYTES("\x55\x1d\x11"))) {
            return item.tag == TAG_OCTETS && names_ip(item.value, ip);
        }
    }
    return false;
}
