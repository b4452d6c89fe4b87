#include "engine/tick.h"

#include "engine/download.h"
#include "engine/events.h"
#include "engine/peer.h"
#include "engine/superseed.h"
#include "engine/upload.h"
#include "engine/webseeding.h"

enum {
    LONELY_MS = 60000,       /* nobody there for so long: say so */
    DISK_ROOM_MIN = 4194304, /* go on after a full disk when so much is free */
};

static void
tick_peer(struct swarm *s, struct peer *p, int64_t now_ms)
{
    struct conn *c = &p->conn;
    if (p->phase == PEER_HANDSHAKE && now_ms - c->since_ms > HANDSHAKE_TIMEOUT_MS)
        conn_fail(c, "says nothing");
    if (p->phase != PEER_LIVE)
        return;
    if (now_ms - c->got_ms > PEER_IDLE_TIMEOUT_MS)
        conn_fail(c, "has gone silent");
    if (now_ms - c->put_ms > KEEPALIVE_MS && conn_room(c) >= PEER_PUT_RESERVE)
        peer_send_keepalive(p);
    if (p->am_interested || p->is_interested)
        p->wanted_ms = now_ms;
    if (now_ms - p->wanted_ms > USELESS_TIMEOUT_MS)
        conn_fail(c, "neither side wants anything");
    download_tick(s, p, now_ms);
}

static void
tick_lonely(struct swarm *s, int64_t now_ms)
{
    bool alone = webseeding_busy(s) == 0;
    for (uint32_t i = 0; i < s->peer_top; i++)
        alone = alone && s->peers[i].phase != PEER_LIVE;
    if (!alone || !swarm_is_fetching(s)) {
        s->lonely_ms = 0;
        s->told_lonely = false;
        return;
    }
    if (s->lonely_ms == 0)
        s->lonely_ms = now_ms;
    if (now_ms - s->lonely_ms < LONELY_MS || s->told_lonely)
        return;
    s->told_lonely = true;
    events_add(s->host->events, ENGINE_WARNING, s, "no-peers",
               EVENT_TEXT("Nobody who has this content can be reached right now; still trying."));
}

static void
tick_disk(struct swarm *s, int64_t now_ms)
{
    if (s->phase != SWARM_DISK_WAIT || now_ms < s->disk_retry_ms)
        return;
    s->disk_retry_ms = now_ms + DISK_RETRY_MS;
    int64_t room = sys_free_space(s->config.dir);
    int64_t left = s->pieces.wanted_size - s->pieces.wanted_done;
    if (room >= 0 && room < (left < DISK_ROOM_MIN ? left : DISK_ROOM_MIN))
        return;
    s->phase = SWARM_DOWNLOADING;
    s->useful_ms = now_ms;
}

static void
tick_seeding(struct swarm *s, int64_t now_ms)
{
    if (s->phase != SWARM_SEEDING)
        return;
    const struct swarm_config *c = &s->config;
    int64_t sent = s->before.uploaded + s->tally.uploaded;
    bool ratio = c->seed_ratio_milli != SEED_FOREVER
                 && sent >= s->pieces.wanted_size / 1000 * c->seed_ratio_milli
                 && s->pieces.wanted_size > 0;
    bool time = c->seed_ms != SEED_FOREVER && now_ms - s->completed_ms >= c->seed_ms;
    if (ratio || time)
        swarm_stop(s, OUTCOME_COMPLETE, now_ms);
}

void
tick_swarm(struct swarm *s, int64_t now_ms)
{
    tick_seeding(s, now_ms);
    if (now_ms - s->tick_ms < TICK_MS)
        return;
    s->tick_ms = now_ms;
    for (uint32_t i = 0; i < s->peer_top; i++)
        if (s->peers[i].phase != PEER_FREE)
            tick_peer(s, &s->peers[i], now_ms);
    if (now_ms - s->rechoke_ms >= RECHOKE_MS) {
        s->rechoke_ms = now_ms;
        upload_rechoke(s, now_ms);
    }
    superseed_tick(s);
    tick_lonely(s, now_ms);
    tick_disk(s, now_ms);
    if (now_ms - s->saved_ms >= STATE_SAVE_MS)
        swarm_save(s, now_ms);
    if (s->config.quiet_ms > 0 && swarm_is_fetching(s)
        && now_ms - s->useful_ms >= s->config.quiet_ms) {
        events_add(s->host->events, ENGINE_ERROR, s, "timeout",
                   EVENT_TEXT("Nothing has arrived for too long; giving up."
                              " What is here is kept."));
        swarm_stop(s, OUTCOME_TIMED_OUT, now_ms);
    }
}
