#include "engine/checker.h"

#include <string.h>

/* Finds the next piece that is CHECKING at or behind c->piece. */
static void
seek(struct checker *c, const struct pieces *p)
{
    while (c->piece < p->t->piece_count && p->state[c->piece] != PIECE_CHECKING)
        c->piece++;
    c->running = c->piece < p->t->piece_count;
    c->at = 0;
    sha1_init(&c->hash);
}

void
checker_start(struct checker *c, struct pieces *p, struct store *store)
{
    *c = (struct checker){0};
    for (uint32_t i = 0; i < p->t->piece_count; i++) {
        uint32_t size = geometry_piece_size(p->t, i);
        if (!store_may_have(store, geometry_piece_offset(p->t, i), size))
            continue;
        pieces_start_check(p, i);
        c->total += size;
    }
    seek(c, p);
}

static bool
verdict(const struct checker *c, const struct pieces *p)
{
    uint8_t got[SHA1_SIZE];
    sha1_end(&c->hash, got);
    return memcmp(got, p->t->piece_hashes + (size_t)c->piece * SHA1_SIZE, SHA1_SIZE) == 0;
}

enum parse
checker_turn(struct checker *c, struct pieces *p, struct store *store, uint8_t *room,
             size_t room_size, size_t *budget, bool *good)
{
    if (!c->running)
        return PARSE_BAD;
    uint32_t size = geometry_piece_size(p->t, c->piece);
    while (*budget > 0 && c->at < size) {
        size_t n = size - c->at;
        if (n > room_size)
            n = room_size;
        int64_t offset = geometry_piece_offset(p->t, c->piece) + c->at;
        if (store_read(store, offset, room, n) != SYS_OK) {
            c->done += size - c->at;
            *good = false;
            return PARSE_OK;
        }
        sha1_add(&c->hash, room, n);
        c->at += (uint32_t)n;
        c->done += (int64_t)n;
        *budget -= n < *budget ? n : *budget;
    }
    if (c->at < size)
        return PARSE_MORE;
    *good = verdict(c, p);
    return PARSE_OK;
}

void
checker_next(struct checker *c, const struct pieces *p)
{
    c->piece++;
    seek(c, p);
}
