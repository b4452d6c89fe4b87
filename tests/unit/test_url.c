#include "wire/url.h"

#include "base/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_bytes(struct bytes got, const char *want)
{
    if (!bytes_equal(got, bytes_of_text(want))) {
        fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, (const char *)got.ptr, want);
    }
}

static void
test_parse_splits_the_parts(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum url_scheme scheme;
        const char *host;
        uint16_t port;
        const char *path, *query;
    } cases[] = {
        {"http://example.com", URL_HTTP, "example.com", 80, "", ""},
        {"HTTPS://Example.com/", URL_HTTPS, "Example.com", 443, "/", ""},
        {"http://a:8080/b/c?d=e&f#g", URL_HTTP, "a", 8080, "/b/c", "d=e&f"},
        {"http://a?b=/c", URL_HTTP, "a", 80, "", "b=/c"},
        {"http://a/b#c?d", URL_HTTP, "a", 80, "/b", ""},
        {"http://a/b?", URL_HTTP, "a", 80, "/b", ""},
        {"http://a/b??c?", URL_HTTP, "a", 80, "/b", "?c?"},
        {"udp://tracker.example.com:80/dir?a=b&c=d", URL_UDP, "tracker.example.com", 80, "/dir",
         "a=b&c=d"},
        {"udp://1.2.3.4:65535", URL_UDP, "1.2.3.4", 65535, "", ""},
        {"http://[::1]:6969/announce", URL_HTTP, "::1", 6969, "/announce", ""},
        {"https://[2001:db8::1]", URL_HTTPS, "2001:db8::1", 443, "", ""},
        {"http://a_b-c.d./", URL_HTTP, "a_b-c.d.", 80, "/", ""},
        {"http://a/\xc3\xa9%20@:[", URL_HTTP, "a", 80, "/\xc3\xa9%20@:[", ""},
        {"http://a//b", URL_HTTP, "a", 80, "//b", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url u;
        if (!url_parse(&u, bytes_of_text(cases[i].text))) {
            fail_msg("refused: %s", cases[i].text);
        }
        assert_int_equal(u.scheme, cases[i].scheme);
        assert_bytes(u.host, cases[i].host);
        assert_int_equal(u.port, cases[i].port);
        assert_bytes(u.path, cases[i].path);
        assert_bytes(u.query, cases[i].query);
        assert_bytes(u.text, cases[i].text);
    }
}

static void
test_parse_refuses(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "http",
        "http:",
        "http:/",
        "http://",
        "http:///path",
        "http://?q",
        "//a/b",
        "/a",
        "ftp://a/",
        "file:///etc/passwd",
        "wss://tracker/",
        "httpx://a",
        "xhttp://a",
        "http//a",
        "http:a",
        "http:\\\\a",
        "http://user@host/",
        "http://user:pw@host/",
        "http://a b/",
        "http://a/b c",
        "http://a/\tb",
        "http://a/\nb",
        "http://a/\x7f",
        " http://a",
        "http://a ",
        "http://a:0/",
        "http://a:65536/",
        "http://a:-1/",
        "http://a:+1/",
        "http://a:/",
        "http://a:8x/",
        "http://a:80:80/",
        "http://:80/",
        "udp://a",
        "udp://a/announce",
        "http://a\\b/",
        "http://a%62/",
        "http://\xc3\xa9/",
        "http://a,b/",
        "http://[::1",
        "http://[]/",
        "http://[::1]x/",
        "http://[1.2.3.4]/",
        "http://[::1%eth0]/",
        "http://[a.b]/",
        "http://::1/",
        "http://[[::1]]/",
        "http://a/\x01",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url u;
        if (url_parse(&u, bytes_of_text(cases[i]))) {
            fail_msg("taken: %s", cases[i]);
        }
    }
    struct url u;
    assert_false(url_parse(&u, BYTES("http://a/\0b")));
}

static void
test_parse_caps_lengths(void **state)
{
    (void)state;
    char text[URL_LEN_MAX + 1];
    struct url u;
    memset(text, 'a', sizeof text);
    memcpy(text, "http://a/", 9);
    assert_true(url_parse(&u, bytes_of(text, URL_LEN_MAX)));
    assert_false(url_parse(&u, bytes_of(text, URL_LEN_MAX + 1)));
    memset(text, 'a', 300);
    memcpy(text, "http://", 7);
    text[7 + 253] = '/';
    assert_true(url_parse(&u, bytes_of(text, 300)));
    text[7 + 253] = 'a';
    text[7 + 254] = '/';
    assert_false(url_parse(&u, bytes_of(text, 300)));
}

static void
resolve_case(const char *base, const char *reference, const char *want)
{
    struct url u;
    char mem[256];
    struct buf out = BUF(mem);
    assert_true(url_parse(&u, bytes_of_text(base)));
    buf_text(&out, "<"); /* the result is appended */
    bool ok = url_resolve(&u, bytes_of_text(reference), &out);
    if (ok != (want != NULL)) {
        fail_msg("%s on %s: %s", reference, base, ok ? "taken" : "refused");
    }
    if (want) {
        assert_bytes(bytes_skip(buf_bytes(&out), 1), want);
    }
}

/* The examples of RFC 3986 5.4 (without those of other schemes). */
static void
test_resolve_follows_rfc_3986(void **state)
{
    (void)state;
    static const struct {
        const char *reference, *want;
    } cases[] = {
        {"g", "http://a/b/c/g"},
        {"./g", "http://a/b/c/g"},
        {"g/", "http://a/b/c/g/"},
        {"/g", "http://a/g"},
        {"//g", "http://g/"},
        {"?y", "http://a/b/c/d;p?y"},
        {"g?y", "http://a/b/c/g?y"},
        {"#s", "http://a/b/c/d;p?q"},
        {"g#s", "http://a/b/c/g"},
        {"g?y#s", "http://a/b/c/g?y"},
        {";x", "http://a/b/c/;x"},
        {"g;x", "http://a/b/c/g;x"},
        {"g;x?y#s", "http://a/b/c/g;x?y"},
        {"", "http://a/b/c/d;p?q"},
        {".", "http://a/b/c/"},
        {"./", "http://a/b/c/"},
        {"..", "http://a/b/"},
        {"../", "http://a/b/"},
        {"../g", "http://a/b/g"},
        {"../..", "http://a/"},
        {"../../", "http://a/"},
        {"../../g", "http://a/g"},
        {"../../../g", "http://a/g"},
        {"../../../../g", "http://a/g"},
        {"/./g", "http://a/g"},
        {"/../g", "http://a/g"},
        {"g.", "http://a/b/c/g."},
        {".g", "http://a/b/c/.g"},
        {"g..", "http://a/b/c/g.."},
        {"..g", "http://a/b/c/..g"},
        {"./../g", "http://a/b/g"},
        {"./g/.", "http://a/b/c/g/"},
        {"g/./h", "http://a/b/c/g/h"},
        {"g/../h", "http://a/b/c/h"},
        {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
        {"g;x=1/../y", "http://a/b/c/y"},
        {"g?y/./x", "http://a/b/c/g?y/./x"},
        {"g?y/../x", "http://a/b/c/g?y/../x"},
        {"g#s/../x", "http://a/b/c/g"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        resolve_case("http://a/b/c/d;p?q", cases[i].reference, cases[i].want);
    }
}

static void
test_resolve_other_cases(void **state)
{
    (void)state;
    resolve_case("http://a:81?q", "g", "http://a:81/g");
    resolve_case("http://a:81?q", "", "http://a:81/?q");
    resolve_case("http://a/b//", "..", "http://a/b/");
    resolve_case("http://a/b//c", "d", "http://a/b//d");
    resolve_case("http://a/b", "?", "http://a/b");
    resolve_case("http://a/b?q", "?", "http://a/b");
    resolve_case("https://[::1]:5/x", "y?z", "https://[::1]:5/y?z");
    resolve_case("https://a/b", "//c:8/d?e", "https://c:8/d?e");
    resolve_case("http://a/b", "https://c/../d/./e?f#g", "https://c/d/e?f");
    resolve_case("http://a/b", "udp://c:5", "udp://c:5/");
    resolve_case("http://a/b?q", "http://c", "http://c/");
    resolve_case("http://a/b", "ftp://c/d", NULL);
    resolve_case("http://a/b", "mailto:x", NULL);
    resolve_case("http://a/b", "http:c", NULL);
    resolve_case("http://a/b", "http:/c", NULL);
    resolve_case("http://a/b", "//", NULL);
    resolve_case("http://a/b", "///c", NULL);
    resolve_case("http://a/b", "//x@c/", NULL);
    resolve_case("http://a/b", "c d", NULL);
    resolve_case("http://a/b", "c\r\nX: y", NULL);
    resolve_case("http://a/b", "://c", NULL);
}

static void
test_resolve_reports_a_full_buffer(void **state)
{
    (void)state;
    struct url u;
    assert_true(url_parse(&u, BYTES("http://host/a/b")));
    for (size_t max = 0; max <= 22; max++) {
        char mem[32];
        struct buf out = buf_over(mem, max);
        assert_int_equal(url_resolve(&u, BYTES("../../x/../c/d?e"), &out), max >= 17);
    }
}

static void
test_unescape(void **state)
{
    (void)state;
    char mem[8];
    struct buf out = BUF(mem);
    assert_true(url_unescape(&out, BYTES("a+%41%00%fF%25")));
    assert_int_equal(out.len, 6);
    assert_memory_equal(mem, "a+A\0\xff%", 6);
    static const char *const bad[] = {"%", "%4", "a%", "%4g", "%g4", "%%41", "% 41", "%-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        out = BUF(mem);
        assert_false(url_unescape(&out, bytes_of_text(bad[i])));
    }
}

static void
test_local_addresses_need_a_harmless_url(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool tracker, webseed;
    } cases[] = {
        {"http://a/announce", true, true}, {"http://a/x/announce?key=1", true, false},
        {"http://a/scrape", true, true},   {"http://a/announce/", false, true},
        {"http://a/", false, true},        {"http://a/reboot?announce", false, false},
        {"http://a", false, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct url u;
        assert_true(url_parse(&u, bytes_of_text(cases[i].text)));
        assert_int_equal(url_ok_for_tracker(&u, true), cases[i].tracker);
        assert_int_equal(url_ok_for_webseed(&u, true), cases[i].webseed);
        assert_true(url_ok_for_tracker(&u, false));
        assert_true(url_ok_for_webseed(&u, false));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse_splits_the_parts),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_parse_caps_lengths),
        cmocka_unit_test(test_resolve_follows_rfc_3986),
        cmocka_unit_test(test_resolve_other_cases),
        cmocka_unit_test(test_resolve_reports_a_full_buffer),
        cmocka_unit_test(test_unescape),
        cmocka_unit_test(test_local_addresses_need_a_harmless_url),
    };
    return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
