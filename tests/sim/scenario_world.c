/* The world itself: bytes sent are bytes received, datagrams are lost as often as asked, disks
 * keep what was synced, and what is wrong is noticed. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/scenario.h"

enum { ECHO_PORT = 7, ECHO_CLIENTS = 6, ECHO_SIZE_MAX = 300000, DATAGRAMS = 200 };

/* Sends a random stream to the server, which sends it back, and compares. */
struct echo_client {
    struct sim *sim;
    struct sim_host *host;
    struct addr server;
    sys_sock sock;
    uint32_t want;
    bool connected, done;
    uint8_t *data;
    size_t size, sent, got;
};

struct echo_server {
    struct sim_host *host;
    sys_sock listener;
    uint32_t want;
    struct echo_conn {
        sys_sock sock;
        uint32_t want;
        uint8_t kept[20000];
        size_t len, at;
    } conns[ECHO_CLIENTS];
};

static void
server_wants(void *context, struct sys_wants *w, int64_t now_ms)
{
    struct echo_server *s = context;
    (void)now_ms;
    s->want = sys_wants_add(w, s->listener, true, false);
    for (size_t i = 0; i < ECHO_CLIENTS; i++) {
        struct echo_conn *c = &s->conns[i];
        c->want = sys_wants_add(w, c->sock, c->len == 0, c->len > 0);
    }
}

static void
server_step(struct echo_conn *c, const struct sys_wants *w)
{
    if (c->len == 0 && sys_can_read(w, c->want)) {
        int64_t n = sys_tcp_recv(c->sock, c->kept, sizeof c->kept);
        if (n == 0 || (n < 0 && n != SYS_AGAIN)) {
            sys_sock_close(&c->sock);
            return;
        }
        c->len = n > 0 ? (size_t)n : 0;
        c->at = 0;
    }
    if (c->len > 0) {
        int64_t n = sys_tcp_send(c->sock, c->kept + c->at, c->len - c->at, false);
        c->at += n > 0 ? (size_t)n : 0;
        c->len = c->at == c->len ? 0 : c->len;
    }
}

static void
server_turn(void *context, const struct sys_wants *w, int64_t now_ms)
{
    struct echo_server *s = context;
    (void)now_ms;
    for (size_t i = 0; i < ECHO_CLIENTS; i++) {
        struct echo_conn *c = &s->conns[i];
        struct addr from;
        if (c->sock != SYS_NONE) {
            server_step(c, w);
        } else if (sys_can_read(w, s->want) &&
                   sys_tcp_accept(s->listener, &c->sock, &from) == SYS_OK) {
            c->len = 0;
        }
    }
}

static void
client_wants(void *context, struct sys_wants *w, int64_t now_ms)
{
    struct echo_client *c = context;
    (void)now_ms;
    c->want = sys_wants_add(w, c->sock, c->connected, c->sent < c->size);
}

static void
client_turn(void *context, const struct sys_wants *w, int64_t now_ms)
{
    static uint8_t got[10000];
    struct echo_client *c = context;
    (void)now_ms;
    if (!c->connected && sys_can_write(w, c->want)) {
        int result = sys_tcp_connected(c->sock);
        c->connected = result == SYS_OK;
        if (!c->connected) {
            sim_fail(c->sim, "connect: %s", sys_error_text(result));
            return;
        }
    }
    if (sys_can_write(w, c->want)) {
        int64_t n = sys_tcp_send(c->sock, c->data + c->sent, c->size - c->sent, false);
        c->sent += n > 0 ? (size_t)n : 0;
    }
    if (sys_can_read(w, c->want)) {
        int64_t n = sys_tcp_recv(c->sock, got, sizeof got);
        size_t left = c->sent - c->got;
        if (n <= 0 || (size_t)n > left || memcmp(got, c->data + c->got, (size_t)n) != 0) {
            sim_fail(c->sim, "an echo is wrong: %lld of %zu", (long long)n, left);
            return;
        }
        c->got += (size_t)n;
    }
    if (c->got == c->size) {
        sys_sock_close(&c->sock);
        c->done = true;
        sim_end(c->host);
    }
}

static bool
echoes_done(void *context)
{
    const struct echo_client *clients = context;
    for (size_t i = 0; i < ECHO_CLIENTS; i++) {
        if (!clients[i].done) {
            return false;
        }
    }
    return true;
}

static struct sim_host *
add_host(struct sim *sim, uint8_t number)
{
    struct sim_host_config config = {
        .name = "echo",
        .ip = {11, 0, 0, number},
        .v6 = true,
        .latency_us = (uint32_t)sim_between(sim, 0, 100000),
        .jitter_us = (uint32_t)sim_between(sim, 0, 50000),
        .up = sim_chance(sim, 20) ? 0 : (uint64_t)sim_between(sim, 5000, 5000000),
        .down = sim_chance(sim, 20) ? 0 : (uint64_t)sim_between(sim, 5000, 5000000),
    };
    return sim_host_add(sim, &config);
}

static void
check_echo(struct sim *sim, struct sim_host *server_host)
{
    static struct echo_server server;
    static struct echo_client clients[ECHO_CLIENTS];
    server = (struct echo_server){.host = server_host};
    sim_enter(server.host);
    struct addr at = {.port = ECHO_PORT};
    check(sys_tcp_listen(&at, &server.listener) == SYS_OK);
    sim_start(server.host, &(struct sim_actor){server_wants, server_turn, &server});
    for (uint8_t i = 0; i < ECHO_CLIENTS; i++) {
        struct echo_client *c = &clients[i];
        *c = (struct echo_client){.sim = sim, .host = add_host(sim, (uint8_t)(10 + i))};
        c->size = (size_t)sim_between(sim, 1, ECHO_SIZE_MAX);
        c->data = malloc(c->size);
        check(c->data);
        for (size_t k = 0; k < c->size; k++) {
            c->data[k] = (uint8_t)random_u64(sim_random(sim));
        }
        sim_enter(c->host);
        c->server = sim_host_addr(server.host, i % 2, ECHO_PORT);
        check(sys_tcp_connect(&c->server, &c->sock) == SYS_OK);
        sim_start(c->host, &(struct sim_actor){client_wants, client_turn, c});
    }
    if (!sim_run(sim, 1000000, echoes_done, clients)) {
        sim_fail(sim, "the echo never ends");
    }
    sim_run(sim, sim_now_ms(sim) + 1000, NULL, NULL);
    sim_enter(server.host);
    for (size_t i = 0; i < ECHO_CLIENTS; i++) {
        if (server.conns[i].sock != SYS_NONE && !sim_failure(sim)) {
            sim_fail(sim, "the server did not hear of an end");
        }
        sys_sock_close(&server.conns[i].sock);
        free(clients[i].data);
    }
    sys_sock_close(&server.listener);
    if (!sim_failure(sim)) {
        sim_end(server.host);
    }
}

static void
check_datagrams(struct sim *sim, struct sim_host *h)
{
    sys_sock a = SYS_NONE, b = SYS_NONE;
    struct addr any = {0}, from;
    uint32_t lost = (uint32_t)sim_between(sim, 0, 50);
    sim_udp_faults(h, lost, 0);
    sim_enter(h);
    check(sys_udp_open(&any, &a) == SYS_OK && sys_udp_open(&any, &b) == SYS_OK);
    struct addr to = sim_host_addr(h, false, sys_sock_local(b).port);
    uint32_t count = 0;
    for (uint32_t i = 0; i < DATAGRAMS; i++) {
        uint8_t text[4];
        put_be32(text, i);
        check(sys_udp_send(a, text, sizeof text, &to) == 4);
        sim_run(sim, sim_now_ms(sim) + 2000, NULL, NULL);
        sim_enter(h);
        count += sys_udp_recv(b, text, sizeof text, &from) == 4 && be32(text) == i;
    }
    sys_sock_close(&a);
    sys_sock_close(&b);
    uint32_t expected = DATAGRAMS * (100 - lost) / 100;
    if (count + 40 < expected || count > expected + 40 || (lost == 0 && count != DATAGRAMS)) {
        sim_fail(sim, "%u of %u datagrams came at a loss of %u %%", count, DATAGRAMS, lost);
    }
}

/* Half of a file is synced; then the power fails. */
static void
check_power_cut(struct sim *sim, struct sim_host *h)
{
    enum { SIZE = 400000, HALF = SIZE / 2 };
    static uint8_t data[SIZE], got[SIZE];
    sys_dir dir = SYS_NONE;
    sys_file f = SYS_NONE;
    memset(data, 'x', sizeof data);
    sim_revive(h);
    sim_enter(h);
    check(sys_dir_open("/d", true, &dir) == SYS_OK);
    check(sys_file_open(dir, "a/b", SYS_WRITE | SYS_CREATE, &f) == SYS_OK);
    check(sys_file_write(f, 0, data, HALF) == HALF);
    int ticket = sys_sync_start(f);
    check(sys_file_write(f, HALF, data, HALF) == HALF);
    check(sys_sync_take(ticket) == SYS_AGAIN);
    sim_run(sim, sim_now_ms(sim) + 1000, NULL, NULL);
    sim_enter(h);
    check(sys_sync_take(ticket) == SYS_OK);
    sim_kill(h, SIM_POWER_CUT);
    sys_file_close(&f);
    sys_dir_close(&dir);
    sim_revive(h);
    check(sys_dir_open("/d", false, &dir) == SYS_OK);
    check(sys_file_open(dir, "a/b", SYS_READ, &f) == SYS_OK);
    if (sys_file_read(f, 0, got, SIZE) != SIZE || memcmp(got, data, HALF - 4096) != 0) {
        sim_fail(sim, "what was synced is lost");
    }
    if (memcmp(got, data, SIZE) == 0) {
        sim_fail(sim, "a power cut does no harm");
    }
    sys_file_close(&f);
    sys_dir_close(&dir);
}

void
scenario_world(struct sim *sim)
{
    struct sim_host *h = add_host(sim, 1);
    check_echo(sim, h);
    if (!sim_failure(sim)) {
        check_datagrams(sim, h);
        check_power_cut(sim, h);
    }
}
