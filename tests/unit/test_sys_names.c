/* Look-ups against a name server that lives in the same loop. */
#include "sys/sys_posix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "wire/dns.h"

static struct sys_wants wants;
static const uint8_t loopback[4] = {127, 0, 0, 1};
static char hosts_path[] = "/tmp/samara-hosts-XXXXXX";
static char resolv_path[] = "/tmp/samara-resolv-XXXXXX";

/* What the server does with a question. */
static struct {
    sys_sock sock;
    int asked;          /* questions so far */
    int ignored;        /* how many it leaves unanswered */
    uint8_t code;       /* of its answers */
    bool only_v4;       /* questions for IPv6 are left unanswered */
    bool lies;          /* its answers have the wrong number */
    const char *exists; /* the only name there is, as text */
} server;

static void
put_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static bool
is_question_for(struct bytes packet, const char *host)
{
    uint8_t mem[DNS_QUERY_MAX];
    struct buf want = BUF(mem);
    assert_true(dns_query(&want, be16(packet.ptr), bytes_of_text(host), DNS_A));
    return packet.len == want.len && memcmp(packet.ptr, mem, want.len - 4) == 0;
}

static void
serve(void)
{
    uint8_t mem[DNS_PACKET_MAX];
    struct addr from;
    int64_t got;
    while ((got = sys_udp_recv(server.sock, mem, sizeof mem, &from)) > 0) {
        struct buf answer = BUF(mem);
        answer.len = (size_t)got;
        bool v6 = be16(mem + got - 4) == DNS_AAAA;
        bool known = is_question_for(buf_bytes(&answer), server.exists);
        if (server.asked++ < server.ignored || (v6 && server.only_v4)) {
            continue;
        }
        mem[0] ^= server.lies;
        mem[2] |= 0x80;
        mem[3] = known ? server.code : 3;
        mem[7] = known && server.code == 0;
        buf_add(&answer, v6 ? BYTES("\xc0\x0c\0\x1c\0\1\0\0\0\0\0\x10\xfd\0aaaabbbbccccdd")
                            : BYTES("\xc0\x0c\0\1\0\1\0\0\0\0\0\4\x0a\1\2\3"));
        sys_udp_send(server.sock, mem, answer.len, &from);
    }
}

static struct addr found[16];
static size_t count;

static int
lookup(const char *host)
{
    int ticket = sys_lookup_start(host);
    assert_true(ticket > 0);
    int result;
    while ((result = sys_lookup_take(ticket, found, 16, &count)) == SYS_AGAIN) {
        sys_wants_start(&wants, sys_now_ms() + 20000);
        sys_wants_add(&wants, server.sock, true, false);
        sys_poll(&wants);
        serve();
    }
    return result;
}

/* A family that cannot be told apart by routes: both are there, each once. */
static void
assert_both(void)
{
    assert_int_equal(count, 2);
    assert_true(addr_is_v4(&found[0]) != addr_is_v4(&found[1]));
    struct addr want = addr_v4((const uint8_t *)"\x0a\1\2\3", 0);
    assert_true(addr_equal(&found[addr_is_v4(&found[1])], &want));
}

static int
begin(void **state)
{
    (void)state;
    sys_sock_close(&server.sock);
    memset(&server, 0, sizeof server);
    struct addr any = addr_v4(loopback, 0);
    assert_int_equal(sys_udp_open(&any, &server.sock), SYS_OK);
    server.exists = "there.test";
    put_file(hosts_path, "# nothing\n");
    put_file(resolv_path, "nameserver 127.0.0.1\noptions timeout:1\n");
    posix_names_from(hosts_path, resolv_path, sys_sock_local(server.sock).port);
    return 0;
}

static void
test_both_families_are_asked_for(void **state)
{
    (void)state;
    assert_int_equal(lookup("there.test"), SYS_OK);
    assert_both();
    assert_int_equal(server.asked, 2);
    assert_int_equal(lookup("there.test."), SYS_OK);
    assert_both();
}

static void
test_unknown_names_are_not_found(void **state)
{
    (void)state;
    assert_int_equal(lookup("nowhere.test"), SYS_NOT_FOUND);
    assert_int_equal(lookup("nowhere..test"), SYS_NOT_FOUND);
    assert_int_equal(lookup(""), SYS_NOT_FOUND);
    assert_int_equal(count, 0);
}

static void
test_lost_questions_are_asked_again(void **state)
{
    (void)state;
    server.ignored = 2;
    assert_int_equal(lookup("there.test"), SYS_OK);
    assert_both();
    assert_int_equal(server.asked, 4);
}

static void
test_a_silent_server_times_out(void **state)
{
    (void)state;
    server.ignored = 100;
    put_file(resolv_path, "nameserver 127.0.0.1\noptions attempts:3 timeout:1\n");
    int64_t now = sys_now_ms();
    assert_int_equal(lookup("there.test"), SYS_TIMED_OUT);
    assert_int_equal(server.asked, 6);
    assert_in_range(sys_now_ms() - now, 2900, 10000);
}

static void
test_wrong_answers_are_silence(void **state)
{
    (void)state;
    server.lies = true;
    put_file(resolv_path, "nameserver 127.0.0.1\noptions attempts:1 timeout:1\n");
    assert_int_equal(lookup("there.test"), SYS_TIMED_OUT);
    /* Right answers, but of a server that was not asked. */
    server.lies = false;
    put_file(resolv_path, "nameserver 127.0.0.2\noptions attempts:1 timeout:1\n");
    assert_int_equal(lookup("there.test"), SYS_TIMED_OUT);
}

static void
test_one_family_is_enough(void **state)
{
    (void)state;
    server.only_v4 = true;
    put_file(resolv_path, "nameserver 127.0.0.1\noptions timeout:30\n");
    int64_t now = sys_now_ms();
    assert_int_equal(lookup("there.test"), SYS_OK);
    assert_true(sys_now_ms() - now < 10000);
    assert_int_equal(count, 1);
    assert_true(addr_is_v4(&found[0]));
}

static void
test_refusals_end_at_once(void **state)
{
    (void)state;
    server.code = 2;
    put_file(resolv_path, "nameserver 127.0.0.1\noptions timeout:30\n");
    int64_t now = sys_now_ms();
    assert_int_equal(lookup("there.test"), SYS_TIMED_OUT);
    assert_true(sys_now_ms() - now < 10000);
}

static void
test_names_without_dots_are_searched_for(void **state)
{
    (void)state;
    put_file(resolv_path, "search wrong.test \ttest\nnameserver 127.0.0.1\n");
    assert_int_equal(lookup("there"), SYS_OK);
    assert_int_equal(server.asked, 4);
    assert_int_equal(lookup("there.test"), SYS_OK); /* a dot: as it is */
    assert_int_equal(server.asked, 6);
    server.exists = "there";
    assert_int_equal(lookup("there"), SYS_OK); /* the bare name comes last */
    assert_int_equal(server.asked, 12);
    assert_int_equal(lookup("there."), SYS_OK);
    assert_int_equal(server.asked, 14);
    put_file(resolv_path, "search test\nnameserver 127.0.0.1\noptions rotate ndots:2\n");
    server.exists = "a.b.test";
    assert_int_equal(lookup("a.b"), SYS_OK);
    assert_int_equal(server.asked, 16);
}

static void
test_hosts_come_first(void **state)
{
    (void)state;
    static char text[3 * 4096];
    memset(text, ' ', 4090); /* an entry on the border of two reads, behind an endless line */
    snprintf(text + 4090, sizeof text - 4090, "%s",
             "\n10.9.8.7\tthere.test other # 10.1.1.1\n::1 Other\n10.9.8.6 x#other");
    put_file(hosts_path, text);
    assert_int_equal(lookup("OTHER"), SYS_OK);
    assert_int_equal(count, 2);
    assert_int_equal(lookup("there.test"), SYS_OK);
    assert_int_equal(count, 1);
    assert_int_equal(found[0].ip[15], 7);
    assert_int_equal(lookup("x"), SYS_OK);
    assert_int_equal(found[0].ip[15], 6);
    assert_int_equal(server.asked, 0);
    assert_int_equal(lookup("10.1.1.1"), SYS_OK);
    assert_int_equal(found[0].ip[12], 10);
    assert_int_equal(server.asked, 0);
}

static void
test_localhost_needs_no_file(void **state)
{
    (void)state;
    posix_names_from("/none", "/none", 1);
    assert_int_equal(lookup("localhost"), SYS_OK);
    assert_int_equal(count, 2);
    assert_true(addr_is_loopback(&found[0]) && addr_is_loopback(&found[1]));
    assert_int_equal(lookup("LOCALHOST."), SYS_OK);
    assert_int_equal(lookup("a.localhost"), SYS_OK);
    assert_int_equal(count, 2);
}

static void
test_dropped_look_ups_free_their_sockets(void **state)
{
    (void)state;
    int before = dup(0);
    close(before);
    for (int i = 0; i < 20; i++) {
        int ticket = sys_lookup_start("there.test");
        assert_true(ticket > 0);
        sys_lookup_drop(ticket);
    }
    int tickets[4];
    for (int i = 0; i < 4; i++) {
        tickets[i] = sys_lookup_start("there.test");
        assert_true(tickets[i] > 0);
    }
    assert_int_equal(sys_lookup_start("there.test"), SYS_AGAIN);
    for (int i = 0; i < 4; i++) {
        sys_lookup_drop(tickets[i]);
    }
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

static int
init(void **state)
{
    (void)state;
    sys_init();
    close(mkstemp(hosts_path));
    close(mkstemp(resolv_path));
    return 0;
}

static int
end(void **state)
{
    (void)state;
    unlink(hosts_path);
    unlink(resolv_path);
    return 0;
}

#define NAMES_TEST(name) cmocka_unit_test_setup(name, begin)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        NAMES_TEST(test_both_families_are_asked_for),
        NAMES_TEST(test_unknown_names_are_not_found),
        NAMES_TEST(test_lost_questions_are_asked_again),
        NAMES_TEST(test_a_silent_server_times_out),
        NAMES_TEST(test_wrong_answers_are_silence),
        NAMES_TEST(test_one_family_is_enough),
        NAMES_TEST(test_refusals_end_at_once),
        NAMES_TEST(test_names_without_dots_are_searched_for),
        NAMES_TEST(test_hosts_come_first),
        NAMES_TEST(test_localhost_needs_no_file),
        NAMES_TEST(test_dropped_look_ups_free_their_sockets),
    };
    return cmocka_run_group_tests(tests, init, end);
}
