/* Trailer, dictionary and inflation of what an app carries; the layout is in payload.h.
 * Deflating is the builder's job (builder/pack.c), so that no app contains that code. */
#include "meta/payload.h"

#include "base/check.h"
#include "base/hash.h"
#include "base/inflate.h"

#include <string.h>

static const uint8_t magic[8] = PAYLOAD_MAGIC;

static bool
refuse(struct fault *why, const char *what)
{
    *why = (struct fault){what, 0};
    return false;
}

bool
payload_read_trailer(struct payload_trailer *t, const uint8_t in[TRAILER_SIZE],
                     struct fault *why)
{
    *t = (struct payload_trailer){0};
    *why = (struct fault){0};
    if (memcmp(in, magic, sizeof magic) != 0) {
        return refuse(why, "it carries no torrent");
    }
    t->version = be32(in + 8);
    t->offset = be64(in + 16);
    t->stored_len = be32(in + 24);
    t->full_len = be32(in + 28);
    memcpy(t->sha256, in + 32, sizeof t->sha256);
    if (t->version != PAYLOAD_VERSION || be32(in + 12) != 0) {
        return refuse(why, "it was packed by a newer version of samara");
    }
    bool possible = t->stored_len > 0 && t->stored_len <= PAYLOAD_SIZE_MAX && t->full_len > 0 &&
                    t->full_len <= PAYLOAD_SIZE_MAX && t->offset <= INT64_MAX;
    return possible || refuse(why, "the lengths in its trailer make no sense");
}

void
payload_write_trailer(const struct payload_trailer *t, uint8_t out[TRAILER_SIZE])
{
    memset(out, 0, TRAILER_SIZE);
    memcpy(out, magic, sizeof magic);
    put_be32(out + 8, t->version);
    put_be64(out + 16, t->offset);
    put_be32(out + 24, t->stored_len);
    put_be32(out + 28, t->full_len);
    memcpy(out + 32, t->sha256, sizeof t->sha256);
}

/* PE headers are little-endian. */
static uint32_t
le32_at(struct bytes in, uint64_t at)
{
    if (in.len < 4 || at > in.len - 4) {
        return 0;
    }
    return le32(in.ptr + at);
}

uint64_t
payload_trailer_end(struct bytes head, uint64_t file_len)
{
    enum { PE_AT = 0x3c, OPTIONAL_HEADER = 24, MAGIC_32 = 0x10b, MAGIC_64 = 0x20b,
           DIRECTORIES_32 = 96, DIRECTORIES_64 = 112, CERTIFICATES = 4 };
    uint64_t pe = le32_at(head, PE_AT);
    if (!bytes_starts(head, BYTES("MZ")) || le32_at(head, pe) != 0x4550 /* "PE" */) {
        return file_len;
    }
    uint64_t optional = pe + OPTIONAL_HEADER;
    uint32_t kind = le32_at(head, optional) & 0xffff;
    if (kind != MAGIC_32 && kind != MAGIC_64) {
        return file_len;
    }
    uint64_t directories = optional + (kind == MAGIC_32 ? DIRECTORIES_32 : DIRECTORIES_64);
    uint64_t at = le32_at(head, directories + 8 * CERTIFICATES);
    uint64_t size = le32_at(head, directories + 8 * CERTIFICATES + 4);
    bool has_entry = le32_at(head, directories - 4) > CERTIFICATES;
    bool has_table = has_entry && at > 0 && size > 0 && at <= file_len && size <= file_len - at;
    return has_table ? at : file_len;
}

bool
payload_inflate(const struct payload_trailer *t, struct bytes stored, uint8_t *out,
                size_t out_max, struct fault *why)
{
    uint8_t hash[SHA256_SIZE];
    check(out_max >= t->full_len);
    *why = (struct fault){0};
    if (stored.len != t->stored_len) {
        return refuse(why, "a part of it is missing");
    }
    sha256_of(stored, hash);
    if (memcmp(hash, t->sha256, sizeof hash) != 0) {
        return refuse(why, "its contents were changed on the way");
    }
    struct buf full = buf_over(out, t->full_len);
    enum parse result = inflate_whole(&stored, &full);
    bool whole = result == PARSE_OK && full.len == full.max && stored.len == 0;
    return whole || refuse(why, "its contents do not unpack");
}

/* A list of texts, or a list of lists of texts when `tiers` is given. */
static bool
read_texts(struct bencode v, struct bytes *texts, uint32_t *count, uint32_t max, size_t len_max)
{
    struct bencode_walk w = bencode_walk(v);
    while (bencode_next(&w)) {
        struct bytes text = bencode_string(w.value);
        if (*count == max || text.len == 0 || text.len > len_max) {
            return false;
        }
        texts[(*count)++] = text;
    }
    return true;
}

static bool
read_trackers(struct payload *p, struct bencode v)
{
    struct bencode_walk tiers = bencode_walk(v);
    for (uint32_t tier = 0; bencode_next(&tiers); tier++) {
        uint32_t first = p->tracker_count;
        if (!read_texts(tiers.value, p->trackers, &p->tracker_count, TRACKERS_MAX,
                        URL_LEN_MAX)) {
            return false;
        }
        for (uint32_t i = first; i < p->tracker_count; i++) {
            p->tracker_tier[i] = tier;
        }
    }
    return true;
}

static bool
is_text(struct bytes text, size_t max)
{
    return text.len <= max && bytes_is_utf8(text);
}

bool
payload_parse(struct payload *p, struct bytes full, struct fault *why)
{
    enum { CA, LICENSE, MAGNET, MAX_UP, MESSAGE, PEERS, PUBLISHER, SEED_MINUTES, SEED_RATIO,
           TARGET, TITLE, TORRENT, TRACKERS, WEBSEEDS, COUNT };
    struct bencode whole, v[COUNT];
    *p = (struct payload){0};
    if (!bencode_check(full, &whole, why)) {
        return false;
    }
    if (bencode_type(whole) != BENCODE_DICT) {
        return refuse(why, "its contents are no dictionary");
    }
    bencode_get_many(whole, "ca|license|magnet|max-up|message|peers|publisher|seed-minutes|"
                            "seed-ratio|target|title|torrent|trackers|webseeds", v);
    p->ca = bencode_string(v[CA]);
    p->license = bencode_string(v[LICENSE]);
    p->magnet = bencode_string(v[MAGNET]);
    p->message = bencode_string(v[MESSAGE]);
    p->publisher = bencode_string(v[PUBLISHER]);
    p->target = bencode_string(v[TARGET]);
    p->title = bencode_string(v[TITLE]);
    p->torrent = bencode_string(v[TORRENT]);
    p->max_up = bencode_int(v[MAX_UP], -1);
    p->seed_minutes = bencode_int(v[SEED_MINUTES], -1);
    p->seed_ratio_milli = bencode_int(v[SEED_RATIO], -1);
    if (p->torrent.len == 0 && p->magnet.len == 0) {
        return refuse(why, "it carries no torrent");
    }
    if (!is_text(p->title, TEXT_LEN_MAX) || !is_text(p->publisher, TEXT_LEN_MAX) ||
        !is_text(p->target, TEXT_LEN_MAX) || !is_text(p->message, LICENSE_TEXT_MAX) ||
        !is_text(p->license, LICENSE_TEXT_MAX)) {
        return refuse(why, "one of its texts is too long or no text");
    }
    if (!read_trackers(p, v[TRACKERS]) ||
        !read_texts(v[WEBSEEDS], p->webseeds, &p->webseed_count, WEBSEEDS_MAX, URL_LEN_MAX) ||
        !read_texts(v[PEERS], p->peers, &p->peer_count, NODES_MAX, URL_LEN_MAX)) {
        return refuse(why, "one of its lists is too long or no list of texts");
    }
    return true;
}

static void
put_given_text(struct buf *b, const char *key, struct bytes text)
{
    if (text.len) {
        bencode_put_text(b, key);
        bencode_put_string(b, text);
    }
}

static void
put_given_int(struct buf *b, const char *key, int64_t value)
{
    if (value >= 0) {
        bencode_put_text(b, key);
        bencode_put_int(b, value);
    }
}

static void
put_given_list(struct buf *b, const char *key, const struct bytes *texts, uint32_t count)
{
    if (count) {
        bencode_put_text(b, key);
        buf_byte(b, 'l');
        for (uint32_t i = 0; i < count; i++) {
            bencode_put_string(b, texts[i]);
        }
        buf_byte(b, 'e');
    }
}

static void
put_trackers(struct buf *b, const struct payload *p)
{
    if (p->tracker_count == 0) {
        return;
    }
    bencode_put_text(b, "trackers");
    buf_byte(b, 'l');
    for (uint32_t i = 0; i < p->tracker_count; i++) {
        if (i == 0 || p->tracker_tier[i] != p->tracker_tier[i - 1]) {
            buf_text(b, i ? "el" : "l");
        }
        bencode_put_string(b, p->trackers[i]);
    }
    buf_text(b, "ee");
}

void
payload_write(const struct payload *p, struct buf *b)
{
    buf_byte(b, 'd');
    put_given_text(b, "ca", p->ca);
    put_given_text(b, "license", p->license);
    put_given_text(b, "magnet", p->magnet);
    put_given_int(b, "max-up", p->max_up);
    put_given_text(b, "message", p->message);
    put_given_list(b, "peers", p->peers, p->peer_count);
    put_given_text(b, "publisher", p->publisher);
    put_given_int(b, "seed-minutes", p->seed_minutes);
    put_given_int(b, "seed-ratio", p->seed_ratio_milli);
    put_given_text(b, "target", p->target);
    put_given_text(b, "title", p->title);
    put_given_text(b, "torrent", p->torrent);
    put_trackers(b, p);
    put_given_list(b, "webseeds", p->webseeds, p->webseed_count);
    buf_byte(b, 'e');
}
