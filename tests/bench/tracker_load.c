/* Announces to a tracker as fast as it answers, by UDP (BEP 15) or HTTP (BEP 3, 23).
 *
 *     tracker_load udp|http|keep IP PORT [NAME=NUMBER...]
 *
 * http opens a connection for each announce, keep announces again and again on each of them.
 * Names: fill=1 (each peer announces once, "started"; without: at random for so many `seconds`),
 * peers, torrents, sources (addresses 127.0.1.1 and on; sources times torrents divides peers, at
 * most ten times), flight (announces under way at once), numwant. Prints one JSON object.
 *
 * put_hash says which info-hashes torrents have. A quarter of the peers has all. What is no answer
 * is counted as failed, as is what does not come within RETRY_MS; so the rate is that of good
 * answers, and `peers` says how many they named on average. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FLIGHT_MAX = 1024,
    SOURCES_MAX = 250,
    BATCH = 32,
    RETRY_MS = 500,
    REQUEST_MAX = 512,
    ANSWER_MAX = 8192,
    UDP_SIZE = 98,
};

static const char *const names[] = {"fill",    "seconds", "peers",  "torrents",
                                    "sources", "flight",  "numwant"};
enum { FILL, SECONDS, PEERS, TORRENTS, SOURCES, FLIGHT, NUMWANT, NAMES };
static long option[NAMES] = {0, 5, 100000, 1000, 50, 128, 50};

static struct sockaddr_in server;
static uint64_t random_state;
static uint64_t sent, good, failed, told; /* announces; and peers in good answers */
static int epoll;

static void
die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t
now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint64_t
chance(uint64_t below)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % below;
}

/* --- who announces --- */

struct peer {
    uint32_t torrent, source;
    uint16_t port;
    bool is_seed;
};

static struct peer
peer_of(uint64_t number)
{
    uint64_t source = number % (uint64_t)option[SOURCES];
    uint64_t turn = number / (uint64_t)option[SOURCES];
    uint64_t round = turn / (uint64_t)option[TORRENTS];
    return (struct peer){.torrent = (uint32_t)(turn % (uint64_t)option[TORRENTS]),
                         .source = (uint32_t)source,
                         .port = (uint16_t)(1024 + round * 6000 + number % 6000),
                         .is_seed = (round + source) % 4 == 0};
}

/* The next of one source: every one once in a fill, else at random. False: there is none. */
static uint64_t next_of[SOURCES_MAX];
static int64_t end_ms;

static bool
next_peer(uint32_t source, struct peer *p)
{
    uint64_t turns = (uint64_t)(option[PEERS] / option[SOURCES]);
    uint64_t turn = option[FILL] ? next_of[source]++ : chance(turns);
    *p = peer_of(turn * (uint64_t)option[SOURCES] + source);
    return option[FILL] ? turn < turns : now_ms() < end_ms;
}

static void
put32(uint8_t *out, uint32_t v)
{
    v = htonl(v);
    memcpy(out, &v, 4);
}

static void
put_hash(uint8_t out[20], uint32_t torrent)
{
    memset(out, 'b', 16);
    put32(out + 16, torrent * 2654435761u);
    memcpy(out, out + 16, 4); /* trackers sort by the first bytes */
}

static void
put_id(uint8_t out[20], const struct peer *p)
{
    char text[32];
    snprintf(text, sizeof text, "-BN0001-%06u%06u", p->source, p->port);
    memcpy(out, text, 20);
}

static struct sockaddr_in
address_of(uint32_t source)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    a.sin_addr.s_addr = htonl(0x7f000101u + source);
    return a;
}

/* --- UDP: a socket for each source, `flight` shared among them --- */

struct udp {
    int fd;
    uint8_t connection[8];
    uint32_t open, transaction;
    int64_t heard_ms;
};
static struct udp udps[SOURCES_MAX];

static void
udp_connect(struct udp *u, uint32_t source)
{
    struct sockaddr_in from = address_of(source);
    uint8_t packet[16] = {0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80};
    struct timeval patience = {.tv_sec = 2};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = u};
    u->fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(u->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (bind(u->fd, (struct sockaddr *)&from, sizeof from) ||
        connect(u->fd, (struct sockaddr *)&server, sizeof server) ||
        send(u->fd, packet, 16, 0) != 16 || recv(u->fd, packet, 16, 0) != 16) {
        die("connect by UDP");
    }
    memcpy(u->connection, packet + 8, 8);
    epoll_ctl(epoll, EPOLL_CTL_ADD, u->fd, &event);
    u->heard_ms = now_ms();
}

static bool
udp_make(struct udp *u, uint8_t p[UDP_SIZE])
{
    struct peer peer;
    if (!next_peer((uint32_t)(u - udps), &peer)) {
        return false;
    }
    memset(p, 0, UDP_SIZE);
    memcpy(p, u->connection, 8);
    put32(p + 8, 1);
    put32(p + 12, ++u->transaction);
    put_hash(p + 16, peer.torrent);
    put_id(p + 36, &peer);
    put32(p + 68, peer.is_seed ? 0 : 1000);
    put32(p + 80, option[FILL] ? 2 : 0);
    put32(p + 92, (uint32_t)option[NUMWANT]);
    p[96] = (uint8_t)(peer.port >> 8);
    p[97] = (uint8_t)peer.port;
    return true;
}

/* Sends till as many are under way as may be. */
static void
udp_send(struct udp *u)
{
    static uint8_t packets[BATCH][UDP_SIZE];
    static struct mmsghdr m[BATCH];
    static struct iovec v[BATCH];
    uint32_t most = (uint32_t)(option[FLIGHT] / option[SOURCES]), count = 0;
    while (u->open + count < most && count < BATCH && udp_make(u, packets[count])) {
        v[count] = (struct iovec){packets[count], UDP_SIZE};
        m[count].msg_hdr = (struct msghdr){.msg_iov = &v[count], .msg_iovlen = 1};
        count++;
    }
    if (count > 0 && sendmmsg(u->fd, m, count, 0) != (int)count) {
        die("sendmmsg");
    }
    u->open += count;
    sent += count;
}

static void
udp_receive(struct udp *u, int64_t now)
{
    static uint8_t packets[BATCH][2048];
    static struct mmsghdr m[BATCH];
    static struct iovec v[BATCH];
    for (int i = 0; i < BATCH; i++) {
        v[i] = (struct iovec){packets[i], sizeof packets[i]};
        m[i].msg_hdr = (struct msghdr){.msg_iov = &v[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(u->fd, m, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < count; i++) {
        static const uint8_t announce[4] = {0, 0, 0, 1};
        bool is_good = m[i].msg_len >= 20 && memcmp(packets[i], announce, 4) == 0;
        good += is_good;
        failed += !is_good;
        told += is_good ? (m[i].msg_len - 20) / 6 : 0;
        u->open -= u->open > 0;
    }
    if (count > 0) {
        u->heard_ms = now;
    }
}

static void
run_udp(void)
{
    struct epoll_event events[SOURCES_MAX];
    uint32_t open = 1;
    for (uint32_t i = 0; i < option[SOURCES]; i++) {
        udp_connect(&udps[i], i);
    }
    while (open > 0) {
        open = 0;
        for (uint32_t i = 0; i < option[SOURCES]; i++) {
            if (udps[i].open > 0 && now_ms() - udps[i].heard_ms > RETRY_MS) {
                failed += udps[i].open;
                udps[i].open = 0;
            }
            udp_send(&udps[i]);
            open += udps[i].open;
        }
        int count = open > 0 ? epoll_wait(epoll, events, SOURCES_MAX, RETRY_MS) : 0;
        for (int i = 0; i < count; i++) {
            udp_receive(events[i].data.ptr, now_ms());
        }
    }
}

/* --- HTTP: `flight` clients --- */

struct client {
    int fd;
    uint32_t source;
    char request[REQUEST_MAX];
    size_t request_len, request_sent;
    uint8_t answer[ANSWER_MAX + 1];
    size_t answer_len;
    int64_t since_ms;
};
static struct client clients[FLIGHT_MAX];

__attribute__((format(printf, 2, 3))) static void
add(struct client *c, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(c->request + c->request_len, REQUEST_MAX - c->request_len, format, list);
    c->request_len += (size_t)n;
    va_end(list);
    if (c->request_len >= REQUEST_MAX) {
        die("request");
    }
}

static bool
http_make(struct client *c, bool keep)
{
    struct peer peer;
    uint8_t hash[20], id[21] = {0};
    if (!next_peer(c->source, &peer)) {
        return false;
    }
    put_hash(hash, peer.torrent);
    put_id(id, &peer);
    c->request_len = c->request_sent = c->answer_len = 0;
    add(c, "GET /announce?info_hash=");
    for (int i = 0; i < 20; i++) {
        add(c, "%%%02x", hash[i]);
    }
    add(c, "&peer_id=%s&port=%u&uploaded=0&downloaded=0&left=%d&compact=1&numwant=%ld%s HTTP/1.1",
        (char *)id, peer.port, peer.is_seed ? 0 : 1000, option[NUMWANT],
        option[FILL] ? "&event=started" : "");
    add(c, "\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n%s\r\n",
        keep ? "" : "Connection: close\r\n");
    c->since_ms = now_ms();
    return true;
}

static void
http_close(struct client *c)
{
    if (c->fd > 0) {
        close(c->fd);
    }
    c->fd = 0;
}

static void
http_send(struct client *c)
{
    ssize_t n =
        send(c->fd, c->request + c->request_sent, c->request_len - c->request_sent, MSG_NOSIGNAL);
    c->request_sent += n > 0 ? (size_t)n : 0;
}

/* Begins an announce, on a new connection unless there is one. */
static void
http_start(struct client *c, bool keep)
{
    struct sockaddr_in from = address_of(c->source);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
    int one = 1;
    if (!http_make(c, keep)) {
        http_close(c);
        return;
    }
    sent++;
    if (c->fd <= 0) {
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&from, sizeof from)) {
            die("bind");
        }
        if (connect(c->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) {
            die("connect");
        }
        epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &event);
    }
    http_send(c);
}

/* The length of the whole answer, or 0 if that is not known yet. */
static size_t
whole_length(const struct client *c)
{
    const char *text = (const char *)c->answer, *end = strstr(text, "\r\n\r\n");
    const char *length = end ? strstr(text, "Content-Length: ") : NULL;
    return length ? (size_t)(end + 4 - text) + strtoul(length + 16, NULL, 10) : 0;
}

static void
http_count(struct client *c, bool is_whole)
{
    const char *peers = memmem(c->answer, c->answer_len, "5:peers", 7);
    bool is_good = is_whole && peers && memcmp(c->answer, "HTTP/1.", 7) == 0;
    good += is_good;
    failed += !is_good;
    told += is_good ? strtoul(peers + 7, NULL, 10) / 6 : 0;
}

/* Takes what came; when the answer is there, the next announce begins. */
static void
http_turn(struct client *c, bool keep)
{
    if (c->request_sent < c->request_len) {
        http_send(c);
    }
    ssize_t n = 1;
    while (n > 0 && c->answer_len < ANSWER_MAX) {
        n = recv(c->fd, c->answer + c->answer_len, ANSWER_MAX - c->answer_len, 0);
        c->answer_len += n > 0 ? (size_t)n : 0;
        c->answer[c->answer_len] = 0;
        size_t whole = whole_length(c);
        if (whole > 0 && c->answer_len >= whole) {
            http_count(c, c->answer_len == whole);
            if (!keep) {
                http_close(c);
            }
            http_start(c, keep);
            return;
        }
    }
    if (n == 0 || (n < 0 && errno != EAGAIN)) {
        failed++;
        http_close(c);
        http_start(c, keep);
    }
}

static void
run_http(bool keep)
{
    static struct epoll_event events[FLIGHT_MAX];
    int64_t looked_ms = now_ms();
    long open = option[FLIGHT];
    for (long i = 0; i < option[FLIGHT]; i++) {
        clients[i].source = (uint32_t)(i % option[SOURCES]);
        http_start(&clients[i], keep);
    }
    while (open > 0) {
        int count = epoll_wait(epoll, events, FLIGHT_MAX, 100);
        for (int i = 0; i < count; i++) {
            http_turn(events[i].data.ptr, keep);
        }
        int64_t now = now_ms();
        if (now - looked_ms < 100) {
            continue;
        }
        looked_ms = now;
        open = 0;
        for (long i = 0; i < option[FLIGHT]; i++) {
            if (clients[i].fd > 0 && now - clients[i].since_ms > RETRY_MS) {
                failed++;
                http_close(&clients[i]);
                http_start(&clients[i], keep);
            }
            open += clients[i].fd > 0;
        }
    }
}

static void
usage(void)
{
    fputs("tracker_load udp|http|keep IP PORT [NAME=NUMBER...]; see its source\n", stderr);
    exit(2);
}

static void
take_option(const char *text)
{
    for (int i = 0; i < NAMES; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(text, names[i], len) == 0 && text[len] == '=') {
            option[i] = strtol(text + len + 1, NULL, 10);
            return;
        }
    }
    usage();
}

int
main(int argc, char *argv[])
{
    if (argc < 4) {
        usage();
    }
    for (int i = 4; i < argc; i++) {
        take_option(argv[i]);
    }
    server.sin_family = AF_INET;
    server.sin_port = htons((uint16_t)strtoul(argv[3], NULL, 10));
    if (inet_pton(AF_INET, argv[2], &server.sin_addr) != 1 || option[SOURCES] < 1 ||
        option[SOURCES] > SOURCES_MAX || option[FLIGHT] < option[SOURCES] ||
        option[FLIGHT] > FLIGHT_MAX || option[TORRENTS] < 1 ||
        option[PEERS] % (option[SOURCES] * option[TORRENTS]) != 0 ||
        option[PEERS] / (option[SOURCES] * option[TORRENTS]) > 10) {
        usage();
    }
    epoll = epoll_create1(0);
    random_state = (uint64_t)getpid();
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    end_ms = now_ms() + option[SECONDS] * 1000;
    if (strcmp(argv[1], "udp") == 0) {
        run_udp();
    } else {
        run_http(strcmp(argv[1], "keep") == 0);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    double seconds = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
    printf("{\"seconds\": %.3f, \"sent\": %llu, \"good\": %llu, \"failed\": %llu, \"rate\": %.0f, "
           "\"peers\": %.1f, \"cpu_s\": %.2f}\n",
           seconds, (unsigned long long)sent, (unsigned long long)good, (unsigned long long)failed,
           (double)good / seconds, good ? (double)told / (double)good : 0.0,
           (double)clock() / CLOCKS_PER_SEC);
    return good > 0 ? 0 : 1;
}
