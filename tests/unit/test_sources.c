#include "base/limits.h"
#include "meta/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_schemes(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool tracker, webseed;
    } cases[] = {
        {"http://a/announce", true, true}, {"HTTPS://a", true, true}, {"udp://a:1", true, false},
        {"wss://a", false, false},         {"ftp://a", false, false}, {"http:/a", false, false},
        {"file:///etc/passwd", false, false}, {"http://", false, false}, {"", false, false},
        {"a http://b", false, false},      {"dht://0", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(source_is_tracker(bytes_of_text(cases[i].url)), cases[i].tracker);
        assert_int_equal(source_is_webseed(bytes_of_text(cases[i].url)), cases[i].webseed);
    }
}

static void
test_too_long_is_no_source(void **state)
{
    (void)state;
    char url[URL_LEN_MAX + 1] = "http://";
    memset(url + 7, 'a', sizeof url - 7);
    assert_true(source_is_webseed(bytes_of(url, URL_LEN_MAX)));
    assert_false(source_is_webseed(bytes_of(url, URL_LEN_MAX + 1)));
    assert_false(source_is_tracker(bytes_of(url, URL_LEN_MAX + 1)));
}

static void
test_add_keeps_one_of_each_up_to_the_cap(void **state)
{
    (void)state;
    struct bytes urls[2];
    uint32_t count = 0;
    assert_true(source_add(urls, &count, 2, BYTES("a")));
    assert_false(source_add(urls, &count, 2, BYTES("a")));
    assert_true(source_add(urls, &count, 2, BYTES("b")));
    assert_false(source_add(urls, &count, 2, BYTES("c")));
    assert_int_equal(count, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemes),
        cmocka_unit_test(test_too_long_is_no_source),
        cmocka_unit_test(test_add_keeps_one_of_each_up_to_the_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
