#include "engine/picker.h"

#include "base/check.h"

bool
picker_open(struct picker *p, uint32_t piece_count, struct random *random, struct arena *arena)
{
    *p = (struct picker){.piece_count = piece_count, .random = random};
    p->order = arena_take(arena, (size_t)piece_count + 1, sizeof *p->order);
    p->place = arena_take(arena, (size_t)piece_count + 1, sizeof *p->place);
    p->rarity = arena_take(arena, (size_t)piece_count + 1, 1);
    if (!p->order || !p->place || !p->rarity)
        return false;
    for (uint32_t i = 0; i < piece_count; i++)
        p->place[i] = PICKER_OUT;
    return true;
}

static uint32_t
bucket_end(const struct picker *p, uint32_t b)
{
    return b < p->top ? p->start[b + 1] : p->count;
}

static void
swap(struct picker *p, uint32_t i, uint32_t j)
{
    uint32_t a = p->order[i], b = p->order[j];
    p->order[i] = b;
    p->order[j] = a;
    p->place[b] = i;
    p->place[a] = j;
}

/* Gives the piece at index `i` a random place in its bucket `b`. */
static void
shuffle_in(struct picker *p, uint32_t i, uint32_t b)
{
    uint32_t size = bucket_end(p, b) - p->start[b];
    swap(p, i, p->start[b] + random_below(p->random, size));
}

void
picker_add(struct picker *p, uint32_t piece)
{
    check(p->place[piece] == PICKER_OUT);
    uint32_t bucket = p->rarity[piece];
    uint32_t i = p->count++;
    p->order[i] = piece;
    p->place[piece] = i;
    for (uint32_t b = p->top; b > bucket; b--) { /* sink past the commoner buckets */
        swap(p, i, p->start[b]);
        i = p->start[b]++;
    }
    shuffle_in(p, i, bucket);
}

void
picker_remove(struct picker *p, uint32_t piece)
{
    uint32_t i = p->place[piece];
    check(i != PICKER_OUT);
    for (uint32_t b = p->rarity[piece]; b <= p->top; b++) { /* rise to the end */
        uint32_t last = bucket_end(p, b) - 1;
        swap(p, i, last);
        i = last;
        if (b < p->top)
            p->start[b + 1]--;
    }
    p->count--;
    p->place[piece] = PICKER_OUT;
}

void
picker_more(struct picker *p, uint32_t piece)
{
    uint32_t b = p->rarity[piece]++;
    check(b + 1 < PICKER_BUCKETS);
    if (b == p->top)
        p->start[++p->top] = p->count;
    uint32_t i = p->place[piece];
    if (i == PICKER_OUT)
        return;
    uint32_t border = --p->start[b + 1];
    swap(p, i, border);
    shuffle_in(p, border, b + 1);
}

void
picker_fewer(struct picker *p, uint32_t piece)
{
    uint32_t b = p->rarity[piece]--;
    check(b > 0);
    uint32_t i = p->place[piece];
    if (i == PICKER_OUT)
        return;
    uint32_t border = p->start[b]++;
    swap(p, i, border);
    shuffle_in(p, border, b - 1);
}

bool
picker_pick(struct picker *p, const uint8_t *bits, bool any, uint32_t *piece)
{
    uint32_t from = any && p->count > 0 ? random_below(p->random, p->count) : 0;
    for (uint32_t n = 0, i = from; n < p->count; n++, i = i + 1 < p->count ? i + 1 : 0) {
        uint32_t candidate = p->order[i];
        if (bits && !bits_get(bits, candidate))
            continue;
        *piece = candidate;
        return true;
    }
    return false;
}
