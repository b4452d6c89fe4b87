/* Hosts: their life, how they are found by address, and whose turn is next. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

/* --- whose turn is next: a binary heap ----------------------------------------------- */

static bool
sooner(const struct sim_host *a, const struct sim_host *b)
{
    return a->due_us < b->due_us || (a->due_us == b->due_us && a->index < b->index);
}

static void
put(struct sim *sim, uint32_t place, struct sim_host *h)
{
    sim->queue[place] = h;
    h->place = place;
}

void
host_due(struct sim_host *h)
{
    struct sim *sim = h->sim;
    int64_t due = h->awake || h->wake_us < h->busy_us ? h->busy_us : h->wake_us;
    h->due_us = h->running ? due : INT64_MAX;
    uint32_t i = h->place;
    for (uint32_t up = (i - 1) / 2; i > 0 && sooner(h, sim->queue[up]); up = (i - 1) / 2) {
        put(sim, i, sim->queue[up]);
        i = up;
    }
    for (;;) {
        uint32_t child = 2 * i + 1;
        if (child + 1 < sim->host_count && sooner(sim->queue[child + 1], sim->queue[child])) {
            child++;
        }
        if (child >= sim->host_count || !sooner(sim->queue[child], h)) {
            break;
        }
        put(sim, i, sim->queue[child]);
        i = child;
    }
    put(sim, i, h);
}

/* --- by address ----------------------------------------------------------------------- */

/* Where the host with this IPv4 address stands in the table, or would. */
static uint32_t *
slot_of(struct sim *sim, const uint8_t ip[4])
{
    uint32_t size = 2 * sim->host_max;
    uint32_t i = be32(ip) * 2654435761u % size;
    while (sim->by_ip[i] && memcmp(sim->hosts[sim->by_ip[i] - 1]->config.ip, ip, 4) != 0) {
        i = i + 1 < size ? i + 1 : 0;
    }
    return &sim->by_ip[i];
}

static void
make_room(struct sim *sim)
{
    uint32_t most = sim->host_max ? 2 * sim->host_max : 64;
    sim->hosts = realloc(sim->hosts, most * sizeof(struct sim_host *));
    sim->queue = realloc(sim->queue, most * sizeof(struct sim_host *));
    free(sim->by_ip);
    sim->by_ip = calloc(2 * (size_t)most, sizeof *sim->by_ip);
    check(sim->hosts && sim->queue && sim->by_ip);
    sim->host_max = most;
    for (uint32_t i = 0; i < sim->host_count; i++) {
        *slot_of(sim, sim->hosts[i]->config.ip) = i + 1;
    }
}

/* --- life ----------------------------------------------------------------------------- */

struct sim_host *
sim_host_add(struct sim *sim, const struct sim_host_config *config)
{
    if (sim->host_count == sim->host_max) {
        make_room(sim);
    }
    struct sim_host *h = calloc(1, sizeof *h);
    check(h);
    h->sim = sim;
    h->index = sim->host_count;
    h->config = *config;
    h->random.state = random_u64(&sim->random);
    h->clock_us = sim_between(sim, 1, 1000000000) * 1000;
    h->next_port = (uint16_t)sim_between(sim, 49152, 60000);
    h->disk.size = config->disk;
    h->due_us = INT64_MAX;
    h->place = h->index;
    sim->hosts[h->index] = h;
    sim->queue[h->index] = h;
    sim->host_count++;
    *slot_of(sim, config->ip) = h->index + 1;
    return h;
}

struct addr
sim_host_addr(const struct sim_host *h, bool v6, uint16_t port)
{
    if (!v6) {
        return addr_v4(h->config.ip, port);
    }
    uint8_t ip[16] = {0x20, 0x01, 0x0d, 0xb8};
    memcpy(ip + 12, h->config.ip, 4);
    return addr_v6(ip, port);
}

struct sim_host *
sim_find_host(struct sim *sim, const struct addr *a)
{
    uint32_t found = sim->host_count > 0 ? *slot_of(sim, a->ip + 12) : 0;
    struct sim_host *h = found ? sim->hosts[found - 1] : NULL;
    if (!h) {
        return NULL;
    }
    struct addr v4 = sim_host_addr(h, false, 0);
    struct addr v6 = sim_host_addr(h, true, 0);
    return addr_same_ip(a, &v4) || (h->config.v6 && addr_same_ip(a, &v6)) ? h : NULL;
}

void
sim_wake_host(struct sim_host *h)
{
    if (!h->awake) {
        h->awake = true;
        host_due(h);
    }
}

void
sim_start(struct sim_host *h, const struct sim_actor *actor)
{
    check(!h->running);
    h->actor = *actor;
    h->running = true;
    h->stop_requests = 0;
    h->idle_turns = 0;
    h->awake = true;
    h->wake_us = h->sim->now_us;
    host_due(h);
    sim_revive(h);
    sim_say(h->sim, "%s starts", h->config.name);
}

void
sim_revive(struct sim_host *h)
{
    h->ghost = false;
    if (h->off) {
        h->off = false;
        tcp_host_back(h);
    }
}

/* What a process that ends by itself must have given back. */
static void
look_for_leftovers(struct sim_host *h)
{
    struct sim *sim = h->sim;
    if (h->socks) {
        sim_fail(sim, "%s left a socket open (kind %d)", h->config.name,
                 sim->socks[h->socks - 1].kind);
    }
    for (uint32_t i = 0; i < FILES_OPEN_MAX; i++) {
        if (h->files[i].node) {
            sim_fail(sim, "%s left the file %s open", h->config.name, h->files[i].node->path);
        }
    }
    for (uint32_t i = 0; i < DIRS_OPEN_MAX; i++) {
        if (h->dirs[i].path) {
            sim_fail(sim, "%s left the folder '%s' open", h->config.name, h->dirs[i].path);
        }
    }
    for (uint32_t i = 0; i < LOOKUPS_MAX; i++) {
        if (h->lookups[i].used) {
            sim_fail(sim, "%s left a look-up", h->config.name);
        }
    }
    for (uint32_t i = 0; i < SYNCS_MAX; i++) {
        if (h->syncs[i].used) {
            sim_fail(sim, "%s left a sync", h->config.name);
        }
    }
}

void
sim_end(struct sim_host *h)
{
    look_for_leftovers(h);
    h->running = false;
    host_due(h);
    sim_say(h->sim, "%s ends", h->config.name);
}

void
sim_kill(struct sim_host *h, enum sim_kill how)
{
    sim_say(h->sim, "%s %s", h->config.name, how == SIM_KILL_9 ? "is killed" : "loses power");
    h->running = false;
    host_due(h);
    h->ghost = true;
    h->off = how == SIM_POWER_CUT;
    tcp_host_gone(h, h->off);
    disk_close_all(h);
    memset(h->lookups, 0, sizeof h->lookups);
    memset(h->syncs, 0, sizeof h->syncs);
    if (how == SIM_POWER_CUT) {
        disk_power_cut(h);
    }
}

void
sim_ask_to_stop(struct sim_host *h)
{
    h->stop_requests++;
    h->poked = true;
    sim_wake_host(h);
    sim_say(h->sim, "%s is asked to stop", h->config.name);
}

uint64_t
sim_host_turns(const struct sim_host *h)
{
    return h->turns;
}

struct sim *
sim_host_world(const struct sim_host *h)
{
    return h->sim;
}

const char *
sim_host_name(const struct sim_host *h)
{
    return h->config.name;
}
