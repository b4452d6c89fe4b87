#include "builder/sources_args.h"

#include "builder/command.h"
#include "meta/sources.h"
#include "ui/session.h"
#include "wire/url.h"

/* The length of the first URL: up to a comma behind which another URL begins. */
static size_t
first_url(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == ',' && source_is_tracker(bytes_skip(text, i + 1))) {
            return i;
        }
    }
    return text.len;
}

static int
read_tier(struct source_list *out, const char *text, uint32_t tier)
{
    struct bytes rest = bytes_of_text(text);
    while (rest.len > 0) {
        struct bytes one = bytes_first(rest, first_url(rest));
        struct url url;
        if (!source_is_tracker(one) || !url_parse(&url, one)) {
            return complain(EXIT_USAGE,
                            "'%.*s' is no tracker: http://, https:// or udp://HOST:PORT/...",
                            (int)one.len, (const char *)one.ptr);
        }
        if (out->tracker_count == TRACKERS_MAX) {
            return complain(EXIT_USAGE, "more than %d trackers", TRACKERS_MAX);
        }
        out->tracker_tier[out->tracker_count] = tier;
        out->trackers[out->tracker_count++] = one;
        rest = bytes_skip(rest, one.len + 1);
    }
    return 0;
}

int
source_list_read(struct source_list *out, const struct arg_list *trackers,
                 const struct arg_list *webseeds, const struct arg_list *peers)
{
    int code = 0;
    *out = (struct source_list){0};
    for (uint32_t i = 0; trackers && i < trackers->count && !code; i++) {
        code = read_tier(out, trackers->v[i], i);
    }
    for (uint32_t i = 0; webseeds && i < webseeds->count && !code; i++) {
        struct bytes text = bytes_of_text(webseeds->v[i]);
        struct url url;
        if (!source_is_webseed(text) || !url_parse(&url, text)) {
            code =
                complain(EXIT_USAGE, "'%s' is no web seed: http:// or https://...", webseeds->v[i]);
        } else if (out->webseed_count == WEBSEEDS_MAX) {
            code = complain(EXIT_USAGE, "more than %d web seeds", WEBSEEDS_MAX);
        } else {
            out->webseeds[out->webseed_count++] = text;
        }
    }
    for (uint32_t i = 0; peers && i < peers->count && !code; i++) {
        if (out->peer_count == NODES_MAX) {
            code = complain(EXIT_USAGE, "more than %d peers", NODES_MAX);
        } else {
            out->peers[out->peer_count++] = bytes_of_text(peers->v[i]);
        }
    }
    return code;
}
