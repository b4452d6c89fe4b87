#include "engine/upload.h"

#include "engine/choker.h"
#include "engine/peer.h"
#include "engine/superseed.h"
#include "net/conn.h"

static bool
is_allowed_fast(const struct peer *p, uint32_t piece)
{
    for (uint32_t i = 0; i < p->allowed_out_count; i++)
        if (p->allowed_out[i] == piece)
            return true;
    return false;
}

static void
refuse(struct peer *p, const struct range_request *r)
{
    if (p->fast)
        peer_send_request(p, MSG_REJECT, r->piece, r->begin, r->length);
}

void
upload_on_request(struct swarm *s, struct peer *p, const struct peer_message *m)
{
    uint32_t size = geometry_piece_size(s->t, m->piece);
    if (m->length == 0 || m->length > REQUEST_LEN_MAX || m->begin >= size
        || m->length > size - m->begin) {
        conn_fail(&p->conn, "asks for an impossible range");
        return;
    }
    struct range_request r = {m->piece, m->begin, m->length};
    bool may = !p->am_choking || is_allowed_fast(p, m->piece);
    if (!may || !bits_get(s->pieces.have, m->piece) || !peer_in_add(p, r))
        refuse(p, &r);
}

void
upload_on_cancel(struct swarm *s, struct peer *p, const struct peer_message *m)
{
    (void)s;
    for (uint32_t i = 0; i < p->in_count; i++) {
        struct range_request *r = &p->in[(p->in_at + i) % REQUESTS_IN_MAX];
        if (r->piece != m->piece || r->begin != m->begin || r->length != m->length)
            continue;
        refuse(p, r);
        r->length = 0;
        return;
    }
}

void
upload_drop(struct swarm *s, struct peer *p)
{
    if (p->held != SYS_NONE)
        store_release(&s->store, p->held);
    p->held = SYS_NONE;
}

bool
upload_waits(const struct peer *p)
{
    return p->in_count > 0;
}

/* A range that crosses files, or lies in padding, goes through memory. */
static bool
put_copied(struct swarm *s, struct peer *p, const struct range_request *r, int64_t offset)
{
    uint8_t data[BLOCK_SIZE];
    uint32_t left = r->length;
    while (left > 0) {
        size_t n = left < sizeof data ? left : sizeof data;
        if (store_read(&s->store, offset, data, n) != SYS_OK)
            return false;
        conn_put(&p->conn, bytes_of(data, n));
        offset += (int64_t)n;
        left -= (uint32_t)n;
    }
    return true;
}

/* Queues one range. False when it must wait for room. */
static bool
put_range(struct swarm *s, struct peer *p, const struct range_request *r)
{
    if (!conn_file_free(&p->conn) || conn_room(&p->conn) < PEER_PUT_RESERVE)
        return false;
    int64_t offset = geometry_piece_offset(s->t, r->piece) + r->begin;
    sys_file file = SYS_NONE;
    int64_t at = 0, run = 0;
    upload_drop(s, p); /* the range before this one has been sent */
    int error = store_locate(&s->store, offset, &file, &at, &run);
    bool whole = error == SYS_OK && run >= (int64_t)r->length && store_hold(&s->store, file);
    if (whole)
        p->held = file;
    else if (conn_room(&p->conn) < r->length + PEER_PUT_RESERVE)
        return false;
    uint8_t mem[PIECE_HEAD_SIZE];
    struct buf b = BUF(mem);
    peer_put_piece_head(&b, r->piece, r->begin, r->length);
    conn_put(&p->conn, buf_bytes(&b));
    if (whole)
        conn_put_file(&p->conn, file, at, r->length);
    else if (!put_copied(s, p, r, offset))
        conn_fail(&p->conn, "our disk cannot be read");
    return true;
}

/* Longer copied ranges than our buffer can ever hold are refused, or they would block the queue. */
static bool
fits_ever(const struct peer *p, const struct range_request *r)
{
    return r->length <= BLOCK_SIZE || r->length + PEER_PUT_RESERVE < p->conn.out_max / 2;
}

void
upload_turn(struct swarm *s, struct peer *p, int64_t now_ms)
{
    size_t sent_in_turn = 0;
    struct range_request r;
    if (upload_waits(p) || conn_pending(&p->conn) > 0)
        p->busy_ms = now_ms;
    while (p->conn.state == CONN_OPEN && sent_in_turn < UPLOAD_TURN_SIZE) {
        bool queued = false;
        if (limiter_room(s->host->up, now_ms) > 0 && peer_in_first(p, &r)) {
            if (!fits_ever(p, &r)) {
                peer_in_drop_first(p);
                refuse(p, &r);
                continue;
            }
            queued = put_range(s, p, &r);
        }
        if (queued) {
            peer_in_drop_first(p);
            limiter_take(s->host->up, r.length);
            rate_count(&p->up, r.length, now_ms);
            rate_count(&s->up, r.length, now_ms);
            s->tally.uploaded += r.length;
        }
        size_t sent = conn_flush(&p->conn, s->host->scratch, UPLOAD_TURN_SIZE, now_ms);
        sent_in_turn += sent;
        if (sent == 0 || (!queued && conn_pending(&p->conn) == 0))
            break;
        if (conn_pending(&p->conn) > 0 && !conn_file_free(&p->conn))
            break; /* the socket is full */
    }
}

/* --- whom to serve --------------------------------------------------------------------- */

static void
unchoke(struct peer *p, int64_t now_ms)
{
    if (!p->am_choking || conn_room(&p->conn) < PEER_PUT_RESERVE)
        return;
    p->am_choking = false;
    p->unchoked_ms = p->busy_ms = now_ms;
    peer_send_simple(p, MSG_UNCHOKE);
}

/* Ranges asked for before are dropped; with BEP 6 each is told, but for allowed-fast pieces. */
static void
choke(struct swarm *s, struct peer *p)
{
    if (p->am_choking || conn_room(&p->conn) < PEER_PUT_RESERVE)
        return;
    p->am_choking = true;
    peer_send_simple(p, MSG_CHOKE);
    superseed_on_choke(s, p);
    uint32_t count = p->in_count;
    for (uint32_t i = 0; i < count; i++) {
        struct range_request r = p->in[p->in_at];
        peer_in_drop_first(p);
        if (r.length == 0)
            continue;
        if (p->fast && is_allowed_fast(p, r.piece))
            peer_in_add(p, r);
        else if (conn_room(&p->conn) >= PEER_PUT_RESERVE)
            refuse(p, &r);
        else
            conn_fail(&p->conn, "asks for more than it takes");
    }
}

static uint32_t
slots(const struct swarm *s, int64_t now_ms)
{
    uint64_t n = UPLOAD_SLOTS_MIN + rate_get(&s->up, now_ms) / UPLOAD_SLOT_RATE;
    return n < UPLOAD_SLOTS_MAX ? (uint32_t)n : UPLOAD_SLOTS_MAX;
}

/* Is it served and asks for nothing? */
static bool
is_idle(const struct peer *p, int64_t now_ms)
{
    return !p->is_interested || now_ms - p->busy_ms >= PLACE_IDLE_MS;
}

uint32_t
upload_places(const struct swarm *s, int64_t now_ms)
{
    uint32_t used = 0, most = slots(s, now_ms) + 1;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        const struct peer *p = &s->peers[i];
        used += p->phase == PEER_LIVE && !p->am_choking && !is_idle(p, now_ms);
    }
    return used < most ? most - used : 0;
}

/* Serves it too, in the place of the one that has been idle longest if there is no other. */
static void
give_place(struct swarm *s, struct peer *p, int64_t now_ms)
{
    uint32_t served = 0;
    struct peer *idle = NULL;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        struct peer *q = &s->peers[i];
        if (q->phase != PEER_LIVE || q->am_choking)
            continue;
        served++;
        if (is_idle(q, now_ms) && (!idle || q->busy_ms < idle->busy_ms))
            idle = q;
    }
    if (served > slots(s, now_ms)) {
        if (!idle)
            return;
        choke(s, idle);
    }
    unchoke(p, now_ms);
}

void
upload_on_interested(struct swarm *s, struct peer *p, int64_t now_ms)
{
    if (p->am_choking)
        give_place(s, p, now_ms);
}

static uint32_t
gather(const struct swarm *s, struct choke_candidate v[PEERS_MAX], int64_t now_ms)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->peer_top; i++) {
        const struct peer *p = &s->peers[i];
        if (p->phase != PEER_LIVE)
            continue;
        v[count++] = (struct choke_candidate){
            .slot = (uint16_t)i, .interested = p->is_interested, .snubbed = p->snubbed,
            .unchoked = !p->am_choking, .optimistic = p->optimistic,
            .newcomer = now_ms - p->born_ms < NEWCOMER_MS,
            .rate = rate_get(&p->down, now_ms), .sent = p->up.total,
            .have = p->have_count, .unchoked_ms = now_ms - p->unchoked_ms,
        };
    }
    return count;
}

void
upload_fill_places(struct swarm *s, int64_t now_ms)
{
    struct choke_candidate v[PEERS_MAX];
    if (now_ms - s->places_ms < PLACES_MS)
        return;
    s->places_ms = now_ms;
    uint32_t places = upload_places(s, now_ms);
    uint32_t count = places > 0 ? gather(s, v, now_ms) : 0;
    for (; places > 0; places--) {
        struct choke_candidate *next = choker_next(v, count, &s->host->random);
        if (!next)
            return;
        next->unchoked = true;
        give_place(s, &s->peers[next->slot], now_ms);
    }
}

void
upload_rechoke(struct swarm *s, int64_t now_ms)
{
    struct choke_candidate v[PEERS_MAX];
    uint32_t count = gather(s, v, now_ms);
    bool seeding = s->phase == SWARM_SEEDING;
    bool rotate = now_ms - s->optimistic_ms >= OPTIMISTIC_MS;
    if (rotate)
        s->optimistic_ms = now_ms;
    choker_choose(v, count, slots(s, now_ms), seeding, rotate, &s->host->random);
    for (uint32_t i = 0; i < count; i++) {
        struct peer *p = &s->peers[v[i].slot];
        p->optimistic = v[i].turn;
        if (v[i].unchoke)
            unchoke(p, now_ms);
        else
            choke(s, p);
    }
}
