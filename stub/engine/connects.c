#include "engine/connects.h"

#include "engine/messages.h"
#include "engine/peer.h"
#include "engine/tracker.h"

/* A free slot, its memory made on first use; NULL when all are taken. */
static struct peer *
take_slot(struct swarm *s)
{
    uint32_t i = 0;
    while (i < PEERS_MAX && s->peers[i].phase != PEER_FREE)
        i++;
    if (i == PEERS_MAX)
        return NULL;
    struct peer *p = &s->peers[i];
    if (!p->bits && !peer_open(p, s->t, &s->arena))
        return NULL;
    peer_reset(p);
    if (i >= s->peer_top)
        s->peer_top = i + 1;
    return p;
}

/* How many incomplete peers to seek. */
static uint32_t
leechers_max(const struct swarm *s)
{
    uint32_t most = s->t->piece_length / HAVE_SHARE;
    if (s->phase != SWARM_DOWNLOADING || most > PEERS_OUT_MAX)
        return PEERS_OUT_MAX;
    return most > LEECHERS_OUT_MIN ? most : LEECHERS_OUT_MIN;
}

struct connects
connects_count(const struct swarm *s)
{
    struct connects n = {0};
    for (uint32_t i = 0; i < s->peer_top; i++) {
        const struct peer *p = &s->peers[i];
        n.live += p->phase == PEER_LIVE;
        n.seeds += p->phase == PEER_LIVE && p->is_seed;
        n.connecting += p->phase == PEER_CONNECTING || p->phase == PEER_HANDSHAKE;
    }
    return n;
}

void
swarm_add_peer(struct swarm *s, const struct addr *a)
{
    if (book_is_banned(&s->book, a))
        return;
    uint16_t entry = book_add(&s->book, a, s->tick_ms);
    struct addr own;
    if (entry != BOOK_FULL && s->trackers && trackers_external(s->trackers, &own)) {
        own.port = s->host->port;
        s->book.entries[entry].priority = addr_priority(&own, a);
    }
}

/* Peers given as HOST:PORT, one after the other: numbers at once, names through a look-up. */
static void
turn_given(struct swarm *s)
{
    while (s->given_at < s->config.sources.peer_count) {
        struct bytes text = s->config.sources.peers[s->given_at];
        struct addr a;
        if (addr_parse(text, &a)) {
            swarm_add_peer(s, &a);
            s->given_at++;
            continue;
        }
        if (!s->given.active) {
            struct bytes host = text;
            uint64_t port = 0;
            size_t colon = text.len;
            while (colon > 0 && text.ptr[colon - 1] != ':')
                colon--;
            host.len = colon > 0 ? colon - 1 : 0;
            if (host.len == 0 || !bytes_to_u64(bytes_skip(text, colon), 65535, &port)
                || !lookup_start(&s->given, host, (uint16_t)port)) {
                s->given_at++;
                continue;
            }
        }
        int done = lookup_poll(&s->given);
        if (done == SYS_AGAIN)
            return;
        for (size_t i = 0; done == SYS_OK && i < s->given.count; i++)
            swarm_add_peer(s, &s->given.addrs[i]);
        s->given_at++;
    }
}

void
connects_turn(struct swarm *s, int64_t now_ms)
{
    if (s->config.check_only || s->paused)
        return;
    turn_given(s);
    bool may = s->phase == SWARM_DOWNLOADING || s->phase == SWARM_SEEDING;
    struct connects n = connects_count(s);
    uint32_t most = leechers_max(s) + n.seeds;
    if (most > PEERS_OUT_MAX)
        most = PEERS_OUT_MAX;
    while (may && n.connecting < PEERS_CONNECTING_MAX && n.live + n.connecting < most) {
        int64_t wake_ms = INT64_MAX;
        uint16_t entry = book_pick(&s->book, now_ms, &wake_ms);
        struct peer *p = entry == BOOK_FULL ? NULL : take_slot(s);
        if (!p)
            return;
        p->phase = PEER_CONNECTING;
        p->entry = entry;
        p->born_ms = now_ms;
        s->book.entries[entry].connected = true;
        conn_connect(&p->conn, &s->book.entries[entry].addr, now_ms);
        n.connecting++;
    }
}

void
connects_close(struct swarm *s)
{
    lookup_cancel(&s->given);
}

void
swarm_accept(struct swarm *s, sys_sock sock, const struct addr *from, struct bytes hello,
             int64_t now_ms)
{
    /* While content is checked too: peers that wait hear of each piece as it is found good. */
    bool may = s->phase != SWARM_STOPPING && s->phase != SWARM_STOPPED && !s->config.check_only
               && !s->paused && !book_is_banned(&s->book, from);
    uint16_t entry = may ? book_came(&s->book, from, now_ms) : BOOK_FULL;
    struct peer *p = entry != BOOK_FULL ? take_slot(s) : NULL;
    if (!p) {
        sys_sock_close(&sock);
        return;
    }
    p->phase = PEER_HANDSHAKE;
    p->entry = entry;
    p->born_ms = now_ms;
    s->book.entries[entry].connected = true;
    conn_accept(&p->conn, sock, from, now_ms);
    conn_keep(&p->conn, hello);
    peer_send_handshake(p, s->t->info_hash, s->host->peer_id);
}
