/* The life of a swarm and its turn of the loop.
 *
 * CHECKING -> DOWNLOADING <-> DISK_WAIT
 *         |            |
 * +--------> FINISHING -> SEEDING -> STOPPING -> STOPPED
 *
 * Any phase may go to STOPPING. Connections are only marked closed by those who find a reason;
 * reap, at the end of each turn, is the one place that gives them back. */
#include "engine/swarm.h"

#include <string.h>

#include "base/check.h"
#include "engine/connects.h"
#include "engine/download.h"
#include "engine/events.h"
#include "engine/intake.h"
#include "engine/messages.h"
#include "engine/peer.h"
#include "engine/superseed.h"
#include "engine/tick.h"
#include "engine/tracker.h"
#include "engine/upload.h"
#include "engine/webseeding.h"

enum { ARENA_MAX = 1 << 30, HAVES_LATER_MS = 1000, HAVES_SOON_MS = 200 };

/* --- changes of phase ------------------------------------------------------------------- */

bool
swarm_is_fetching(const struct swarm *s)
{
    return s->phase == SWARM_DOWNLOADING && !s->paused;
}

void
swarm_save(struct swarm *s, int64_t now_ms)
{
    s->saved_ms = now_ms;
    if (s->config.read_only || s->config.check_only || s->complete || !s->checked)
        return;
    struct store_state state = {
        .uploaded = s->before.uploaded + s->tally.uploaded,
        .downloaded = s->before.downloaded + s->tally.from_peers + s->tally.from_webseeds,
    };
    for (uint32_t i = 0; i < s->peer_top && state.peer_count < STATE_PEERS_MAX; i++) {
        const struct peer *p = &s->peers[i];
        if (p->phase == PEER_LIVE && !p->conn.incoming)
            state.peers[state.peer_count++] = p->conn.addr;
    }
    store_save_state(&s->store, &state);
}

static void
leave_everybody(struct swarm *s)
{
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE)
            conn_fail(&s->peers[i].conn, "we stop");
    webseeding_close(s);
    if (s->trackers)
        trackers_stop(s->trackers);
}

void
swarm_stop(struct swarm *s, enum swarm_outcome outcome, int64_t now_ms)
{
    if (s->phase == SWARM_STOPPING || s->phase == SWARM_STOPPED)
        return;
    swarm_save(s, now_ms);
    s->phase = SWARM_STOPPING;
    s->outcome = s->complete ? OUTCOME_COMPLETE : outcome;
    s->stopping_ms = now_ms;
    leave_everybody(s);
}

void
swarm_pause(struct swarm *s, bool paused, int64_t now_ms)
{
    if (s->paused == paused || s->phase == SWARM_STOPPING || s->phase == SWARM_STOPPED)
        return;
    s->paused = paused;
    if (paused) {
        swarm_save(s, now_ms);
        leave_everybody(s);
        return;
    }
    s->useful_ms = now_ms;
    book_retry(&s->book, now_ms);
    if (s->trackers)
        trackers_start(s->trackers, now_ms);
}

void
swarm_set_seed_goals(struct swarm *s, int64_t ratio_milli, int64_t ms)
{
    s->config.seed_ratio_milli = ratio_milli;
    s->config.seed_ms = ms;
}

/* What a person can do about each kind of refusal. */
static const char *
advice(int error)
{
    switch (error) {
    case SYS_READ_ONLY: return " The folder is on a read-only disk; choose another with --dir.";
    case SYS_DENIED: return " You may not write there; choose another folder with --dir.";
    case SYS_TOO_BIG: return " This disk cannot hold a file so large (FAT?); choose another one.";
    case SYS_BAD_NAME: return " This disk does not allow that name; choose another folder.";
    case SYS_LINK: return " A link stands in the way; move it aside.";
    case SYS_NOT_A_FILE: return " Something else of that name stands in the way; move it aside.";
    default: return "";
    }
}

static void
disk_refused(struct swarm *s, int error, int64_t now_ms)
{
    events_add(s->host->events, ENGINE_ERROR, s, error == SYS_READ_ONLY ? "read-only" : "disk",
               EVENT_TEXT("The disk refused \"", s->store.error_path, "\": ",
                          sys_error_text(error), ".", advice(error)));
    swarm_stop(s, OUTCOME_DISK, now_ms);
}

void
swarm_disk_trouble(struct swarm *s, int error, int64_t now_ms)
{
    if (error != SYS_FULL) {
        disk_refused(s, error, now_ms);
        return;
    }
    if (s->phase != SWARM_DOWNLOADING)
        return;
    s->phase = SWARM_DISK_WAIT;
    s->disk_retry_ms = now_ms + DISK_RETRY_MS;
    events_add(s->host->events, ENGINE_WARNING, s, "disk-full",
               EVENT_TEXT("The disk is full. Make room; the download goes on by itself."));
}

/* Refuses to start what cannot end well. False: stopped. */
static bool
disk_is_fit(struct swarm *s, int64_t now_ms)
{
    if (s->config.read_only || s->config.check_only)
        return true;
    int error = store_check_sizes(&s->store);
    if (error != SYS_OK) {
        disk_refused(s, error, now_ms);
        return false;
    }
    int64_t needed = store_space_needed(&s->store), room = sys_free_space(s->config.dir);
    if (room < 0 || needed <= room)
        return true;
    char mem[64];
    struct buf b = BUF(mem);
    buf_u64(&b, (uint64_t)(needed - room + 1048575) / 1048576);
    events_add(s->host->events, ENGINE_ERROR, s, "disk-full",
               EVENT_TEXT("There is not enough room on the disk: ", buf_cstr(&b),
                          " MiB more are needed. Make room or choose another folder."));
    swarm_stop(s, OUTCOME_DISK, now_ms);
    return false;
}

static void
enter_seeding(struct swarm *s, int64_t now_ms)
{
    s->phase = SWARM_SEEDING;
    s->complete = true;
    s->completed_ms = now_ms;
    s->rechoke_ms = now_ms;
    if (!s->config.read_only)
        store_forget_state(&s->store);
    if (s->trackers && !s->came_complete)
        trackers_completed(s->trackers, now_ms);
    superseed_start(s);
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        if (p->phase != PEER_LIVE)
            continue;
        if (p->is_seed || p->ext.upload_only)
            conn_fail(&p->conn, "neither side wants anything");
        messages_extended(s, p); /* it was not told of pieces that it had */
    }
}

static void
finish_check(struct swarm *s, int64_t now_ms)
{
    s->checked = true;
    s->tally.resumed = s->pieces.wanted_done;
    s->came_complete = s->pieces.wanted_left == 0;
    if (s->config.check_only || (s->config.read_only && !s->came_complete)) {
        if (s->config.read_only && !s->config.check_only)
            events_add(s->host->events, ENGINE_ERROR, s, "path",
                       EVENT_TEXT("The content in this folder is not what the torrent describes."));
        s->complete = s->came_complete;
        swarm_stop(s, OUTCOME_INCOMPLETE, now_ms);
        return;
    }
    store_checked(&s->store, s->pieces.have);
    if (!s->came_complete && !disk_is_fit(s, now_ms))
        return;
    s->phase = SWARM_DOWNLOADING;
    s->useful_ms = now_ms;
}

static void
turn_checking(struct swarm *s, int64_t now_ms)
{
    size_t budget = CHECK_SLICE_SIZE;
    for (;;) {
        bool good = false;
        uint32_t piece;
        uint8_t *room = s->host->scratch->bytes;
        enum parse done = checker_turn(&s->checker, &s->pieces, &s->store, room, SCRATCH_SIZE,
                                       &budget, &piece, &good);
        if (done == PARSE_MORE)
            return;
        if (done == PARSE_BAD)
            break;
        if (good) {
            pieces_good(&s->pieces, piece);
            swarm_piece_done(s, piece, now_ms);
        } else {
            pieces_bad(&s->pieces, piece);
            swarm_piece_missing(s, piece);
        }
    }
    finish_check(s, now_ms);
}

/* --- pieces ---------------------------------------------------------------------------- */

void
swarm_piece_done(struct swarm *s, uint32_t piece, int64_t now_ms)
{
    s->have_log[s->have_log_count++] = piece;
    if (s->checked) { /* store_checked counts what the first check found */
        store_piece_good(&s->store, piece);
        s->useful_ms = now_ms;
    }
    if (!bits_get(s->pieces.wanted, piece))
        return;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        if (p->phase == PEER_LIVE && peer_has(p, piece))
            p->useful--;
    }
}

void
swarm_piece_missing(struct swarm *s, uint32_t piece)
{
    if (bits_get(s->pieces.wanted, piece))
        picker_add(&s->picker, piece);
}

struct peer *
swarm_peer_of(struct swarm *s, uint16_t entry)
{
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE && s->peers[i].entry == entry)
            return &s->peers[i];
    return NULL;
}

void
swarm_ban(struct swarm *s, uint16_t entry, int64_t now_ms)
{
    if (s->book.entries[entry].is_webseed) {
        webseeding_strike(s, entry, now_ms);
        return;
    }
    book_ban(&s->book, entry);
    struct peer *p = swarm_peer_of(s, entry);
    if (p)
        conn_fail(&p->conn, "sends damaged data");
    char mem[64];
    struct buf b = BUF(mem);
    addr_print(&b, &s->book.entries[entry].addr);
    events_add(s->host->events, ENGINE_WARNING, s, "bad-peer",
               EVENT_TEXT(buf_cstr(&b), " sent damaged data and is not used any more."));
}

/* --- peers ------------------------------------------------------------------------------ */

/* Does it make a difference to the peer what we have got just now? For one that knows that we have
 * something for it, and that has asked for some of that or is not served, it makes none. */
static bool
haves_matter(const struct swarm *s, const struct peer *p, int64_t now_ms)
{
    bool waits = !p->am_choking && now_ms - p->busy_ms >= HAVES_SOON_MS;
    return (!p->is_interested || waits) && !peer_has(p, s->have_log[s->have_log_count - 1]);
}

/* Tells the peer what we have got since it was last told: with what is sent anyway, or at once, or
 * after a while; a packet for each piece and each peer would be a tenth of a large swarm's
 * traffic. */
static void
tell_haves(struct swarm *s, struct peer *p, int64_t now_ms)
{
    if (p->have_log_at == s->have_log_count)
        return;
    bool along = conn_pending(&p->conn) > 0 || upload_waits(p);
    if (!along && now_ms - p->haves_ms < HAVES_LATER_MS && !haves_matter(s, p, now_ms))
        return;
    p->haves_ms = now_ms;
    while (p->have_log_at < s->have_log_count && conn_room(&p->conn) >= PEER_PUT_RESERVE) {
        uint32_t piece = s->have_log[p->have_log_at++];
        if (!p->was_interested || !peer_has(p, piece)) /* a superseed must hear of all */
            peer_send_index(p, MSG_HAVE, piece);
    }
}

static void
hear(struct swarm *s, struct peer *p, const struct sys_wants *w, int64_t now_ms)
{
    uint64_t room = limiter_room(s->host->down, now_ms);
    size_t fresh = 0;
    struct bytes in = conn_input(&p->conn, w, s->host->scratch,
                                 room < SCRATCH_SIZE ? (size_t)room : SCRATCH_SIZE, now_ms, &fresh);
    limiter_take(s->host->down, fresh);
    if (fresh > 0 || (in.len > 0 && p->phase == PEER_HANDSHAKE))
        in = messages_hear(s, p, in, now_ms);
    conn_keep(&p->conn, in);
    if (p->conn.input_ended)
        conn_fail(&p->conn, "closed by the other side");
}

static void
turn_peer(struct swarm *s, struct peer *p, const struct sys_wants *w, int64_t now_ms)
{
    conn_turn(&p->conn, w, now_ms);
    if (p->phase == PEER_CONNECTING && p->conn.state == CONN_OPEN) {
        p->phase = PEER_HANDSHAKE;
        peer_send_handshake(p, s->t->info_hash, s->host->peer_id);
    }
    if (p->conn.state == CONN_OPEN)
        hear(s, p, w, now_ms);
    if (p->phase == PEER_LIVE && p->conn.state == CONN_OPEN) {
        peer_tell_interest(p, p->useful > 0 && s->checked && !s->config.read_only);
        download_fill(s, p, now_ms);
        tell_haves(s, p, now_ms); /* in one packet with a request, if there is one */
    }
    if (p->conn.state == CONN_OPEN)
        upload_turn(s, p, now_ms);
}

static void
reap(struct swarm *s, int64_t now_ms)
{
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *p = &s->peers[i];
        if (p->phase == PEER_FREE || p->conn.state != CONN_CLOSED)
            continue;
        bool useful = p->phase == PEER_LIVE && !(s->complete && p->is_seed);
        download_drop(s, p);
        upload_drop(s, p);
        messages_forget(s, p);
        superseed_drop(s, p);
        conn_close(&p->conn);
        book_release(&s->book, p->entry, useful, &s->host->random, now_ms);
        memset(p->bits, 0, bits_size(s->t->piece_count));
        peer_reset(p);
    }
    while (s->peer_top > 0 && s->peers[s->peer_top - 1].phase == PEER_FREE)
        s->peer_top--;
}

/* --- the turn ------------------------------------------------------------------------------ */

static void
turn_finishing(struct swarm *s, int64_t now_ms)
{
    bool idle = store_turn(&s->store);
    if (s->store.error != SYS_OK && s->phase != SWARM_STOPPING) {
        disk_refused(s, s->store.error, now_ms);
        return;
    }
    if (s->phase == SWARM_DOWNLOADING && s->pieces.wanted_left == 0)
        s->phase = SWARM_FINISHING;
    if (s->phase == SWARM_FINISHING && idle && store_finished(&s->store))
        enter_seeding(s, now_ms);
}

static void
turn_trackers(struct swarm *s, const struct sys_wants *w, int64_t now_ms)
{
    if (!s->trackers)
        return;
    const struct tracker_figures figures = {
        .uploaded = s->tally.uploaded,
        .downloaded = s->tally.from_peers + s->tally.from_webseeds,
        .left = s->pieces.wanted_size - s->pieces.wanted_done,
    };
    /* While the check goes on `left` is not known: a seed would be announced as a leecher. */
    if (s->checked || s->phase == SWARM_STOPPING)
        trackers_turn(s->trackers, w, s->host->scratch, &figures, now_ms);
    struct addr found[64];
    uint32_t count;
    while ((count = trackers_take_peers(s->trackers, found, 64)) > 0)
        for (uint32_t i = 0; i < count; i++)
            swarm_add_peer(s, &found[i]);
}

static void
turn_stopping(struct swarm *s, int64_t now_ms)
{
    bool told = !s->trackers || trackers_stopped(s->trackers);
    if (!told && now_ms - s->stopping_ms < GOODBYE_MS)
        return;
    if (s->trackers)
        trackers_close(s->trackers);
    store_close(&s->store);
    s->phase = SWARM_STOPPED;
}

void
swarm_turn(struct swarm *s, const struct sys_wants *w, int64_t now_ms)
{
    if (s->phase == SWARM_STOPPED)
        return;
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE)
            turn_peer(s, &s->peers[i], w, now_ms);
    superseed_turn(s, now_ms);
    upload_fill_places(s, now_ms);
    webseeding_turn(s, w, now_ms);
    if (s->phase == SWARM_CHECKING)
        turn_checking(s, now_ms);
    else
        intake_read_back(s, CHECK_SLICE_SIZE, now_ms);
    if (s->checked && s->phase != SWARM_STOPPING)
        turn_finishing(s, now_ms);
    turn_trackers(s, w, now_ms);
    if (s->phase != SWARM_STOPPING)
        tick_swarm(s, now_ms);
    if (s->phase != SWARM_STOPPING)
        connects_turn(s, now_ms);
    reap(s, now_ms);
    if (s->phase == SWARM_STOPPING)
        turn_stopping(s, now_ms);
}

static void
wants_peer(struct swarm *s, struct peer *p, struct sys_wants *w, int64_t now_ms)
{
    int64_t down_ms = limiter_wait_ms(s->host->down, now_ms);
    int64_t up_ms = limiter_wait_ms(s->host->up, now_ms);
    bool waits = upload_waits(p);
    conn_wants(&p->conn, w, down_ms == 0, waits && up_ms == 0);
    if (down_ms > 0)
        sys_wants_wake(w, now_ms + down_ms);
    if (waits && up_ms > 0)
        sys_wants_wake(w, now_ms + up_ms);
    if (p->idle_until_ms > now_ms && swarm_is_fetching(s))
        sys_wants_wake(w, p->idle_until_ms);
}

/* Work that waits for nothing but the next turn. */
static bool
has_work(const struct swarm *s)
{
    if (s->phase == SWARM_CHECKING)
        return true;
    for (uint32_t i = 0; i < s->pieces.active_top; i++)
        if (s->pieces.active[i].used
            && s->pieces.state[s->pieces.active[i].piece] == PIECE_CHECKING)
            return true;
    bool finishing = s->store.finishing_at < s->store.finishing_count;
    return (finishing || s->phase == SWARM_FINISHING) && !store_syncing(&s->store);
}

void
swarm_wants(struct swarm *s, struct sys_wants *w, int64_t now_ms)
{
    if (s->phase == SWARM_STOPPED)
        return;
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE)
            wants_peer(s, &s->peers[i], w, now_ms);
    webseeding_wants(s, w, now_ms);
    if (s->trackers)
        trackers_wants(s->trackers, w, now_ms);
    if (s->phase == SWARM_STOPPING)
        sys_wants_wake(w, s->stopping_ms + GOODBYE_MS);
    else
        sys_wants_wake(w, s->tick_ms + TICK_MS);
    if (has_work(s))
        sys_wants_wake(w, now_ms);
}

/* --- beginning and end ---------------------------------------------------------------------- */

static bool
open_trackers(struct swarm *s, int64_t now_ms)
{
    if (!s->host->use_trackers || s->config.check_only)
        return true;
    struct tracker_config c = {
        .key = (uint32_t)random_u64(&s->host->random), .port = s->host->port,
        .user_agent = s->host->user_agent, .roots = s->host->roots, .torrent = s->t,
        .sources = &s->config.sources, .events = s->host->events, .swarm = s,
        .private_torrent = s->t->is_private,
    };
    memcpy(c.info_hash, s->t->info_hash, SHA1_SIZE);
    memcpy(c.peer_id, s->host->peer_id, PEER_ID_SIZE);
    s->trackers = trackers_new(&c, &s->arena, now_ms);
    return s->trackers != NULL;
}

static bool
open_tables(struct swarm *s, int64_t now_ms)
{
    uint32_t count = s->t->piece_count;
    blame_open(&s->blame, s->t);
    s->peers = arena_take(&s->arena, PEERS_MAX, sizeof *s->peers);
    s->have_log = arena_take(&s->arena, (size_t)count + 1, sizeof *s->have_log);
    s->intake = arena_take(&s->arena, 1, sizeof *s->intake);
    return s->peers && s->have_log && s->intake
           && pieces_open(&s->pieces, s->t, s->config.wanted, &s->arena)
           && picker_open(&s->picker, count, &s->host->random, &s->arena)
           && webseeding_open(s) && open_trackers(s, now_ms);
}

static void
start(struct swarm *s, int64_t now_ms)
{
    bool read_only = s->config.read_only || s->config.check_only;
    int error = store_open(&s->store, s->t, s->config.dir, s->config.wanted, read_only, &s->arena);
    if (error != SYS_OK) {
        disk_refused(s, error, now_ms);
        return;
    }
    if (store_load_state(&s->store, &s->before))
        for (uint32_t i = 0; i < s->before.peer_count; i++)
            swarm_add_peer(s, &s->before.peers[i]);
    checker_start(&s->checker, &s->pieces, &s->store);
    for (uint32_t i = 0; i < s->t->piece_count; i++)
        if (s->pieces.state[i] == PIECE_MISSING)
            swarm_piece_missing(s, i);
}

struct swarm *
swarm_new(const struct swarm_config *config, struct swarm_host *host, int64_t now_ms)
{
    struct arena arena = {.size_max = ARENA_MAX};
    struct swarm *s = arena_take(&arena, 1, sizeof *s);
    if (!s)
        return NULL;
    s->config = *config;
    s->t = config->torrent;
    s->host = host;
    s->arena = arena;
    s->started_ms = s->useful_ms = s->tick_ms = s->saved_ms = now_ms;
    s->rechoke_ms = s->optimistic_ms = now_ms;
    if (!open_tables(s, now_ms)) {
        swarm_free(s);
        return NULL;
    }
    start(s, now_ms);
    return s;
}

void
swarm_free(struct swarm *s)
{
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE)
            conn_close(&s->peers[i].conn);
    webseeding_close(s);
    connects_close(s);
    if (s->trackers)
        trackers_close(s->trackers);
    store_close(&s->store);
    struct arena arena = s->arena; /* it holds the swarm itself */
    arena_free(&arena);
}
