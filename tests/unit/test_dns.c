#include "wire/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t query_mem[DNS_QUERY_MAX], packet_mem[DNS_PACKET_MAX];
static struct buf query, packet;
static struct dns_answer answer;

#define HEADER(flags, records) "\x12\x34" flags "\0\1\0" records "\0\0\0\0"
#define QUESTION "\3www\7example\3org\0\0\1\0\1" /* the name at 12, "example" at 16 */
#define RECORD(name, type, size) name "\0" type "\0\1\0\0\0\x3c\0" size

static bool
parse(struct bytes text)
{
    query = BUF(query_mem);
    packet = BUF(packet_mem);
    assert_true(dns_query(&query, 0x1234, BYTES("www.example.org"), DNS_A));
    buf_add(&packet, text);
    return dns_parse(&answer, buf_bytes(&query), buf_bytes(&packet));
}

static void
test_query_is_that_of_rfc_1035(void **state)
{
    (void)state;
    query = BUF(query_mem);
    assert_true(dns_query(&query, 0x1234, BYTES("www.example.org."), DNS_AAAA));
    struct bytes want = BYTES("\x12\x34\1\0\0\1\0\0\0\0\0\0\3www\7example\3org\0\0\x1c\0\1");
    assert_int_equal(query.len, want.len);
    assert_memory_equal(query.ptr, want.ptr, want.len);
}

static bool
can_ask(struct bytes host)
{
    query = BUF(query_mem);
    return dns_query(&query, 1, host, DNS_A);
}

static void
test_impossible_names_are_not_asked_for(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'a', sizeof text);
    assert_false(can_ask(BYTES("")));
    assert_false(can_ask(BYTES(".")));
    assert_false(can_ask(BYTES(".a")));
    assert_false(can_ask(BYTES("a..b")));
    assert_false(can_ask(BYTES("a..")));
    assert_true(can_ask(bytes_of(text, 63)));
    assert_false(can_ask(bytes_of(text, 64)));
    for (size_t i = 63; i < sizeof text; i += 64) {
        text[i] = '.';
    }
    assert_true(can_ask(bytes_of(text, 253)));
    assert_false(can_ask(bytes_of(text, 254)));
    assert_false(can_ask(bytes_of(text, 300)));
}

static void
test_addresses_are_taken(void **state)
{
    (void)state;
    assert_true(parse(BYTES(HEADER("\x81\x80", "\2") QUESTION RECORD(
        "\xc0\x0c", "\1", "\4") "\1\2\3\4" RECORD("\3WWW\xc0\x10", "\1", "\4") "\5\6\7\x08")));
    assert_int_equal(answer.outcome, DNS_KNOWN);
    assert_int_equal(answer.count, 2);
    struct addr want = addr_v4((const uint8_t *)"\1\2\3\4", 0);
    assert_true(addr_equal(&answer.addrs[0], &want));
    want = addr_v4((const uint8_t *)"\5\6\7\x08", 0);
    assert_true(addr_equal(&answer.addrs[1], &want));
}

static void
test_six_takes_only_six(void **state)
{
    (void)state;
    query = BUF(query_mem);
    packet = BUF(packet_mem);
    assert_true(dns_query(&query, 1, BYTES("a.b"), DNS_AAAA));
    buf_add(&packet, BYTES("\0\1\x81\x80\0\1\0\2\0\0\0\0\1a\1b\0\0\x1c\0\1"));
    buf_add(&packet, BYTES(RECORD("\xc0\x0c", "\1", "\4") "\1\2\3\4"));
    buf_add(&packet, BYTES(RECORD("\xc0\x0c", "\x1c", "\x10") "0123456789abcdef"));
    assert_true(dns_parse(&answer, buf_bytes(&query), buf_bytes(&packet)));
    assert_int_equal(answer.count, 1);
    struct addr want = addr_v6((const uint8_t *)"0123456789abcdef", 0);
    assert_true(addr_equal(&answer.addrs[0], &want));
}

static void
test_aliases_are_followed_in_any_order(void **state)
{
    (void)state;
    /* www -> b -> c: the address of c stands first, in front of it one of nobody's. */
    assert_true(parse(
        BYTES(HEADER("\x81\x80", "\4")
                  QUESTION RECORD("\1x\xc0\x10", "\1", "\4") "\x09\x09\x09\x09" RECORD(
                      "\1c\xc0\x10", "\1",
                      "\4") "\1\2\3\4" RECORD("\1b\xc0\x10", "\5",
                                              "\4") "\1c\xc0\x10" RECORD("\xc0\x0c", "\5",
                                                                         "\4") "\1b\xc0\x10")));
    assert_int_equal(answer.count, 1);
    struct addr want = addr_v4((const uint8_t *)"\1\2\3\4", 0);
    assert_true(addr_equal(&answer.addrs[0], &want));
    /* An alias of itself ends too. */
    assert_true(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xc0\x0c", "\5", "\2") "\xc0\x0c")));
    assert_int_equal(answer.count, 0);
}

static void
test_outcomes_are_told_apart(void **state)
{
    (void)state;
    assert_true(parse(BYTES(HEADER("\x81\x80", "\0") QUESTION)));
    assert_int_equal(answer.outcome, DNS_KNOWN);
    assert_int_equal(answer.count, 0);
    assert_true(parse(BYTES(HEADER("\x81\x83", "\0") QUESTION)));
    assert_int_equal(answer.outcome, DNS_UNKNOWN);
    assert_true(parse(BYTES(HEADER("\x81\x82", "\0") QUESTION)));
    assert_int_equal(answer.outcome, DNS_REFUSED);
}

static void
test_others_answers_are_not_ours(void **state)
{
    (void)state;
    assert_false(parse(BYTES("")));
    assert_false(parse(BYTES("\x12\x35\x81\x80\0\1\0\0\0\0\0\0" QUESTION))); /* number */
    assert_false(parse(BYTES(HEADER("\1\x80", "\0") QUESTION)));             /* a question */
    assert_false(parse(BYTES(HEADER("\x91\x80", "\0") QUESTION)));           /* other kind */
    assert_false(parse(BYTES(HEADER("\x81\x80", "\0") "\3wwx\7example\3org\0\0\1\0\1")));
    assert_false(parse(BYTES(HEADER("\x81\x80", "\0") "\3www\7example\3org\0\0\2\0\1")));
    assert_false(parse(BYTES(HEADER("\x81\x80", "\0"))));
}

static void
test_damaged_answers_are_refused(void **state)
{
    (void)state;
    /* pointers to themselves, forward, and outside; a label of 64 */
    assert_false(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xc0\x21", "\1", "\4") "\1\2\3\4")));
    assert_false(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xc0\x23", "\1", "\4") "\1\2\3\4")));
    assert_false(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xff\xff", "\1", "\4") "\1\2\3\4")));
    assert_false(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\x40", "\1", "\4") "\1\2\3\4")));
    /* less data than told */
    assert_false(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xc0\x0c", "\1", "\4") "\1\2\3")));
    /* an address of the wrong length is no address */
    assert_true(
        parse(BYTES(HEADER("\x81\x80", "\1") QUESTION RECORD("\xc0\x0c", "\1", "\3") "\1\2\3")));
    assert_int_equal(answer.count, 0);
}

static void
test_of_a_cut_answer_the_rest_counts(void **state)
{
    (void)state;
    assert_true(parse(BYTES(HEADER("\x83\x80", "\2")
                                QUESTION RECORD("\xc0\x0c", "\1", "\4") "\1\2\3\4\xc0\x0c\0\1")));
    assert_int_equal(answer.count, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_query_is_that_of_rfc_1035),
        cmocka_unit_test(test_impossible_names_are_not_asked_for),
        cmocka_unit_test(test_addresses_are_taken),
        cmocka_unit_test(test_six_takes_only_six),
        cmocka_unit_test(test_aliases_are_followed_in_any_order),
        cmocka_unit_test(test_outcomes_are_told_apart),
        cmocka_unit_test(test_others_answers_are_not_ours),
        cmocka_unit_test(test_damaged_answers_are_refused),
        cmocka_unit_test(test_of_a_cut_answer_the_rest_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
