#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sys/sys.h"

static void
set(const char *name, const char *value)
{
    if (value) {
        setenv(name, value, 1);
    } else {
        unsetenv(name);
    }
}

static void
test_locale_names(void **state)
{
    (void)state;
    static char long_name[5000] = "de_";
    memset(long_name + 3, 'A', sizeof long_name - 4);
    const struct {
        const char *lc_all, *lc_messages, *lc_ctype, *lang, *language, *want; /* NULL: none */
    } cases[] = {
        {NULL, NULL, NULL, "de_AT.UTF-8", NULL, "de-AT"},
        {NULL, NULL, NULL, "de_DE.utf8", NULL, "de-DE"},
        {NULL, NULL, NULL, "de.UTF-8", NULL, "de"},
        {NULL, NULL, NULL, "sr_RS.UTF-8@latin", NULL, "sr-RS"},
        {NULL, NULL, NULL, "es_419.UTF-8", NULL, "es-419"},
        {NULL, NULL, NULL, "DE_de.UTF-8", NULL, "de-DE"},
        {NULL, NULL, NULL, "zh_TW.UTF-8", NULL, "zh-TW"},
        {NULL, NULL, NULL, "zh_Hant_TW.UTF-8", NULL, "zh"},
        {"pt_BR.UTF-8", "de_DE.UTF-8", "C", "fr_FR.UTF-8", NULL, "pt-BR"},
        {"", "de_DE.UTF-8", "", "fr_FR.UTF-8", NULL, "de-DE"},
        {NULL, "de_DE", NULL, "fr_FR.UTF-8", NULL, "de-DE"},
        {NULL, NULL, "UTF-8", "ja_JP", NULL, "ja-JP"},
        /* LANGUAGE counts where the locale is a language. */
        {NULL, NULL, NULL, "en_US.UTF-8", "fr:de", "fr"},
        {NULL, NULL, NULL, "en_US.UTF-8", "pt_BR.UTF-8:pt", "pt-BR"},
        {NULL, NULL, NULL, "C.UTF-8", "fr", NULL},
        {"C", NULL, NULL, "de_DE.UTF-8", "fr", NULL},
        {NULL, NULL, NULL, "en_US.UTF-8", "", "en-US"},
        {NULL, NULL, NULL, "en_US.UTF-8", ":fr", NULL},
        /* Not to be shown in UTF-8. */
        {NULL, NULL, NULL, "de_DE.ISO-8859-1", NULL, NULL},
        {NULL, NULL, NULL, "de_DE@euro", NULL, NULL},
        {NULL, NULL, NULL, "zh_TW", NULL, NULL},
        {NULL, NULL, "C", "de_DE.UTF-8", NULL, NULL},
        {NULL, NULL, NULL, "de_DE.UTF-16", NULL, NULL},
        /* None, or nonsense. */
        {NULL, NULL, NULL, NULL, NULL, NULL},
        {"C.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"POSIX", NULL, NULL, NULL, NULL, NULL},
        {"", "", "", "", "", NULL},
        {"..", NULL, NULL, NULL, NULL, NULL},
        {"../../x.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"/de.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"d.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"d\xc3\xa9.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"abcdefghi.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {"de_\x1b[.UTF-8", NULL, NULL, NULL, NULL, NULL},
        {NULL, NULL, "C.UTF-8", long_name, NULL, "de"},
        {NULL, NULL, NULL, "en_US.UTF-8", "../../x", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char mem[20];
        struct buf b = buf_over(mem, 17);
        set("LC_ALL", cases[i].lc_all);
        set("LC_MESSAGES", cases[i].lc_messages);
        set("LC_CTYPE", cases[i].lc_ctype);
        set("LANG", cases[i].lang);
        set("LANGUAGE", cases[i].language);
        bool found = sys_language(&b);
        if (found != (cases[i].want != NULL) ||
            strcmp(buf_cstr(&b), found ? cases[i].want : "") != 0) {
            fail_msg("case %zu: '%s'", i, buf_cstr(&b));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_locale_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
