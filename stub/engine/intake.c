#include "engine/intake.h"

#include "base/check.h"
#include "engine/download.h"
#include "engine/events.h"
#include "engine/peer.h"

enum { READ_BACK_BLOCKS = 4 }; /* at once; a turn must stay short */

void
intake_add(struct swarm *s, uint32_t piece, uint32_t block, struct bytes data, uint16_t entry,
           int64_t now_ms)
{
    struct intake *in = s->intake;
    if (in->count == INTAKE_MAX)
        intake_flush(s, now_ms);
    /* Kept in the order of the disk; they mostly come in it. */
    uint32_t at = in->count++;
    for (; at > 0; at--) {
        const struct intake_block *before = &in->v[at - 1];
        if (before->piece < piece || (before->piece == piece && before->block <= block))
            break;
        in->v[at] = *before;
    }
    in->v[at] = (struct intake_block){piece, block, data, entry};
}

/* --- a piece comes to its end ----------------------------------------------------------- */

static void
piece_is_bad(struct swarm *s, struct active_piece *a, int64_t now_ms)
{
    uint32_t piece = a->piece;
    s->tally.wasted += geometry_piece_size(s->t, piece);
    events_add(s->host->events, ENGINE_WARNING, s, "bad-piece",
               EVENT_TEXT("A piece arrived damaged; it is fetched again."));
    blame_bad(&s->blame, a, &s->store, &s->arena);
    pieces_bad(&s->pieces, piece);
    for (uint32_t i = 0; i < s->blame.convict_count; i++)
        swarm_ban(s, s->blame.convicts[i], now_ms);
    swarm_piece_missing(s, piece);
}

static void
finish_piece(struct swarm *s, struct active_piece *a, int64_t now_ms)
{
    if (!pieces_hash_is_good(&s->pieces, a)) {
        piece_is_bad(s, a, now_ms);
        return;
    }
    uint32_t piece = a->piece;
    pieces_good(&s->pieces, piece);
    blame_good(&s->blame, piece, &s->store);
    for (uint32_t i = 0; i < s->blame.convict_count; i++)
        swarm_ban(s, s->blame.convicts[i], now_ms);
    swarm_piece_done(s, piece, now_ms);
}

/* --- writing ------------------------------------------------------------------------------- */

static int64_t
offset_of(const struct swarm *s, const struct intake_block *b)
{
    return geometry_piece_offset(s->t, b->piece) + (int64_t)b->block * BLOCK_SIZE;
}

static bool
is_useful(struct swarm *s, const struct intake_block *b)
{
    const struct active_piece *a = pieces_find(&s->pieces, b->piece);
    return a && s->pieces.state[b->piece] == PIECE_ACTIVE && a->asked[b->block] != BLOCK_HAVE;
}

/* Drops what nobody needs, twice the same block included. */
static void
sift(struct swarm *s)
{
    struct intake *in = s->intake;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < in->count; i++) {
        const struct intake_block *b = &in->v[i];
        const struct intake_block *last = kept > 0 ? &in->v[kept - 1] : NULL;
        bool twice = last && last->piece == b->piece && last->block == b->block;
        if (!twice && is_useful(s, b))
            in->v[kept++] = *b;
        else
            s->tally.wasted += (int64_t)b->data.len;
    }
    in->count = kept;
}

/* Writes each run of blocks that follow each other. False: the disk refused; only what was written
 * is kept in the intake. */
static bool
write_runs(struct swarm *s, int64_t now_ms)
{
    struct intake *in = s->intake;
    struct bytes run[INTAKE_MAX];
    for (uint32_t from = 0, end; from < in->count; from = end) {
        int64_t offset = offset_of(s, &in->v[from]), next = offset;
        for (end = from; end < in->count && offset_of(s, &in->v[end]) == next; end++) {
            run[end - from] = in->v[end].data;
            next += (int64_t)in->v[end].data.len;
        }
        int error = store_write(&s->store, offset, run, end - from);
        if (error != SYS_OK) {
            in->count = from;
            swarm_disk_trouble(s, error, now_ms);
            return false;
        }
    }
    return true;
}

static void
count_block(struct swarm *s, const struct intake_block *b, int64_t now_ms)
{
    struct active_piece *a = pieces_find(&s->pieces, b->piece);
    bool others = a->asked[b->block] > 0;
    s->book.entries[b->entry].sent_ms = now_ms;
    s->useful_ms = now_ms;
    rate_count(&s->down, b->data.len, now_ms);
    pieces_take(&s->pieces, a, b->block, b->entry);
    if (others)
        download_cancel_others(s, b->piece, b->block);
}

/* --- hashing ------------------------------------------------------------------------------- */

/* One piece on its way through the blocks of the intake. */
struct lane {
    struct active_piece *a; /* NULL: the lane is empty */
    uint32_t at, end;       /* its blocks in the intake */
};

/* Goes to the next piece that can be hashed on from here; false if there is none. */
static bool
lane_next(struct swarm *s, struct lane *l, uint32_t *from)
{
    const struct intake *in = s->intake;
    while (*from < in->count) {
        *l = (struct lane){pieces_find(&s->pieces, in->v[*from].piece), *from, *from};
        while (l->end < in->count && in->v[l->end].piece == in->v[*from].piece)
            l->end++;
        *from = l->end;
        while (l->at < l->end && in->v[l->at].block < l->a->hashed)
            l->at++;
        if (l->at < l->end && in->v[l->at].block == l->a->hashed)
            return true;
    }
    l->a = NULL;
    return false;
}

/* After a block was hashed: is the next one there too? */
static void
lane_move(struct swarm *s, struct lane *l, uint32_t *from)
{
    l->at++;
    if (l->at == l->end || s->intake->v[l->at].block != l->a->hashed)
        lane_next(s, l, from);
}

static void
hash_blocks(struct swarm *s)
{
    struct lane one, two;
    uint32_t from = 0;
    lane_next(s, &one, &from);
    lane_next(s, &two, &from);
    while (one.a && two.a) {
        pieces_hash_two(one.a, s->intake->v[one.at].data, two.a, s->intake->v[two.at].data);
        lane_move(s, &one, &from);
        lane_move(s, &two, &from);
    }
    if (!one.a)
        one = two;
    while (one.a) {
        pieces_hash_more(one.a, s->intake->v[one.at].data);
        lane_move(s, &one, &from);
    }
}

/* Hashes one waiting block from the disk; false when the disk fails. */
static bool
hash_from_disk(struct swarm *s, struct active_piece *a, uint32_t block)
{
    uint8_t data[BLOCK_SIZE];
    size_t size = geometry_block_size(s->t, a->piece, block);
    int64_t offset = geometry_piece_offset(s->t, a->piece) + (int64_t)block * BLOCK_SIZE;
    if (store_read(&s->store, offset, data, size) != SYS_OK)
        return false;
    pieces_hash_more(a, bytes_of(data, size));
    return true;
}

/* Hashes on over blocks that came early, and sees to pieces that are whole. */
static void
finish_pieces(struct swarm *s, int64_t now_ms)
{
    const struct intake *in = s->intake;
    for (uint32_t i = 0; i < in->count; i++) {
        if (i + 1 < in->count && in->v[i + 1].piece == in->v[i].piece)
            continue;
        struct active_piece *a = pieces_find(&s->pieces, in->v[i].piece);
        uint32_t waiting;
        for (int n = 0; n < READ_BACK_BLOCKS && pieces_hash_waits(a, &waiting); n++)
            if (!hash_from_disk(s, a, waiting))
                break;
        if (a->hashed == a->block_count)
            finish_piece(s, a, now_ms);
    }
}

void
intake_flush(struct swarm *s, int64_t now_ms)
{
    struct intake *in = s->intake;
    if (in->count == 0)
        return;
    sift(s);
    write_runs(s, now_ms);
    for (uint32_t i = 0; i < in->count; i++)
        count_block(s, &in->v[i], now_ms);
    hash_blocks(s);
    finish_pieces(s, now_ms);
    in->count = 0;
}

bool
intake_read_back(struct swarm *s, size_t budget, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->pieces.active_top; i++) {
        struct active_piece *a = &s->pieces.active[i];
        uint32_t block;
        if (!a->used || s->pieces.state[a->piece] != PIECE_CHECKING)
            continue;
        while (pieces_hash_waits(a, &block)) {
            if (budget < BLOCK_SIZE)
                return true;
            budget -= BLOCK_SIZE;
            if (!hash_from_disk(s, a, block)) {
                swarm_disk_trouble(s, s->store.error ? s->store.error : SYS_IO, now_ms);
                return false;
            }
        }
        finish_piece(s, a, now_ms);
    }
    return false;
}
