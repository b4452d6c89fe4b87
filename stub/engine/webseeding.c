#include "engine/webseeding.h"

#include "base/check.h"
#include "engine/download.h"
#include "engine/events.h"
#include "engine/intake.h"
#include "engine/peer.h"

bool
webseeding_open(struct swarm *s)
{
    const struct swarm_sources *more = &s->config.sources;
    uint32_t count = more->webseed_count + s->t->webseed_count;
    if (count > WEBSEEDS_MAX)
        count = WEBSEEDS_MAX;
    if (!s->host->use_webseeds || count == 0)
        return true;
    s->webseeds = arena_take(&s->arena, count, sizeof *s->webseeds);
    uint32_t *serials = arena_take(&s->arena, (size_t)count * WEBSEED_RUN_PIECES, sizeof *serials);
    if (!s->webseeds || !serials)
        return false;
    for (uint32_t i = 0; i < count; i++) {
        bool given = i < more->webseed_count;
        struct webseed_slot *v = &s->webseeds[i];
        webseed_init(&v->w, given ? more->webseeds[i] : s->t->webseeds[i - more->webseed_count],
                     s->t);
        v->entry = book_add_webseed(&s->book);
        v->serials = serials + (size_t)i * WEBSEED_RUN_PIECES;
    }
    s->webseed_count = count;
    return true;
}

/* Is there anything else from which the content could come? */
static bool
has_givers(const struct swarm *s)
{
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase == PEER_LIVE && !s->peers[i].is_choking)
            return true;
    return false;
}

/* --- choosing a run ------------------------------------------------------------------- */

static bool
is_open(const struct swarm *s, uint32_t piece)
{
    return s->picker.place[piece] != PICKER_OUT;
}

/* Do the peers together bring more than this web seed would? */
static bool
peers_are_faster(const struct swarm *s, struct webseed_slot *v, int64_t now_ms)
{
    uint64_t sum = 0;
    if (now_ms - v->speed_ms >= WEBSEED_SPEED_MS)
        v->speed = 0;
    for (uint32_t i = 0; i < s->peer_top && v->speed > 0; i++)
        if (s->peers[i].phase == PEER_LIVE)
            sum += rate_get(&s->peers[i].down, now_ms);
    return sum > v->speed;
}

static uint32_t
run_pieces(const struct swarm *s, const struct webseed_slot *v)
{
    uint64_t bytes = v->speed * WEBSEED_RUN_MS / 1000;
    if (v->w.got == 0)
        return 1;
    bytes = bytes < WEBSEED_RUN_MIN ? WEBSEED_RUN_MIN : bytes;
    bytes = bytes < WEBSEED_RUN_MAX ? bytes : WEBSEED_RUN_MAX;
    uint32_t pieces = (uint32_t)(bytes / s->t->piece_length) + 1;
    return pieces < WEBSEED_RUN_PIECES ? pieces : WEBSEED_RUN_PIECES;
}

/* The longest run of pieces that nobody works on: the first time, when it is not known whether the
 * server can send parts of files, or if it cannot; without peers; or if it is faster than these. */
static void
find_run(const struct swarm *s, uint32_t most, uint32_t *first, uint32_t *end)
{
    uint32_t best = 0, start = 0;
    for (uint32_t i = 0; i <= s->t->piece_count; i++) {
        if (i < s->t->piece_count && is_open(s, i))
            continue;
        if (i - start > best) {
            best = i - start;
            *first = start;
        }
        start = i + 1;
    }
    *end = *first + (best < most ? best : most);
}

/* Pieces that no incomplete peer has, by the picker's choice: others who have the same choice now
 * will choose other ones. False: each is somewhere. */
static bool
find_news(const struct swarm *s, uint32_t most, uint32_t *first, uint32_t *end)
{
    *first = *end = s->picker.order[0];
    while (*end < s->t->piece_count && *end - *first < most && is_open(s, *end)
           && s->picker.rarity[*end] == 0)
        ++*end;
    return *end > *first;
}

static void
start(struct swarm *s, struct webseed_slot *v, uint32_t block, int64_t now_ms)
{
    const struct fetch_config config = {
        .purpose = FETCH_FOR_WEBSEED, .roots = s->host->roots, .user_agent = s->host->user_agent,
    };
    v->next = geometry_piece_offset(s->t, v->first) + (int64_t)block * BLOCK_SIZE;
    v->got_before = v->w.got;
    webseed_start(&v->w, &s->arena, &config, v->first, v->end, block, now_ms);
}

/* A piece in work whose rest nobody is asked for: its sender has gone, or is slow. */
static struct active_piece *
find_rest(struct swarm *s, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->pieces.active_top; i++) {
        struct active_piece *a = &s->pieces.active[i];
        bool shared = a->owner == NOBODY
                      || (!a->solo && now_ms - a->since_ms >= PIECE_SHARED_MS);
        if (a->used && s->pieces.state[a->piece] == PIECE_ACTIVE && a->free_count > 0 && shared)
            return a;
    }
    return NULL;
}

/* All from the first free block on: what else is missing there may come from it as well. */
static void
begin_rest(struct swarm *s, struct webseed_slot *v, int64_t now_ms)
{
    struct active_piece *a = find_rest(s, now_ms);
    uint32_t block;
    if (!a || !pieces_free_block(a, &block))
        return;
    v->first = a->piece;
    v->end = a->piece + 1;
    v->serials[0] = a->serial;
    if (a->owner == NOBODY)
        a->owner = v->entry;
    for (uint32_t b = block; b < a->block_count; b++)
        if (a->asked[b] != BLOCK_HAVE)
            pieces_ask(a, b);
    start(s, v, block, now_ms);
}

/* Do others take from this web seed, too, and can it send parts? In the first seconds nobody knows
 * who else begins. */
static bool
is_shared(const struct swarm *s, const struct webseed_slot *v, int64_t now_ms)
{
    return (s->peer_top > 0 || now_ms - s->started_ms < WEBSEED_ALONE_MS)
           && v->w.got > 0 && !v->w.whole;
}

static void
begin_run(struct swarm *s, struct webseed_slot *v, int64_t now_ms)
{
    uint32_t first = 0, end = 0;
    if (v->w.state != WEBSEED_READY || !swarm_is_fetching(s))
        return;
    if (s->picker.count == 0) {
        begin_rest(s, v, now_ms);
        return;
    }
    if (!is_shared(s, v, now_ms) || !find_news(s, run_pieces(s, v), &first, &end)) {
        if (peers_are_faster(s, v, now_ms))
            return;
        find_run(s, run_pieces(s, v), &first, &end);
    }
    v->first = v->end = first;
    while (v->end < end) {
        struct active_piece *a = pieces_activate(&s->pieces, v->end, v->entry, now_ms);
        if (!a)
            break;
        picker_remove(&s->picker, v->end);
        v->serials[v->end - first] = a->serial;
        for (uint32_t b = 0; b < a->block_count; b++)
            pieces_ask(a, b);
        v->end++;
    }
    if (v->end > first)
        start(s, v, 0, now_ms);
}

/* --- taking blocks ---------------------------------------------------------------------- */

/* Takes back the request for one block of the run, if it still stands. */
static void
unask(struct swarm *s, struct webseed_slot *v, uint32_t piece, uint32_t block)
{
    struct active_piece *a = pieces_find(&s->pieces, piece);
    if (a && a->serial == v->serials[piece - v->first]
        && s->pieces.state[piece] == PIECE_ACTIVE)
        pieces_unask(a, block);
}

static void
measure_run(struct webseed_slot *v, int64_t now_ms)
{
    int64_t ms = now_ms - v->w.busy_since_ms;
    v->speed = (v->w.got - v->got_before) * 1000 / (uint64_t)(ms > 0 ? ms : 1);
    v->speed_ms = now_ms;
}

/* The run is over or broken off: what was not delivered is free for others. */
static void
end_run(struct swarm *s, struct webseed_slot *v)
{
    int64_t piece_length = s->t->piece_length;
    uint32_t from = v->first < v->end ? (uint32_t)(v->next / piece_length) : v->end;
    for (uint32_t piece = from; piece < v->end; piece++) {
        int64_t offset = geometry_piece_offset(s->t, piece);
        uint32_t block = v->next > offset ? (uint32_t)((v->next - offset) / BLOCK_SIZE) : 0;
        uint32_t count = geometry_block_count(s->t, piece);
        for (; block < count; block++)
            unask(s, v, piece, block);
        struct active_piece *a = pieces_find(&s->pieces, piece);
        if (!a || a->serial != v->serials[piece - v->first]
            || s->pieces.state[piece] != PIECE_ACTIVE)
            continue;
        a->owner = NOBODY;
        if (a->have_count == 0 && a->free_count == a->block_count) {
            pieces_abandon(&s->pieces, a);
            swarm_piece_missing(s, piece);
        }
    }
    v->first = v->end = 0;
}

/* What peers have brought of the end of a run need not come from here as well. */
static void
shorten(struct swarm *s, struct webseed_slot *v)
{
    uint32_t end = v->end;
    while (end > v->first && s->pieces.state[end - 1] == PIECE_HAVE
           && geometry_piece_offset(s->t, end - 1) > v->next)
        end--;
    if (end < v->end) {
        v->end = end;
        webseed_shorten(&v->w, end);
    }
}

static void
take_blocks(struct swarm *s, struct webseed_slot *v, int64_t now_ms)
{
    uint32_t piece, begin;
    struct bytes data;
    while (webseed_next(&v->w, &piece, &begin, &data)) {
        limiter_take(s->host->down, data.len);
        rate_count(&v->rate, data.len, now_ms);
        s->tally.from_webseeds += (int64_t)data.len;
        v->next = geometry_piece_offset(s->t, piece) + begin + (int64_t)data.len;
        unask(s, v, piece, begin / BLOCK_SIZE);
        intake_add(s, piece, begin / BLOCK_SIZE, data, v->entry, now_ms);
        if (data.ptr == v->w.block) /* the next one may be put together there too */
            intake_flush(s, now_ms);
    }
    intake_flush(s, now_ms);
}

static void
tell(struct swarm *s, struct webseed_slot *v)
{
    if (v->w.told || v->w.why[0] == '\0')
        return;
    v->w.told = true;
    bool tls = v->w.fetch && v->w.fetch->tls_trouble;
    events_add(s->host->events, ENGINE_WARNING, s, tls ? "tls" : "webseed",
               EVENT_TEXT("Web seed: ", v->w.why));
}

static void
judge_speed(struct swarm *s, struct webseed_slot *v, int64_t now_ms)
{
    if (v->w.state != WEBSEED_BUSY || now_ms - v->w.busy_since_ms < WEBSEED_SLOW_MS
        || rate_get(&v->rate, now_ms) >= WEBSEED_SLOW_RATE || s->host->down->per_s != 0
        || !has_givers(s))
        return;
    webseed_close(&v->w);
    v->w.state = WEBSEED_DROPPED;
}

void
webseeding_wants(struct swarm *s, struct sys_wants *w, int64_t now_ms)
{
    if (s->pieces.wanted_left == 0)
        return;
    bool read = swarm_is_fetching(s) && limiter_room(s->host->down, now_ms) > 0;
    for (uint32_t i = 0; i < s->webseed_count; i++)
        webseed_wants(&s->webseeds[i].w, w, read, now_ms);
}

void
webseeding_close(struct swarm *s)
{
    for (uint32_t i = 0; i < s->webseed_count; i++) {
        webseed_close(&s->webseeds[i].w);
        if (s->webseeds[i].end > 0)
            end_run(s, &s->webseeds[i]);
    }
}

void
webseeding_turn(struct swarm *s, const struct sys_wants *w, int64_t now_ms)
{
    if (s->pieces.wanted_left == 0) {
        webseeding_close(s); /* nothing is wanted of them any more */
        return;
    }
    for (uint32_t i = 0; i < s->webseed_count; i++) {
        struct webseed_slot *v = &s->webseeds[i];
        uint64_t room = swarm_is_fetching(s) ? limiter_room(s->host->down, now_ms) : 0;
        size_t max = room < SCRATCH_SIZE ? (size_t)room : SCRATCH_SIZE;
        shorten(s, v);
        webseed_turn(&v->w, w, s->host->scratch, max, now_ms);
        take_blocks(s, v, now_ms);
        webseed_done(&v->w, now_ms);
        judge_speed(s, v, now_ms);
        if (v->w.state != WEBSEED_BUSY && v->end > 0) {
            measure_run(v, now_ms);
            end_run(s, v);
        }
        tell(s, v);
        begin_run(s, v, now_ms);
    }
}

void
webseeding_strike(struct swarm *s, uint16_t entry, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->webseed_count; i++)
        if (s->webseeds[i].entry == entry)
            webseed_strike(&s->webseeds[i].w, now_ms);
}

uint32_t
webseeding_busy(const struct swarm *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->webseed_count; i++)
        n += s->webseeds[i].w.state == WEBSEED_BUSY;
    return n;
}
