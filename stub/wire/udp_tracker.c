/* UDP trackers: BEP 15 packets, and BEP 41's option that carries the URL's path and query.
 * Nothing may be longer than said, so what follows a known part is ignored. */
#include "wire/udp_tracker.h"

enum { ANSWER_HEAD_SIZE = 8, OPTION_URL_DATA = 2 };

void
udp_tracker_connect(struct buf *b, uint32_t transaction)
{
    buf_be64(b, UDP_TRACKER_MAGIC);
    buf_be32(b, UDP_CONNECT);
    buf_be32(b, transaction);
}

/* Path and query are one run of bytes in the URL. */
static struct bytes
path_and_query(const struct url *u)
{
    size_t query_len = u->query.len ? u->query.len + 1 : 0;
    return bytes_of(u->path.ptr, u->path.len + query_len);
}

void
udp_tracker_announce(struct buf *b, uint64_t connection, uint32_t transaction, const struct url *u,
    const struct announce_request *r)
{
    buf_be64(b, connection);
    buf_be32(b, UDP_ANNOUNCE);
    buf_be32(b, transaction);
    buf_add(b, bytes_of(r->info_hash, SHA1_SIZE));
    buf_add(b, bytes_of(r->peer_id, sizeof r->peer_id));
    buf_be64(b, (uint64_t)r->downloaded);
    buf_be64(b, (uint64_t)r->left);
    buf_be64(b, (uint64_t)r->uploaded);
    buf_be32(b, r->event);
    buf_be32(b, 0); /* our address: the sender's */
    buf_be32(b, r->key);
    buf_be32(b, r->numwant);
    buf_be16(b, r->port);
    for (struct bytes rest = path_and_query(u); rest.len;) {
        struct bytes chunk = bytes_first(rest, UDP_URL_CHUNK_MAX);
        buf_byte(b, OPTION_URL_DATA);
        buf_byte(b, (uint8_t)chunk.len);
        buf_add(b, chunk);
        rest = bytes_skip(rest, chunk.len);
    }
}

static void
take_announced(struct announce_answer *a, struct bytes packet, bool v6)
{
    const uint8_t *p = packet.ptr;

    *a = (struct announce_answer){
        .interval_s = be32(p + 8), .leechers = be32(p + 12), .seeds = be32(p + 16)};
    announce_take_compact(a, bytes_skip(packet, UDP_ANNOUNCED_SIZE), v6);
}

bool
udp_tracker_parse(
    struct udp_tracker_answer *out, struct announce_answer *a, struct bytes packet, bool v6)
{
    if (packet.len < ANSWER_HEAD_SIZE) {
        return false;
    }
    *out = (struct udp_tracker_answer){.transaction = be32(packet.ptr + 4)};
    switch (be32(packet.ptr)) {
    case UDP_CONNECT:
        if (packet.len < UDP_CONNECT_SIZE) {
            return false;
        }
        out->kind = UDP_TRACKER_CONNECTED;
        out->connection = be64(packet.ptr + 8);
        return true;
    case UDP_ANNOUNCE:
        if (packet.len < UDP_ANNOUNCED_SIZE) {
            return false;
        }
        out->kind = UDP_TRACKER_ANNOUNCED;
        take_announced(a, packet, v6);
        return true;
    case UDP_ERROR:
        out->kind = UDP_TRACKER_ERROR;
        out->error = bytes_skip(packet, ANSWER_HEAD_SIZE);
        return true;
    default: return false;
    }
}
