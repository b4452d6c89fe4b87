#include "builder/serve_udp.h"

#include "builder/serve.h"

int
serve_udp_open(struct serve_udp *u, const struct addr *at)
{
    *u = (struct serve_udp){0};
    int error = sys_udp_open(at, &u->sock);
    if (error == SYS_OK) {
        u->local = sys_sock_local(u->sock);
        sys_random(u->ids.secret, sizeof u->ids.secret);
    }
    return error;
}

void
serve_udp_close(struct serve_udp *u)
{
    sys_sock_close(&u->sock);
}

void
serve_udp_wants(struct serve_udp *u, struct sys_wants *w)
{
    u->want = sys_wants_add(w, u->sock, true, false);
}

/* Where our own peer is for this asker: by which of our addresses it reached us is not known if we
 * listen on all, but from this machine it is loopback. */
static struct asker
find_asker(const struct serve *s, const struct addr *from)
{
    static const uint8_t loopback4[4] = {127, 0, 0, 1}, loopback6[16] = {[15] = 1};
    bool v4 = addr_is_v4(from);
    struct asker a = {.addr = *from, .family = v4 ? TABLE_V4 : TABLE_V6};
    struct addr local = s->udp.local;
    if (serve_is_wildcard(&local) && addr_is_loopback(from)) {
        local = v4 ? addr_v4(loopback4, 0) : addr_v6(loopback6, 0);
    }
    serve_add_self(s, &a, &local);
    serve_add_url_self(s, &a);
    return a;
}

static void
refuse(struct serve *s, struct buf *out, uint32_t transaction, const char *reason)
{
    s->counts.refused[BY_UDP]++;
    tracker_udp_put_error(out, transaction, reason);
}

static void
answer_announce(struct serve *s, const struct tracker_udp_request *q, const struct addr *from,
                int64_t now_ms, struct buf *out)
{
    struct serve_announced done;
    struct announce_request r = q->announce.request;
    struct asker asker = find_asker(s, from);
    bool v6 = asker.family == TABLE_V6;
    if (v6 && r.numwant != TRACKER_NUMWANT_DEFAULT && r.numwant > SERVE_UDP_PEERS6_MAX) {
        r.numwant = SERVE_UDP_PEERS6_MAX;
    }
    if (serve_take_announce(s, &r, &asker, BY_UDP, now_ms, &done)) {
        tracker_udp_put_announce(out, q->transaction, &done.reply, v6);
    } else {
        refuse(s, out, q->transaction, SERVE_NO_SUCH_TORRENT);
    }
}

/* In the order of the question; who is unknown has nobody. */
static void
answer_scrape(struct serve *s, const struct tracker_udp_request *q, int64_t now_ms, struct buf *out)
{
    struct tracker_stats stats[SERVE_UDP_SCRAPE_MAX] = {0};
    size_t count = q->hashes.len / SHA1_SIZE;
    count = count < SERVE_UDP_SCRAPE_MAX ? count : SERVE_UDP_SCRAPE_MAX;
    for (size_t i = 0; i < count; i++) {
        serve_stats(s, q->hashes.ptr + i * SHA1_SIZE, now_ms, &stats[i]);
    }
    s->counts.scrapes[BY_UDP]++;
    tracker_udp_put_scrape(out, q->transaction, stats, count);
}

void
serve_udp_answer(struct serve *s, struct bytes packet, const struct addr *from, int64_t now_ms,
                 struct buf *out)
{
    struct tracker_udp_request q;
    if (addr_is_unusable(from) || !tracker_udp_parse(&q, packet)) {
        s->counts.ignored++;
    } else if (q.action == UDP_CONNECT) {
        s->counts.connects++;
        tracker_udp_put_connect(out, q.transaction, connection_id(&s->udp.ids, from, now_ms));
    } else if (!connection_id_is_good(&s->udp.ids, q.connection, from, now_ms)) {
        /* The shortest question is a scrape of 36 bytes. */
        refuse(s, out, q.transaction, "connection id expired");
    } else if (q.action == UDP_ANNOUNCE) {
        answer_announce(s, &q, from, now_ms, out);
    } else {
        answer_scrape(s, &q, now_ms, out);
    }
}

void
serve_udp_turn(struct serve *s, const struct sys_wants *w, int64_t now_ms)
{
    bool more = sys_can_read(w, s->udp.want);
    for (int n = 0; more && n < SERVE_UDP_TURN_MAX; n++) {
        uint8_t packet[UDP_TRACKER_PACKET_MAX], mem[SERVE_UDP_ANSWER_MAX];
        struct buf out = BUF(mem);
        struct addr from;
        int64_t got = sys_udp_recv(s->udp.sock, packet, sizeof packet, &from);
        more = got != SYS_AGAIN; /* other failures are an earlier answer's that nobody took */
        if (got >= 0) {
            serve_udp_answer(s, bytes_of(packet, (size_t)got), &from, now_ms, &out);
        }
        if (out.len > 0 && !out.full) {
            sys_udp_send(s->udp.sock, out.ptr, out.len, &from);
        }
    }
}
