/* Who may use the page, and what requests mean; and the server itself, from a socket. */
#include "ui/page_server.h"

#include <stdio.h>

#include "unit/net_loop.h"

enum { PORT = 4711 };
#define TOKEN "0123456789abcdef0123456789abcdef"

static struct face_wish wish;

/* What a request means; `path` and `query` as the server would give them. */
static enum page_deed
read_request(const char *request)
{
    struct http_head head;
    assert_int_equal(http_parse_request(&head, bytes_of_text(request)), PARSE_OK);
    struct http_request q = {.head = &head, .query = head.target};
    q.path = bytes_cut(&q.query, '?');
    return page_read(&q, BYTES(TOKEN), PORT, &wish);
}

#define HOST "Host: 127.0.0.1:4711\r\n"

static enum page_deed
post(const char *what)
{
    char request[9000];
    snprintf(request, sizeof request,
             "POST /" TOKEN "/%s HTTP/1.1\r\n" HOST "Origin: http://127.0.0.1:4711\r\n\r\n", what);
    return read_request(request);
}

static void
test_only_our_own_page_is_heard(void **state)
{
    (void)state;
    static const struct {
        const char *request;
        enum page_deed deed;
    } table[] = {
        {"GET /" TOKEN "/ HTTP/1.1\r\n" HOST "\r\n", PAGE_ITSELF},
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: LOCALHOST:4711\r\n\r\n", PAGE_ITSELF},
        {"GET /" TOKEN "/events HTTP/1.1\r\n" HOST "Sec-Fetch-Site: same-origin\r\n\r\n",
         PAGE_EVENTS},
        {"GET /" TOKEN "/details HTTP/1.1\r\n" HOST "\r\n", PAGE_DETAILS},
        {"GET /" TOKEN "/ HTTP/1.1\r\n" HOST "Sec-Fetch-Site: none\r\n\r\n", PAGE_ITSELF},
        /* no token, a wrong one, a part of it, more of it */
        {"GET / HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        {"GET /0123456789abcdef0123456789abcdee/ HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        {"GET /1123456789abcdef0123456789abcdef/ HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        {"GET /0123456789abcdef/ HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "0/ HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN " HTTP/1.1\r\n" HOST "\r\n", PAGE_FORBIDDEN},
        /* a name that leads here by somebody else's DNS, no name, two names, another port */
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: evil.example:4711\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: 127.0.0.1.evil.example:4711\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: 127.0.0.1:471\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\nHost: 127.0.0.1:47110\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.0\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\n" HOST "Host: evil.example\r\n\r\n", PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\n" HOST HOST "\r\n", PAGE_FORBIDDEN},
        /* from another page */
        {"POST /" TOKEN "/stop HTTP/1.1\r\n" HOST "Origin: https://evil.example\r\n\r\n",
         PAGE_FORBIDDEN},
        {"POST /" TOKEN "/stop HTTP/1.1\r\n" HOST "Origin: null\r\n\r\n", PAGE_FORBIDDEN},
        {"POST /" TOKEN "/stop HTTP/1.1\r\n" HOST "Origin: http://127.0.0.1:8080\r\n\r\n",
         PAGE_FORBIDDEN},
        {"POST /" TOKEN "/stop HTTP/1.1\r\n" HOST "Origin: https://127.0.0.1:4711\r\n\r\n",
         PAGE_FORBIDDEN},
        {"POST /" TOKEN "/stop HTTP/1.1\r\n" HOST "Sec-Fetch-Site: cross-site\r\n\r\n",
         PAGE_FORBIDDEN},
        {"GET /" TOKEN "/ HTTP/1.1\r\n" HOST "Sec-Fetch-Site: same-site\r\n\r\n", PAGE_FORBIDDEN},
        /* the wrong method, or nothing that is there */
        {"GET /" TOKEN "/stop HTTP/1.1\r\n" HOST "\r\n", PAGE_METHOD},
        {"HEAD /" TOKEN "/ HTTP/1.1\r\n" HOST "\r\n", PAGE_METHOD},
        {"POST /" TOKEN "/ HTTP/1.1\r\n" HOST "\r\n", PAGE_METHOD},
        {"POST /" TOKEN "/events HTTP/1.1\r\n" HOST "\r\n", PAGE_METHOD},
        {"POST /" TOKEN "/stop/ HTTP/1.1\r\n" HOST "\r\n", PAGE_UNKNOWN},
        {"POST /" TOKEN "/nothing HTTP/1.1\r\n" HOST "\r\n", PAGE_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        enum page_deed deed = read_request(table[i].request);
        if (deed != table[i].deed) {
            fail_msg("%d, not %d: %s", deed, table[i].deed, table[i].request);
        }
        assert_false(wish.stop);
    }
}

static void
test_wishes_are_read(void **state)
{
    (void)state;
    assert_int_equal(post("start?folder=%2Fmy%20films%2F%C3%A4&listen=1"), PAGE_WISH);
    assert_true(wish.start && wish.listen);
    assert_string_equal(wish.folder, "/my films/\xc3\xa4");
    assert_int_equal(post("start?listen=0&folder=x"), PAGE_WISH);
    assert_true(wish.start && !wish.listen);
    assert_int_equal(post("stop"), PAGE_WISH);
    assert_true(wish.stop && !wish.start);
    assert_int_equal(post("pause"), PAGE_WISH);
    assert_true(wish.pause && !wish.resume);
    assert_int_equal(post("resume"), PAGE_WISH);
    assert_true(wish.resume && !wish.pause);
    assert_int_equal(post("show"), PAGE_WISH);
    assert_true(wish.show);
    assert_int_equal(post("limit?up=51200"), PAGE_WISH);
    assert_true(wish.limit);
    assert_int_equal(wish.max_up, 51200);
    assert_int_equal(post("listen?on=1"), PAGE_WISH);
    assert_true(wish.listen && !wish.deaf && !wish.start);
    assert_int_equal(post("listen?on=0"), PAGE_WISH);
    assert_true(wish.deaf && !wish.listen);
    assert_int_equal(post("keep?on=1"), PAGE_WISH);
    assert_true(wish.keep_sharing);
    assert_int_equal(post("keep?on=0"), PAGE_WISH);
    assert_true(wish.share_less && !wish.keep_sharing);
}

static void
test_wishes_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "start",
        "start?folder=",
        "start?folder=%zz",
        "start?folder=a%00b",
        "start?folderx=a",
        "limit",
        "limit?up=",
        "limit?up=-1",
        "limit?up=1x",
        "limit?up=999999999999999999999",
        "listen",
        "listen?on=2",
        "keep?on=",
        "keep?on=11",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(post(bad[i]), PAGE_BAD);
        assert_false(wish.start || wish.limit || wish.listen || wish.keep_sharing);
    }
    static char long_folder[8200] = "start?folder=";
    memset(long_folder + 13, 'a', PATH_LEN_MAX * 2);
    assert_int_equal(post(long_folder), PAGE_BAD);
    long_folder[13 + PATH_LEN_MAX * 2 - 1] = '\0';
    assert_int_equal(post(long_folder), PAGE_WISH);
    assert_int_equal(strlen(wish.folder), PATH_LEN_MAX * 2 - 1);
}

/* --- the server ---------------------------------------------------------------------------- */

static struct page_server *server;
static struct sys_wants wants;
static struct face_wish wished;
static char url[256];
static char path[64]; /* KEY/ at first, then TOKEN/ */
static char got[65536];

static int
set_up(void **state)
{
    (void)state;
    struct buf b = BUF(url);
    sys_init();
    wished = (struct face_wish){0};
    server = page_server_open(&wished, NULL);
    assert_non_null(server);
    page_server_put_url(server, &b);
    buf_cstr(&b);
    snprintf(path, sizeof path, "%s", strchr(url + 7, '/') + 1);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    page_server_close(server);
    return 0;
}

static void
turn(sys_sock sock)
{
    sys_wants_start(&wants, sys_now_ms() + 100);
    page_server_wants(server, &wants, sys_now_ms());
    sys_wants_add(&wants, sock, true, false);
    sys_poll(&wants);
    page_server_turn(server, &wants, sys_now_ms());
}

static sys_sock
ask(const char *method, const char *what)
{
    uint8_t mem[1024];
    struct buf b = BUF(mem);
    struct bytes rest = bytes_skip(bytes_of_text(url), 7), host = bytes_cut(&rest, '/');
    rest = bytes_of_text(path);
    struct addr to;
    sys_sock sock = SYS_NONE;
    assert_true(addr_parse(host, &to));
    buf_text(&b, method);
    buf_text(&b, " /");
    buf_add(&b, rest);
    buf_text(&b, what);
    buf_text(&b, " HTTP/1.1\r\nHost: ");
    buf_add(&b, host);
    buf_text(&b, "\r\n\r\n");
    assert_int_equal(sys_tcp_connect(&to, &sock), SYS_OK);
    while (sys_tcp_connected(sock) != SYS_OK) {
        turn(sock);
    }
    assert_int_equal(sys_tcp_send(sock, b.ptr, b.len, false), b.len);
    return sock;
}

/* Until `part` has come. */
static void
wait_for(sys_sock sock, const char *part)
{
    int64_t until = sys_now_ms() + LOOP_TIMEOUT_MS;
    size_t len = 0;
    do {
        turn(sock);
        int64_t n = sys_tcp_recv(sock, got + len, sizeof got - 1 - len);
        len += n > 0 ? (size_t)n : 0;
        got[len] = '\0';
        assert_true(sys_now_ms() < until);
    } while (!strstr(got, part));
}

/* From now on with the page's own token. */
static void
learn_token(void)
{
    sys_sock sock = ask("GET", "");
    wait_for(sock, "</html>");
    snprintf(path, sizeof path, "%.33s", strstr(got, "replaceState(null, '', '/") + 25);
    assert_int_equal(path[32], '/');
    sys_sock_close(&sock);
}

static void
show(struct swarm_status *status)
{
    static const struct sheet_trouble none;
    static struct sheet sheet;
    static const struct face_start start = {.name = BYTES("</script>\"\n<b>"), .dir = "/d"};
    struct sheet_facts facts = {.start = &start, .status = status, .trouble = &none};
    sheet_make(&sheet, &facts);
    page_server_show(server, &sheet, &facts);
}

static void
test_the_page_is_filled_in_and_locked_down(void **state)
{
    (void)state;
    sys_sock sock = ask("GET", "");
    wait_for(sock, "</html>");
    assert_memory_equal(got, "HTTP/1.1 200 ", 13);
    static const char *const parts[] = {
        "Content-Security-Policy: default-src 'none'; connect-src 'self'; img-src data:; base-uri "
        "'none'; form-action 'none'; frame-ancestors 'none'; script-src 'nonce-",
        "Cache-Control: no-store\r\n",
        "Referrer-Policy: no-referrer\r\n",
        "X-Content-Type-Options: nosniff\r\n",
        "<html lang=\"en\">",
        "Start the download",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        assert_non_null(strstr(got, parts[i]));
    }
    assert_null(strstr(got, "[["));
    assert_null(strstr(got, "]]"));
    /* The nonce of the policy is that of script and style. */
    char nonce[64] = "nonce=\"";
    memcpy(nonce + 7, strstr(got, "script-src 'nonce-") + 18, 32);
    char *style = strstr(got, nonce);
    assert_non_null(style);
    assert_non_null(strstr(style + 1, nonce));
    /* Nothing comes from elsewhere; the one address is the name of a namespace. */
    for (char *at = strstr(got, "http"); at; at = strstr(at + 1, "http")) {
        assert_memory_equal(at, "http://www.w3.org/2000/svg'", 27);
    }
    sys_sock_close(&sock);
}

static void
test_every_look_shows_how_things_stand(void **state)
{
    (void)state;
    learn_token();
    struct swarm_status status = {.phase = SWARM_DOWNLOADING, .size = 100, .done = 42};
    show(&status);
    assert_int_equal(page_server_watchers(server), 0);
    sys_sock sock = ask("GET", "events");
    wait_for(sock, "\"permille\":420");
    assert_non_null(strstr(got, "Content-Type: text/event-stream"));
    assert_non_null(strstr(got, "\"sheet\":\"progress\""));
    assert_non_null(strstr(got, "\"buttons\":[\"stop\",\"pause\",\"listen\",\"limit\"]"));
    assert_non_null(strstr(got, "\"title\":\"</script>\\\" <b>\""));
    assert_true(page_server_watchers(server) > 0);
    status.done = 43;
    show(&status);
    wait_for(sock, "\"permille\":430");
    sys_sock_close(&sock);
    for (int i = 0; i < 100 && page_server_watchers(server) > 0; i++) {
        turn(SYS_NONE);
    }
    assert_int_equal(page_server_watchers(server), 0);
}

static void
test_the_first_address_serves_its_purpose_once(void **state)
{
    (void)state;
    char key[64];
    snprintf(key, sizeof key, "%s", path);
    sys_sock sock = ask("GET", "events");
    wait_for(sock, "403"); /* it is good for the page only */
    sys_sock_close(&sock);
    sock = ask("POST", "stop");
    wait_for(sock, "403");
    assert_false(wished.stop);
    sys_sock_close(&sock);
    learn_token();
    learn_token(); /* again, by the token; or by the key, before the stream is there */
    snprintf(path, sizeof path, "%s", key);
    learn_token();
    sys_sock stream = ask("GET", "events");
    wait_for(stream, "200");
    snprintf(path, sizeof path, "%s", key);
    sock = ask("GET", "");
    wait_for(sock, "403");
    sys_sock_close(&sock);
    sys_sock_close(&stream);
}

static void
test_details_come_when_they_were_asked_for(void **state)
{
    (void)state;
    static struct face_details d = {.map_len = 3, .map = {0, 5, 9}, .peer_count = 3};
    static const uint8_t ip[4] = {192, 0, 2, 1};
    d.peers[0] = d.peers[1] = (struct swarm_peer){
        .addr = addr_v4(ip, 6881), .client = "a\"b", .client_len = 3, .have_milli = 500};
    learn_token();
    d.peers[2] = (struct swarm_peer){.url = BYTES("http://web.example/")};
    assert_false(page_server_wants_details(server, sys_now_ms()));
    sys_sock sock = ask("GET", "details");
    wait_for(sock, "{}");
    sys_sock_close(&sock);
    assert_true(page_server_wants_details(server, sys_now_ms()));
    assert_false(page_server_wants_details(server, sys_now_ms() + 60000));
    page_server_set_details(server, &d, "first\0second\0");
    sock = ask("GET", "details");
    const char *peer = "[\"192.0.2.1:6881\",\"a\\\"b\",\"0 B/s\",\"0 B/s\",\"50.0%\"]";
    char all[512];
    snprintf(all, sizeof all,
             "{\"map\":\"059\",\"peers\":[%s,%s,[\"http://web.example/\",\"web server\","
             "\"0 B/s\",\"0 B/s\",\"100.0%%\"]],\"log\":[\"first\",\"second\"]}",
             peer, peer);
    wait_for(sock, all);
    sys_sock_close(&sock);
}

static void
test_wishes_arrive(void **state)
{
    (void)state;
    learn_token();
    sys_sock sock = ask("POST", "pause");
    wait_for(sock, "204");
    assert_true(wished.pause && !wished.stop);
    sys_sock_close(&sock);
    sock = ask("POST", "limit?up=77");
    wait_for(sock, "204");
    assert_true(wished.pause && wished.limit && wished.max_up == 77); /* one adds to the other */
    sys_sock_close(&sock);
    sock = ask("POST", "listen?on=7");
    wait_for(sock, "400");
    sys_sock_close(&sock);
    sock = ask("GET", "stop");
    wait_for(sock, "405");
    assert_false(wished.stop);
    sys_sock_close(&sock);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_our_own_page_is_heard),
        cmocka_unit_test(test_wishes_are_read),
        cmocka_unit_test(test_wishes_that_make_no_sense_are_refused),
        cmocka_unit_test_setup_teardown(test_the_page_is_filled_in_and_locked_down, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_every_look_shows_how_things_stand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_first_address_serves_its_purpose_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_details_come_when_they_were_asked_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_wishes_arrive, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
