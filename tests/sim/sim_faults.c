/* What a scenario does to hosts and lines, and what lines do to packets. */
#include "sim/world.h"

#include <string.h>

#include "base/check.h"

void
sim_refuse(struct sim_host *h, uint32_t percent)
{
    h->refuse = percent;
}

void
sim_ignore(struct sim_host *h, uint32_t percent)
{
    h->ignore = percent;
}

void
sim_break(struct sim_host *h, uint32_t n)
{
    h->break_one_in = n;
}

void
sim_udp_faults(struct sim_host *h, uint32_t lost, uint32_t doubled)
{
    h->udp_lost = lost;
    h->udp_doubled = doubled;
}

void
sim_outage(struct sim_host *h, int64_t for_ms)
{
    h->outage_us = h->sim->now_us + for_ms * 1000;
    sim_say(h->sim, "%s is cut off for %lld ms", h->config.name, (long long)for_ms);
}

void
sim_name(struct sim *sim, const char *name, const struct addr *a, size_t count, int result)
{
    check(sim->name_count < NAMES_MAX && count <= 4 && strlen(name) < sizeof sim->names->text);
    struct name *n = &sim->names[sim->name_count++];
    memcpy(n->text, name, strlen(name) + 1);
    if (count > 0) {
        memcpy(n->addrs, a, count * sizeof *a);
    }
    n->count = count;
    n->result = result;
}

int64_t
sim_arrival(struct sim_host *from, struct sim_host *to, int64_t leaves_us)
{
    int64_t way = from == to ? 50 : (int64_t)from->config.latency_us + to->config.latency_us;
    uint32_t jitter = from->config.jitter_us + to->config.jitter_us;
    way += jitter ? random_below(&from->sim->random, jitter) : 0;
    int64_t cut = from->outage_us > to->outage_us ? from->outage_us : to->outage_us;
    return (leaves_us > cut ? leaves_us : cut) + way;
}

int64_t
sim_received(struct sim_host *h, size_t len)
{
    int64_t now = h->sim->now_us;
    if (h->config.down == 0) {
        return now;
    }
    int64_t start = h->down_free_us > now ? h->down_free_us : now;
    h->down_free_us = start + (int64_t)(len * 1000000 / h->config.down);
    return h->down_free_us;
}
