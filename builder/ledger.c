#include "builder/ledger.h"

#include "builder/files.h"
#include "meta/bencode.h"

#include <stdlib.h>
#include <string.h>

void
ledger_put_start(struct buf *b)
{
    buf_byte(b, 'd');
    bencode_put_text(b, "items");
    buf_byte(b, 'd');
}

static void
put_number(struct buf *b, const char *key, uint64_t v)
{
    bencode_put_text(b, key);
    bencode_put_int(b, v <= INT64_MAX ? (int64_t)v : INT64_MAX);
}

void
ledger_put_row(struct buf *b, const struct ledger_row *r)
{
    bencode_put_string(b, bytes_of(r->info_hash, SHA1_SIZE));
    buf_byte(b, 'd');
    put_number(b, "completed", r->counts.completed);
    bencode_put_text(b, "first");
    bencode_put_int(b, r->counts.first_s);
    put_number(b, "http", r->counts.announces[0]);
    bencode_put_text(b, "last");
    bencode_put_int(b, r->last_s);
    bencode_put_text(b, "leechers");
    bencode_put_string(b, r->leechers);
    put_number(b, "peer", r->counts.by_peer);
    bencode_put_text(b, "seeds");
    bencode_put_string(b, r->seeds);
    put_number(b, "udp", r->counts.announces[1]);
    put_number(b, "webseed", r->counts.by_webseed);
    buf_byte(b, 'e');
}

void
ledger_put_end(struct buf *b)
{
    buf_text(b, "ee");
}

void
ledger_put_member(struct buf *b, const struct tracker_peer *p)
{
    uint8_t port[2];
    put_be16(port, p->addr.port);
    buf_add(b, bytes_of(p->addr.ip, sizeof p->addr.ip));
    buf_add(b, bytes_of(port, sizeof port));
    buf_add(b, bytes_of(p->peer_id, sizeof p->peer_id));
}

bool
ledger_next_member(struct bytes *members, struct tracker_peer *out)
{
    if (members->len < LEDGER_MEMBER) {
        return false;
    }
    const uint8_t *at = members->ptr;
    *out = (struct tracker_peer){.addr.port = be16(at + 16)};
    memcpy(out->addr.ip, at, 16);
    memcpy(out->peer_id, at + 18, sizeof out->peer_id);
    *members = bytes_skip(*members, LEDGER_MEMBER);
    return true;
}

static uint64_t
number(struct bencode row, const char *key, uint64_t max)
{
    int64_t v = bencode_get_int(row, key, 0);
    return v < 0 ? 0 : (uint64_t)v < max ? (uint64_t)v : max;
}

static int
by_hash(const void *a, const void *b)
{
    return memcmp(((const struct ledger_row *)a)->info_hash,
                  ((const struct ledger_row *)b)->info_hash, SHA1_SIZE);
}

static void
take_row(struct ledger *l, struct bytes key, struct bencode v)
{
    struct ledger_row *r = &l->rows[l->count];
    if (key.len != SHA1_SIZE || bencode_type(v) != BENCODE_DICT) {
        return;
    }
    *r = (struct ledger_row){
        .counts = {.by_webseed = number(v, "webseed", INT64_MAX),
                   .by_peer = number(v, "peer", INT64_MAX),
                   .announces = {number(v, "http", INT64_MAX), number(v, "udp", INT64_MAX)},
                   .completed = (uint32_t)number(v, "completed", UINT32_MAX),
                   .first_s = bencode_get_int(v, "first", 0)},
        .last_s = bencode_get_int(v, "last", 0),
        .seeds = bencode_get_string(v, "seeds"),
        .leechers = bencode_get_string(v, "leechers"),
    };
    memcpy(r->info_hash, key.ptr, SHA1_SIZE);
    l->count++;
}

bool
ledger_read(struct ledger *l, struct bytes text)
{
    struct bencode whole;
    struct fault why = {0};
    *l = (struct ledger){.text = text};
    if (!bencode_check(text, &whole, &why) || bencode_type(whole) != BENCODE_DICT) {
        ledger_free(l);
        return false;
    }
    size_t count = 0;
    struct bencode items = bencode_get(whole, "items");
    for (struct bencode_walk w = bencode_walk(items); bencode_next(&w);) {
        count++;
    }
    count = count < LEDGER_ROWS_MAX ? count : LEDGER_ROWS_MAX;
    l->rows = files_memory(count, sizeof *l->rows);
    for (struct bencode_walk w = bencode_walk(items); l->count < count && bencode_next(&w);) {
        take_row(l, w.key, w.value);
    }
    qsort(l->rows, l->count, sizeof *l->rows, by_hash);
    return true;
}

void
ledger_free(struct ledger *l)
{
    free(l->rows);
    free((void *)(uintptr_t)l->text.ptr);
    *l = (struct ledger){0};
}

const struct ledger_row *
ledger_find(const struct ledger *l, const uint8_t info_hash[SHA1_SIZE])
{
    struct ledger_row key;
    memcpy(key.info_hash, info_hash, SHA1_SIZE);
    return l->count ? bsearch(&key, l->rows, l->count, sizeof *l->rows, by_hash) : NULL;
}
