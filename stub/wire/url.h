/* URLs (RFC 3986, the part that trackers and web servers use): http, https, udp. */
#ifndef WIRE_URL_H
#define WIRE_URL_H

#include "base/buf.h"

enum url_scheme { URL_HTTP, URL_HTTPS, URL_UDP };

/* Slices point into the text that was parsed. */
struct url {
    enum url_scheme scheme;
    struct bytes host;  /* a name or an address, without brackets, not empty */
    uint16_t port;      /* 80 / 443 when absent; a udp URL without port is refused */
    struct bytes path;  /* begins with '/', or is empty; without query */
    struct bytes query; /* behind '?', may be empty; the fragment is dropped */
    struct bytes text;  /* the whole URL */
};

/* False for other schemes, user info, control characters, spaces, bad ports, a host with
 * characters other than letters, digits, '-', '.', '_' (or an IPv6 address in brackets) or
 * longer than DNS allows, and texts longer than URL_LEN_MAX. */
bool url_parse(struct url *u, struct bytes text);

/* Appends the absolute URL that `reference` (absolute, //host/..., /path, ?query or
 * relative path) means on the page `base` (RFC 3986 5.2, dots removed). False when the
 * result is no URL that url_parse takes. `out` must not share memory with `base`. */
bool url_resolve(const struct url *base, struct bytes reference, struct buf *out);

/* Appends the bytes that %XX escapes stand for ('+' is not touched). False on a bad escape. */
bool url_unescape(struct buf *out, struct bytes escaped);

/* May a torrent make us talk to this URL at an address that is local (loopback, private)? A web
 * service in a home or office must not be made to do anything: an announce goes only to a path
 * that ends in "announce" (or "scrape"), a web seed has no query string. UDP trackers are
 * exempt: until the other side answers as a tracker it gets the same fixed 16 bytes from us.
 * Addresses that are not local are always fine. */
bool url_ok_for_tracker(const struct url *u, bool address_is_local);
bool url_ok_for_webseed(const struct url *u, bool address_is_local);

#endif
