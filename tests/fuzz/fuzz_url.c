/* URLs: the input is a URL, a line end and a reference. A resolved URL parses and means
 * itself; escaping and unescaping gives the same bytes. */
#include "base/check.h"
#include "base/limits.h"
#include "wire/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_slice(struct bytes inner, struct bytes outer)
{
    check(inner.len == 0 || (inner.ptr >= outer.ptr && inner.ptr < outer.ptr + outer.len));
    check(inner.len <= outer.len);
}

static void
try_escapes(struct bytes in)
{
    static uint8_t escaped_mem[1 << 16], plain_mem[1 << 16];
    struct buf escaped = BUF(escaped_mem), plain = BUF(plain_mem);

    url_unescape(&plain, in);
    buf_url_escaped(&escaped, in, "/");
    plain.len = 0;
    if (!escaped.full && !plain.full) {
        check(url_unescape(&plain, buf_bytes(&escaped)));
        check(bytes_equal(buf_bytes(&plain), in));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t mem[2 * URL_LEN_MAX], again_mem[2 * URL_LEN_MAX];
    struct buf out = BUF(mem), again = BUF(again_mem);
    struct bytes reference = bytes_of(data, size);
    struct bytes text = bytes_cut(&reference, '\n');
    struct url u, result;

    try_escapes(text);
    if (!url_parse(&u, text)) {
        return 0;
    }
    check(u.host.len > 0 && u.port > 0);
    check(u.path.len == 0 || u.path.ptr[0] == '/');
    check_slice(u.host, text);
    check_slice(u.path, text);
    check_slice(u.query, text);
    url_ok_for_tracker(&u, true);
    if (url_resolve(&u, reference, &out)) {
        check(url_parse(&result, buf_bytes(&out)));
        check(url_resolve(&u, buf_bytes(&out), &again));
        check(bytes_equal(buf_bytes(&out), buf_bytes(&again)));
    }
    return 0;
}
