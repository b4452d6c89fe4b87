/* Certificates in DER, and PEM text. Nothing may be read outside the input; what PEM gives back is
 * shorter than its text. */
#include "base/check.h"
#include "net/cert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_inside(struct bytes inner, struct bytes outer)
{
    check(inner.len == 0 || (inner.ptr >= outer.ptr && inner.len <= outer.len));
    check(inner.len == 0 || inner.ptr + inner.len <= outer.ptr + outer.len);
}

static void
try_der(struct bytes der)
{
    struct cert c;
    struct addr ip = {{0}, 0};
    if (!cert_parse(&c, der)) {
        return;
    }
    check_inside(c.subject, der);
    check_inside(c.rsa_n, der);
    check_inside(c.rsa_e, der);
    check_inside(c.point, der);
    check_inside(c.extensions, der);
    check(c.key != CERT_KEY_RSA || c.rsa_n.len > 0);
    cert_is_authority(&c);
    cert_names_ip(&c, &ip);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t mem[4096];
    struct bytes in = bytes_of(data, size);
    try_der(in);
    for (;;) {
        struct buf der = BUF(mem);
        size_t before = in.len;
        if (!cert_next_pem(&in, &der)) {
            break;
        }
        check(in.len < before);
        check(der.len > 0 && der.len < before);
        try_der(buf_bytes(&der));
    }
    return 0;
}
