/* Measured rates and token buckets: see rate.h. */
#include "base/rate.h"

#include "base/bytes.h"

enum { BLOCK = 16384 };

/* Moves the window so that slot_s is `now_s`; slots of seconds that nobody counted are 0. */
static void
move_window(struct rate *r, int64_t now_s)
{
    if (now_s - r->slot_s >= RATE_SLOTS) {
        r->slot_s = now_s - RATE_SLOTS;
    }
    while (r->slot_s < now_s) {
        r->slot_s++;
        r->slots[r->slot_s % RATE_SLOTS] = 0;
    }
}

void
rate_count(struct rate *r, uint64_t bytes, int64_t now_ms)
{
    int64_t now_s = now_ms / 1000;
    if (r->total == 0) {
        r->first_ms = now_ms;
    }
    move_window(r, now_s);
    r->slots[r->slot_s % RATE_SLOTS] += bytes;
    r->total += bytes;
}

uint64_t
rate_get(const struct rate *r, int64_t now_ms)
{
    if (r->total == 0) {
        return 0;
    }
    struct rate at_now = *r;
    move_window(&at_now, now_ms / 1000);
    uint64_t sum = 0;
    for (int i = 0; i < RATE_SLOTS; i++) {
        sum += at_now.slots[i];
    }
    /* The slots cover whole past seconds and what has gone of the present one. */
    int64_t window_ms = (RATE_SLOTS - 1) * 1000 + now_ms % 1000;
    int64_t young_ms = now_ms - r->first_ms;
    if (young_ms < window_ms) {
        window_ms = young_ms;
    }
    if (window_ms < 1000) {
        window_ms = 1000;
    }
    return sum * 1000 / (uint64_t)window_ms;
}

/* The limit may come from a stranger: beyond 1 TiB/s the sums below could overflow. */
static int64_t
per_second(const struct limiter *l)
{
    const uint64_t top = (uint64_t)1 << 40;
    return (int64_t)(l->per_s < top ? l->per_s : top);
}

static int64_t
bucket_size(const struct limiter *l)
{
    int64_t size = per_second(l) / 4;
    return size < BLOCK ? BLOCK : size;
}

/* The tokens that the bucket holds at `now_ms`. */
static int64_t
tokens_at(const struct limiter *l, int64_t now_ms)
{
    int64_t passed_ms = now_ms - l->filled_ms;
    int64_t size = bucket_size(l);
    int64_t missing = size - l->tokens, per_s = per_second(l);
    if (passed_ms <= 0) {
        return l->tokens;
    }
    /* Long enough to be full? Compared by division: the product could overflow. */
    if (passed_ms / 1000 > missing / per_s) {
        return size;
    }
    int64_t gained = passed_ms / 1000 * per_s + passed_ms % 1000 * per_s / 1000;
    return gained < missing ? l->tokens + gained : size;
}

uint64_t
limiter_room(struct limiter *l, int64_t now_ms)
{
    if (l->per_s == 0) {
        return SIZE_MAX / 2;
    }
    int64_t tokens = tokens_at(l, now_ms);
    /* A slow limit gains less than one byte in a millisecond: leave the time to add up. */
    if (tokens != l->tokens) {
        l->tokens = tokens;
        l->filled_ms = now_ms;
    }
    return tokens > 0 ? (uint64_t)tokens : 0;
}

void
limiter_take(struct limiter *l, uint64_t bytes)
{
    if (l->per_s) {
        l->tokens -= (int64_t)bytes;
    }
}

int64_t
limiter_wait_ms(const struct limiter *l, int64_t now_ms)
{
    if (l->per_s == 0) {
        return 0;
    }
    int64_t tokens = tokens_at(l, now_ms);
    if (tokens > 0) {
        return 0;
    }
    int64_t per_s = per_second(l);
    int64_t missing = 1 - tokens;
    return missing / per_s * 1000 + (missing % per_s * 1000 + per_s - 1) / per_s;
}

static int
unit_shift(uint8_t c)
{
    switch (c) {
    case 'K': case 'k': return 10;
    case 'M': case 'm': return 20;
    case 'G': case 'g': return 30;
    }
    return 0;
}

bool
rate_parse(const char *text, uint64_t *per_s)
{
    struct bytes rest = bytes_of_text(text);
    if (bytes_ends(rest, BYTES("/s"))) {
        rest.len -= 2;
    }
    if (bytes_ends(rest, BYTES("B"))) {
        rest.len--;
    }
    int shift = rest.len ? unit_shift(rest.ptr[rest.len - 1]) : 0;
    if (shift) {
        rest.len--;
    }
    bool has_point = bytes_find(rest, '.') < rest.len;
    uint64_t whole;
    if (!bytes_to_u64(bytes_cut(&rest, '.'), UINT32_MAX, &whole)) {
        return false;
    }
    uint64_t value = whole << shift;
    if (has_point) {
        uint64_t tenths, scale = 1;
        if (rest.len > 3 || !shift || !bytes_to_u64(rest, 999, &tenths)) {
            return false;
        }
        for (size_t i = 0; i < rest.len; i++) {
            scale *= 10;
        }
        value += (tenths << shift) / scale;
    }
    *per_s = value;
    return true;
}
