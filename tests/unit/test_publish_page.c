#include "builder/publish_page.h"
#include "unit/offer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t mem[1 << 20];

static struct bytes
page_of(void (*write)(const struct offers *o, struct buf *out), const struct offers *o)
{
    struct buf b = BUF(mem);
    write(o, &b);
    assert_false(b.full);
    return buf_bytes(&b);
}

static size_t
at(struct bytes text, const char *part)
{
    return bytes_find_part(text, bytes_of_text(part));
}

static bool
has(struct bytes text, const char *part)
{
    return at(text, part) < text.len;
}

static void
test_page_offers_everything(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "a b", 0x5a);
    struct offer o = make_offer(&t, "A title");
    o.publisher = BYTES("Me");
    o.message = BYTES("Two\nlines");
    o.content = (struct offer_file){.name = "content/a b"};
    struct bytes page =
        page_of(page_index, &(struct offers){.title = BYTES("A title"), .v = &o, .count = 1});
    assert_true(has(page, "<h1>A title</h1>"));
    assert_true(has(page, "1.4 KiB, published by Me, <time>2026-11-27</time>"));
    assert_true(has(page, "<p class=\"message\">Two\nlines</p>"));
    assert_true(has(page, "href=\"a%20b-windows-x86_64.exe\">Download for Windows, 64-bit PC "
                          "(4.0 KiB)</a>"));
    assert_true(has(page, "href=\"a%20b-linux-x86_64.run.tar.gz\">Download for Linux"));
    assert_true(has(page, "href=\"a%20b-linux-x86_64.run\">the bare program</a>"));
    assert_true(has(page, "href=\"a%20%231%20100%25%2B%C3%A9.torrent\">"));
    assert_true(has(page, "href=\"magnet:?xt=urn:btih:5a5a"));
    assert_true(has(page, "href=\"content/a%20b\">the file itself</a>"));
    assert_true(has(page, "abababababababababababababababababababababababababababababababab"));
    assert_true(has(page, "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a</code>"));
    assert_true(has(page, "passes pieces on") && has(page, "internet address"));
    assert_true(at(page, "windows-x86_64.exe") < at(page, "linux-x86_64.run"));
    assert_true(at(page, "linux-x86_64.run") < at(page, "For BitTorrent programs"));
    assert_false(has(page, "http://h") || has(page, "https://"));
}

static void
test_a_private_torrent_has_no_magnet(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "n", 1);
    t.is_private = true;
    struct offer o = make_offer(&t, "T");
    struct offers all = {.title = BYTES("T"), .v = &o, .count = 1};
    assert_false(has(page_of(page_index, &all), "magnet:"));
    assert_false(has(page_of(page_snippet, &all), "magnet:"));
}

static void
assert_clean(struct bytes page)
{
    assert_true(bytes_is_utf8(page));
    assert_false(has(page, "<script>alert"));
    for (size_t i = 0; i < page.len; i++) {
        assert_true(page.ptr[i] >= ' ' || page.ptr[i] == '\n');
    }
}

static void
test_texts_are_escaped(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, NASTY, 1);
    struct offer o = make_offer(&t, NASTY);
    o.publisher = o.message = BYTES(NASTY);
    o.apps[1].program.name = "\"><script>alert(1)</script>";
    struct offer v[2] = {o, o};
    struct offers all = {.title = BYTES(NASTY), .v = v, .count = 2};
    struct bytes page = page_of(page_index, &all);
    assert_clean(page);
    assert_true(has(page, "<title>" NASTY_ESCAPED "</title>"));
    assert_true(has(page, "<h2>" NASTY_ESCAPED "</h2>"));
    assert_true(has(page, "href=\"%22%3E%3Cscript%3Ealert%281%29%3C/script%3E\""));
    struct bytes snippet = page_of(page_snippet, &all);
    assert_clean(snippet);
    assert_true(has(snippet, "<strong>" NASTY_ESCAPED "</strong>"));
}

/* What stands between two marks in the page, as the policy's hash would be made of it. */
static struct bytes
inside(struct bytes page, const char *start, const char *end)
{
    struct bytes rest = bytes_skip(page, at(page, start) + strlen(start));
    return bytes_first(rest, at(rest, end));
}

static unsigned
base64_value(uint8_t c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = strchr(letters, c);
    assert_non_null(found);
    return (unsigned)(found - letters);
}

static void
assert_is_hash(struct bytes base64, struct bytes text)
{
    uint8_t wanted[SHA256_SIZE], found[SHA256_SIZE + 1];
    sha256_of(text, wanted);
    assert_int_equal(base64.len, 44);
    for (size_t i = 0; i < 43; i++) { /* the sextet's bits, one at a time */
        for (unsigned bit = 0; bit < 6; bit++) {
            size_t place = i * 6 + bit;
            uint8_t mask = (uint8_t)(0x80 >> place % 8);
            bool set = base64_value(base64.ptr[i]) >> (5 - bit) & 1;
            found[place / 8] = (uint8_t)(set ? found[place / 8] | mask : found[place / 8] & ~mask);
        }
    }
    assert_memory_equal(found, wanted, SHA256_SIZE);
}

static void
test_policy_names_style_and_script(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "n", 1);
    struct offer o = make_offer(&t, "T");
    struct bytes page =
        page_of(page_index, &(struct offers){.title = BYTES("T"), .v = &o, .count = 1});
    assert_true(has(page, "default-src 'none'"));
    assert_is_hash(inside(page, "style-src 'sha256-", "'"), inside(page, "<style>", "</style>"));
    assert_is_hash(inside(page, "script-src 'sha256-", "'"), inside(page, "<script>", "</script>"));
}

static void
test_long_names_and_small_buffers(void **state)
{
    (void)state;
    static char name[241], title[4097];
    memset(name, 'n', sizeof name - 1);
    memset(title, '<', sizeof title - 1);
    struct torrent t;
    make_torrent(&t, name, 1);
    struct offer o = make_offer(&t, title);
    o.metainfo.name = name;
    struct offers all = {.title = bytes_of_text(title), .v = &o, .count = 1};
    struct bytes page = page_of(page_index, &all);
    assert_true(has(page, name));
    size_t len = page.len;
    for (size_t max = 0; max < len; max += 997) {
        uint8_t *small = malloc(max + 1);
        struct buf b = buf_over(small, max);
        page_index(&all, &b);
        assert_true(b.full);
        free(small);
    }
}

static void
test_snippet_has_absolute_links(void **state)
{
    (void)state;
    struct torrent t;
    make_torrent(&t, "n", 1);
    struct offer o = make_offer(&t, "T");
    struct bytes snippet = page_of(
        page_snippet,
        &(struct offers){.title = BYTES("T"), .url = BYTES("https://h/"), .v = &o, .count = 1});
    assert_true(has(snippet, "<a href=\"https://h/a%20b-windows-x86_64.exe\">"));
    assert_true(has(snippet, "<a href=\"https://h/a%20b-linux-x86_64.run.tar.gz\">"));
    assert_true(has(snippet, "<a href=\"https://h/a%20%231%20100%25%2B%C3%A9.torrent\">"));
    assert_false(has(snippet, "script") || has(snippet, "style") || has(snippet, " id="));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_offers_everything),
        cmocka_unit_test(test_a_private_torrent_has_no_magnet),
        cmocka_unit_test(test_texts_are_escaped),
        cmocka_unit_test(test_policy_names_style_and_script),
        cmocka_unit_test(test_long_names_and_small_buffers),
        cmocka_unit_test(test_snippet_has_absolute_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
