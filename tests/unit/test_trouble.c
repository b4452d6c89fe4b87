#include "ui/trouble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct language language;
static uint8_t mem[TROUBLE_LINE_MAX];

static const char *
line_of(const char *tag, enum face_news_kind kind, const char *code, const char *message,
        bool engine)
{
    struct face_news n = {
        .kind = kind, .code = code, .message = bytes_of_text(message), .by_engine = engine};
    struct buf b = BUF(mem);
    language_choose(&language, bytes_of_text(tag));
    trouble_put_line(&b, &language, &n);
    assert_false(b.full);
    return buf_cstr(&b);
}

static void
test_english_says_what_the_engine_says_and_more(void **state)
{
    (void)state;
    assert_string_equal(line_of("en", NEWS_WARNING, "bad-piece", "whatever", true),
                        "Warning: A piece arrived damaged; it is fetched again.\n");
    assert_string_equal(line_of("en", NEWS_ERROR, "disk-full", "3 MiB more are needed.", true),
                        "Error: 3 MiB more are needed.\n");
    assert_string_equal(line_of("en", NEWS_WARNING, "tracker", "Tracker x.org: timed out", true),
                        "Warning: A server that knows who shares this cannot help right now; "
                        "other ways are tried. (Tracker x.org: timed out)\n");
}

static void
test_other_languages_have_the_engines_words_behind(void **state)
{
    (void)state;
    assert_string_equal(line_of("de", NEWS_WARNING, "bad-piece", "whatever", true),
                        "Warnung: Ein Teil kam beschädigt an; er wird noch einmal geholt.\n");
    assert_string_equal(line_of("de", NEWS_ERROR, "read-only", "x: read-only.", true),
                        "Fehler: Der Ordner liegt auf einem schreibgeschützten Datenträger. Wählen "
                        "Sie einen anderen Ordner. (x: read-only.)\n");
    assert_string_equal(
        line_of("ja", NEWS_WARNING, "bad-peer", "1.2.3.4", true),
        "警告: 壊れたデータを送ってきた相手がいます。その相手からはもう受け取りません。"
        "（1.2.3.4）\n");
}

static void
test_a_full_disk_is_waited_for_or_not(void **state)
{
    (void)state;
    assert_int_equal(trouble_text("disk-full", false), TEXT_TROUBLE_DISK_WAIT);
    assert_int_equal(trouble_text("disk-full", true), TEXT_TROUBLE_DISK_FULL);
    assert_int_equal(trouble_text("disk", true), TEXT_TROUBLE_DISK);
}

static void
test_what_has_no_sentence_comes_out_as_it_is(void **state)
{
    (void)state;
    assert_int_equal(trouble_text("unheard-of", true), TEXT_COUNT);
    assert_string_equal(line_of("de", NEWS_ERROR, "unheard-of", "Oh.", true), "Fehler: Oh.\n");
    /* Our own words are in the right language already. */
    assert_string_equal(line_of("de", NEWS_ERROR, "disk", "Oh.", false), "Fehler: Oh.\n");
}

static void
test_strangers_words_are_harmless_and_bounded(void **state)
{
    (void)state;
    static char long_message[5000];
    assert_string_equal(line_of("en", NEWS_ERROR, "x", "a\x1b[2Jb", true),
                        "Error: a\xef\xbf\xbd[2Jb\n");
    memset(long_message, '\x1b', sizeof long_message - 1);
    assert_true(strlen(line_of("ru", NEWS_WARNING, "tls", long_message, true)) > 2000);
    assert_true(strlen(line_of("ru", NEWS_WARNING, "x", long_message, false)) > 2000);
}

static void
test_reasons(void **state)
{
    (void)state;
    language_choose(&language, BYTES("de"));
    assert_string_equal(trouble_reason(&language, SYS_IN_USE), "wird bereits benutzt");
    assert_string_equal(trouble_reason(&language, SYS_OTHER), "das System lehnt es ab");
    assert_string_equal(trouble_reason(&language, SYS_REFUSED), "connection refused");
    for (int64_t error = SYS_OTHER; error <= SYS_IN_USE; error++) {
        assert_string_equal(trouble_reason(NULL, error), sys_error_text(error));
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_english_says_what_the_engine_says_and_more),
        cmocka_unit_test(test_other_languages_have_the_engines_words_behind),
        cmocka_unit_test(test_a_full_disk_is_waited_for_or_not),
        cmocka_unit_test(test_what_has_no_sentence_comes_out_as_it_is),
        cmocka_unit_test(test_strangers_words_are_harmless_and_bounded),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
