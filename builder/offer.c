#include "builder/offer.h"

#include "ui/format.h"

#include <string.h>

enum { MAGNET_SOURCES_MAX = 10 }; /* of a kind: longer links are cut by some programs */

/* Trackers or web seeds, each once. */
struct list {
    struct bytes v[MAGNET_SOURCES_MAX];
    size_t count;
};

static void
add(struct list *l, struct bytes url)
{
    for (size_t i = 0; i < l->count; i++) {
        if (bytes_equal(l->v[i], url)) {
            return;
        }
    }
    if (l->count < MAGNET_SOURCES_MAX) {
        l->v[l->count++] = url;
    }
}

static void
put_list(struct buf *out, const char *key, const struct list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        buf_text(out, key);
        buf_url_escaped(out, l->v[i], "");
    }
}

void
offer_put_magnet(struct buf *out, const struct offer *o)
{
    const struct torrent *t = o->torrent;
    struct list trackers = {0}, webseeds = {0};
    buf_text(out, "magnet:?xt=urn:btih:");
    buf_hex(out, bytes_of(t->info_hash, SHA1_SIZE));
    if (t->has_v2) {
        buf_text(out, "&amp;xt=urn:btmh:1220");
        buf_hex(out, bytes_of(t->info_hash_v2, SHA256_SIZE));
    }
    buf_text(out, "&amp;dn=");
    buf_url_escaped(out, bytes_of_text(t->name), "");
    for (uint32_t i = 0; i < t->tracker_count; i++) {
        add(&trackers, t->trackers[i].url);
    }
    for (uint32_t i = 0; i < o->tracker_count; i++) {
        add(&trackers, o->trackers[i]);
    }
    for (uint32_t i = 0; i < t->webseed_count; i++) {
        add(&webseeds, t->webseeds[i]);
    }
    for (uint32_t i = 0; i < o->webseed_count; i++) {
        add(&webseeds, o->webseeds[i]);
    }
    put_list(out, "&amp;tr=", &trackers);
    put_list(out, "&amp;ws=", &webseeds);
}

/* Neither HTML nor XML has these two, which are no characters. */
static bool
is_no_character(struct bytes c)
{
    return bytes_equal(c, BYTES("\xef\xbf\xbe")) || bytes_equal(c, BYTES("\xef\xbf\xbf"));
}

void
offer_put_text(struct buf *out, struct bytes text)
{
    while (text.len > 0) {
        uint8_t mem[8];
        uint32_t code;
        struct buf clean = BUF(mem);
        size_t n = bytes_utf8_next(text, &code);
        struct bytes c = bytes_first(text, n ? n : 1);
        format_foreign(&clean, is_no_character(c) ? BYTES("\xff") : c, true);
        buf_html_escaped(out, buf_bytes(&clean));
        text = bytes_skip(text, c.len);
    }
}

void
offer_put_link(struct buf *out, struct bytes base, const char *name)
{
    buf_html_escaped(out, base);
    buf_url_escaped(out, bytes_of_text(name), "/");
}

const char *
offer_system(const char *target)
{
    return target_is_windows(target) ? "Windows" : "Linux";
}

const char *
offer_machine(const char *target)
{
    static const char *const names[][2] = {{"x86_64", "64-bit PC"},
                                           {"i386", "32-bit PC"},
                                           {"aarch64", "64-bit ARM"},
                                           {"armv7", "32-bit ARM"}};
    const char *machine = strchr(target, '-') ? strchr(target, '-') + 1 : target;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(machine, names[i][0]) == 0) {
            return names[i][1];
        }
    }
    return machine;
}
