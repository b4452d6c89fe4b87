#include "wire/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    if (!bytes_equal(got, bytes_of_text(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, (const char *)got.ptr, want);
    }
}

/* The parser on memory of exactly this size, so that the sanitizer sees one byte too many. */
static enum parse
parse_exact(struct bytes in, bool response)
{
    struct http_head h;
    uint8_t *copy = malloc(in.len ? in.len : 1);
    if (in.len) {
        memcpy(copy, in.ptr, in.len);
    }
    struct bytes exact = bytes_of(copy, in.len);
    enum parse result = response ? http_parse_response(&h, exact) : http_parse_request(&h, exact);
    free(copy);
    return result;
}

/* Every proper prefix of a good head must ask for more. */
static void
assert_good(struct http_head *h, struct bytes in, bool response)
{
    for (size_t len = 0; len < in.len; len++) {
        assert_int_equal(parse_exact(bytes_first(in, len), response), PARSE_MORE);
    }
    assert_int_equal(parse_exact(in, response), PARSE_OK);
    (response ? http_parse_response : http_parse_request)(h, in);
    assert_int_equal(h->size, in.len);
}

static void
test_request_is_taken_apart(void **state)
{
    (void)state;
    struct http_head h;
    assert_good(&h,
                BYTES("GET /a?b=%20c HTTP/1.1\r\nHost: example.com:80\r\nX-Empty:\r\n"
                      "range: \t bytes=0-1 \t\r\nRange: second\r\n\r\n"),
                false);
    assert_bytes(h.method, "GET");
    assert_bytes(h.target, "/a?b=%20c");
    assert_int_equal(h.minor_version, 1);
    assert_int_equal(h.header_count, 4);
    assert_bytes(http_header(&h, "host"), "example.com:80");
    assert_bytes(http_header(&h, "X-EMPTY"), "");
    assert_bytes(http_header(&h, "Range"), "bytes=0-1");
    assert_bytes(http_header(&h, "Absent"), "");
}

static void
test_response_is_taken_apart(void **state)
{
    (void)state;
    struct http_head h;
    assert_good(&h, BYTES("HTTP/1.0 404 Not Found\r\nContent-Length: 5\r\n\r\n"), true);
    assert_int_equal(h.status, 404);
    assert_int_equal(h.minor_version, 0);
    assert_good(&h, BYTES("HTTP/1.1 200\nA: b\n\n"), true);
    assert_int_equal(h.status, 200);
    assert_bytes(http_header(&h, "a"), "b");
    assert_good(&h, BYTES("HTTP/1.1 301 \r\n\r\n"), true);
    assert_good(&h, BYTES("HTTP/1.1 200 d\xc3\xa9j\xe0 vu\r\nA: \xff\tx\r\n\r\n"), true);
}

static void
test_head_ends_where_it_says(void **state)
{
    (void)state;
    struct http_head h;
    struct bytes in = BYTES("HTTP/1.1 200 OK\r\n\r\n\r\nbody");
    assert_int_equal(http_parse_response(&h, in), PARSE_OK);
    assert_int_equal(h.size, 19);
}

static void
test_bad_requests(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\r\n",
        "GET\r\n",
        "GET /\r\n",
        "GET / HTTP/1.1\n",
        "GET / HTTP/1.1\r\nA: b\n",
        "GET  / HTTP/1.1\r\n",
        "GET /  HTTP/1.1\r\n",
        "GET / HTTP/1.1 \r\n",
        " GET / HTTP/1.1\r\n",
        "GET / x HTTP/1.1\r\n",
        "GET / HTTP/2.0\r\n",
        "GET / HTTP/1.2\r\n",
        "GET / http/1.1\r\n",
        "G(T / HTTP/1.1\r\n",
        "GET /\t HTTP/1.1\r\n",
        "GET /\x01 HTTP/1.1\r\n",
        "\x16\x03\x01",
        "\x13"
        "BitTorrent protocol",
        "GET / HTTP/1.1\r\nno colon\r\n",
        "GET / HTTP/1.1\r\n: value\r\n",
        "GET / HTTP/1.1\r\nName : value\r\n",
        "GET / HTTP/1.1\r\nA: b\r\n folded\r\n",
        "GET / HTTP/1.1\r\n A: b\r\n",
        "GET / HTTP/1.1\r\nA: b\rc\r\n",
        "GET / HTTP/1.1\r\nA: \x7f\r\n",
        "GET / HTTP/1.1\r\nA: b\x01",
        "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 4611686018427387905\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nTransfer-Encoding: x\r\ntransfer-encoding: chunked\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parse_exact(bytes_of_text(cases[i]), false) != PARSE_BAD) {
            fail_msg("not refused: %s", cases[i]);
        }
    }
    assert_int_equal(parse_exact(BYTES("GET /\0 HTTP/1.1\r\n"), false), PARSE_BAD);
}

static void
test_bad_responses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\n",
        "ICY 200 OK\r\n",
        "HTTP/1.1\r\n",
        "HTTP/1.1 \r\n",
        "HTTP/1.1 20\r\n",
        "HTTP/1.1 2000\r\n",
        "HTTP/1.1 099\r\n",
        "HTTP/1.1 600\r\n",
        "HTTP/1.1 +20\r\n",
        "HTTP/1.1  200\r\n",
        "HTTP/2 200\r\n",
        "<html>\n",
        "HTTP/1.1 200 O\rK\r\n",
        "HTTP/1.1 200 OK\r\nA : b\r\n",
        "HTTP/1.1 200 OK\r\n\tx: y\r\n",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (parse_exact(bytes_of_text(cases[i]), true) != PARSE_BAD) {
            fail_msg("not refused: %s", cases[i]);
        }
    }
}

static void
test_equal_content_lengths_are_one(void **state)
{
    (void)state;
    struct http_head h;
    struct http_body b;
    assert_good(&h, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 07\r\n\r\n"),
                true);
    assert_true(http_body_start(&b, &h, false));
    assert_int_equal(b.left, 7);
}

static void
test_head_has_caps(void **state)
{
    (void)state;
    static char mem[HTTP_HEAD_MAX + 100];
    struct http_head h;
    struct buf b = BUF(mem);

    buf_text(&b, "GET / HTTP/1.1\r\n");
    for (int i = 0; i < HTTP_HEADERS_MAX; i++) {
        buf_text(&b, "A: b\r\n");
    }
    struct buf one_more = b;
    buf_text(&b, "\r\n");
    assert_int_equal(http_parse_request(&h, buf_bytes(&b)), PARSE_OK);
    buf_text(&one_more, "A: b\r\n");
    assert_int_equal(http_parse_request(&h, buf_bytes(&one_more)), PARSE_BAD);

    memset(mem, 'a', sizeof mem);
    memcpy(mem, "GET / HTTP/1.1\r\nA: ", 19);
    assert_int_equal(http_parse_request(&h, bytes_of(mem, HTTP_HEAD_MAX - 1)), PARSE_MORE);
    assert_int_equal(http_parse_request(&h, bytes_of(mem, HTTP_HEAD_MAX)), PARSE_BAD);
    memcpy(mem + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(http_parse_request(&h, bytes_of(mem, sizeof mem)), PARSE_OK);
    memcpy(mem + HTTP_HEAD_MAX - 4, "a\r\n\r\n", 5);
    assert_int_equal(http_parse_request(&h, bytes_of(mem, sizeof mem)), PARSE_BAD);
}

static void
test_tokens_in_a_list(void **state)
{
    (void)state;
    assert_true(http_has_token(BYTES("keep-alive, Close"), "close"));
    assert_true(http_has_token(BYTES("close"), "close"));
    assert_true(http_has_token(BYTES(" a ,, gzip\t"), "gzip"));
    assert_false(http_has_token(BYTES("closed, x-close"), "close"));
    assert_false(http_has_token(BYTES(""), "close"));
}

static void
test_framing_of_a_response(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        bool head_request, good;
        enum http_framing framing;
        bool done;
    } cases[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", false, true, HTTP_LENGTH, false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false, true, HTTP_LENGTH, true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, true, HTTP_NO_BODY, true},
        {"HTTP/1.1 204 OK\r\n\r\n", false, true, HTTP_NO_BODY, true},
        {"HTTP/1.1 304 OK\r\nContent-Length: 5\r\n\r\n", false, true, HTTP_NO_BODY, true},
        {"HTTP/1.1 100 OK\r\n\r\n", false, true, HTTP_NO_BODY, true},
        {"HTTP/1.1 200 OK\r\n\r\n", false, true, HTTP_UNTIL_CLOSE, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n", false, true, HTTP_CHUNKED, false},
        {"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", false, false, 0, false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false, false, 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_head h;
        struct http_body b;
        assert_int_equal(http_parse_response(&h, bytes_of_text(cases[i].head)), PARSE_OK);
        assert_int_equal(http_body_start(&b, &h, cases[i].head_request), cases[i].good);
        if (cases[i].good) {
            assert_int_equal(b.framing, cases[i].framing);
            assert_int_equal(b.done, cases[i].done);
        }
    }
}

/* Feeds a body in steps of `step` bytes; returns what the last call said and adds data to
 * `out`. What was not used stays in `*in`. */
static enum parse
feed(struct http_body *b, struct bytes *in, size_t step, struct buf *out)
{
    struct bytes data;
    enum parse result = PARSE_MORE;
    while (in->len && !b->done) {
        struct bytes part = bytes_first(*in, step);
        size_t given = part.len;
        while ((result = http_body_next(b, &part, &data)) == PARSE_OK) {
            assert_true(data.len > 0);
            buf_add(out, data);
        }
        if (result == PARSE_BAD) {
            break;
        }
        assert_true(part.len == 0 || b->done);
        *in = bytes_skip(*in, given - part.len);
    }
    return result;
}

static void
test_chunked_body(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want, *rest;
    } cases[] = {
        {"0\r\n\r\n", "", ""},
        {"5\r\nhello\r\n0\r\n\r\nHTTP", "hello", "HTTP"},
        {"1\r\na\r\n00a\r\n0123456789\r\n0\r\n\r\n", "a0123456789", ""},
        {"B;ext=\"v;\"\r\nhello world\r\n0 ; x\r\nTrailer: yes\r\nb: c\r\n\r\nx", "hello world",
         "x"},
        {"3 \r\n\r\n\n\r\n000\r\n\r\n", "\r\n\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t step = 1; step < 60; step++) {
            char mem[64];
            struct buf out = BUF(mem);
            struct http_body b = {.framing = HTTP_CHUNKED};
            struct bytes in = bytes_of_text(cases[i].in);
            assert_int_equal(feed(&b, &in, step, &out), PARSE_MORE);
            assert_true(b.done);
            assert_bytes(buf_bytes(&out), cases[i].want);
            assert_bytes(in, cases[i].rest);
        }
    }
}

static void
test_bad_chunks(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "\r\n",
        "x",
        ";\r\n",
        " 5\r\n",
        "-1\r\n",
        "0x5\r\n",
        "5\n",
        "5\rx",
        "5\r\nhellox",
        "5\r\nhello\rx",
        "5\r\nhello\n",
        "5;a\nb",
        "0\r\n\n",
        "0\r\nA: b\n",
        "0\r\n\rx",
        "0\r\na\rb",
        "5;\x01",
        "5g\r\n",
        "4000000000000000",
        "10000000000000000",
        "ffffffffffffffff",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[64];
        struct buf out = BUF(mem);
        struct http_body b = {.framing = HTTP_CHUNKED};
        struct bytes in = bytes_of_text(cases[i]);
        if (feed(&b, &in, 1, &out) != PARSE_BAD) {
            fail_msg("not refused: %s", cases[i]);
        }
    }
    struct http_body b = {.framing = HTTP_CHUNKED};
    struct bytes data, in = BYTES("3fffffffffffffff\r\n");
    assert_int_equal(http_body_next(&b, &in, &data), PARSE_MORE);
    assert_true(b.left == UINT64_C(0x3fffffffffffffff));
}

static void
test_framing_of_chunks_is_capped(void **state)
{
    (void)state;
    static uint8_t mem[HTTP_HEAD_MAX + 100];
    struct bytes data;
    static const char *const starts[] = {"0000", "5;x", "0\r\nA:"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        struct http_body b = {.framing = HTTP_CHUNKED};
        memset(mem, i == 0 ? '0' : 'x', sizeof mem);
        memcpy(mem, starts[i], strlen(starts[i]));
        struct bytes in = bytes_of(mem, HTTP_HEAD_MAX);
        assert_int_equal(http_body_next(&b, &in, &data), PARSE_MORE);
        in = bytes_of(mem + HTTP_HEAD_MAX, 1);
        assert_int_equal(http_body_next(&b, &in, &data), PARSE_BAD);
    }
    /* But many small chunks are fine. */
    struct http_body b = {.framing = HTTP_CHUNKED};
    for (int i = 0; i < HTTP_HEAD_MAX; i++) {
        struct bytes in = BYTES("1\r\na\r\n");
        assert_int_equal(http_body_next(&b, &in, &data), PARSE_OK);
        assert_int_equal(http_body_next(&b, &in, &data), PARSE_MORE);
        assert_int_equal(in.len, 0);
    }
}

static void
test_body_of_known_length_leaves_the_rest(void **state)
{
    (void)state;
    char mem[16];
    struct buf out = BUF(mem);
    struct http_body b = {.framing = HTTP_LENGTH, .left = 5};
    struct bytes in = BYTES("helloHTTP/1.1");
    assert_int_equal(feed(&b, &in, 2, &out), PARSE_MORE);
    assert_true(b.done);
    assert_bytes(buf_bytes(&out), "hello");
    assert_bytes(in, "HTTP/1.1");
}

static void
test_body_until_close_takes_all(void **state)
{
    (void)state;
    char mem[16];
    struct buf out = BUF(mem);
    struct http_body b = {.framing = HTTP_UNTIL_CLOSE};
    struct bytes in = BYTES("hello");
    assert_int_equal(feed(&b, &in, 2, &out), PARSE_MORE);
    assert_false(b.done);
    assert_bytes(buf_bytes(&out), "hello");
}

static void
test_content_range(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool good;
        uint64_t first, last;
        int64_t total;
    } cases[] = {
        {"bytes 0-0/1", true, 0, 0, 1},
        {"bytes 5-9/*", true, 5, 9, -1},
        {"Bytes 4294967296-4294967297/8589934592", true, 4294967296, 4294967297, 8589934592},
        {"bytes */10", false, 0, 0, 0},
        {"bytes 5-4/10", false, 0, 0, 0},
        {"bytes 5-10/10", false, 0, 0, 0},
        {"bytes 5-/10", false, 0, 0, 0},
        {"bytes 5-6", false, 0, 0, 0},
        {"bytes 5-6/", false, 0, 0, 0},
        {"bytes=5-6/7", false, 0, 0, 0},
        {"bytes  5-6/7", false, 0, 0, 0},
        {"items 5-6/7", false, 0, 0, 0},
        {"bytes 0-9223372036854775807/*", false, 0, 0, 0},
        {"", false, 0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t first, last;
        int64_t total;
        bool good = http_parse_content_range(bytes_of_text(cases[i].value), &first, &last, &total);
        if (good != cases[i].good) {
            fail_msg("%s", cases[i].value);
        }
        if (good) {
            assert_true(first == cases[i].first && last == cases[i].last);
            assert_true(total == cases[i].total);
        }
    }
}

static void
test_range_of_a_request(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        uint64_t size;
        enum parse result;
        uint64_t first, end;
    } cases[] = {
        {"bytes=0-0", 10, PARSE_OK, 0, 1},
        {"bytes=2-5", 10, PARSE_OK, 2, 6},
        {"bytes=2-", 10, PARSE_OK, 2, 10},
        {"bytes=2-100", 10, PARSE_OK, 2, 10},
        {"bytes=9-18446744073709551614", 10, PARSE_OK, 9, 10},
        {"bytes=-3", 10, PARSE_OK, 7, 10},
        {"bytes=-100", 10, PARSE_OK, 0, 10},
        {"BYTES = 2 - 5", 10, PARSE_OK, 2, 6},
        {"bytes=10-", 10, PARSE_BAD, 0, 0},
        {"bytes=10-20", 10, PARSE_BAD, 0, 0},
        {"bytes=-0", 10, PARSE_BAD, 0, 0},
        {"bytes=0-", 0, PARSE_BAD, 0, 0},
        {"bytes=-5", 0, PARSE_MORE, 0, 0},
        {"bytes=5-2", 10, PARSE_MORE, 0, 0},
        {"bytes=15-12", 10, PARSE_MORE, 0, 0},
        {"bytes=0-1,3-4", 10, PARSE_MORE, 0, 0},
        {"bytes=-", 10, PARSE_MORE, 0, 0},
        {"bytes=5", 10, PARSE_MORE, 0, 0},
        {"bytes=a-b", 10, PARSE_MORE, 0, 0},
        {"bytes=1--2", 10, PARSE_MORE, 0, 0},
        {"lines=1-2", 10, PARSE_MORE, 0, 0},
        {"", 10, PARSE_MORE, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t first, end;
        enum parse result =
            http_parse_range(bytes_of_text(cases[i].value), cases[i].size, &first, &end);
        if (result != cases[i].result) {
            fail_msg("%s: %d", cases[i].value, (int)result);
        }
        if (result == PARSE_OK) {
            assert_true(first == cases[i].first && end == cases[i].end);
        }
    }
}

static void
test_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t unix_s;
        const char *want;
    } cases[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-5, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {951782400, "Tue, 29 Feb 2000 00:00:00 GMT"},
        {951868800, "Wed, 01 Mar 2000 00:00:00 GMT"},
        {1709251199, "Thu, 29 Feb 2024 23:59:59 GMT"},
        {4107542400, "Mon, 01 Mar 2100 00:00:00 GMT"},
        {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"},
        {1798761599, "Thu, 31 Dec 2026 23:59:59 GMT"},
        {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {INT64_MAX, "Fri, 31 Dec 9999 23:59:59 GMT"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[29];
        struct buf b = BUF(mem);
        http_put_date(&b, cases[i].unix_s);
        assert_bytes(buf_bytes(&b), cases[i].want);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_is_taken_apart),
        cmocka_unit_test(test_response_is_taken_apart),
        cmocka_unit_test(test_head_ends_where_it_says),
        cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_bad_responses),
        cmocka_unit_test(test_equal_content_lengths_are_one),
        cmocka_unit_test(test_head_has_caps),
        cmocka_unit_test(test_tokens_in_a_list),
        cmocka_unit_test(test_framing_of_a_response),
        cmocka_unit_test(test_chunked_body),
        cmocka_unit_test(test_bad_chunks),
        cmocka_unit_test(test_framing_of_chunks_is_capped),
        cmocka_unit_test(test_body_of_known_length_leaves_the_rest),
        cmocka_unit_test(test_body_until_close_takes_all),
        cmocka_unit_test(test_content_range),
        cmocka_unit_test(test_range_of_a_request),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
