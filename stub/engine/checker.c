#include "engine/checker.h"

#include <string.h>

/* The lane goes on to the next piece that is CHECKING. */
static void
seek(struct checker *c, const struct pieces *p, struct check_lane *l)
{
    while (c->next < p->t->piece_count && p->state[c->next] != PIECE_CHECKING)
        c->next++;
    *l = (struct check_lane){.piece = c->next};
    c->next += c->next < p->t->piece_count;
    sha1_init(&l->hash);
}

void
checker_start(struct checker *c, struct pieces *p, struct store *store)
{
    *c = (struct checker){.running = true};
    for (uint32_t i = 0; i < p->t->piece_count; i++) {
        uint32_t size = geometry_piece_size(p->t, i);
        if (!store_may_have(store, geometry_piece_offset(p->t, i), size))
            continue;
        pieces_start_check(p, i);
        c->total += size;
    }
    seek(c, p, &c->lane[0]);
    seek(c, p, &c->lane[1]);
}

static uint32_t
left_of(const struct pieces *p, const struct check_lane *l)
{
    if (l->piece == p->t->piece_count || l->unreadable)
        return 0;
    return geometry_piece_size(p->t, l->piece) - l->at;
}

/* Reads the next bytes of the lane's piece. */
static struct bytes
read_slice(struct checker *c, const struct pieces *p, struct store *store, struct check_lane *l,
           uint8_t *room, size_t room_size)
{
    uint32_t left = left_of(p, l);
    size_t n = left < room_size ? left : room_size;
    int64_t offset = n > 0 ? geometry_piece_offset(p->t, l->piece) + l->at : 0;
    if (n > 0 && store_read(store, offset, room, n) != SYS_OK) {
        l->unreadable = true;
        c->done += left;
        return (struct bytes){0};
    }
    l->at += (uint32_t)n;
    c->done += (int64_t)n;
    return bytes_of(room, n);
}

static bool
is_good(const struct pieces *p, const struct check_lane *l)
{
    uint8_t got[SHA1_SIZE];
    sha1_end(&l->hash, got);
    return !l->unreadable
           && memcmp(got, p->t->piece_hashes + (size_t)l->piece * SHA1_SIZE, SHA1_SIZE) == 0;
}

enum parse
checker_turn(struct checker *c, struct pieces *p, struct store *store, uint8_t *room,
             size_t room_size, size_t *budget, uint32_t *piece, bool *good)
{
    struct check_lane *one = &c->lane[0], *two = &c->lane[1];
    for (;;) {
        for (struct check_lane *l = one; l <= two; l++) {
            if (l->piece == p->t->piece_count || left_of(p, l) > 0)
                continue;
            *piece = l->piece;
            *good = is_good(p, l);
            seek(c, p, l);
            return PARSE_OK;
        }
        c->running = one->piece < p->t->piece_count || two->piece < p->t->piece_count;
        if (!c->running)
            return PARSE_BAD;
        if (*budget == 0)
            return PARSE_MORE;
        size_t half = room_size / 2;
        struct bytes first = read_slice(c, p, store, one, room, half);
        struct bytes second = read_slice(c, p, store, two, room + half, half);
        sha1_add_two(&one->hash, first, &two->hash, second);
        size_t n = first.len + second.len;
        *budget -= n < *budget ? n : *budget;
    }
}
