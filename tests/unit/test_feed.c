#include "builder/feed.h"
#include "unit/offer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static uint8_t mem[1 << 20];

static struct bytes
feed_of(const struct offers *o)
{
    struct buf b = BUF(mem);
    feed_write(o, &b);
    assert_false(b.full);
    return buf_bytes(&b);
}

static bool
has(struct bytes text, const char *part)
{
    return bytes_find_part(text, bytes_of_text(part)) < text.len;
}

static void
test_item_has_what_readers_ask_for(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "a #1", 0x5a);
    struct offer o = make_offer(&t, "A title");
    struct bytes feed = feed_of(
        &(struct offers){.title = BYTES("All"), .url = BYTES("http://h/x/"), .v = &o, .count = 1});
    assert_true(has(feed, "<channel>\n<title>All</title>\n<link>http://h/x/</link>\n"));
    assert_true(has(feed, "<atom:link rel=\"self\" type=\"application/rss+xml\" "
                          "href=\"http://h/x/feed.xml\"/>"));
    assert_true(has(feed, "<item>\n<title>A title</title>\n"));
    assert_true(has(feed, "<guid isPermaLink=\"false\">"
                          "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a</guid>\n"
                          "<pubDate>Fri, 27 Nov 2026 09:05:00 +0000</pubDate>\n"));
    assert_true(has(feed, "<enclosure url=\"http://h/x/a%20%231%20100%25%2B%C3%A9.torrent\" "
                          "length=\"321\" type=\"application/x-bittorrent\"/>"));
    assert_true(has(feed, "<torrent:contentLength>1500</torrent:contentLength>"));
    assert_true(has(feed, "<torrent:magnetURI>magnet:?xt=urn:btih:"
                          "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a&amp;dn=a%20%231"
                          "&amp;tr=http%3A%2F%2Ft.example%2Fannounce%3Fa%3D1%26b%3D2"
                          "&amp;ws=http%3A%2F%2Fw.example%2Fcontent%2F</torrent:magnetURI>"));
}

static void
test_without_address_links_are_relative(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "n", 1);
    struct offer o = make_offer(&t, "T");
    struct bytes feed = feed_of(&(struct offers){.title = BYTES("T"), .v = &o, .count = 1});
    assert_false(has(feed, "atom:link"));
    assert_true(has(feed, "<link>index.html</link>"));
    assert_true(has(feed, "<enclosure url=\"a%20%231"));
    assert_int_equal(feed_url(feed).len, 0);
}

static void
test_a_private_torrent_has_no_magnet(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "n", 1);
    t.is_private = true;
    struct offer o = make_offer(&t, "T");
    struct bytes feed = feed_of(&(struct offers){.title = BYTES("T"), .v = &o, .count = 1});
    assert_false(has(feed, "magnet"));
}

static void
test_texts_are_escaped(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, NASTY, 1);
    struct offer o = make_offer(&t, NASTY);
    o.publisher = o.message = BYTES(NASTY);
    struct bytes feed = feed_of(&(struct offers){.title = BYTES(NASTY), .v = &o, .count = 1});
    assert_true(has(feed, "<title>" NASTY_ESCAPED "</title>"));
    assert_true(has(feed, "published by " NASTY_ESCAPED "\n" NASTY_ESCAPED "</description>"));
    assert_true(has(feed, "<torrent:fileName>" NASTY_ESCAPED "</torrent:fileName>"));
    assert_true(bytes_is_utf8(feed));
    for (size_t i = 0; i < feed.len; i++) {
        assert_true(feed.ptr[i] >= ' ' || feed.ptr[i] == '\n');
    }
}

static void
test_address_and_dates_are_read_back(void **state)
{
    (void)state;
    struct torrent t[2];
    struct offer v[2];
    for (uint8_t i = 0; i < 2; i++) {
        make_torrent(&t[i], "n", i);
        v[i] = make_offer(&t[i], "<guid isPermaLink=\"false\"></guid><pubDate>");
        v[i].date = 1000 * (i + 1);
    }
    struct offers o = {.title = BYTES("All"), .url = BYTES("http://h/x/"), .v = v, .count = 2};
    struct bytes feed = feed_of(&o);
    int64_t date = -1;
    uint8_t other[SHA1_SIZE] = {9};
    assert_true(feed_is_ours(feed));
    assert_true(bytes_equal(feed_url(feed), o.url));
    assert_true(feed_date(feed, t[0].info_hash, &date));
    assert_int_equal(date, 1000);
    assert_true(feed_date(feed, t[1].info_hash, &date));
    assert_int_equal(date, 2000);
    assert_false(feed_date(feed, other, &date));
    assert_int_equal(date, 2000);
}

static void
test_other_feeds_tell_nothing(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "<rss>", "<atom:link rel=\"self\" type=\"",
                                        "<guid isPermaLink=\"false\">"};
    uint8_t hash[SHA1_SIZE] = {0};
    int64_t date;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct bytes feed = bytes_of_text(texts[i]);
        assert_false(feed_is_ours(feed));
        assert_int_equal(feed_url(feed).len, 0);
        assert_false(feed_date(feed, hash, &date));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_item_has_what_readers_ask_for),
        cmocka_unit_test(test_without_address_links_are_relative),
        cmocka_unit_test(test_a_private_torrent_has_no_magnet),
        cmocka_unit_test(test_texts_are_escaped),
        cmocka_unit_test(test_address_and_dates_are_read_back),
        cmocka_unit_test(test_other_feeds_tell_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
