/* A web server that has the content (BEP 19), on port 80 of a simulated host. */
#ifndef SIM_WEBSEED_ACTOR_H
#define SIM_WEBSEED_ACTOR_H

#include "net/http_server.h"
#include "sim/content.h"

enum webseed_kind {
    WEBSEED_GOOD,
    WEBSEED_WHOLE,    /* knows no ranges */
    WEBSEED_MOVED,    /* answers with a redirect to where the files are */
    WEBSEED_MISSING,  /* 404 */
    WEBSEED_LYING,    /* right lengths, wrong bytes */
    WEBSEED_CUT,      /* files that end too early */
    WEBSEED_KINDS,
};

struct webseed_actor {
    struct sim_host *host;
    const struct content *content;
    enum webseed_kind kind;
    struct http_server *server;
    struct scratch *scratch;
    uint8_t *lies;
    uint32_t requests;
};

void webseed_start_on(struct webseed_actor *w);
void webseed_end(struct webseed_actor *w);

#endif
