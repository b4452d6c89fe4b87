/* Host names to addresses; see lookup.h.
 *
 * Addresses alternate between the two families, beginning with the one that the system puts
 * first: where one family is broken the next attempt is already of the other (RFC 8305's aim,
 * without its races). */
#include "net/lookup.h"

enum {
    HOST_LEN_MAX = 255,
    ASK_MAX =
        4 * LOOKUP_ADDRS_MAX, /* so that a host with many addresses of one family shows both */
    TICKET_HOPELESS = -1,     /* no host can have that name */
};

bool
lookup_start(struct lookup *l, struct bytes host, uint16_t port)
{
    lookup_cancel(l);
    *l = (struct lookup){.port = port};
    if (addr_parse_ip(host, &l->addrs[0])) {
        l->addrs[0].port = port;
        l->count = 1;
    } else if (host.len == 0 || host.len > HOST_LEN_MAX) {
        l->ticket = TICKET_HOPELESS;
    } else {
        char text[HOST_LEN_MAX + 1];
        struct buf b = BUF(text);
        buf_add(&b, host);
        l->ticket = sys_lookup_start(buf_cstr(&b));
        if (l->ticket == SYS_AGAIN) {
            return false;
        }
        if (l->ticket <= 0) {
            l->ticket = TICKET_HOPELESS;
        }
    }
    l->active = true;
    return true;
}

/* The index of the first unused address of a family, `count` if there is none. */
static size_t
find_family(const struct addr *from, size_t count, size_t start, bool v4)
{
    while (start < count && addr_is_v4(&from[start]) != v4) {
        start++;
    }
    return start;
}

/* Copies what can be connected to, families in turn. */
static void
take_addresses(struct lookup *l, const struct addr *from, size_t count)
{
    size_t at[2] = {0, 0};
    bool v4 = count > 0 && addr_is_v4(&from[0]);
    for (size_t misses = 0; misses < 2 && l->count < LOOKUP_ADDRS_MAX; v4 = !v4) {
        at[v4] = find_family(from, count, at[v4], v4);
        if (at[v4] == count) {
            misses++;
            continue;
        }
        misses = 0;
        struct addr a = from[at[v4]++];
        a.port = l->port;
        if (!addr_is_unusable(&a)) {
            l->addrs[l->count++] = a;
        }
    }
}

int
lookup_poll(struct lookup *l)
{
    if (!l->active || l->ticket == TICKET_HOPELESS) {
        l->active = false;
        return SYS_NOT_FOUND;
    }
    if (l->ticket > 0) {
        struct addr found[ASK_MAX];
        size_t count = 0;
        int result = sys_lookup_take(l->ticket, found, ASK_MAX, &count);
        if (result == SYS_AGAIN) {
            return SYS_AGAIN;
        }
        l->ticket = 0;
        if (result == SYS_OK) {
            take_addresses(l, found, count);
        }
        if (result != SYS_OK || l->count == 0) {
            l->active = false;
            return result != SYS_OK ? result : SYS_NOT_FOUND;
        }
    }
    l->active = false;
    return SYS_OK;
}

void
lookup_cancel(struct lookup *l)
{
    if (l->active && l->ticket > 0) {
        sys_lookup_drop(l->ticket);
    }
    l->active = false;
    l->ticket = 0;
}
