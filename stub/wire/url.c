/* URLs: RFC 3986, sections 3 (parts) and 5.2 (references), for three schemes. */
#include "wire/url.h"

#include "base/addr.h"
#include "base/limits.h"

static const struct {
    char name[6];
    uint16_t port; /* 0: must be given */
} schemes[] = {[URL_HTTP] = {"http", 80}, [URL_HTTPS] = {"https", 443}, [URL_UDP] = {"udp", 0}};

enum { SCHEME_COUNT = sizeof schemes / sizeof *schemes, HOST_LEN_MAX = 253 /* of DNS */ };

static bool
is_alnum(uint8_t c)
{
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* What stands before the first byte of `ends`; `*rest` is left at that byte. */
static struct bytes
cut_before(struct bytes *rest, const char *ends)
{
    size_t n = rest->len;
    for (; *ends; ends++) {
        size_t at = bytes_find(*rest, (uint8_t)*ends);
        n = at < n ? at : n;
    }
    struct bytes before = bytes_first(*rest, n);
    *rest = bytes_skip(*rest, n);
    return before;
}

static bool
host_is_good(struct bytes host)
{
    for (size_t i = 0; i < host.len; i++) {
        uint8_t c = host.ptr[i];
        if (!is_alnum(c) && c != '-' && c != '.' && c != '_') {
            return false;
        }
    }
    return host.len > 0 && host.len <= HOST_LEN_MAX;
}

/* host [":" port] into `u`, whose port is the scheme's. */
static bool
parse_authority(struct url *u, struct bytes text)
{
    uint64_t port = u->port;

    if (text.len && text.ptr[0] == '[') {
        struct addr ip;
        text = bytes_skip(text, 1);
        u->host = cut_before(&text, "]");
        if (text.len == 0 || bytes_find(u->host, ':') == u->host.len ||
            !addr_parse_ip(u->host, &ip)) {
            return false;
        }
        text = bytes_skip(text, 1);
    } else {
        u->host = cut_before(&text, ":");
        if (!host_is_good(u->host)) {
            return false;
        }
    }
    if (text.len) {
        if (text.ptr[0] != ':' || !bytes_to_u64(bytes_skip(text, 1), UINT16_MAX, &port)) {
            return false;
        }
        u->port = (uint16_t)port;
    }
    return u->port != 0;
}

bool
url_parse(struct url *u, struct bytes text)
{
    size_t i;

    *u = (struct url){.text = text};
    if (text.len > URL_LEN_MAX) {
        return false;
    }
    for (i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ' || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    struct bytes rest = text;
    struct bytes scheme = cut_before(&rest, ":");
    i = 0;
    while (i < SCHEME_COUNT && !bytes_equal_nocase(scheme, bytes_of_text(schemes[i].name))) {
        i++;
    }
    if (i == SCHEME_COUNT || !bytes_starts(rest, BYTES("://"))) {
        return false;
    }
    u->scheme = (enum url_scheme)i;
    u->port = schemes[i].port;
    rest = bytes_skip(rest, 3);
    if (!parse_authority(u, cut_before(&rest, "/?#"))) {
        return false;
    }
    u->path = cut_before(&rest, "?#");
    if (bytes_starts(rest, BYTES("?"))) {
        rest = bytes_skip(rest, 1);
        u->query = cut_before(&rest, "#");
    }
    return true;
}

/* Appends the segments of `path` ("a/b" or "a/b/") to `out`, which ends in '/', and acts
 * on "." and ".."; nothing before `floor` is taken away. */
static void
add_segments(struct buf *out, size_t floor, struct bytes path)
{
    while (path.len) {
        struct bytes segment = cut_before(&path, "/");
        if (bytes_equal(segment, BYTES(".."))) {
            while (out->len > floor && out->ptr[--out->len - 1] != '/') {
            }
        } else if (!bytes_equal(segment, BYTES("."))) {
            buf_add(out, segment);
            buf_add(out, bytes_first(path, 1));
        }
        path = bytes_skip(path, 1);
    }
}

/* Does a reference begin with a scheme, like "http:"? */
static bool
has_scheme(struct bytes reference)
{
    struct bytes rest = reference;
    cut_before(&rest, ":/?");
    return bytes_starts(rest, BYTES(":"));
}

/* `path` without what follows its last '/', which stays. */
static struct bytes
folder_of(struct bytes path)
{
    while (path.len && path.ptr[path.len - 1] != '/') {
        path.len--;
    }
    return path;
}

static struct bytes
without_slash(struct bytes path)
{
    return bytes_skip(path, bytes_starts(path, BYTES("/")));
}

bool
url_resolve(const struct url *base, struct bytes reference, struct buf *out)
{
    struct url result;
    struct bytes rest = cut_before(&reference, "#");
    struct bytes base_rest = base->text;
    struct bytes query = base->query;
    struct bytes folder = base->path;
    size_t start = out->len;

    cut_before(&base_rest, ":");
    if (has_scheme(rest)) {
        buf_add(out, cut_before(&rest, ":"));
        rest = bytes_skip(rest, 1);
        if (!bytes_starts(rest, BYTES("//"))) {
            return false;
        }
    } else {
        buf_text(out, schemes[base->scheme].name);
    }
    buf_text(out, "://");
    bool absolute = bytes_starts(rest, BYTES("//"));
    struct bytes *authority = absolute ? &rest : &base_rest;
    *authority = bytes_skip(*authority, absolute ? 2 : 3);
    buf_add(out, cut_before(authority, "/?#"));

    struct bytes path = cut_before(&rest, "?");
    if (absolute || bytes_starts(path, BYTES("/"))) {
        folder.len = 0;
    } else if (path.len) {
        folder = folder_of(folder);
    }
    if (absolute || path.len || rest.len) {
        query = bytes_skip(rest, 1);
    }
    buf_byte(out, '/');
    size_t floor = out->len;
    add_segments(out, floor, without_slash(folder));
    add_segments(out, floor, without_slash(path));
    if (query.len) {
        buf_byte(out, '?');
        buf_add(out, query);
    }
    return !out->full && url_parse(&result, bytes_skip(buf_bytes(out), start));
}

bool
url_unescape(struct buf *out, struct bytes escaped)
{
    while (escaped.len) {
        uint8_t c = escaped.ptr[0];
        size_t used = 1;
        if (c == '%') {
            used = 3;
            if (!bytes_from_hex(bytes_first(bytes_skip(escaped, 1), 2), &c, 1)) {
                return false;
            }
        }
        buf_byte(out, c);
        escaped = bytes_skip(escaped, used);
    }
    return true;
}

bool
url_ok_for_tracker(const struct url *u, bool address_is_local)
{
    return !address_is_local || u->scheme == URL_UDP || bytes_ends(u->path, BYTES("announce")) ||
           bytes_ends(u->path, BYTES("scrape"));
}

bool
url_ok_for_webseed(const struct url *u, bool address_is_local)
{
    return !address_is_local || u->query.len == 0;
}
