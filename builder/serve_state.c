/* What serve keeps over restarts, in a folder of its own: the ledger here, hashes in hash_cache. */
#include "builder/serve.h"

#include "base/check.h"
#include "builder/files.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEDGER_NAME "ledger"
#define LEDGER_NEW "ledger.new"

enum {
    LEDGER_SIZE_MAX = 1024 * 1024 * 1024,
    MEMBERS_KEPT = 200, /* of a kind in a swarm: as many as an answer has */
    ROW_MAX = 512 + 2 * MEMBERS_KEPT * LEDGER_MEMBER,
    SAVE_MS = 60000,
    MEMBERS_AGE_S = 2 * SERVE_INTERVAL_S, /* older ones have gone or say so again */
};

/* --- reading ---------------------------------------------------------------------------------- */

static void
read_ledger(struct serve *s, const char *folder)
{
    char *path = files_join(folder, LEDGER_NAME);
    struct bytes text;
    int error = files_read(path, LEDGER_SIZE_MAX, &text);
    if (error == SYS_OK && !ledger_read(&s->ledger, text)) {
        note("%s is damaged: counting begins anew", path);
    } else if (error != SYS_OK && error != SYS_NOT_FOUND) {
        note("%s: %s; counting begins anew", path, sys_error_text(error));
    }
    free(path);
}

bool
serve_state_open(struct serve *s, const char *folder, sys_dir *cache)
{
    int error = sys_dir_open(folder, true, &s->state_dir);
    error = error ? error : sys_dir_open(folder, false, cache);
    if (error) {
        note("%s: %s; nothing is kept over restarts", folder, sys_error_text(error));
        return false;
    }
    read_ledger(s, folder);
    return true;
}

static void
recall_members(struct serve *s, const uint8_t *info_hash, struct bytes members, bool seeds,
               int64_t now_ms)
{
    struct tracker_peer p;
    for (size_t n = 0; n < TABLE_PEERS_MAX && ledger_next_member(&members, &p); n++) {
        tracker_table_join(s->tracker, info_hash, seeds, &p, now_ms);
    }
}

void
serve_state_recall(struct serve *s, struct entry *e, int64_t now_ms)
{
    const uint8_t *info_hash = e->torrent.info_hash;
    const struct ledger_row *r = ledger_find(&s->ledger, info_hash);
    int64_t unix_s = sys_unix_s();
    e->counts.first_s = unix_s;
    if (!r) {
        return;
    }
    e->counts = r->counts;
    tracker_table_set_completed(s->tracker, info_hash, r->counts.completed);
    if (unix_s >= r->last_s && unix_s - r->last_s < MEMBERS_AGE_S) {
        recall_members(s, info_hash, r->seeds, true, now_ms);
        recall_members(s, info_hash, r->leechers, false, now_ms);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static void
put_entry(struct serve *s, struct buf *b, const struct entry *e, int64_t now_ms)
{
    uint8_t mem[2][MEMBERS_KEPT * LEDGER_MEMBER];
    struct tracker_peer peers[MEMBERS_KEPT];
    struct ledger_row r = {.counts = e->counts, .last_s = sys_unix_s()};
    memcpy(r.info_hash, e->torrent.info_hash, SHA1_SIZE);
    if (e->swarm) {
        struct swarm_status status;
        swarm_status(e->swarm, &status, now_ms);
        r.counts.by_peer += (uint64_t)status.uploaded;
    }
    struct tracker_stats stats;
    if (tracker_table_stats(s->tracker, r.info_hash, now_ms, &stats)) {
        r.counts.completed = stats.completed;
    }
    for (int seeds = 0; seeds < 2; seeds++) {
        struct buf members = BUF(mem[seeds]);
        size_t n = tracker_table_members(s->tracker, r.info_hash, seeds, peers, MEMBERS_KEPT);
        for (size_t i = 0; i < n; i++) {
            ledger_put_member(&members, &peers[i]);
        }
        *(seeds ? &r.seeds : &r.leechers) = buf_bytes(&members);
    }
    ledger_put_row(b, &r);
}

/* Is a row of old still of use: not written anew, and not too old? */
static bool
is_kept(const struct serve *s, const struct ledger_row *r, const struct entry *gone)
{
    bool is_gone = gone && memcmp(gone->torrent.info_hash, r->info_hash, SHA1_SIZE) == 0;
    return !is_gone && !catalog_by_hash(&s->catalog, r->info_hash) &&
           sys_unix_s() - r->last_s < LEDGER_ABSENT_S;
}

/* The ledger as it is now, with an entry that has just been withdrawn or NULL; malloc'd. */
static struct bytes
compose(struct serve *s, const struct entry *gone, int64_t now_ms)
{
    size_t room = 256 + ((size_t)s->catalog.ready + 1) * ROW_MAX + s->ledger.text.len +
                  s->ledger.count * 64;
    uint8_t *mem = files_memory(room, 1);
    struct buf b = buf_over(mem, room);
    ledger_put_start(&b);
    for (uint32_t i = 0; i < s->catalog.ready; i++) {
        put_entry(s, &b, s->catalog.by_hash[i], now_ms);
    }
    if (gone) {
        put_entry(s, &b, gone, now_ms);
    }
    for (size_t i = 0; i < s->ledger.count; i++) {
        if (is_kept(s, &s->ledger.rows[i], gone)) {
            ledger_put_row(&b, &s->ledger.rows[i]);
        }
    }
    ledger_put_end(&b);
    check(!b.full);
    return buf_bytes(&b);
}

void
serve_state_note(struct serve *s, const struct entry *gone)
{
    struct bytes text = compose(s, gone, sys_now_ms());
    ledger_free(&s->ledger);
    ledger_read(&s->ledger, text);
}

static int
write_ledger(const struct serve *s, struct bytes text)
{
    sys_remove(s->state_dir, LEDGER_NEW);
    int error = files_write_parts(s->state_dir, LEDGER_NEW, &text, 1, false);
    return error ? error : sys_rename(s->state_dir, LEDGER_NEW, LEDGER_NAME, true);
}

void
serve_state_save(struct serve *s, int64_t now_ms, bool at_once)
{
    if (!s->state_dir || (!at_once && now_ms - s->saved_ms < SAVE_MS)) {
        return;
    }
    s->saved_ms = now_ms;
    struct bytes text = compose(s, NULL, now_ms);
    int error = write_ledger(s, text);
    if (error && !s->state_failed) {
        note("what is counted cannot be kept: %s", sys_error_text(error));
    }
    s->state_failed = error != SYS_OK;
    free((void *)(uintptr_t)text.ptr);
}

void
serve_state_close(struct serve *s)
{
    ledger_free(&s->ledger);
    sys_dir_close(&s->state_dir);
}
