#include "ui/language.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ui/format.h"
#include "ui/text.h"

static struct language language;
static uint8_t mem[8192];

#define TEXT_ROW(id, text) {#id, text},
static const struct {
    const char *id, *english;
} texts[] = {TEXT_ENGLISH(TEXT_ROW)};

static const struct language *
choose(const char *tag)
{
    language_choose(&language, bytes_of_text(tag));
    return &language;
}

/* Calls `test` once for each file of stub/ui/languages. */
static void
for_each(void (*test)(const char *tag))
{
    glob_t found;
    assert_int_equal(glob("stub/ui/languages/*.txt", 0, NULL, &found), 0);
    assert_true(found.gl_pathc >= 7);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char tag[16];
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        snprintf(tag, sizeof tag, "%.*s", (int)strcspn(name, "."), name);
        assert_true(language_choose(&language, bytes_of_text(tag)));
        test(tag);
    }
    globfree(&found);
}

static void
is_whole(const char *tag)
{
    int missing = 0;
    for (int i = 0; i < TEXT_COUNT; i++) {
        const char *text = text_at(language.texts, (unsigned)i);
        if (!*text) {
            print_error("%s.txt lacks %s\n", tag, texts[i].id);
            missing++;
        }
        assert_true(bytes_is_utf8(bytes_of_text(text)));
    }
    assert_int_equal(missing, 0);
}

static void
test_every_text_is_translated(void **state)
{
    (void)state;
    for_each(is_whole);
}

/* Puts a text with arguments of the kinds that its English form takes. */
static void
put_sample(struct buf *b, int i, int64_t n)
{
    char kinds[8] = "";
    const char *p = strchr(texts[i].english, '%');
    for (size_t k = 0; p && p[1] && k < sizeof kinds - 1; p = strchr(p + 2, '%')) {
        kinds[k++] = strchr("zrtkm", p[1]) ? 'n' : p[1] == 'f' ? 's' : p[1];
    }
    enum text_id id = (enum text_id)i;
    struct bytes s = BYTES("some text");
    if (strcmp(kinds, "") == 0) {
        text_put(b, &language, id);
    } else if (strcmp(kinds, "s") == 0) {
        text_put(b, &language, id, s);
    } else if (strcmp(kinds, "ss") == 0) {
        text_put(b, &language, id, s, s);
    } else if (strcmp(kinds, "c") == 0) {
        text_put(b, &language, id, "word");
    } else if (strcmp(kinds, "sc") == 0) {
        text_put(b, &language, id, s, "word");
    } else if (strcmp(kinds, "scs") == 0) {
        text_put(b, &language, id, s, "/", s);
    } else if (strcmp(kinds, "sn") == 0) {
        text_put(b, &language, id, s, n);
    } else if (strcmp(kinds, "sns") == 0) {
        text_put(b, &language, id, s, n, s);
    } else if (strcmp(kinds, "ns") == 0) {
        text_put(b, &language, id, n, s);
    } else if (strcmp(kinds, "ps") == 0) {
        text_put(b, &language, id, n, n + 9, s);
    } else if (strcmp(kinds, "snnn") == 0) {
        text_put(b, &language, id, s, n, n, n);
    } else if (strcmp(kinds, "p") == 0) {
        text_put(b, &language, id, n, n + 9);
    } else if (strcmp(kinds, "pn") == 0) {
        text_put(b, &language, id, n, n + 9, n);
    } else if (strspn(kinds, "n") == strlen(kinds) && strlen(kinds) <= 3) {
        text_put(b, &language, id, n, n, n);
    } else {
        fail_msg("%s takes %s: teach put_sample", texts[i].id, kinds);
    }
}

/* Of the numbers' texts some are words that format.c puts together. */
static bool
is_word(int i)
{
    return i == TEXT_PLURAL || i == TEXT_POINT || i == TEXT_PERCENT_SIGN || i == TEXT_UNITS ||
           i == TEXT_PER_SECOND;
}

static void
renders(const char *tag)
{
    static const int64_t numbers[] = {0, 1, 2, 5, 11, 21, 104857, INT64_C(3) << 40};
    for (int i = 0; i < TEXT_COUNT; i++) {
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers && !is_word(i); k++) {
            struct buf b = BUF(mem);
            put_sample(&b, i, numbers[k]);
            bool status = i >= TEXT_CHECKING && i <= TEXT_RATIO;
            bool label = i >= TEXT_LABEL_START && i <= TEXT_LABEL_SHOW;
            size_t len_max = status ? 250 : 600;
            if (b.len == 0 || b.len > len_max || !bytes_is_utf8(buf_bytes(&b)) ||
                (label && format_columns(buf_bytes(&b)) > 36)) {
                fail_msg("%s, %s: %zu bytes: %s", tag, texts[i].id, b.len, buf_cstr(&b));
            }
            const char *text = buf_cstr(&b);
            for (const char *p = strpbrk(text, "%{|}\\"); p; p = strpbrk(p + 1, "%{|}\\")) {
                bool percent = *p == '%' && !(p[1] >= 'a' && p[1] <= 'z');
                if (!percent) {
                    fail_msg("%s, %s: %s", tag, texts[i].id, text);
                }
            }
            /* A sentence with a line feed at its end in English has one elsewhere, too. */
            size_t len = strlen(texts[i].english);
            assert_int_equal(text[b.len - 1] == '\n', texts[i].english[len - 1] == '\n');
        }
    }
}

static void
test_every_text_renders(void **state)
{
    (void)state;
    for_each(renders);
    language.len = 0;
    renders("en");
}

static void
test_forms_by_number(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        const char *forms; /* of 0, 1, 2, 4, 5, 11, 12, 14, 21, 22, 25, 100, 101, 111, 112, 1001 */
    } cases[] = {
        {"en", "1011111111111111"}, {"de", "1011111111111111"}, {"es", "1011111111111111"},
        {"fr", "0011111111111111"}, {"pt", "0011111111111111"}, {"ru", "2011222201220220"},
        {"zh", "0000000000000000"}, {"ja", "0000000000000000"},
    };
    static const int64_t numbers[] = {0,  1,  2,  4,   5,   11,  12,  14,
                                      21, 22, 25, 100, 101, 111, 112, 1001};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        choose(cases[i].tag);
        for (size_t k = 0; k < 16; k++) {
            unsigned form = language_form(&language, numbers[k]);
            if (form != (unsigned)(cases[i].forms[k] - '0')) {
                fail_msg("%s: form %u of %d", cases[i].tag, form, (int)numbers[k]);
            }
        }
    }
    assert_int_equal(language_form(NULL, 1), 0);
}

static void
test_forms_in_a_text(void **state)
{
    (void)state;
    static const struct {
        const char *tag;
        int64_t peers, webseeds;
        const char *want;
    } cases[] = {
        {"en", 1, 2, "1 peer + 2 web seeds"},
        {"en", 0, 1, "0 peers + 1 web seed"},
        {"fr", 0, 1, "0 personne + 1 serveur web"},
        {"es", 0, 1, "0 personas + 1 servidor web"},
        {"ru", 21, 3, "21 участник + 3 веб-сервера"},
        {"ru", 112, 1, "112 участников + 1 веб-сервер"},
        {"ja", 3, 1, "3 人 + ウェブサーバー 1 台"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buf b = BUF(mem);
        text_put(&b, choose(cases[i].tag), TEXT_PEERS_WEB, cases[i].peers, cases[i].webseeds);
        assert_string_equal(buf_cstr(&b), cases[i].want);
    }
}

#define NB "\xc2\xa0"

static void
test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *size, *bytes, *rate, *percent, *days, *minutes, *clock, *milli;
    } cases[] = {
        {"de", "1,5" NB "MiB", "1" NB "Byte", "12" NB "B/s", "42,1" NB "%",
         "2" NB "Tage 3" NB "Std.", "3" NB "min 20" NB "s", "2" NB "T 3" NB "h", "1,23"},
        {"es", "1,5" NB "MiB", "1" NB "byte", "12" NB "B/s", "42,1" NB "%", "2" NB "días 3" NB "h",
         "3" NB "min 20" NB "s", "2" NB "d 3" NB "h", "1,23"},
        {"fr", "1,5" NB "Mio", "1" NB "octet", "12" NB "o/s", "42,1" NB "%",
         "2" NB "jours 3" NB "h", "3" NB "min 20" NB "s", "2" NB "j 3" NB "h", "1,23"},
        {"pt", "1,5" NB "MiB", "1" NB "byte", "12" NB "B/s", "42,1%", "2" NB "dias 3" NB "h",
         "3" NB "min 20" NB "s", "2" NB "d 3" NB "h", "1,23"},
        {"ru", "1,5" NB "МиБ", "1" NB "байт", "12" NB "Б/с", "42,1" NB "%", "2" NB "дня 3" NB "ч",
         "3" NB "мин 20" NB "с", "2" NB "д 3" NB "ч", "1,23"},
        {"zh", "1.5" NB "MiB", "1 字节", "12" NB "B/s", "42.1%", "2 天 3 小时", "3 分钟 20 秒",
         "2 天 3 小时", "1.23"},
        {"ja", "1.5" NB "MiB", "1 バイト", "12" NB "B/秒", "42.1%", "2 日 3 時間", "3 分 20 秒",
         "2 日 3 時間", "1.23"},
        {"en", "1.5 MiB", "1 byte", "12 B/s", "42.1%", "2 days 3 h", "3 min 20 s", "2d 3h", "1.23"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct language *l = choose(cases[i].tag);
        struct buf b = BUF(mem);
        format_size(&b, l, 3 << 19);
        assert_string_equal(buf_cstr(&b), cases[i].size);
        b.len = 0;
        format_size(&b, l, 1);
        assert_string_equal(buf_cstr(&b), cases[i].bytes);
        b.len = 0;
        format_rate(&b, l, 12);
        assert_string_equal(buf_cstr(&b), cases[i].rate);
        b.len = 0;
        format_percent(&b, l, 4219, 10000);
        assert_string_equal(buf_cstr(&b), cases[i].percent);
        b.len = 0;
        format_duration(&b, l, 2 * 86400 + 3 * 3600);
        assert_string_equal(buf_cstr(&b), cases[i].days);
        b.len = 0;
        format_duration(&b, l, 200);
        assert_string_equal(buf_cstr(&b), cases[i].minutes);
        b.len = 0;
        format_clock(&b, l, 2 * 86400 + 3 * 3600);
        assert_string_equal(buf_cstr(&b), cases[i].clock);
        b.len = 0;
        format_milli(&b, l, 1239);
        assert_string_equal(buf_cstr(&b), cases[i].milli);
    }
}

static void
test_choice_by_tag(void **state)
{
    (void)state;
    static char long_tag[10000];
    memset(long_tag, 'd', sizeof long_tag - 1);
    static const struct {
        const char *tag, *stopped; /* NULL: English */
    } cases[] = {
        {"de", "Beendet.\n"},
        {"de-AT", "Beendet.\n"},
        {"DE-de", "Beendet.\n"},
        {"pt-BR", "Interrompido.\n"},
        {"pt-PT", "Interrompido.\n"},
        {"zh-CN", "已停止。\n"},
        {"zh-TW", "已停止。\n"},
        {"en", NULL},
        {"en-GB", NULL},
        {"", NULL},
        {"-", NULL},
        {"xx", NULL},
        {"d", NULL},
        {"deu", NULL},
        {"..", NULL},
        {"../../x", NULL},
        {"de/", NULL},
        {"Stop", NULL},
        {"C", NULL},
        {long_tag, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool found = language_choose(&language, bytes_of_text(cases[i].tag));
        assert_int_equal(found, cases[i].stopped != NULL);
        assert_int_equal(language_is_english(&language), cases[i].stopped == NULL);
        assert_string_equal(language_text(&language, TEXT_STOPPED),
                            cases[i].stopped ? cases[i].stopped : "Stopped.\n");
    }
}

static void
test_what_is_not_translated_is_english(void **state)
{
    (void)state;
    language = (struct language){.len = TEXT_COUNT};
    assert_false(language_is_english(&language));
    assert_string_equal(language_text(&language, TEXT_STOPPED), "Stopped.\n");
    assert_string_equal(language_text(&language, TEXT_LABEL_START), "Start the download");
    assert_true(language_is_english(NULL));
    assert_string_equal(language_text(NULL, TEXT_STOPPED), "Stopped.\n");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_text_is_translated),
        cmocka_unit_test(test_every_text_renders),
        cmocka_unit_test(test_forms_by_number),
        cmocka_unit_test(test_forms_in_a_text),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_choice_by_tag),
        cmocka_unit_test(test_what_is_not_translated_is_english),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
