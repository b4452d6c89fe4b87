/* Announces to one HTTP or HTTPS tracker at a time: a fetch and the room for its answer.
 *
 * The answer is read when it is whole, and answers of several trackers may come side by side, so
 * each of these has room of its own; a page of it that is not used costs no memory. */
#ifndef ENGINE_TRACKER_HTTP_H
#define ENGINE_TRACKER_HTTP_H

#include "engine/tracker_udp.h"
#include "net/fetch.h"

/* Zeroed memory is a valid start. */
struct tracker_http {
    bool is_busy; /* from start to close */
    struct fetch fetch;
    char why[160]; /* after a failure, one plain sentence with the host's name */
    size_t answer_len;
    uint8_t answer[ANNOUNCE_ANSWER_MAX];
};

void tracker_http_start(struct tracker_http *h, const struct fetch_config *config,
                        const struct url *url, const struct announce_request *request,
                        int64_t now_ms);
void tracker_http_wants(struct tracker_http *h, struct sys_wants *w);

/* ANSWERED: `a` is filled, and points into `h`. */
enum tracker_result tracker_http_turn(struct tracker_http *h, const struct sys_wants *w,
                                      struct scratch *s, struct announce_answer *a, int64_t now_ms);

/* Gives up what is under way and closes the connection: the next announce is far away. */
void tracker_http_close(struct tracker_http *h);

#endif
