#include "engine/book.h"

enum { BLAME_MEMORY_MS = 600000 };

static bool
may_be_reused(const struct book_entry *e, int64_t now_ms)
{
    if (!e->used)
        return true;
    if (e->connected || e->banned || e->is_webseed || e->ours)
        return false;
    if (e->sent_ms && now_ms - e->sent_ms < BLAME_MEMORY_MS)
        return false;
    return e->came || e->failures >= 3;
}

static uint16_t
take_entry(struct book *b, int64_t now_ms)
{
    for (uint32_t i = 0; i < b->top; i++)
        if (!b->entries[i].used)
            return (uint16_t)i;
    if (b->top < CANDIDATES_MAX)
        return (uint16_t)b->top++;
    for (uint32_t i = 0; i < b->top; i++)
        if (may_be_reused(&b->entries[i], now_ms))
            return (uint16_t)i;
    return BOOK_FULL;
}

uint16_t
book_add(struct book *b, const struct addr *a, int64_t now_ms)
{
    if (addr_is_unusable(a))
        return BOOK_FULL;
    for (uint32_t i = 0; i < b->top; i++)
        if (b->entries[i].used && addr_equal(&b->entries[i].addr, a))
            return (uint16_t)i;
    uint16_t at = take_entry(b, now_ms);
    if (at != BOOK_FULL)
        b->entries[at] = (struct book_entry){.used = true, .addr = *a, .next_try_ms = now_ms};
    return at;
}

uint16_t
book_came(struct book *b, const struct addr *a, int64_t now_ms)
{
    struct addr from = *a;
    for (uint32_t i = 0; i < b->top; i++) { /* the same host again: its strikes count on */
        struct book_entry *e = &b->entries[i];
        if (e->used && e->came && !e->connected && addr_same_ip(&e->addr, a)) {
            e->addr = from;
            return (uint16_t)i;
        }
    }
    uint16_t at = take_entry(b, now_ms);
    if (at != BOOK_FULL)
        b->entries[at] = (struct book_entry){.used = true, .addr = from, .came = true};
    return at;
}

uint16_t
book_add_webseed(struct book *b)
{
    uint16_t at = take_entry(b, 0);
    if (at != BOOK_FULL)
        b->entries[at] = (struct book_entry){.used = true, .is_webseed = true};
    return at;
}

/* Loopback is one machine's own clients: there the port tells them apart. */
static bool
same_host(const struct addr *a, const struct addr *b)
{
    return addr_is_loopback(a) ? addr_equal(a, b) : addr_same_ip(a, b);
}

bool
book_is_banned(const struct book *b, const struct addr *a)
{
    if (b->banned_count == 0)
        return false;
    for (uint32_t i = 0; i < b->top; i++) {
        const struct book_entry *e = &b->entries[i];
        if (e->used && e->banned && same_host(&e->addr, a))
            return true;
    }
    return false;
}

void
book_ban(struct book *b, uint16_t entry)
{
    if (!b->entries[entry].banned && b->banned_count < BANNED_MAX) {
        b->entries[entry].banned = true;
        b->banned_count++;
    }
}

bool
book_is_connected(const struct book *b, const struct addr *a)
{
    for (uint32_t i = 0; i < b->top; i++) {
        const struct book_entry *e = &b->entries[i];
        if (e->used && e->connected && addr_equal(&e->addr, a))
            return true;
    }
    return false;
}

static bool
may_be_tried(const struct book_entry *e)
{
    return e->used && !e->connected && !e->banned && !e->came && !e->ours && !e->is_webseed;
}

uint16_t
book_pick(const struct book *b, int64_t now_ms, int64_t *wake_ms)
{
    uint16_t best = BOOK_FULL;
    for (uint32_t i = 0; i < b->top; i++) {
        const struct book_entry *e = &b->entries[i];
        if (!may_be_tried(e))
            continue;
        if (e->next_try_ms > now_ms) {
            if (e->next_try_ms < *wake_ms)
                *wake_ms = e->next_try_ms;
            continue;
        }
        if (b->banned_count && book_is_banned(b, &e->addr))
            continue;
        const struct book_entry *than = best == BOOK_FULL ? NULL : &b->entries[best];
        if (!than || e->failures < than->failures
            || (e->failures == than->failures && e->priority > than->priority))
            best = (uint16_t)i;
    }
    return best;
}

void
book_release(struct book *b, uint16_t entry, bool useful, struct random *random, int64_t now_ms)
{
    struct book_entry *e = &b->entries[entry];
    e->connected = false;
    if (useful)
        e->failures = 0;
    else if (e->failures < 30)
        e->failures++;
    int64_t wait_ms = RECONNECT_MIN_MS;
    for (int i = 1; i < e->failures && wait_ms < RECONNECT_MAX_MS; i++)
        wait_ms *= 2;
    if (wait_ms > RECONNECT_MAX_MS)
        wait_ms = RECONNECT_MAX_MS;
    e->next_try_ms = now_ms + wait_ms / 2 + random_below(random, (uint32_t)wait_ms / 2);
}

void
book_retry(struct book *b, int64_t now_ms)
{
    for (uint32_t i = 0; i < b->top; i++) {
        b->entries[i].failures = 0;
        b->entries[i].next_try_ms = now_ms;
    }
}

uint32_t
book_count(const struct book *b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < b->top; i++)
        n += may_be_tried(&b->entries[i]);
    return n;
}
