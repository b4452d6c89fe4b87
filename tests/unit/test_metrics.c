#include "builder/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char text[1 << 20];

static const char *
written(const struct metrics *m, size_t room)
{
    struct buf b = buf_over(text, room);
    metrics_put(&b, m);
    assert_false(b.full);
    return buf_cstr(&b);
}

static bool
has_line(const char *in, const char *line)
{
    size_t len = strlen(line);
    for (const char *at = in; (at = strstr(at, line)) != NULL; at++) {
        if ((at == in || at[-1] == '\n') && at[len] == '\n') {
            return true;
        }
    }
    return false;
}

static struct metrics_item
item(const char *slug)
{
    return (struct metrics_item){.slug = bytes_of_text(slug),
                                 .name = BYTES("a film"),
                                 .info_hash = {0xab, 0xcd},
                                 .size = 1000,
                                 .completed = 3,
                                 .by_webseed = 700,
                                 .by_peer = 20,
                                 .by_swarm = 2280,
                                 .announces_http = 5,
                                 .announces_udp = 6,
                                 .seeds = 1,
                                 .leechers = 2,
                                 .peers = 4};
}

static void
test_figures_of_items_and_of_all(void **state)
{
    (void)state;
    struct metrics_item items[] = {item("film"), item("album.2")};
    struct metrics m = {.version = "1.2.3",
                        .uptime_s = 61,
                        .items = 3,
                        .items_ready = 2,
                        .announces_http = 10,
                        .announces_udp = 12,
                        .http_4xx = 7,
                        .v = items,
                        .count = 2,
                        .withdrawn = {.completed = 4, .by_webseed = 5}};
    static const char *const lines[] = {
        "# TYPE samara_build_info gauge",
        "samara_build_info{version=\"1.2.3\"} 1",
        "samara_uptime_seconds 61",
        "samara_items 3",
        "samara_announces_total{by=\"udp\"} 12",
        "samara_http_requests_total{code=\"4xx\"} 7",
        "# TYPE samara_completed_total counter",
        "samara_completed_total 10",
        "samara_sent_bytes_total{by=\"webseed\"} 1405",
        "samara_sent_bytes_total{by=\"peer\"} 40",
        "samara_peers_connected 8",
        "samara_item_completed_total{item=\"album.2\"} 3",
        "samara_item_sent_bytes_total{item=\"film\",by=\"webseed\"} 700",
        "samara_item_swarm_bytes{item=\"film\"} 2280",
        "samara_item_announces_total{item=\"film\",by=\"udp\"} 6",
        "samara_items_left_out 0",
        "samara_item_info{item=\"film\",info_hash=\"abcd000000000000000000000000000000000000\","
        "name=\"a film\"} 1",
    };
    const char *all = written(&m, sizeof text);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!has_line(all, lines[i])) {
            fail_msg("no line %s in\n%s", lines[i], all);
        }
    }
}

/* Each family once, with its type before its samples, which stand together: readers of the format
 * refuse the whole text otherwise. */
static void
test_families_are_whole(void **state)
{
    (void)state;
    struct metrics_item items[] = {item("film"), item("album")};
    struct metrics m = {.version = "1", .v = items, .count = 2};
    static char seen[100][80];
    size_t count = 0;
    char family[80] = "";
    char *rest = NULL, *copy = strdup(written(&m, sizeof text));
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (strncmp(line, "# TYPE ", 7) == 0) {
            assert_true(sscanf(line, "# TYPE %79s", family) == 1);
            for (size_t i = 0; i < count; i++) {
                assert_string_not_equal(seen[i], family);
            }
            memcpy(seen[count++], family, sizeof family);
        } else if (line[0] != '#') {
            size_t len = strcspn(line, "{ ");
            assert_int_equal(len, strlen(family));
            assert_memory_equal(line, family, len);
        }
    }
    free(copy);
    assert_in_range(count, 30, 60);
}

static void
test_labels_cannot_end_early(void **state)
{
    (void)state;
    struct metrics_item items[] = {item("film")};
    struct metrics m = {.version = "1", .v = items, .count = 1};
    items[0].name = BYTES("a\"} 5\nx\\\t\xc3\xbc");
    assert_non_null(strstr(written(&m, sizeof text), ",name=\"a\\\"} 5?x\\\\?\xc3\xbc\"} 1\n"));
}

static void
test_what_does_not_fit_is_left_out_and_said(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct metrics_item *items = calloc(MANY, sizeof *items);
    for (int i = 0; i < MANY; i++) {
        items[i] = item("film");
    }
    struct metrics m = {.version = "1", .v = items, .count = MANY};
    const char *all = written(&m, sizeof text);
    unsigned left = 0;
    const char *line = strstr(all, "\nsamara_items_left_out ");
    assert_non_null(line);
    assert_true(sscanf(line, " samara_items_left_out %u", &left) == 1);
    assert_in_range(left, MANY / 2, MANY - 1);
    assert_true(has_line(all, "samara_completed_total 15000"));
    struct metrics none = m;
    none.count = 0;
    size_t least = strlen(written(&none, sizeof text)) + 40; /* larger sums */
    for (size_t room = least; room < least + 10000; room += 100) {
        assert_non_null(strstr(written(&m, room), "\nsamara_items_left_out "));
    }
    assert_true(has_line(written(&m, least), "samara_items_left_out 5000"));
    free(items);
}

static void
test_what_the_swarm_brought(void **state)
{
    (void)state;
    assert_int_equal(metrics_by_swarm(0, 1000, 0), 0);
    assert_int_equal(metrics_by_swarm(0, 1000, 5000), 0);
    assert_int_equal(metrics_by_swarm(3, 1000, 1200), 1800);
    assert_int_equal(metrics_by_swarm(1, 1000, 1001), 0);
    assert_int_equal(metrics_by_swarm(7, 0, 0), 0);
    assert_int_equal(metrics_by_swarm(UINT64_MAX, 2, 0), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_figures_of_items_and_of_all),
        cmocka_unit_test(test_families_are_whole),
        cmocka_unit_test(test_labels_cannot_end_early),
        cmocka_unit_test(test_what_does_not_fit_is_left_out_and_said),
        cmocka_unit_test(test_what_the_swarm_brought),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
