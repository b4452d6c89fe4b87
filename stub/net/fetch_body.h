/* The body of a fetch, from the head's end on. Only for net/fetch. */
#ifndef NET_FETCH_BODY_H
#define NET_FETCH_BODY_H

#include "net/fetch.h"

/* FETCH_BODY: receives and decodes. */
struct bytes fetch_body_turn(struct fetch *f, const struct sys_wants *w, struct scratch *s,
                             size_t max, int64_t now_ms);

/* Decodes `in`, which begins with `rest_len` bytes that are decoded already. When `fresh` > 0 it
 * lies in `s`; when 0 nothing but the decoded bytes is there. Goes to FETCH_DONE at the end. */
struct bytes fetch_body_decode(struct fetch *f, struct scratch *s, struct bytes in, size_t rest_len,
                               size_t fresh);

/* Ends in FETCH_FAILED (in fetch.c). */
void fetch_fail(struct fetch *f, const char *why);

#endif
