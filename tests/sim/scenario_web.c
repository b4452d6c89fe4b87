/* Web seeds, good and bad, alone and together with peers. */
#include "sim/cast.h"
#include "sim/scenario.h"
#include "sim/webseed_actor.h"

enum { WEBSEEDS = 2 };

void
scenario_webseed(struct sim *sim)
{
    static const char *const urls[WEBSEEDS] = {"http://11.0.0.2/data/", "http://11.0.0.3/data/"};
    struct bytes texts[WEBSEEDS] = {bytes_of_text(urls[0]), bytes_of_text(urls[1])};
    struct webseed_actor webseeds[WEBSEEDS];
    struct cast cast = {.sim = sim};
    cast_content(&cast, 1, 400 << 10, sim_chance(sim, 50) ? (uint32_t)sim_between(sim, 1, 6) : 0);
    cast.content.torrent.tracker_count = 0; /* 11.0.0.2 is a web seed here */
    for (uint32_t i = 0; i < WEBSEEDS; i++) {
        int64_t kind = i == 0 ? sim_between(sim, WEBSEED_GOOD, WEBSEED_MOVED)
                              : sim_between(sim, WEBSEED_GOOD, WEBSEED_KINDS - 1);
        webseeds[i] = (struct webseed_actor){.host = cast_host(&cast, "webseed", &line_good),
                                             .content = &cast.content,
                                             .kind = (enum webseed_kind)kind};
        webseed_start_on(&webseeds[i]);
        sim_break(webseeds[i].host, sim_chance(sim, 20) ? 30 : 0);
    }
    uint32_t clients = (uint32_t)sim_between(sim, 1, 3);
    for (uint32_t i = 0; i < clients; i++) {
        struct client *c = cast_client(&cast, &line_good);
        c->sources.webseeds = texts;
        c->sources.webseed_count = WEBSEEDS;
        if (i > 0) {
            cast_knows(&cast, c, &cast.clients[0]);
        }
        sim_break(c->host, sim_chance(sim, 20) ? 30 : 0);
        cast_start_after(&cast, c, sim_between(sim, 0, 2000));
    }
    cast_run(&cast, 3600);
    cast_end(&cast);
    for (uint32_t i = 0; i < WEBSEEDS; i++) {
        webseed_end(&webseeds[i]);
    }
    cast_free(&cast);
}

/* Many begin at once with one web seed that has a line like theirs and no other source: what it
 * sends must be new to the swarm, or it would send everybody everything. */
void
scenario_webseed_crowd(struct sim *sim)
{
    static const struct line line = {10, 60, 5, 1000000, 1000000, 5000000, 5000000};
    static const struct bytes url = BYTES("http://11.0.0.3/data/");
    struct cast cast = {.sim = sim};
    cast_content(&cast, 4 << 20, 8 << 20, 0);
    cast_tracker(&cast, TRACKER_GOOD);
    struct webseed_actor webseed = {.host = cast_host(&cast, "webseed", &line),
                                    .content = &cast.content,
                                    .kind = WEBSEED_GOOD};
    webseed_start_on(&webseed);
    uint32_t clients = (uint32_t)sim_between(sim, 6, 16);
    for (uint32_t i = 0; i < clients; i++) {
        struct client *c = cast_client(&cast, &line);
        c->sources.webseeds = &url;
        c->sources.webseed_count = 1;
        cast_start_after(&cast, c, sim_between(sim, 0, 200));
    }
    cast_run(&cast, 600);
    int64_t sent = 0, size = cast.content.torrent.size;
    for (uint32_t i = 0; i < clients; i++) {
        sent += cast.clients[i].status.from_webseeds;
    }
    sim_say(sim, "%u clients had %.2f copies from the web seed", clients,
            (double)sent / (double)size);
    if (!sim_failure(sim) && 2 * sent > 5 * size) {
        sim_fail(sim, "%u clients had %.2f copies from the web seed", clients,
                 (double)sent / (double)size);
    }
    cast_end(&cast);
    webseed_end(&webseed);
    cast_free(&cast);
}
