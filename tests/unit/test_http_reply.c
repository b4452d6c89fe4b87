#include "net/http_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { FAKE_FILE = 77 }; /* only looked at */

/* 2 and 2 bytes in front of 10 bytes of a file at offset 100, ten minutes after 1970 began. */
static const struct http_answer app = {.status = 200,
                                       .content_type = "application/x",
                                       .before = {BYTES("he"), BYTES("ad")},
                                       .file = FAKE_FILE,
                                       .file_offset = 100,
                                       .file_len = 10,
                                       .etag = BYTES("tag"),
                                       .modified_s = 600};

struct made {
    struct http_reply reply;
    char head[2048];
};

/* What is answered to "METHOD / HTTP/1.1" with these header lines. */
static struct made
make(const char *method, const char *lines, const struct http_answer *a)
{
    struct made m = {0};
    struct http_head q;
    char request[1024];
    snprintf(request, sizeof request, "%s / HTTP/1.1\r\nHost: x\r\n%s\r\n", method, lines);
    assert_int_equal(http_parse_request(&q, bytes_of_text(request)), PARSE_OK);
    struct buf head = BUF(m.head);
    http_reply_make(&m.reply, &head, &q, a, true, 0);
    assert_false(head.full);
    buf_cstr(&head);
    return m;
}

static bool
has(const struct made *m, const char *line)
{
    char whole[256];
    snprintf(whole, sizeof whole, "%s\r\n", line);
    return strstr(m->head, whole) != NULL;
}

static uint64_t
length_of(const struct http_reply *r)
{
    return r->memory[0].len + r->memory[1].len + r->memory[2].len + (uint64_t)r->file_left;
}

static void
test_whole_answer_has_all_headers(void **state)
{
    (void)state;
    struct made m = make("GET", "", &app);
    assert_string_equal(
        m.head, "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nServer: samara\r\n"
                "Content-Type: application/x\r\nAccept-Ranges: bytes\r\nConnection: keep-alive\r\n"
                "ETag: \"tag\"\r\nLast-Modified: Thu, 01 Jan 1970 00:10:00 GMT\r\n"
                "Content-Length: 14\r\n\r\n");
    assert_true(bytes_equal(m.reply.memory[0], BYTES("he")));
    assert_true(bytes_equal(m.reply.memory[1], BYTES("ad")));
    assert_int_equal(m.reply.file, FAKE_FILE);
    assert_int_equal(m.reply.file_at, 100);
    assert_int_equal(m.reply.file_left, 10);
}

static void
test_ranges_are_cut_out_of_all_parts(void **state)
{
    (void)state;
    for (unsigned first = 0; first < 14; first++) {
        for (unsigned last = first; last < 16; last++) {
            unsigned end = last < 14 ? last + 1 : 14;
            char lines[64], range[64], length[64];
            snprintf(lines, sizeof lines, "Range: bytes=%u-%u\r\n", first, last);
            snprintf(range, sizeof range, "Content-Range: bytes %u-%u/14", first, end - 1);
            snprintf(length, sizeof length, "Content-Length: %u", end - first);
            struct made m = make("GET", lines, &app);
            assert_int_equal(m.reply.status, 206);
            assert_true(has(&m, range) && has(&m, length));
            assert_int_equal(length_of(&m.reply), end - first);
            for (unsigned i = 0; i < 2; i++) {
                unsigned from = first > 2 * i ? first - 2 * i : 0;
                if (from < 2 && end > 2 * i) {
                    assert_ptr_equal(m.reply.memory[i].ptr, app.before[i].ptr + from);
                }
            }
            if (end > 4) {
                assert_int_equal(m.reply.file_at, 100 + (first > 4 ? first - 4 : 0));
            }
        }
    }
}

static void
test_conditions_decide_the_status(void **state)
{
    (void)state;
    const struct {
        const char *method, *lines;
        int status;
        unsigned length;
    } cases[] = {
        {"HEAD", "", 200, 0},
        {"HEAD", "Range: bytes=0-1\r\n", 200, 0},
        {"GET", "Range: bytes=-3\r\n", 206, 3},
        {"GET", "Range: bytes=14-\r\n", 416, 25},
        {"GET", "Range: bytes=0-1,3-4\r\n", 200, 14},
        {"GET", "Range: lines=0-1\r\n", 200, 14},
        {"GET", "If-None-Match: \"tag\"\r\n", 304, 0},
        {"GET", "If-None-Match: \"x\", W/\"tag\"\r\n", 304, 0},
        {"GET", "If-None-Match: *\r\n", 304, 0},
        {"GET", "If-None-Match: \"other\", tag\r\n", 200, 14},
        {"GET", "If-None-Match: \"tag\"\r\nRange: bytes=0-1\r\n", 304, 0},
        {"GET", "If-Modified-Since: Thu, 01 Jan 1970 00:10:00 GMT\r\n", 304, 0},
        {"GET", "If-Modified-Since: Thu, 01 Jan 1970 00:10:01 GMT\r\n", 200, 14},
        {"GET", "If-None-Match: \"x\"\r\nIf-Modified-Since: Thu, 01 Jan 1970 00:10:00 GMT\r\n", 200,
         14},
        {"GET", "If-Range: \"tag\"\r\nRange: bytes=1-2\r\n", 206, 2},
        {"GET", "If-Range: W/\"tag\"\r\nRange: bytes=1-2\r\n", 200, 14},
        {"GET", "If-Range: \"old\"\r\nRange: bytes=1-2\r\n", 200, 14},
        {"GET", "If-Range: Thu, 01 Jan 1970 00:10:00 GMT\r\nRange: bytes=1-2\r\n", 206, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct made m = make(cases[i].method, cases[i].lines, &app);
        print_message("%s", cases[i].lines);
        assert_int_equal(m.reply.status, cases[i].status);
        assert_int_equal(length_of(&m.reply), cases[i].length);
    }
    struct made m = make("HEAD", "", &app);
    assert_true(has(&m, "Content-Length: 14"));
    m = make("GET", "Range: bytes=14-\r\n", &app);
    assert_true(has(&m, "Content-Range: bytes */14"));
}

static void
test_failures_have_a_text(void **state)
{
    (void)state;
    struct http_answer a = {0};
    struct made m = make("GET", "Range: bytes=0-3\r\n", &a);
    assert_int_equal(m.reply.status, 404);
    assert_true(bytes_equal(m.reply.memory[2], BYTES("404 Not Found")));
    a = (struct http_answer){.status = 405};
    m = make("GET", "", &a);
    assert_true(has(&m, "Allow: GET, HEAD"));
    a = (struct http_answer){.status = 302, .location = "/y", .extra_headers = "X: y\r\n"};
    m = make("GET", "", &a);
    assert_true(has(&m, "HTTP/1.1 302 Found") && has(&m, "Location: /y") && has(&m, "X: y"));
    assert_true(has(&m, "Content-Length: 0"));
    a = (struct http_answer){.status = 299, .body = BYTES("odd")};
    m = make("GET", "", &a);
    assert_int_equal(strncmp(m.head, "HTTP/1.1 299 \r\n", 15), 0);
}

static void
test_some_answers_have_no_ranges(void **state)
{
    (void)state;
    struct http_answer a = {.status = 200, .body = BYTES("{}"), .no_ranges = true};
    struct made m = make("GET", "Range: bytes=0-0\r\n", &a);
    assert_int_equal(m.reply.status, 200);
    assert_null(strstr(m.head, "Accept-Ranges"));
    a = (struct http_answer){.status = 200};
    m = make("GET", "Range: bytes=0-0\r\n", &a);
    assert_int_equal(m.reply.status, 416); /* of nothing there is no first byte */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_answer_has_all_headers),
        cmocka_unit_test(test_ranges_are_cut_out_of_all_parts),
        cmocka_unit_test(test_conditions_decide_the_status),
        cmocka_unit_test(test_failures_have_a_text),
        cmocka_unit_test(test_some_answers_have_no_ranges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
