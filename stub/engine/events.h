/* A small ring of things that a person should know. {0} is a valid start. */
#ifndef ENGINE_EVENTS_H
#define ENGINE_EVENTS_H

#include "engine/engine.h"

enum { EVENTS_MAX = 32 };

struct events {
    struct engine_event ring[EVENTS_MAX];
    uint32_t first, count;
};

/* Adds an event whose message is the given parts joined (NULL ends the list), cut between two
 * characters if it is too long; the oldest event gives way. One equal to the newest that was not
 * yet taken is dropped. */
void events_add(struct events *v, enum engine_event_kind kind, const struct swarm *s,
                const char *code, const char *const parts[]);
#define EVENT_TEXT(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The oldest event not yet taken; false if there is none. */
bool events_take(struct events *v, struct engine_event *out);

#endif
