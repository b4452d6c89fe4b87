/* Which addresses serve's tracker gives to whom. */
#include "builder/serve.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct lab {
    char folder[64];
    struct serve serve;
    struct http_head head;
    char query[512];
};

static struct addr
ip(const char *text, uint16_t port)
{
    struct addr a;
    assert_true(addr_parse_ip(bytes_of_text(text), &a));
    a.port = port;
    return a;
}

/* A folder with one file, seeded. */
static int
set_up(void **state)
{
    struct lab *l = calloc(1, sizeof *l);
    struct serve *s = &l->serve;
    sys_dir dir = SYS_NONE;
    sys_file f = SYS_NONE;
    int error;
    sys_init();
    snprintf(l->folder, sizeof l->folder, "/tmp/samara-serve-XXXXXX");
    assert_non_null(mkdtemp(l->folder));
    assert_int_equal(sys_dir_open(l->folder, false, &dir), SYS_OK);
    assert_int_equal(sys_file_open(dir, "film", SYS_WRITE | SYS_CREATE, &f), SYS_OK);
    assert_true(sys_file_write(f, 0, "content", 7) >= 0);
    sys_file_close(&f);
    assert_int_equal(catalog_open(&s->catalog, dir, SYS_NONE, 0), SYS_OK);
    s->extra = (struct make_extra){.sources = &s->sources, .date = -1};
    while (!catalog_is_done(&s->catalog)) {
        catalog_turn(&s->catalog, &s->extra, 1 << 20, sys_now_ms());
    }
    assert_int_equal(s->catalog.ready, 1);
    struct entry *e = s->catalog.entries[0];
    struct engine_config config = {.listen = true};
    s->engine = engine_new(&config, &error);
    assert_non_null(s->engine);
    s->tracker = tracker_table_new(SERVE_INTERVAL_S, 1);
    tracker_table_add(s->tracker, e->torrent.info_hash);
    struct swarm_config swarm = {.torrent = &e->torrent,
                                 .dir = s->catalog.dir,
                                 .read_only = true,
                                 .seed_ratio_milli = SEED_FOREVER,
                                 .seed_ms = SEED_FOREVER};
    e->swarm = engine_add(s->engine, &swarm, sys_now_ms());
    struct swarm_status status = {0};
    while (status.phase != SWARM_SEEDING) {
        int64_t now_ms = sys_now_ms();
        sys_wants_start(&s->wants, now_ms + 10);
        engine_wants(s->engine, &s->wants, now_ms);
        sys_poll(&s->wants);
        engine_turn(s->engine, &s->wants, sys_now_ms());
        swarm_status(e->swarm, &status, sys_now_ms());
    }
    *state = l;
    return 0;
}

static int
tear_down(void **state)
{
    struct lab *l = *state;
    engine_free(l->serve.engine);
    tracker_table_free(l->serve.tracker);
    serve_udp_close(&l->serve.udp);
    sys_remove(l->serve.catalog.dir, "film");
    catalog_close(&l->serve.catalog);
    rmdir(l->folder);
    free(l);
    return 0;
}

/* Announces as a client at `from` that reached us at `local`. */
static struct announce_answer
announce(struct lab *l, const char *from, const char *local, const char *forwarded, uint16_t port,
         int64_t left)
{
    static struct announce_answer answer;
    struct http_request q = {.head = &l->head, .from = ip(from, 40000), .local = ip(local, 8080)};
    struct http_answer a = {0};
    uint8_t mem[128];
    struct buf hash = BUF(mem);
    buf_url_escaped(&hash, bytes_of(l->serve.catalog.entries[0]->torrent.info_hash, SHA1_SIZE), "");
    snprintf(l->query, sizeof l->query,
             "info_hash=%s&peer_id=-XX0000-%012d&port=%u&uploaded=0&downloaded=0&left=%d&compact=1",
             buf_cstr(&hash), port, port, (int)left);
    q.query = bytes_of_text(l->query);
    q.now_ms = sys_now_ms();
    l->head.header_count = forwarded != NULL;
    l->head.headers[0] = (struct http_header){BYTES("X-Forwarded-For"), bytes_of_text(forwarded)};
    serve_announce(&l->serve, &q, &a);
    assert_int_equal(a.status, 200);
    memset(&answer, 0, sizeof answer);
    assert_true(announce_http_parse(&answer, a.body));
    assert_int_equal(answer.failure.len, 0);
    return answer;
}

static bool
has(const struct announce_answer *a, const char *address, uint16_t port)
{
    struct addr want = ip(address, port);
    for (uint32_t i = 0; i < a->peer_count; i++) {
        if (addr_equal(&a->peers[i], &want)) {
            return true;
        }
    }
    return false;
}

static void
test_our_peer_is_where_the_client_reached_us(void **state)
{
    struct lab *l = *state;
    uint16_t port = engine_port(l->serve.engine);
    struct announce_answer a = announce(l, "127.0.0.1", "127.0.0.1", NULL, 1000, 1);
    assert_int_equal(a.peer_count, 1);
    assert_true(has(&a, "127.0.0.1", port));
    assert_int_equal(a.seeds, 1);
    a = announce(l, "10.1.1.7", "10.1.1.1", NULL, 1001, 1);
    assert_true(has(&a, "10.1.1.1", port));
    a = announce(l, "fd00::7", "fd00::1", NULL, 1002, 1);
    assert_true(has(&a, "fd00::1", port));
}

static void
test_a_public_url_is_told_besides(void **state)
{
    struct lab *l = *state;
    uint16_t port = engine_port(l->serve.engine);
    l->serve.url_addrs[0] = ip("203.0.113.5", 0);
    l->serve.url_addr_count = 1;
    /* through a router: our own address is none that the client can reach */
    struct announce_answer a = announce(l, "198.51.100.9", "192.168.1.2", NULL, 1000, 1);
    assert_true(has(&a, "203.0.113.5", port));
    assert_true(has(&a, "192.168.1.2", port));
    /* on this machine the loopback address will do */
    a = announce(l, "127.0.0.1", "127.0.0.1", NULL, 1001, 1);
    assert_true(has(&a, "127.0.0.1", port));
    assert_false(has(&a, "203.0.113.5", port));
}

static void
test_a_web_server_in_front_names_the_client(void **state)
{
    struct lab *l = *state;
    uint16_t port = engine_port(l->serve.engine);
    l->serve.url_addrs[0] = ip("203.0.113.5", 0);
    l->serve.url_addr_count = 1;
    struct announce_answer a =
        announce(l, "127.0.0.1", "127.0.0.1", "6.6.6.6, 198.51.100.9", 1000, 1);
    assert_int_equal(a.peer_count, 1);
    assert_true(has(&a, "203.0.113.5", port));
    a = announce(l, "10.1.1.7", "10.1.1.1", NULL, 1001, 1);
    assert_true(has(&a, "198.51.100.9", 1000));
    /* a stranger's header counts for nothing */
    announce(l, "10.1.1.8", "10.1.1.1", "198.51.100.66", 1002, 1);
    a = announce(l, "10.1.1.9", "10.1.1.1", NULL, 1003, 1);
    assert_true(has(&a, "10.1.1.8", 1002));
    assert_false(has(&a, "198.51.100.66", 1002));
}

static void
test_members_on_this_machine_are_told_by_an_address_that_works(void **state)
{
    struct lab *l = *state;
    announce(l, "127.0.0.1", "127.0.0.1", NULL, 1000, 1);
    struct announce_answer a = announce(l, "10.1.1.7", "10.1.1.1", NULL, 1001, 1);
    assert_true(has(&a, "10.1.1.1", 1000));
    assert_false(has(&a, "127.0.0.1", 1000));
    a = announce(l, "127.0.0.1", "127.0.0.1", NULL, 1002, 1);
    assert_true(has(&a, "127.0.0.1", 1000));
    assert_true(has(&a, "10.1.1.7", 1001));
}

static void
test_a_seed_is_not_told_of_ours(void **state)
{
    struct lab *l = *state;
    struct announce_answer a = announce(l, "127.0.0.1", "127.0.0.1", NULL, 1000, 0);
    assert_int_equal(a.peer_count, 0);
    assert_int_equal(a.seeds, 2);
}

static void
test_wrong_announces_are_answered_in_words(void **state)
{
    struct lab *l = *state;
    static const char *const queries[] = {
        "", "info_hash=abc&peer_id=abc&port=1",
        "info_hash=aaaaaaaaaaaaaaaaaaaa&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1&left=1"};
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        struct http_request q = {.head = &l->head,
                                 .from = ip("127.0.0.1", 1),
                                 .local = ip("127.0.0.1", 2),
                                 .query = bytes_of_text(queries[i]),
                                 .now_ms = 1};
        struct http_answer a = {0};
        static struct announce_answer answer;
        l->head.header_count = 0;
        serve_announce(&l->serve, &q, &a);
        assert_true(announce_http_parse(&answer, a.body));
        assert_true(answer.failure.len > 0);
    }
}

/* --- by UDP ----------------------------------------------------------------------------------- */

enum { UDP_NOW = 1000000 };

static const struct announce_request plain_request = {.port = 1000, .left = 1, .numwant = 50};

/* What comes back; empty if nothing. */
static struct bytes
ask(struct lab *l, const char *from, int64_t now_ms, const struct buf *packet)
{
    static uint8_t mem[SERVE_UDP_ANSWER_MAX];
    struct buf out = BUF(mem);
    struct addr a = ip(from, 40000);
    serve_udp_answer(&l->serve, buf_bytes(packet), &a, now_ms, &out);
    assert_false(out.full);
    return buf_bytes(&out);
}

static uint64_t
udp_connect(struct lab *l, const char *from)
{
    struct udp_tracker_answer t;
    static struct announce_answer unused;
    uint8_t mem[64];
    struct buf b = BUF(mem);
    udp_tracker_connect(&b, 77);
    struct bytes answer = ask(l, from, UDP_NOW, &b);
    assert_int_equal(answer.len, UDP_CONNECT_SIZE);
    assert_true(udp_tracker_parse(&t, &unused, answer, false));
    assert_int_equal(t.kind, UDP_TRACKER_CONNECTED);
    assert_int_equal(t.transaction, 77);
    return t.connection;
}

/* The bytes of the answer, which is parsed into `*t` and `*a`. */
static size_t
udp_announce(struct lab *l, const char *from, uint64_t id, const struct announce_request *given,
             struct udp_tracker_answer *t, struct announce_answer *a)
{
    struct announce_request r = *given;
    struct url url;
    uint8_t mem[UDP_TRACKER_PACKET_MAX];
    struct buf b = BUF(mem);
    if (r.info_hash[0] == 0) {
        memcpy(r.info_hash, l->serve.catalog.entries[0]->torrent.info_hash, SHA1_SIZE);
    }
    /* with its path as an option of BEP 41 */
    assert_true(url_parse(&url, BYTES("udp://films.example:80/announce")));
    udp_tracker_announce(&b, id, 78, &url, &r);
    struct bytes answer = ask(l, from, UDP_NOW, &b);
    memset(a, 0, sizeof *a);
    assert_true(udp_tracker_parse(t, a, answer, strchr(from, ':') != NULL));
    assert_int_equal(t->transaction, 78);
    return answer.len;
}

static struct announce_answer answer;

static void
test_udp_announces_are_answered_with_our_peer_and_others(void **state)
{
    struct lab *l = *state;
    struct udp_tracker_answer t;
    struct announce_request r = plain_request;
    uint16_t port = engine_port(l->serve.engine);
    l->serve.udp.local = ip("10.1.1.1", 80);
    announce(l, "10.1.1.7", "10.1.1.1", NULL, 2000, 1); /* by HTTP */
    udp_announce(l, "10.1.1.8", udp_connect(l, "10.1.1.8"), &r, &t, &answer);
    assert_int_equal(t.kind, UDP_TRACKER_ANNOUNCED);
    assert_int_equal(answer.peer_count, 2);
    assert_true(has(&answer, "10.1.1.1", port));
    assert_true(has(&answer, "10.1.1.7", 2000));
    assert_int_equal(answer.seeds, 1);
    assert_int_equal(answer.leechers, 2);
    struct announce_answer by_http = announce(l, "10.1.1.9", "10.1.1.1", NULL, 2001, 1);
    assert_true(has(&by_http, "10.1.1.8", 1000));
    assert_int_equal(l->serve.counts.announces[BY_UDP], 1);
    assert_int_equal(l->serve.catalog.entries[0]->counts.announces[BY_HTTP], 2);
}

static void
test_udp_peers_are_of_the_askers_family(void **state)
{
    struct lab *l = *state;
    struct udp_tracker_answer t;
    struct announce_request r = plain_request;
    uint16_t port = engine_port(l->serve.engine);
    l->serve.url_addrs[0] = ip("203.0.113.5", 0);
    l->serve.url_addrs[1] = ip("2001:db8::5", 0);
    l->serve.url_addr_count = 2;
    udp_announce(l, "198.51.100.1", udp_connect(l, "198.51.100.1"), &r, &t, &answer);
    assert_int_equal(answer.peer_count, 1);
    assert_true(has(&answer, "203.0.113.5", port));
    for (int i = 1; i <= 100; i++) {
        char from[40];
        snprintf(from, sizeof from, "2001:db8::%d", 100 + i);
        r.numwant = (uint32_t)i * 1000;
        size_t len = udp_announce(l, from, udp_connect(l, from), &r, &t, &answer);
        assert_int_equal(t.kind, UDP_TRACKER_ANNOUNCED);
        assert_true(has(&answer, "2001:db8::5", port));
        assert_int_equal(answer.peer_count,
                         i - 1 < SERVE_UDP_PEERS6_MAX ? i : SERVE_UDP_PEERS6_MAX + 1);
        assert_true(len + 48 <= 1280);
    }
    udp_announce(l, "198.51.100.2", udp_connect(l, "198.51.100.2"), &plain_request, &t, &answer);
    assert_int_equal(answer.peer_count, 2);
    assert_true(has(&answer, "198.51.100.1", 1000));
    /* from this machine, to a socket that listens on all addresses */
    udp_announce(l, "::1", udp_connect(l, "::1"), &plain_request, &t, &answer);
    assert_true(has(&answer, "::1", port));
    udp_announce(l, "127.0.0.1", udp_connect(l, "127.0.0.1"), &plain_request, &t, &answer);
    assert_true(has(&answer, "127.0.0.1", port));
}

static void
test_udp_without_the_right_id_gets_less_than_it_sent(void **state)
{
    struct lab *l = *state;
    struct udp_tracker_answer t;
    uint64_t id = udp_connect(l, "10.1.1.7");
    static const char *const froms[] = {"10.1.1.8", "10.1.1.7", "10.1.1.7"};
    const uint64_t ids[] = {id, id + 1, UDP_TRACKER_MAGIC};
    for (size_t i = 0; i < 3; i++) {
        size_t len = udp_announce(l, froms[i], ids[i], &plain_request, &t, &answer);
        assert_int_equal(t.kind, UDP_TRACKER_ERROR);
        assert_int_equal(answer.peer_count, 0);
        assert_true(len < 36); /* the shortest scrape */
    }
    assert_int_equal(l->serve.counts.refused[BY_UDP], 3);
    assert_int_equal(l->serve.counts.announces[BY_UDP], 0);
    struct announce_answer a = announce(l, "10.1.1.9", "10.1.1.1", NULL, 2000, 1);
    assert_false(has(&a, "10.1.1.8", 1000) || has(&a, "10.1.1.7", 1000));
}

static void
test_udp_questions_that_are_none_get_nothing(void **state)
{
    struct lab *l = *state;
    uint8_t mem[128] = {0};
    for (size_t len = 0; len <= sizeof mem; len++) {
        struct buf b = buf_over(mem, sizeof mem);
        b.len = len;
        assert_int_equal(ask(l, "10.1.1.7", UDP_NOW, &b).len, 0);
    }
    assert_int_equal(l->serve.counts.ignored, sizeof mem + 1);
}

static void
test_udp_scrapes_keep_the_order(void **state)
{
    struct lab *l = *state;
    uint8_t mem[1600];
    struct buf b = BUF(mem);
    announce(l, "10.1.1.7", "10.1.1.1", NULL, 2000, 1);
    buf_be64(&b, udp_connect(l, "10.1.1.7"));
    buf_be32(&b, UDP_SCRAPE);
    buf_be32(&b, 5);
    for (int i = 0; i < SERVE_UDP_SCRAPE_MAX; i++) { /* the second one is ours */
        uint8_t hash[SHA1_SIZE] = {(uint8_t)i};
        buf_add(&b, i == 1 ? bytes_of(l->serve.catalog.entries[0]->torrent.info_hash, SHA1_SIZE)
                           : bytes_of(hash, SHA1_SIZE));
    }
    struct bytes got = ask(l, "10.1.1.7", UDP_NOW, &b);
    assert_int_equal(got.len, 8 + 12 * SERVE_UDP_SCRAPE_MAX);
    assert_int_equal(be32(got.ptr), UDP_SCRAPE);
    assert_int_equal(be32(got.ptr + 4), 5);
    assert_int_equal(be32(got.ptr + 8), 0);
    assert_int_equal(be32(got.ptr + 20), 1); /* our own seed */
    assert_int_equal(be32(got.ptr + 24), 0);
    assert_int_equal(be32(got.ptr + 28), 1);
}

static void
test_other_torrents_only_if_the_tracker_is_open(void **state)
{
    struct lab *l = *state;
    struct udp_tracker_answer t;
    struct announce_request r = plain_request;
    r.info_hash[0] = 1;
    uint64_t id = udp_connect(l, "10.1.1.7");
    udp_announce(l, "10.1.1.7", id, &r, &t, &answer);
    assert_int_equal(t.kind, UDP_TRACKER_ERROR);
    tracker_table_open(l->serve.tracker);
    udp_announce(l, "10.1.1.7", id, &r, &t, &answer);
    assert_int_equal(t.kind, UDP_TRACKER_ANNOUNCED);
    assert_int_equal(answer.peer_count, 0); /* our own peer has not got it */
    assert_int_equal(answer.seeds, 0);
    r.port++;
    udp_announce(l, "10.1.1.7", id, &r, &t, &answer);
    assert_true(has(&answer, "10.1.1.7", 1000));
}

/* One turn of serve's socket. */
static void
udp_turn(struct serve *s)
{
    int64_t now_ms = sys_now_ms();
    sys_wants_start(&s->wants, now_ms + 2000);
    serve_udp_wants(&s->udp, &s->wants);
    sys_poll(&s->wants);
    serve_udp_turn(s, &s->wants, now_ms);
}

static void
test_udp_turns_are_short(void **state)
{
    struct lab *l = *state;
    struct serve *s = &l->serve;
    enum { COUNT = 2 * SERVE_UDP_TURN_MAX + 10 };
    struct addr at = ip("127.0.0.1", 0), any = {0}, from;
    sys_sock client = SYS_NONE;
    uint8_t mem[64];
    struct buf b = BUF(mem);
    assert_int_equal(serve_udp_open(&s->udp, &at), SYS_OK);
    assert_int_equal(sys_udp_open(&any, &client), SYS_OK);
    udp_tracker_connect(&b, 9);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(sys_udp_send(client, b.ptr, b.len, &s->udp.local), (int64_t)b.len);
    }
    udp_turn(s);
    assert_int_equal(s->counts.connects, SERVE_UDP_TURN_MAX);
    udp_turn(s);
    udp_turn(s);
    assert_int_equal(s->counts.connects, COUNT);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(sys_udp_recv(client, mem, sizeof mem, &from), UDP_CONNECT_SIZE);
        assert_true(addr_equal(&from, &s->udp.local));
    }
    sys_sock_close(&client);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_our_peer_is_where_the_client_reached_us),
        TEST(test_a_public_url_is_told_besides),
        TEST(test_a_web_server_in_front_names_the_client),
        TEST(test_members_on_this_machine_are_told_by_an_address_that_works),
        TEST(test_a_seed_is_not_told_of_ours),
        TEST(test_wrong_announces_are_answered_in_words),
        TEST(test_udp_announces_are_answered_with_our_peer_and_others),
        TEST(test_udp_peers_are_of_the_askers_family),
        TEST(test_udp_without_the_right_id_gets_less_than_it_sent),
        TEST(test_udp_questions_that_are_none_get_nothing),
        TEST(test_udp_scrapes_keep_the_order),
        TEST(test_udp_turns_are_short),
        TEST(test_other_torrents_only_if_the_tracker_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
