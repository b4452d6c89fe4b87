/* Hosts with lines by chance, and the usual course of a scenario. */
#include "sim/cast.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

const struct line line_good = {.latency_ms_min = 1,
                               .latency_ms_max = 40,
                               .jitter_ms = 5,
                               .up_min = 100 << 10,
                               .up_max = 4 << 20,
                               .down_min = 400 << 10,
                               .down_max = 16 << 20};

const struct line line_dsl = {.latency_ms_min = 5,
                              .latency_ms_max = 60,
                              .jitter_ms = 20,
                              .up_min = 20 << 10,
                              .up_max = 200 << 10,
                              .down_min = 100 << 10,
                              .down_max = 2 << 20};

const struct line line_modem = {.latency_ms_min = 60,
                                .latency_ms_max = 300,
                                .jitter_ms = 100,
                                .up_min = 1500,
                                .up_max = 4000,
                                .down_min = 3000,
                                .down_max = 7000};

struct sim_host *
cast_host(struct cast *cast, const char *name, const struct line *line)
{
    struct sim *sim = cast->sim;
    uint32_t n = ++cast->hosts;
    struct sim_host_config config = {
        .ip = {11, 0, (uint8_t)(n / 200), (uint8_t)(1 + n % 200)},
        .v6 = sim_chance(sim, 50),
        .latency_us = (uint32_t)sim_between(sim, line->latency_ms_min, line->latency_ms_max) * 1000,
        .jitter_us = (uint32_t)sim_between(sim, 0, line->jitter_ms) * 1000,
        .up = (uint64_t)sim_between(sim, (int64_t)line->up_min, (int64_t)line->up_max),
        .down = (uint64_t)sim_between(sim, (int64_t)line->down_min, (int64_t)line->down_max),
    };
    snprintf(config.name, sizeof config.name, "%s", name);
    return sim_host_add(sim, &config);
}

void
cast_content(struct cast *cast, size_t size_min, size_t size_max, uint32_t files)
{
    struct sim *sim = cast->sim;
    static const char *const urls[] = {
        "http://tracker.example/announce", "http://11.0.0.2/announce",
        "udp://tracker.example:6969/announce", "udp://11.0.0.2:6969"};
    struct content_config config = {
        .size_min = size_min,
        .size_max = size_max,
        .piece_length = 16384u << sim_between(sim, 0, 2),
        .files = files,
        .announce = urls[sim_between(sim, 0, 3)],
    };
    content_make(&cast->content, sim, &config);
}

void
cast_tracker(struct cast *cast, enum tracker_mood mood)
{
    check(cast->hosts == 0); /* its address stands in the torrent */
    cast->tracker.host = cast_host(cast, "tracker", &line_good);
    cast->tracker.mood = mood;
    cast->tracker.interval_s = (uint32_t)sim_between(cast->sim, 60, 1800);
    struct addr a[2];
    size_t count = 0;
    a[count++] = sim_host_addr(cast->tracker.host, false, 0);
    sim_name(cast->sim, "tracker.example", a, count, SYS_OK);
    tracker_start(&cast->tracker);
}

struct client *
cast_client(struct cast *cast, const struct line *line)
{
    check(cast->client_count < CAST_MAX);
    char name[16];
    snprintf(name, sizeof name, "client-%u", cast->client_count);
    struct client *c = &cast->clients[cast->client_count++];
    c->host = cast_host(cast, name, line);
    c->content = &cast->content;
    return c;
}

static void
start_now(void *context)
{
    struct starter *s = context;
    if (!s->cast->over) {
        client_start(s->client);
    }
}

void
cast_start_after(struct cast *cast, struct client *c, int64_t delay_ms)
{
    struct starter *s = &cast->starters[c - cast->clients];
    *s = (struct starter){cast, c};
    sim_after(cast->sim, delay_ms, start_now, s);
}

void
cast_knows(struct cast *cast, struct client *c, const struct client *other)
{
    check(cast->text_count < CAST_MAX && c->sources.peer_count == 0);
    uint32_t i = cast->text_count++;
    struct buf b = BUF(cast->texts[i]);
    struct addr a = sim_host_addr(other->host, false, 6881);
    addr_print(&b, &a);
    cast->known[i] = buf_bytes(&b);
    c->sources.peers = &cast->known[i];
    c->sources.peer_count = 1;
}

static bool
everybody_is_complete(void *context)
{
    const struct cast *cast = context;
    return clients_complete(cast->clients, cast->client_count);
}

void
cast_run(struct cast *cast, int64_t seconds)
{
    struct sim *sim = cast->sim;
    int64_t until_ms = sim_now_ms(sim) + seconds * 1000;
    if (sim_run(sim, until_ms, everybody_is_complete, cast)) {
        return;
    }
    for (uint32_t i = 0; i < cast->client_count; i++) {
        const struct client *c = &cast->clients[i];
        if (!c->complete) {
            client_tell(c);
            sim_fail(sim, "%s has %lld of %lld bytes and no more comes (phase %d, %u peers)",
                     sim_host_name(c->host), (long long)c->status.done, (long long)c->status.size,
                     c->status.phase, c->status.peers);
        }
    }
}

void
cast_end(struct cast *cast)
{
    cast->over = true;
    clients_end(cast->sim, cast->clients, cast->client_count);
    if (cast->tracker.host) {
        tracker_end(&cast->tracker);
    }
}

void
cast_free(struct cast *cast)
{
    content_free(&cast->content);
}
