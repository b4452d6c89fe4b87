/* POSIX: host names, without the C library's resolver: that one blocks, would need a thread, and
 * is 8 KB of every download.
 *
 * A look-up asks /etc/hosts first, then the name servers of /etc/resolv.conf, all of them at once,
 * for IPv4 and IPv6 addresses at once. Each look-up has a socket of its own, so its port is as hard
 * to guess as its question's number; only servers that were asked are listened to. Sockets and
 * timers are looked after by sys_poll.
 *
 * A ticket is (number of the look-up) * LOOKUPS_MAX + slot + 1, so that an old ticket never meets a
 * new look-up. */
#include "sys/sys_posix.h"

#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "wire/dns.h"

enum {
    LOOKUPS_MAX = POSIX_NAMES_MAX,
    TICKET_MAX = 1 << 30,
    HOST_MAX = 254, /* with a last dot */
    SERVERS_MAX = 3,
    SEARCH_MAX = 256,
    TEXT_SIZE = 4096, /* of a file at a time; longer lines are not understood */
    TIMEOUT_S = 5,    /* of one attempt */
    ATTEMPTS = 2,     /* both as in resolv.conf(5), with its limits: */
    TIMEOUT_S_MAX = 30,
    ATTEMPTS_MAX = 5,
    NDOTS_MAX = 15,
    OTHER_FAMILY_MS = 1000, /* once one family is known the other may take so long */
};

enum family { V6, V4, FAMILIES };

struct server {
    struct addr at;
    uint32_t interface; /* of a link-local address */
};

struct question {
    uint8_t query[DNS_QUERY_MAX];
    size_t len;
    bool answered;
    unsigned refusals; /* a bit for each server that cannot tell */
};

enum lookup_state { LOOKUP_FREE, LOOKUP_RUNNING, LOOKUP_DONE };

struct lookup {
    enum lookup_state state;
    int ticket;
    int result;
    char host_text[HOST_MAX];
    struct bytes host;
    struct dns_answer found[FAMILIES];

    /* from resolv.conf */
    struct server servers[SERVERS_MAX];
    size_t server_count;
    uint64_t timeout_s, attempts, ndots;
    char search_text[SEARCH_MAX];
    struct bytes search; /* domains that are still to be tried behind the name */
    bool bare_tried;     /* the name alone comes last */

    sys_sock sock;
    struct question questions[FAMILIES];
    uint64_t sent; /* attempts made with this name */
    int64_t until_ms;
};

static struct lookup lookups[LOOKUPS_MAX];
static int lookups_started;
static const char *hosts_path = "/etc/hosts";
static const char *resolv_path = "/etc/resolv.conf";
static uint16_t server_port = DNS_PORT;

void
posix_names_from(const char *hosts, const char *resolv, uint16_t port)
{
    hosts_path = hosts;
    resolv_path = resolv;
    server_port = port;
}

/* --- files ------------------------------------------------------------------------------- */

static struct bytes
next_word(struct bytes *line)
{
    *line = bytes_trim(*line);
    size_t len = 0;
    while (len < line->len && line->ptr[len] != ' ' && line->ptr[len] != '\t') {
        len++;
    }
    struct bytes word = bytes_first(*line, len);
    *line = bytes_skip(*line, len);
    return word;
}

/* Gives each line of a file to `take`, without comments. A file that cannot be read has none. */
static void
each_line(struct lookup *l, const char *path, void (*take)(struct lookup *l, struct bytes line))
{
    sys_file f = SYS_NONE;
    if (sys_file_open_path(path, SYS_READ, &f) != SYS_OK) {
        return;
    }
    char text[TEXT_SIZE];
    int64_t offset = 0, got;
    while ((got = sys_file_read(f, offset, text, sizeof text)) > 0) {
        struct bytes rest = bytes_of(text, (size_t)got);
        while (rest.len > 0) {
            bool cut = got == sizeof text && bytes_find(rest, '\n') == rest.len;
            if (cut && rest.len < sizeof text) {
                break; /* the end of this line comes with the next read */
            }
            struct bytes line = bytes_cut(&rest, '\n');
            take(l, bytes_cut(&line, '#'));
        }
        offset += got - (int64_t)rest.len;
    }
    sys_file_close(&f);
}

static void
add_address(struct lookup *l, const struct addr *a)
{
    struct dns_answer *found = &l->found[addr_is_v4(a) ? V4 : V6];
    if (found->count < DNS_ADDRS_MAX) {
        found->addrs[found->count++] = *a;
    }
}

static void
take_hosts_line(struct lookup *l, struct bytes line)
{
    struct addr a;
    if (!addr_parse_ip(next_word(&line), &a)) {
        return;
    }
    for (struct bytes name = next_word(&line); name.len > 0; name = next_word(&line)) {
        if (bytes_equal_nocase(name, l->host)) {
            add_address(l, &a);
            return;
        }
    }
}

/* "fe80::1%eth0" or "fe80::1%2" */
static void
add_server(struct lookup *l, struct bytes text)
{
    struct bytes interface = text;
    struct server s = {.interface = 0};
    if (l->server_count == SERVERS_MAX || !addr_parse_ip(bytes_cut(&interface, '%'), &s.at)) {
        return;
    }
    s.at.port = server_port;
    uint64_t number;
    struct ifreq request = {.ifr_ifindex = 0};
    if (bytes_to_u64(interface, UINT32_MAX, &number)) {
        s.interface = (uint32_t)number;
    } else if (interface.len > 0 && interface.len < sizeof request.ifr_name) {
        memcpy(request.ifr_name, interface.ptr, interface.len);
        if (posix_ioctl((int)l->sock, SIOCGIFINDEX, &request) == 0) {
            s.interface = (uint32_t)request.ifr_ifindex;
        }
    }
    l->servers[l->server_count++] = s;
}

static void
take_option(struct bytes word, struct bytes key, uint64_t max, uint64_t *out)
{
    uint64_t value;
    if (bytes_starts(word, key) && bytes_to_u64(bytes_skip(word, key.len), UINT32_MAX, &value)) {
        *out = value < max ? value : max;
    }
}

static void
take_resolv_line(struct lookup *l, struct bytes line)
{
    struct bytes key = next_word(&line);
    if (bytes_equal(key, BYTES("nameserver"))) {
        add_server(l, next_word(&line));
    } else if (bytes_equal(key, BYTES("search")) || bytes_equal(key, BYTES("domain"))) {
        line = bytes_first(bytes_trim(line), SEARCH_MAX);
        memcpy(l->search_text, line.ptr, line.len);
        l->search = bytes_of(l->search_text, line.len);
    } else if (bytes_equal(key, BYTES("options"))) {
        for (struct bytes word = next_word(&line); word.len > 0; word = next_word(&line)) {
            take_option(word, BYTES("ndots:"), NDOTS_MAX, &l->ndots);
            take_option(word, BYTES("attempts:"), ATTEMPTS_MAX, &l->attempts);
            take_option(word, BYTES("timeout:"), TIMEOUT_S_MAX, &l->timeout_s);
        }
    }
}

static void
read_resolv(struct lookup *l)
{
    l->timeout_s = TIMEOUT_S;
    l->attempts = ATTEMPTS;
    l->ndots = 1;
    each_line(l, resolv_path, take_resolv_line);
    if (l->server_count == 0) {
        add_server(l, BYTES("127.0.0.1"));
    }
    l->timeout_s += l->timeout_s == 0;
    l->attempts += l->attempts == 0;
    uint64_t dots = 0;
    for (size_t i = 0; i < l->host.len; i++) {
        dots += l->host.ptr[i] == '.';
    }
    if (dots >= l->ndots || bytes_ends(l->host, BYTES("."))) {
        l->search.len = 0;
    }
}

/* --- asking ------------------------------------------------------------------------------ */

static void
finish(struct lookup *l, int result)
{
    sys_sock_close(&l->sock);
    l->result = result;
    l->state = LOOKUP_DONE;
    posix_wake();
}

static void
send_questions(struct lookup *l)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        struct question *q = &l->questions[f];
        q->refusals = 0;
        for (size_t i = 0; i < l->server_count && !q->answered; i++) {
            const struct server *s = &l->servers[i];
            /* What cannot be sent now may be when the time is up. */
            posix_udp_send(l->sock, q->query, q->len, &s->at, s->interface);
        }
    }
    l->sent++;
    l->until_ms = sys_now_ms() + (int64_t)l->timeout_s * 1000;
}

/* Asks for `host` with a domain behind it, which may be empty. False: there is no such name. */
static bool
ask(struct lookup *l, struct bytes domain)
{
    char text[HOST_MAX + 1 + SEARCH_MAX];
    struct buf name = BUF(text);
    buf_add(&name, l->host);
    if (domain.len > 0) {
        buf_byte(&name, '.');
        buf_add(&name, domain);
    }
    l->sent = 0;
    for (size_t f = 0; f < FAMILIES; f++) {
        struct question *q = &l->questions[f];
        struct buf query = BUF(q->query);
        uint16_t id;
        sys_random(&id, sizeof id);
        if (!dns_query(&query, id, buf_bytes(&name), f == V6 ? DNS_AAAA : DNS_A)) {
            return false;
        }
        q->len = query.len;
        q->answered = false;
    }
    send_questions(l);
    return true;
}

static void
ask_next(struct lookup *l)
{
    while (!l->bare_tried) {
        struct bytes domain = next_word(&l->search);
        l->bare_tried = domain.len == 0;
        if (ask(l, domain)) {
            return;
        }
    }
    finish(l, SYS_NOT_FOUND);
}

static size_t
server_index(const struct lookup *l, const struct addr *from)
{
    size_t i = 0;
    while (i < l->server_count && !addr_equal(&l->servers[i].at, from)) {
        i++;
    }
    return i;
}

static void
hear(struct lookup *l, size_t server, struct bytes packet)
{
    for (size_t f = 0; f < FAMILIES; f++) {
        struct question *q = &l->questions[f];
        struct dns_answer a;
        if (q->answered || !dns_parse(&a, bytes_of(q->query, q->len), packet)) {
            continue;
        }
        if (a.outcome == DNS_REFUSED) {
            q->refusals |= 1u << server;
            continue;
        }
        q->answered = true;
        l->found[f] = a;
        int64_t soon = sys_now_ms() + OTHER_FAMILY_MS;
        if (a.count > 0 && soon < l->until_ms) {
            l->until_ms = soon;
        }
    }
}

/* Goes on when nothing more is to be expected from what was asked. */
static void
advance(struct lookup *l)
{
    const struct question *q = l->questions;
    unsigned all = (1u << l->server_count) - 1;
    bool answered = q[V6].answered && q[V4].answered;
    bool any = l->found[V6].count + l->found[V4].count > 0;
    bool hopeless =
        (q[V6].answered || q[V6].refusals == all) && (q[V4].answered || q[V4].refusals == all);
    bool late = sys_now_ms() >= l->until_ms;
    if (any && (late || hopeless)) {
        finish(l, SYS_OK);
    } else if (answered) {
        ask_next(l);
    } else if (hopeless || (late && l->sent >= l->attempts)) {
        finish(l, SYS_TIMED_OUT);
    } else if (late) {
        send_questions(l);
    }
}

static void
lookup_turn(struct lookup *l)
{
    uint8_t packet[DNS_PACKET_MAX];
    struct addr from;
    int64_t got;
    while ((got = sys_udp_recv(l->sock, packet, sizeof packet, &from)) >= 0) {
        size_t server = server_index(l, &from);
        if (server < l->server_count) {
            hear(l, server, bytes_of(packet, (size_t)got));
        }
    }
    advance(l);
}

size_t
posix_names_wait(struct pollfd *set, int64_t *deadline_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        const struct lookup *l = &lookups[i];
        if (l->state == LOOKUP_RUNNING) {
            set[count++] = (struct pollfd){.fd = (int)l->sock, .events = POLLIN};
            *deadline_ms = l->until_ms < *deadline_ms ? l->until_ms : *deadline_ms;
        }
    }
    return count;
}

void
posix_names_turn(void)
{
    for (size_t i = 0; i < LOOKUPS_MAX; i++) {
        if (lookups[i].state == LOOKUP_RUNNING) {
            lookup_turn(&lookups[i]);
        }
    }
}

/* --- tickets ----------------------------------------------------------------------------- */

static bool
is_localhost(struct bytes host)
{
    if (bytes_ends(host, BYTES("."))) {
        host.len--;
    }
    size_t len = BYTES("localhost").len;
    size_t front = host.len > len ? host.len - len : 0;
    return bytes_equal_nocase(bytes_skip(host, front), BYTES("localhost")) &&
           (front == 0 || host.ptr[front - 1] == '.');
}

/* What needs no name server. */
static void
find_here(struct lookup *l)
{
    struct addr a;
    if (addr_parse_ip(l->host, &a)) {
        add_address(l, &a);
        return;
    }
    each_line(l, hosts_path, take_hosts_line);
    if (l->found[V6].count + l->found[V4].count == 0 && is_localhost(l->host)) {
        addr_parse_ip(BYTES("::1"), &a);
        add_address(l, &a);
        addr_parse_ip(BYTES("127.0.0.1"), &a);
        add_address(l, &a);
    }
}

static void
begin(struct lookup *l)
{
    find_here(l);
    if (l->found[V6].count + l->found[V4].count > 0) {
        finish(l, SYS_OK);
        return;
    }
    struct addr any = {0};
    int error = sys_udp_open(&any, &l->sock);
    if (error != SYS_OK) {
        finish(l, error);
        return;
    }
    read_resolv(l);
    ask_next(l);
}

int
sys_lookup_start(const char *host)
{
    size_t slot = 0;
    while (slot < LOOKUPS_MAX && lookups[slot].state != LOOKUP_FREE) {
        slot++;
    }
    if (slot == LOOKUPS_MAX) {
        return SYS_AGAIN;
    }
    struct lookup *l = &lookups[slot];
    lookups_started = (lookups_started + 1) % (TICKET_MAX / LOOKUPS_MAX);
    *l = (struct lookup){.state = LOOKUP_RUNNING,
                         .ticket = lookups_started * LOOKUPS_MAX + (int)slot + 1};
    struct bytes name = bytes_of_text(host);
    if (name.len > HOST_MAX) {
        finish(l, SYS_NOT_FOUND); /* no host can have that name */
        return l->ticket;
    }
    memcpy(l->host_text, name.ptr, name.len);
    l->host = bytes_of(l->host_text, name.len);
    begin(l);
    return l->ticket;
}

static struct lookup *
lookup_of(int ticket)
{
    if (ticket <= 0) {
        return NULL;
    }
    struct lookup *l = &lookups[(ticket - 1) % LOOKUPS_MAX];
    return l->ticket == ticket && l->state != LOOKUP_FREE ? l : NULL;
}

/* IPv6 goes first where it leads there and from an address of the same reach (RFC 6724): a local
 * IPv6 network without a way out must not delay everybody. */
static enum family
first_family(const struct lookup *l)
{
    if (l->found[V6].count == 0) {
        return V4;
    }
    const struct addr *to = &l->found[V6].addrs[0];
    struct addr own;
    return posix_route(to, &own) && addr_is_local(&own) == addr_is_local(to) ? V6 : V4;
}

int
sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count)
{
    *count = 0;
    struct lookup *l = lookup_of(ticket);
    if (!l) {
        return SYS_NOT_FOUND;
    }
    if (l->state == LOOKUP_RUNNING) {
        return SYS_AGAIN;
    }
    enum family first = l->result == SYS_OK ? first_family(l) : V6;
    for (size_t f = 0; f < FAMILIES && l->result == SYS_OK; f++) {
        const struct dns_answer *found = &l->found[f == 0 ? first : 1 - first];
        for (size_t i = 0; i < found->count && *count < max; i++) {
            out[(*count)++] = found->addrs[i];
        }
    }
    l->state = LOOKUP_FREE;
    return l->result;
}

void
sys_lookup_drop(int ticket)
{
    struct lookup *l = lookup_of(ticket);
    if (l) {
        sys_sock_close(&l->sock);
        l->state = LOOKUP_FREE;
    }
}
