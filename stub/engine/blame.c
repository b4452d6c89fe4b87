#include "engine/blame.h"

void
blame_open(struct blame *b, const struct torrent *t)
{
    *b = (struct blame){.t = t};
}

static struct blame_record *
find(const struct blame *b, uint32_t piece)
{
    for (uint32_t i = 0; i < BLAME_RECORDS; i++)
        if (b->records[i].used && b->records[i].piece == piece)
            return (struct blame_record *)&b->records[i];
    return NULL;
}

bool
blame_is_open(const struct blame *b, uint32_t piece)
{
    return find(b, piece) != NULL;
}

/* 64 bits of SHA-1 of a block as it lies on disk; 0 if it cannot be read. */
static uint64_t
digest_block(const struct blame *b, struct store *store, uint32_t piece, uint32_t block)
{
    uint8_t data[BLOCK_SIZE], hash[SHA1_SIZE];
    size_t size = geometry_block_size(b->t, piece, block);
    int64_t offset = geometry_piece_offset(b->t, piece) + (int64_t)block * BLOCK_SIZE;
    if (store_read(store, offset, data, size) != SYS_OK)
        return 0;
    sha1_of(bytes_of(data, size), hash);
    return be64(hash);
}

static void
convict(struct blame *b, uint16_t sender)
{
    for (uint32_t i = 0; i < b->convict_count; i++)
        if (b->convicts[i] == sender)
            return;
    if (b->convict_count < BLAME_CONVICTS_MAX)
        b->convicts[b->convict_count++] = sender;
}

/* A free record, or the oldest one. NULL: no memory. */
static struct blame_record *
take_record(struct blame *b, struct arena *arena)
{
    struct blame_record *r = &b->records[0];
    for (uint32_t i = 0; i < BLAME_RECORDS; i++) {
        struct blame_record *other = &b->records[i];
        if (r->used && (!other->used || other->age < r->age))
            r = other;
    }
    uint32_t blocks = geometry_blocks_per_piece(b->t);
    if (!r->digest)
        r->digest = arena_take(arena, blocks, sizeof *r->digest);
    if (!r->sender)
        r->sender = arena_take(arena, blocks, sizeof *r->sender);
    return r->digest && r->sender ? r : NULL;
}

void
blame_bad(struct blame *b, const struct active_piece *a, struct store *store, struct arena *arena)
{
    b->convict_count = 0;
    bool alone = true;
    for (uint32_t i = 1; i < a->block_count; i++)
        alone = alone && a->sender[i] == a->sender[0];
    if (alone) {
        convict(b, a->sender[0]);
        return;
    }
    if (blame_is_open(b, a->piece))
        return; /* the first record tells enough */
    struct blame_record *r = take_record(b, arena);
    if (!r)
        return;
    r->used = true;
    r->piece = a->piece;
    r->age = ++b->last_age;
    for (uint32_t i = 0; i < a->block_count; i++) {
        r->sender[i] = a->sender[i];
        r->digest[i] = digest_block(b, store, a->piece, i);
    }
}

void
blame_good(struct blame *b, uint32_t piece, struct store *store)
{
    b->convict_count = 0;
    struct blame_record *r = find(b, piece);
    if (!r)
        return;
    r->used = false;
    uint32_t blocks = geometry_block_count(b->t, piece);
    for (uint32_t i = 0; i < blocks; i++) {
        uint64_t good = digest_block(b, store, piece, i);
        if (r->digest[i] != 0 && good != 0 && r->digest[i] != good)
            convict(b, r->sender[i]);
    }
}
