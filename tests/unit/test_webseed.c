/* Web seeds against a server in the test that serves ranges, or whole files, or wrongly. */
#include "unit/web_lab.h"

#include "base/arena.h"
#include "engine/webseed.h"

enum { PIECE = 40000, FILES = 6, CONTENT = 6 << 20, NO_LIMIT = 1 << 18 };

enum mood {
    RANGES,      /* 206 */
    WHOLE,       /* 200, whatever is asked */
    CHUNKED,     /* 206 without a length */
    OTHER_TOTAL, /* a range of another file */
    OTHER_RANGE, /* not the range that was asked */
    OTHER_FILE,  /* 200 with another length */
    PAGE,        /* `status` and some words */
    REDIRECT,    /* from /old to /new */
};

static struct {
    struct web_lab web;
    enum mood mood;
    const char *status;
    bool gone; /* of REDIRECT: what is in /new */
    struct arena arena;
    struct torrent t;
    struct torrent_file files[FILES];
    char info[1024];
    char url[256];
    uint8_t content[CONTENT], got[CONTENT];
    struct webseed w;
    struct sys_wants wants;
    struct scratch scratch;
    int64_t skipped_ms;
    size_t max;   /* bytes a turn */
    int64_t next; /* where the next block must begin */
} lab;

static int64_t
now(void)
{
    return sys_now_ms() + lab.skipped_ms;
}

/* The file behind a request's path, by the last thing in it. */
static const struct torrent_file *
find_file(const char *head)
{
    for (uint32_t i = 0; i < lab.t.file_count; i++) {
        const char *slash = strrchr(lab.files[i].path, '/');
        const char *name = slash ? slash + 1 : lab.files[i].path;
        const char *at = strstr(head, name);
        if (!lab.files[i].pad && at && at[strlen(name)] == ' ')
            return &lab.files[i];
    }
    return NULL;
}

static void
put_part(struct buf *out, const struct torrent_file *f, uint64_t first, uint64_t last)
{
    char head[256];
    struct bytes body = bytes_of(lab.content + f->offset + first, (size_t)(last - first + 1));
    uint64_t total = (uint64_t)f->length + (lab.mood == OTHER_TOTAL);
    uint64_t said = first + (lab.mood == OTHER_RANGE);
    bool chunked = lab.mood == CHUNKED;
    snprintf(head, sizeof head,
             "HTTP/1.1 206 Partial\r\nContent-Range: bytes %llu-%llu/%llu\r\n%s: ",
             (unsigned long long)said, (unsigned long long)last, (unsigned long long)total,
             chunked ? "Transfer-Encoding" : "Content-Length");
    buf_text(out, head);
    if (!chunked) {
        buf_u64(out, body.len);
        buf_text(out, "\r\n\r\n");
        buf_add(out, body);
        return;
    }
    buf_text(out, "chunked\r\n");
    while (body.len > 0) {
        struct bytes part = bytes_first(body, 5000);
        snprintf(head, sizeof head, "\r\n%zx\r\n", part.len);
        buf_text(out, head);
        buf_add(out, part);
        body = bytes_skip(body, part.len);
    }
    buf_text(out, "\r\n0\r\n\r\n");
}

static void
answer(struct web_lab *web, const char *head, struct buf *out)
{
    (void)web;
    const struct torrent_file *f = find_file(head);
    const char *range = strstr(head, "\r\nRange: bytes=");
    unsigned long long first, last;
    bool is_new = strstr(head, "GET /new") != NULL;
    if (lab.mood == REDIRECT && !is_new) {
        buf_text(out,
                 "HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /new/a%20b.bin\r\n\r\n");
    } else if (lab.mood == PAGE || (is_new && lab.gone) || !f) {
        web_put(out, lab.mood == PAGE ? lab.status : "404 Not Found", BYTES("sorry"));
    } else if (lab.mood == WHOLE || lab.mood == OTHER_FILE) {
        size_t len = (size_t)f->length - (lab.mood == OTHER_FILE);
        web_put(out, "200 OK", bytes_of(lab.content + f->offset, len));
    } else {
        assert_non_null(range);
        assert_int_equal(sscanf(range + 15, "%llu-%llu", &first, &last), 2);
        assert_true(first <= last && last < (unsigned long long)f->length);
        put_part(out, f, first, last);
    }
}

static int
set_up(void **state)
{
    (void)state;
    memset(&lab, 0, sizeof lab);
    for (size_t i = 0; i < CONTENT; i++)
        lab.content[i] = (uint8_t)(1 + (i * 13 + i / 4099) % 255);
    lab.arena.size_max = 1 << 24;
    lab.max = NO_LIMIT;
    lab.t = (struct torrent){.name = "safe name", .piece_length = PIECE, .files = lab.files};
    web_open(&lab.web, answer);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    webseed_close(&lab.w);
    web_close(&lab.web);
    arena_free(&lab.arena);
    return 0;
}

static void
add_file(const char *path, int64_t length, bool pad)
{
    lab.files[lab.t.file_count++] =
        (struct torrent_file){.offset = lab.t.size, .length = length, .path = path, .pad = pad};
    if (pad)
        memset(lab.content + lab.t.size, 0, (size_t)length);
    lab.t.size += length;
    lab.t.piece_count = (uint32_t)((lab.t.size + PIECE - 1) / PIECE);
}

static void
set_info(const char *info)
{
    lab.t.info = bytes_of_text(info);
}

static void
use_url(const char *path)
{
    snprintf(lab.url, sizeof lab.url, "http://127.0.0.1:%u%s", lab.web.port, path);
    webseed_init(&lab.w, bytes_of_text(lab.url), &lab.t);
}

static void
one_file(int64_t length)
{
    lab.t.single = true;
    add_file("a_b.bin", length, false);
    set_info("d4:name7:a b.bine");
    lab.files[0].path = "a%20b.bin"; /* so that the server finds it */
    use_url("/pub/");
}

static void
start(uint32_t first, uint32_t end)
{
    const struct fetch_config config = {.purpose = FETCH_FOR_WEBSEED, .user_agent = "t"};
    assert_int_equal(lab.w.state, WEBSEED_READY);
    webseed_start(&lab.w, &lab.arena, &config, first, end, 0, now());
    lab.next = (int64_t)first * PIECE;
}

static void
turn(void)
{
    uint32_t piece, begin;
    struct bytes data;
    sys_wants_start(&lab.wants, sys_now_ms() + 1);
    webseed_wants(&lab.w, &lab.wants, lab.max > 0, now());
    lab.wants.deadline_ms = sys_now_ms() + (lab.wants.deadline_ms <= now() ? 0 : 1);
    sys_poll(&lab.wants);
    webseed_turn(&lab.w, &lab.wants, &lab.scratch, lab.max, now());
    while (webseed_next(&lab.w, &piece, &begin, &data)) {
        int64_t at = (int64_t)piece * PIECE + begin;
        assert_int_equal(at, lab.next);
        assert_int_equal(begin % BLOCK_SIZE, 0);
        assert_int_equal(data.len, geometry_block_size(&lab.t, piece, begin / BLOCK_SIZE));
        memcpy(lab.got + at, data.ptr, data.len);
        lab.next = at + (int64_t)data.len;
    }
    memset(lab.scratch.bytes, 0xee, 64); /* nothing may point there any more */
    webseed_done(&lab.w, now());
    web_turn(&lab.web);
}

static void
until(enum webseed_state state)
{
    for (int turns = 0; lab.w.state != state; turns++) {
        assert_true(turns < 5000);
        turn();
    }
}

/* Fetches a run and compares it. */
static void
fetch(uint32_t first, uint32_t end)
{
    start(first, end);
    for (int turns = 0; lab.w.state == WEBSEED_BUSY; turns++) {
        assert_true(turns < 20000);
        turn();
    }
    assert_int_equal(lab.w.state, WEBSEED_READY);
    int64_t at = (int64_t)first * PIECE, stop = (int64_t)end * PIECE;
    stop = stop < lab.t.size ? stop : lab.t.size;
    assert_int_equal(lab.next, stop);
    assert_memory_equal(lab.got + at, lab.content + at, (size_t)(stop - at));
}

static bool
asked(int i, const char *text)
{
    assert_in_range(i, 0, lab.web.requests - 1);
    return strstr(lab.web.log[i], text) != NULL;
}

static void
test_a_run_of_one_file_is_one_request(void **state)
{
    (void)state;
    one_file(1000000);
    fetch(2, 9);
    assert_int_equal(lab.web.requests, 1);
    assert_true(asked(0, "GET /pub/a%20b.bin HTTP/1.1\r\n"));
    assert_true(asked(0, "\r\nRange: bytes=80000-359999\r\n"));
    assert_int_equal(lab.w.got, 280000);
    fetch(24, 25);
    assert_int_equal(lab.web.requests, 2);
    assert_int_equal(lab.web.accepted, 1); /* the connection was kept */
}

static void
test_the_url_of_a_file_is_taken_as_it_is(void **state)
{
    (void)state;
    one_file(1000);
    lab.files[0].path = "x.bin";
    use_url("/my dir/x.bin");
    fetch(0, 1);
    assert_true(asked(0, "GET /my%20dir/x.bin HTTP/1.1\r\n"));
}

static void
test_files_are_asked_for_one_by_one(void **state)
{
    (void)state;
    add_file("safe name/one", 50000, false);
    add_file("safe name/.pad", 30000, true);
    add_file("safe name/two", 3, false);
    add_file("safe name/none", 0, false);
    add_file("safe name/t%C3%A9", 90000, false);
    add_file("safe name/.pad", 26997, true);
    set_info("d5:filesl"
             "d6:lengthi50000e4:pathl3:oneee"
             "d6:lengthi30000e4:pathl4:.padee"
             "d6:lengthi3e4:pathl3:a:b0:3:twoee"
             "d6:lengthi0e4:pathl4:noneee"
             "d6:lengthi90000e4:pathl3:bade10:path.utf-8l1:x3:t\xc3\xa9"
             "ee"
             "d6:lengthi26997e4:pathl4:.padee"
             "e4:name3:raw10:name.utf-85:r/w ?e");
    use_url("/pub");
    fetch(0, lab.t.piece_count);
    assert_int_equal(lab.web.requests, 3);
    assert_true(asked(0, "GET /pub/r%2Fw%20%3F/one HTTP"));
    assert_true(asked(0, "bytes=0-49999\r\n"));
    assert_true(asked(1, "GET /pub/r%2Fw%20%3F/a%3Ab/two HTTP"));
    assert_true(asked(1, "bytes=0-2\r\n"));
    assert_true(asked(2, "GET /pub/r%2Fw%20%3F/x/t%C3%A9 HTTP"));
    fetch(1, 2);
    assert_true(asked(3, "/one HTTP"));
    assert_true(asked(3, "bytes=40000-49999\r\n"));
    fetch(4, 5); /* padding alone, but for the end of a file */
    assert_true(asked(4, "bytes=79997-89999\r\n"));
}

static void
test_bytes_come_in_any_portion(void **state)
{
    (void)state;
    static const size_t portions[] = {1000, 5000, 16384, 16385, 50000};
    one_file(300000);
    for (size_t i = 0; i < sizeof portions / sizeof *portions; i++) {
        lab.max = portions[i];
        memset(lab.got, 0, sizeof lab.got);
        lab.mood = i % 2 ? CHUNKED : RANGES;
        fetch(0, 8);
    }
    lab.max = 0;
    start(0, 1);
    for (int i = 0; i < 50; i++)
        turn();
    assert_int_equal(lab.next, 0);
    lab.max = NO_LIMIT;
    until(WEBSEED_READY);
    assert_int_equal(lab.next, PIECE);
}

static void
test_a_small_file_may_come_whole(void **state)
{
    (void)state;
    one_file(300000);
    lab.mood = WHOLE;
    fetch(3, 5);
    fetch(6, 8);
    assert_int_equal(lab.web.requests, 2);
    fetch(0, 2);
}

static void
test_a_large_file_may_come_whole_from_its_start(void **state)
{
    (void)state;
    one_file(5 << 20);
    lab.mood = WHOLE;
    fetch(0, 30);
    for (int i = 0; i < 20; i++) {
        turn();
        lab.skipped_ms += 10000; /* nobody minds the wait */
    }
    fetch(30, 60);
    fetch(60, lab.t.piece_count);
    assert_int_equal(lab.web.requests, 1);
    assert_false(lab.w.asked);
    start(30, 31);
    until(WEBSEED_DROPPED);
    assert_non_null(strstr(lab.w.why, "127.0.0.1: it cannot send parts of files"));
}

static void
test_a_run_can_be_shortened(void **state)
{
    (void)state;
    one_file(1000000);
    lab.max = 10000;
    start(0, 20);
    while (lab.next < 2 * PIECE)
        turn();
    webseed_shorten(&lab.w, 5);
    until(WEBSEED_READY);
    assert_int_equal(lab.next, 5 * PIECE);
    assert_memory_equal(lab.got, lab.content, 5 * PIECE);
    lab.max = NO_LIMIT;
    fetch(10, 12);
}

static void
assert_dropped(enum mood mood, const char *why)
{
    lab.mood = mood;
    use_url("/pub/");
    start(1, 2);
    until(WEBSEED_DROPPED);
    assert_non_null(strstr(lab.w.why, why));
    assert_int_equal(lab.w.got, 0);
    webseed_close(&lab.w);
}

static void
test_who_has_another_file_is_dropped(void **state)
{
    (void)state;
    one_file(100000);
    assert_dropped(OTHER_TOTAL, "it sends something else than it was asked for");
    assert_dropped(OTHER_RANGE, "it sends something else than it was asked for");
    assert_dropped(OTHER_FILE, "it has another file there");
    lab.status = "404 Not Found";
    assert_dropped(PAGE, "127.0.0.1: it answers with HTTP status 404");
    lab.status = "410 Gone";
    assert_dropped(PAGE, "status 410");
    lab.status = "416 Range";
    assert_dropped(PAGE, "status 416");
}

static void
test_who_is_busy_is_asked_later(void **state)
{
    (void)state;
    one_file(100000);
    lab.mood = PAGE;
    lab.status = "503 Busy\r\nRetry-After: 100";
    start(0, 1);
    until(WEBSEED_RESTING);
    assert_non_null(strstr(lab.w.why, "status 503"));
    assert_false(lab.w.told);
    lab.w.told = true;
    lab.skipped_ms += 99000;
    turn();
    assert_int_equal(lab.w.state, WEBSEED_RESTING);
    lab.skipped_ms += 1500;
    turn();
    start(0, 1);
    until(WEBSEED_RESTING);
    assert_true(lab.w.told); /* the same again is no news */
    lab.skipped_ms += 110000;
    lab.mood = RANGES;
    turn();
    fetch(0, 3);
}

static void
test_who_breaks_off_rests_ever_longer(void **state)
{
    (void)state;
    one_file(100000);
    lab.web.cut_after = 150;
    for (int64_t wait = WEBSEED_RETRY_MIN_MS; wait < 100000; wait *= 2) {
        start(0, 2);
        until(WEBSEED_RESTING);
        assert_non_null(strstr(lab.w.why, "127.0.0.1: "));
        lab.skipped_ms += wait - 500;
        turn();
        assert_int_equal(lab.w.state, WEBSEED_RESTING);
        lab.skipped_ms += 600;
        turn();
    }
    lab.web.cut_after = 60000;
    start(0, 2);
    until(WEBSEED_RESTING); /* blocks came, so patience is new */
    assert_int_equal(lab.next, PIECE + BLOCK_SIZE);
    assert_memory_equal(lab.got, lab.content, PIECE + BLOCK_SIZE);
    lab.web.cut_after = 0;
    lab.skipped_ms += WEBSEED_RETRY_MIN_MS + 1;
    turn();
    fetch(0, 3);
}

static void
test_nobody_is_there(void **state)
{
    (void)state;
    one_file(100000);
    sys_sock_close(&lab.web.listener);
    start(0, 1);
    until(WEBSEED_RESTING);
    assert_string_equal(lab.w.why, "127.0.0.1: connection refused");
}

static void
test_redirects_are_remembered_till_they_fail(void **state)
{
    (void)state;
    one_file(1000000);
    use_url("/old/");
    lab.mood = REDIRECT;
    fetch(0, 2);
    assert_int_equal(lab.web.requests, 2);
    fetch(2, 4);
    assert_int_equal(lab.web.requests, 3);
    assert_true(asked(2, "GET /new/a%20b.bin HTTP"));
    lab.gone = true;
    start(4, 5);
    until(WEBSEED_RESTING);
    lab.gone = false;
    lab.skipped_ms += WEBSEED_RETRY_MIN_MS + 1;
    turn();
    fetch(4, 5);
    assert_true(asked(4, "GET /old/a%20b.bin HTTP"));
}

static void
test_three_bad_pieces_are_too_many(void **state)
{
    (void)state;
    one_file(1000000);
    for (int i = 0; i < WEBSEED_STRIKES_MAX; i++) {
        fetch(0, 2);
        webseed_strike(&lab.w, now());
        lab.skipped_ms += WEBSEED_RETRY_MAX_MS;
        turn();
    }
    assert_int_equal(lab.w.state, WEBSEED_DROPPED);
    assert_non_null(strstr(lab.w.why, "127.0.0.1: it sends wrong data"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_run_of_one_file_is_one_request),
        TEST(test_the_url_of_a_file_is_taken_as_it_is),
        TEST(test_files_are_asked_for_one_by_one),
        TEST(test_bytes_come_in_any_portion),
        TEST(test_a_small_file_may_come_whole),
        TEST(test_a_large_file_may_come_whole_from_its_start),
        TEST(test_a_run_can_be_shortened),
        TEST(test_who_has_another_file_is_dropped),
        TEST(test_who_is_busy_is_asked_later),
        TEST(test_who_breaks_off_rests_ever_longer),
        TEST(test_nobody_is_there),
        TEST(test_redirects_are_remembered_till_they_fail),
        TEST(test_three_bad_pieces_are_too_many),
    };
    sys_init();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
