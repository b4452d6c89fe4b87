/* What an outsider may know of a swarm (engine.h). */
#include "engine/swarm.h"

#include <string.h>

#include "engine/connects.h"
#include "engine/peer.h"
#include "engine/tracker.h"
#include "engine/webseeding.h"

void
swarm_status(const struct swarm *s, struct swarm_status *out, int64_t now_ms)
{
    const struct pieces *v = &s->pieces;
    struct connects n = connects_count(s);
    *out = (struct swarm_status){
        .phase = s->phase, .outcome = s->outcome, .complete = s->complete, .paused = s->paused,
        .size = v->wanted_size, .done = v->wanted_done,
        .checked = s->checker.done, .to_check = s->checker.total,
        .down_rate = rate_get(&s->down, now_ms), .up_rate = rate_get(&s->up, now_ms),
        .downloaded = s->tally.from_peers + s->tally.from_webseeds,
        .uploaded = s->tally.uploaded, .uploaded_before = s->before.uploaded,
        .from_peers = s->tally.from_peers, .from_webseeds = s->tally.from_webseeds,
        .wasted = s->tally.wasted, .resumed = s->tally.resumed,
        .eta_s = -1, .started_ms = s->started_ms, .completed_ms = s->completed_ms,
        .pieces_have = v->wanted_count - v->wanted_left, .pieces_wanted = v->wanted_count,
        .swarm_seeds = -1, .swarm_leechers = -1,
        .peers = n.live, .seeds = n.seeds, .peers_connecting = n.connecting,
        .peers_known = book_count(&s->book), .webseeds = webseeding_busy(s),
    };
    if (s->trackers) {
        out->trackers = trackers_count(s->trackers);
        out->trackers_working = trackers_working(s->trackers);
        trackers_swarm_size(s->trackers, &out->swarm_seeds, &out->swarm_leechers);
    }
    if (swarm_is_fetching(s) && out->down_rate > 0)
        out->eta_s = (out->size - out->done) / (int64_t)out->down_rate;
}

uint32_t
swarm_map(const struct swarm *s, uint8_t *out, uint32_t max)
{
    uint32_t count = s->t->piece_count;
    uint32_t parts = count < max ? count : max;
    for (uint32_t i = 0; i < parts; i++) {
        uint32_t first = (uint32_t)((uint64_t)i * count / parts);
        uint32_t end = (uint32_t)((uint64_t)(i + 1) * count / parts);
        uint32_t have = 0;
        for (uint32_t piece = first; piece < end; piece++)
            have += bits_get(s->pieces.have, piece);
        out[i] = (uint8_t)((uint64_t)have * SWARM_MAP_FULL / (end - first));
        if (have > 0 && out[i] == 0)
            out[i] = 1; /* a little is not nothing */
    }
    return parts;
}

uint32_t
swarm_peers(const struct swarm *s, struct swarm_peer *out, uint32_t max, int64_t now_ms)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->peer_top && n < max; i++) {
        const struct peer *p = &s->peers[i];
        if (p->phase != PEER_LIVE)
            continue;
        struct bytes client = bytes_of(p->client, p->client_len);
        if (client.len == 0)
            client = bytes_of(p->id, 8); /* "-XY1234-" */
        out[n] = (struct swarm_peer){
            .addr = p->conn.addr, .client_len = client.len,
            .down_rate = rate_get(&p->down, now_ms), .up_rate = rate_get(&p->up, now_ms),
            .have_milli = (uint32_t)((uint64_t)p->have_count * 1000 / s->t->piece_count),
            .incoming = p->conn.incoming,
        };
        memcpy(out[n].client, client.ptr, client.len);
        n++;
    }
    uint32_t webseeds = s->pieces.wanted_left > 0 ? s->webseed_count : 0;
    for (uint32_t i = 0; i < webseeds && n < max; i++) {
        const struct webseed_slot *v = &s->webseeds[i];
        if (v->w.state != WEBSEED_DROPPED)
            out[n++] = (struct swarm_peer){.url = v->w.url,
                                           .down_rate = rate_get(&v->rate, now_ms)};
    }
    return n;
}
