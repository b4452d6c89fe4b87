/* Measured rates and token buckets. Times are milliseconds on the caller's clock. */
#ifndef BASE_RATE_H
#define BASE_RATE_H

#include <stdbool.h>
#include <stdint.h>

enum { RATE_SLOTS = 8 };

/* Bytes a second over the last RATE_SLOTS seconds, by whole-second slots.
 * {0} is a valid start. */
struct rate {
    int64_t slot_s; /* second that slots[slot_s % RATE_SLOTS] counts */
    int64_t first_ms; /* time of the first count, so that a young rate is not too low */
    uint64_t slots[RATE_SLOTS];
    uint64_t total; /* bytes ever counted */
};

void rate_count(struct rate *r, uint64_t bytes, int64_t now_ms);

/* Bytes a second, averaged over the window (or since the first count if shorter). */
uint64_t rate_get(const struct rate *r, int64_t now_ms);

/* A token bucket. per_s == 0: no limit. The bucket holds a quarter of a second, at least
 * one block, so that slow limits still move whole blocks. {0} is a valid start. */
struct limiter {
    uint64_t per_s;
    int64_t tokens;
    int64_t filled_ms;
};

/* How many bytes may be moved now: 0 to SIZE_MAX/2 ("no limit"). */
uint64_t limiter_room(struct limiter *l, int64_t now_ms);

/* Counts what was moved; the bucket may go negative by one overshoot. */
void limiter_take(struct limiter *l, uint64_t bytes);

/* Milliseconds until limiter_room is positive again; 0 when it is now. */
int64_t limiter_wait_ms(const struct limiter *l, int64_t now_ms);

/* Reads "100", "64K", "1.5M", "2G" (powers of 1024), optionally followed by "/s" or "B". */
bool rate_parse(const char *text, uint64_t *per_s);

#endif
