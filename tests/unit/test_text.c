#include "ui/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_PLAIN(id, text) text,
static const char *const texts[] = {TEXT_ENGLISH(TEXT_PLAIN)};

static void
test_placeholders_are_known(void **state)
{
    (void)state;
    assert_int_equal(sizeof texts / sizeof *texts, TEXT_COUNT);
    for (int i = 0; i < TEXT_COUNT; i++) {
        for (const char *at = strchr(texts[i], '%'); at; at = strchr(at + 1, '%')) {
            if (i == TEXT_PERCENT_SIGN) {
                continue;
            }
            if (!at[1] || !strchr("sfcnzrtkmp", at[1])) {
                fail_msg("'%s' in: %s", at, texts[i]);
            }
        }
    }
}

static void
test_texts_without_arguments_come_out_as_they_are(void **state)
{
    (void)state;
    for (int i = 0; i < TEXT_COUNT; i++) {
        uint8_t mem[4096];
        struct buf b = BUF(mem);
        if (!strpbrk(texts[i], "%{")) {
            text_put(&b, NULL, (enum text_id)i);
            assert_string_equal(buf_cstr(&b), texts[i]);
        }
    }
}

static void
test_arguments_are_filled_in(void **state)
{
    (void)state;
    uint8_t mem[512];
    struct buf b = BUF(mem);
    text_put(&b, NULL, TEXT_COMPLETE, BYTES("a\x1b[2Jb"), INT64_C(2048), INT64_C(61), INT64_C(10));
    assert_string_equal(buf_cstr(&b), "a\xef\xbf\xbd[2Jb is complete: 2.0 KiB in 1 min 1 s, 10 B/s "
                                      "on average.\n");
    b = BUF(mem);
    text_put(&b, NULL, TEXT_STOPPED_PART, INT64_C(1), INT64_C(4));
    assert_string_equal(buf_cstr(&b), "Stopped at 25.0%. Run it again to go on from there.\n");
    b = BUF(mem);
    text_put(&b, NULL, TEXT_NO_FOLDER, BYTES("there"), "not found");
    assert_string_equal(buf_cstr(&b), "the folder there cannot be used: not found.");
    b = BUF(mem);
    text_put(&b, NULL, TEXT_LEFT, INT64_C(200));
    assert_string_equal(buf_cstr(&b), "3:20 left");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placeholders_are_known),
        cmocka_unit_test(test_texts_without_arguments_come_out_as_they_are),
        cmocka_unit_test(test_arguments_are_filled_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
