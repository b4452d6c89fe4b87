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
                        "Warning: Damaged data arrived and was thrown away. There is nothing to "
                        "do: it is fetched again, from others.\n");
    assert_string_equal(line_of("en", NEWS_ERROR, "disk-full", "3 MiB more are needed.", true),
                        "Error: 3 MiB more are needed.\n");
    assert_string_equal(line_of("en", NEWS_WARNING, "tracker", "Tracker x.org: timed out", true),
                        "Warning: The server that knows who has this does not answer as it "
                        "should. Is this computer online? It keeps trying by itself. (Tracker "
                        "x.org: timed out)\n");
}

static void
test_other_languages_have_the_engines_words_behind(void **state)
{
    (void)state;
    assert_string_equal(line_of("de", NEWS_WARNING, "bad-piece", "whatever", true),
                        "Warnung: Beschädigte Daten kamen an und wurden verworfen. Sie müssen "
                        "nichts tun: Die Daten werden noch einmal geholt, von anderen.\n");
    assert_string_equal(line_of("de", NEWS_ERROR, "read-only", "x: read-only.", true),
                        "Fehler: Dort kann nichts gespeichert werden. Öffnen Sie diese Datei noch "
                        "einmal und wählen Sie einen anderen Ordner. (x: read-only.)\n");
    assert_string_equal(line_of("ja", NEWS_WARNING, "bad-peer", "1.2.3.4", true),
                        "警告: 壊れたデータが届いたため、捨てました。 何もする必要はありません。"
                        "ほかの人からもう一度取得します。（1.2.3.4）\n");
}

static void
test_a_full_disk_is_waited_for_or_not(void **state)
{
    (void)state;
    assert_string_equal(line_of("en", NEWS_WARNING, "disk-full", "x", true),
                        "Warning: The disk is full. Make room on it: the download goes on by "
                        "itself.\n");
    assert_string_equal(line_of("de", NEWS_ERROR, "disk-full", "3 MiB.", true),
                        "Fehler: Der Datenträger ist voll. Schaffen Sie Platz, oder öffnen Sie "
                        "diese Datei noch einmal und wählen Sie einen Ordner auf einem anderen "
                        "Datenträger. (3 MiB.)\n");
}

static void
test_what_has_no_words_comes_out_as_it_is(void **state)
{
    (void)state;
    struct buf b = BUF(mem);
    assert_false(trouble_put_words(&b, NULL, "unheard-of", true));
    assert_int_equal(b.len, 0);
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
    assert_true(strlen(line_of("ru", NEWS_WARNING, "tls", long_message, true)) > 1500);
    assert_true(strlen(line_of("ru", NEWS_WARNING, "x", long_message, false)) > 1500);
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
        cmocka_unit_test(test_what_has_no_words_comes_out_as_it_is),
        cmocka_unit_test(test_strangers_words_are_harmless_and_bounded),
        cmocka_unit_test(test_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
