/* Trackers and web seeds worth taking over: see sources.h. */
#include "meta/sources.h"

#include "base/limits.h"

static bool
has_scheme(struct bytes url, struct bytes scheme)
{
    return bytes_equal_nocase(bytes_first(url, scheme.len), scheme) && url.len > scheme.len;
}

bool
source_is_webseed(struct bytes url)
{
    return url.len <= URL_LEN_MAX &&
           (has_scheme(url, BYTES("http://")) || has_scheme(url, BYTES("https://")));
}

bool
source_is_tracker(struct bytes url)
{
    return source_is_webseed(url) || (url.len <= URL_LEN_MAX && has_scheme(url, BYTES("udp://")));
}

bool
source_add(struct bytes *urls, uint32_t *count, uint32_t max, struct bytes url)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (bytes_equal(urls[i], url)) {
            return false;
        }
    }
    if (*count == max) {
        return false;
    }
    urls[(*count)++] = url;
    return true;
}
