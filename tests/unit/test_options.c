#include "ui/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS_MAX = 16 };

/* Parses a line cut at its spaces. */
static bool
parse(struct options *o, const char *line, char *error, size_t error_max)
{
    static char mem[1024];
    char *argv[WORDS_MAX] = {"app"};
    int argc = 1;
    struct buf b = buf_over(error, error_max - 1);
    strncpy(mem, line, sizeof mem - 1);
    for (char *at = mem; *at && argc < WORDS_MAX; argc++) {
        argv[argc] = at;
        at += strcspn(at, " ");
        if (*at) {
            *at++ = 0;
        }
    }
    bool good = options_parse(o, argc, argv, &b);
    buf_cstr(&b);
    return good;
}

static struct options
good(const char *line)
{
    struct options o;
    char error[256];
    if (!parse(&o, line, error, sizeof error)) {
        fail_msg("%s: %s", line, error);
    }
    return o;
}

static void
test_nothing_given_leaves_all_open(void **state)
{
    (void)state;
    struct options o = good("");
    assert_int_equal(o.action, ACTION_RUN);
    assert_int_equal(o.ui, UI_AUTO);
    assert_int_equal(o.port, -1);
    assert_int_equal(o.max_up, -1);
    assert_int_equal(o.timeout_s, -1);
    assert_null(o.dir);
}

static void
test_every_option_of_the_contract_is_taken(void **state)
{
    (void)state;
    struct options o = good("--dir D --port 0 --no-listen --no-seed --seed-ratio 1.5 "
                            "--seed-minutes 30 --seed-forever --max-up 500K");
    assert_string_equal(o.dir, "D");
    assert_int_equal(o.port, 0);
    assert_true(o.no_listen && o.no_seed && o.seed_forever);
    assert_int_equal(o.seed_ratio_milli, 1500);
    assert_int_equal(o.seed_minutes, 30);
    assert_int_equal(o.max_up, 500 * 1024);
    o = good("--max-down=2M --ui json --peer 1.2.3.4:5 --peer [::1]:6 --peer host.example:7");
    assert_int_equal(o.max_down, 2 * 1024 * 1024);
    assert_int_equal(o.ui, UI_JSON);
    assert_int_equal(o.peers.count, 3);
    assert_string_equal(o.peers.v[1], "[::1]:6");
    o = good("--no-trackers --no-dht --no-pex --no-lsd --no-webseeds --no-portmap --no-utp");
    assert_true(o.no_trackers && o.no_dht && o.no_pex && o.no_lsd && o.no_webseeds);
    assert_true(o.no_portmap && o.no_utp);
    assert_int_equal(good("--encryption require").encryption, ENCRYPTION_REQUIRE);
    o = good("--only *.txt --only=b --timeout 9 --check");
    assert_int_equal(o.globs.count, 2);
    assert_string_equal(o.globs.v[1], "b");
    assert_int_equal(o.timeout_s, 9);
    assert_int_equal(o.action, ACTION_CHECK);
    assert_int_equal(good("--list").action, ACTION_LIST);
    assert_int_equal(good("--about").action, ACTION_ABOUT);
    assert_int_equal(good("--licenses").action, ACTION_LICENSES);
    assert_int_equal(good("--version").action, ACTION_VERSION);
    assert_int_equal(good("--help").action, ACTION_HELP);
    assert_int_equal(good("--json").ui, UI_JSON);
    o = good("--torrent-out F");
    assert_int_equal(o.action, ACTION_TORRENT_OUT);
    assert_string_equal(o.torrent_out, "F");
    static const char *const uis[] = {"tty", "window", "page", "json", "none"};
    for (int i = 0; i < 5; i++) {
        char line[32] = "--ui ";
        strncat(line, uis[i], 10);
        assert_int_equal(good(line).ui, UI_TTY + i);
    }
}

static void
test_wrong_lines_are_explained(void **state)
{
    (void)state;
    static const struct {
        const char *line, *part; /* of the error text */
    } cases[] = {
        {"--no-sede", "--no-seed?"}, {"--zzzzzzz", "--help"}, {"file.torrent", "no option"},
        {"--port", "--port takes"}, {"--port 65536", "65536"}, {"--port x", "number"},
        {"--port=", "number"}, {"--port -1", "number"}, {"--dir", "--dir takes"},
        {"--dir=", "name"},
        {"--no-seed=1", "no value"}, {"--json=x", "no value"}, {"--seed-ratio a", "1.5"},
        {"--max-up fast", "500K"}, {"--ui gtk", "window"}, {"--encryption no", "require"},
        {"--peer host", "HOST:PORT"}, {"--peer :80", "HOST:PORT"}, {"--peer h:0", "HOST:PORT"},
        {"--peer h:99999", "HOST:PORT"}, {"--timeout 1.5", "whole"}, {"--", "no option"},
        {"--timeout 99999999999999999999", "whole"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct options o;
        char error[256] = "";
        assert_false(parse(&o, cases[i].line, error, sizeof error));
        if (!strstr(error, cases[i].part)) {
            fail_msg("'%s' gives '%s'", cases[i].line, error);
        }
    }
}

static void
test_lists_have_an_end(void **state)
{
    (void)state;
    static char *argv[1 + 2 * (ARG_LIST_MAX + 1)];
    int argc = 1;
    for (int i = 0; i <= ARG_LIST_MAX; i++) {
        argv[argc++] = "--peer";
        argv[argc++] = "1.2.3.4:5";
    }
    struct options o;
    uint8_t mem[256];
    struct buf error = BUF(mem);
    assert_true(options_parse(&o, argc - 2, argv, &error));
    assert_int_equal(o.peers.count, ARG_LIST_MAX);
    assert_false(options_parse(&o, argc, argv, &error));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_given_leaves_all_open),
        cmocka_unit_test(test_every_option_of_the_contract_is_taken),
        cmocka_unit_test(test_wrong_lines_are_explained),
        cmocka_unit_test(test_lists_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
