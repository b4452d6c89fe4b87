#include "engine/pieces.h"

#include <string.h>

#include "base/check.h"

static void
mark_wanted(struct pieces *p, const bool *wanted)
{
    const struct torrent *t = p->t;
    for (uint32_t f = 0; f < t->file_count; f++) {
        if (t->files[f].pad || (wanted && !wanted[f]))
            continue;
        uint32_t first, end;
        geometry_file_pieces(t, f, &first, &end);
        for (uint32_t i = first; i < end; i++)
            bits_set(p->wanted, i);
    }
    for (uint32_t i = 0; i < t->piece_count; i++) {
        if (!bits_get(p->wanted, i))
            continue;
        p->wanted_count++;
        p->wanted_size += geometry_piece_size(t, i);
    }
    p->wanted_left = p->wanted_count;
}

bool
pieces_open(struct pieces *p, const struct torrent *t, const bool *wanted, struct arena *arena)
{
    *p = (struct pieces){.t = t};
    size_t bits = bits_size(t->piece_count) + 1;
    uint32_t blocks = geometry_blocks_per_piece(t);
    p->active_max = t->piece_count < ACTIVE_PIECES_MAX ? t->piece_count : ACTIVE_PIECES_MAX;
    p->state = arena_take(arena, (size_t)t->piece_count + 1, 1);
    p->have = arena_take(arena, bits, 1);
    p->wanted = arena_take(arena, bits, 1);
    p->active = arena_take(arena, (size_t)p->active_max + 1, sizeof *p->active);
    uint8_t *asked = arena_take(arena, (size_t)p->active_max * blocks + 1, 1);
    uint16_t *sender = arena_take(arena, (size_t)p->active_max * blocks + 1, sizeof *sender);
    if (!p->state || !p->have || !p->wanted || !p->active || !asked || !sender)
        return false;
    for (uint32_t i = 0; i < p->active_max; i++) {
        p->active[i].asked = asked + (size_t)i * blocks;
        p->active[i].sender = sender + (size_t)i * blocks;
    }
    mark_wanted(p, wanted);
    return true;
}

struct active_piece *
pieces_find(struct pieces *p, uint32_t piece)
{
    for (uint32_t i = 0; i < p->active_top; i++)
        if (p->active[i].used && p->active[i].piece == piece)
            return &p->active[i];
    return NULL;
}

struct active_piece *
pieces_activate(struct pieces *p, uint32_t piece, uint16_t owner, int64_t now_ms)
{
    check(p->state[piece] == PIECE_MISSING);
    struct active_piece *a = p->active;
    while (a < p->active + p->active_max && a->used)
        a++;
    if (a == p->active + p->active_max)
        return NULL;
    uint32_t at = (uint32_t)(a - p->active);
    if (at >= p->active_top)
        p->active_top = at + 1;
    p->active_count++;
    p->state[piece] = PIECE_ACTIVE;
    a->used = true;
    a->solo = false;
    a->piece = piece;
    a->serial = ++p->last_serial;
    a->block_count = a->free_count = geometry_block_count(p->t, piece);
    a->have_count = a->hashed = a->free_hint = 0;
    a->owner = owner;
    a->since_ms = now_ms;
    memset(a->asked, 0, a->block_count);
    sha1_init(&a->hash);
    return a;
}

static void
release(struct pieces *p, struct active_piece *a)
{
    a->used = false;
    p->active_count--;
    while (p->active_top > 0 && !p->active[p->active_top - 1].used)
        p->active_top--;
}

bool
pieces_free_block(struct active_piece *a, uint32_t *block)
{
    if (a->free_count == 0)
        return false;
    while (a->asked[a->free_hint] != 0)
        a->free_hint++;
    *block = a->free_hint;
    return true;
}

void
pieces_ask(struct active_piece *a, uint32_t block)
{
    check(a->asked[block] < BLOCK_HAVE - 1);
    if (a->asked[block]++ == 0)
        a->free_count--;
}

void
pieces_unask(struct active_piece *a, uint32_t block)
{
    if (a->asked[block] == BLOCK_HAVE)
        return;
    check(a->asked[block] > 0);
    if (--a->asked[block] == 0) {
        a->free_count++;
        if (block < a->free_hint)
            a->free_hint = block;
    }
}

bool
pieces_take(struct pieces *p, struct active_piece *a, uint32_t block, uint16_t sender)
{
    check(a->asked[block] != BLOCK_HAVE);
    if (a->asked[block] == 0)
        a->free_count--;
    a->asked[block] = BLOCK_HAVE;
    a->sender[block] = sender;
    a->have_count++;
    if (a->have_count < a->block_count)
        return false;
    p->state[a->piece] = PIECE_CHECKING;
    return true;
}

bool
pieces_hash_waits(const struct active_piece *a, uint32_t *block)
{
    if (a->hashed == a->block_count || a->asked[a->hashed] != BLOCK_HAVE)
        return false;
    *block = a->hashed;
    return true;
}

void
pieces_hash_more(struct active_piece *a, struct bytes data)
{
    sha1_add(&a->hash, data.ptr, data.len);
    a->hashed++;
}

void
pieces_hash_two(struct active_piece *a, struct bytes a_data, struct active_piece *b,
                struct bytes b_data)
{
    check(a != b);
    sha1_add_two(&a->hash, a_data, &b->hash, b_data);
    a->hashed++;
    b->hashed++;
}

bool
pieces_hash_is_good(const struct pieces *p, const struct active_piece *a)
{
    check(a->hashed == a->block_count);
    uint8_t got[SHA1_SIZE];
    sha1_end(&a->hash, got);
    return memcmp(got, p->t->piece_hashes + (size_t)a->piece * SHA1_SIZE, SHA1_SIZE) == 0;
}

static void
leave_checking(struct pieces *p, uint32_t piece, enum piece_state next)
{
    check(p->state[piece] == PIECE_CHECKING);
    struct active_piece *a = pieces_find(p, piece);
    if (a)
        release(p, a);
    p->state[piece] = (uint8_t)next;
}

void
pieces_good(struct pieces *p, uint32_t piece)
{
    leave_checking(p, piece, PIECE_HAVE);
    bits_set(p->have, piece);
    p->have_count++;
    if (bits_get(p->wanted, piece)) {
        p->wanted_left--;
        p->wanted_done += geometry_piece_size(p->t, piece);
    }
}

void
pieces_bad(struct pieces *p, uint32_t piece)
{
    leave_checking(p, piece, PIECE_MISSING);
}

void
pieces_abandon(struct pieces *p, struct active_piece *a)
{
    check(p->state[a->piece] == PIECE_ACTIVE);
    check(a->have_count == 0);
    p->state[a->piece] = PIECE_MISSING;
    release(p, a);
}

void
pieces_start_check(struct pieces *p, uint32_t piece)
{
    check(p->state[piece] == PIECE_MISSING);
    p->state[piece] = PIECE_CHECKING;
}

void
pieces_lost(struct pieces *p, uint32_t piece)
{
    check(p->state[piece] == PIECE_HAVE);
    p->state[piece] = PIECE_MISSING;
    bits_clear(p->have, piece);
    p->have_count--;
    if (bits_get(p->wanted, piece)) {
        p->wanted_left++;
        p->wanted_done -= geometry_piece_size(p->t, piece);
    }
}
