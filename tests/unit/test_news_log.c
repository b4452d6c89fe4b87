#include "ui/news_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
test_texts_stand_in_their_order(void **state)
{
    (void)state;
    struct news_log *l = calloc(1, sizeof *l); /* its borders are watched there */
    assert_string_equal(l->texts, "");
    news_log_add(l, BYTES("first"));
    news_log_add(l, (struct bytes){0}); /* would be taken for the end */
    news_log_add(l, BYTES("second"));
    assert_string_equal(text_at(l->texts, 0), "first");
    assert_string_equal(text_at(l->texts, 1), "second");
    assert_string_equal(text_at(l->texts, 2), "");
    free(l);
}

static void
test_the_oldest_give_way(void **state)
{
    (void)state;
    struct news_log *l = calloc(1, sizeof *l);
    char text[700];
    for (int i = 0; i < 400; i++) {
        memset(text, 'a' + i % 26, sizeof text);
        news_log_add(l, bytes_of(text, (size_t)(i * 37 % 700)));
        size_t count = 0, len = 0;
        for (const char *t = l->texts; *t; t = text_at(t, 1)) {
            assert_true(strlen(t) <= NEWS_LOG_TEXT_MAX);
            len += strlen(t) + 1;
            count++;
        }
        assert_int_equal(len, l->len);
        assert_true(l->len < NEWS_LOG_SIZE);
        assert_true(i < 20 || count >= 10);
    }
    /* 399 * 37 % 700 bytes of the last letter stand at the end. */
    assert_int_equal(l->texts[l->len - 2], 'a' + 399 % 26);
    free(l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_stand_in_their_order),
        cmocka_unit_test(test_the_oldest_give_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
