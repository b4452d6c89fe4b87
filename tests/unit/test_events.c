#include "engine/events.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct events ring;

static int
set_up(void **state)
{
    (void)state;
    ring = (struct events){0};
    return 0;
}

static void
add(const char *a, const char *b)
{
    events_add(&ring, ENGINE_WARNING, NULL, "tracker", EVENT_TEXT(a, b));
}

static void
test_events_come_out_in_order_and_joined(void **state)
{
    (void)state;
    struct engine_event e;
    assert_false(events_take(&ring, &e));
    add("one ", "two");
    events_add(&ring, ENGINE_ERROR, NULL, "disk-full", EVENT_TEXT("three"));
    assert_true(events_take(&ring, &e));
    assert_int_equal(e.kind, ENGINE_WARNING);
    assert_string_equal(e.code, "tracker");
    assert_string_equal(e.message, "one two");
    assert_true(events_take(&ring, &e));
    assert_int_equal(e.kind, ENGINE_ERROR);
    assert_string_equal(e.message, "three");
    assert_false(events_take(&ring, &e));
}

static void
test_the_oldest_gives_way(void **state)
{
    (void)state;
    struct engine_event e;
    char text[16];
    for (int i = 0; i < EVENTS_MAX + 5; i++) {
        snprintf(text, sizeof text, "%d", i);
        add(text, "");
    }
    assert_true(events_take(&ring, &e));
    assert_string_equal(e.message, "5");
    int count = 1;
    while (events_take(&ring, &e))
        count++;
    assert_int_equal(count, EVENTS_MAX);
    assert_string_equal(e.message, "36");
}

static void
test_a_repeated_event_is_dropped(void **state)
{
    (void)state;
    struct engine_event e;
    add("same", "");
    add("same", "");
    add("other", "");
    add("same", "");
    assert_int_equal(ring.count, 3);
    while (events_take(&ring, &e))
        continue;
    add("same", "");
    assert_true(events_take(&ring, &e));
}

static void
test_long_and_foreign_texts_are_made_fit(void **state)
{
    (void)state;
    struct engine_event e;
    char text[400];
    memset(text, 'x', sizeof text);
    memcpy(text + 230, "\xc3\xa4", 2); /* would be cut in the middle */
    text[399] = 0;
    add(text, "tail");
    assert_true(events_take(&ring, &e));
    assert_int_equal(strlen(e.message), 230);
    add("a\x1b[2J\n\xc2\x9b", "\xff\xc3\xa4");
    assert_true(events_take(&ring, &e));
    assert_string_equal(e.message, "a [2J  ?\xc3\xa4");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_events_come_out_in_order_and_joined, set_up),
        cmocka_unit_test_setup(test_the_oldest_gives_way, set_up),
        cmocka_unit_test_setup(test_a_repeated_event_is_dropped, set_up),
        cmocka_unit_test_setup(test_long_and_foreign_texts_are_made_fit, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
