/* The ring of events; see events.h. */
#include "engine/events.h"

#include <string.h>

/* Characters that came from strangers (a tracker's own words) may be anything: what would move a
 * terminal's cursor becomes a space, what is not UTF-8 a question mark. */
static void
add_clean(struct buf *b, struct bytes text)
{
    while (text.len > 0 && !b->full) {
        uint32_t code = 0;
        size_t n = bytes_utf8_next(text, &code);
        if (n == 0)
            buf_byte(b, '?');
        else if (code < 0x20 || (code >= 0x7f && code < 0xa0))
            buf_byte(b, ' ');
        else
            buf_add(b, bytes_first(text, n));
        text = bytes_skip(text, n ? n : 1);
    }
}

static bool
is_same(const struct engine_event *a, const struct engine_event *b)
{
    return a->kind == b->kind && a->swarm == b->swarm && strcmp(a->code, b->code) == 0 &&
           strcmp(a->message, b->message) == 0;
}

void
events_add(struct events *v, enum engine_event_kind kind, const struct swarm *s, const char *code,
           const char *const parts[])
{
    struct engine_event e = {.kind = kind, .swarm = s, .code = code};
    struct buf b = buf_over(e.message, sizeof e.message - 1);
    for (size_t i = 0; parts[i]; i++)
        add_clean(&b, bytes_of_text(parts[i]));
    if (v->count > 0 && is_same(&e, &v->ring[(v->first + v->count - 1) % EVENTS_MAX]))
        return;
    if (v->count == EVENTS_MAX) {
        v->first = (v->first + 1) % EVENTS_MAX;
        v->count--;
    }
    v->ring[(v->first + v->count++) % EVENTS_MAX] = e;
}

bool
events_take(struct events *v, struct engine_event *out)
{
    if (v->count == 0)
        return false;
    *out = v->ring[v->first];
    v->first = (v->first + 1) % EVENTS_MAX;
    v->count--;
    return true;
}
