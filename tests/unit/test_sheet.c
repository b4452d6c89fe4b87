#include "ui/sheet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct face_start start;
static struct swarm_status status;
static struct sheet_trouble trouble;
static struct sheet_facts facts;
static struct sheet sheet;

static int
set_up(void **state)
{
    (void)state;
    start = (struct face_start){.name = BYTES("film.mkv"),
                                .title = BYTES("The film"),
                                .publisher = BYTES("Me"),
                                .message = BYTES("Enjoy.\nBye."),
                                .dir = "/downloads",
                                .size = 1 << 20,
                                .files = 3,
                                .seed_ratio_milli = 1000,
                                .seed_ms = 3600000,
                                .will_share = true};
    status = (struct swarm_status){.phase = SWARM_DOWNLOADING,
                                   .size = 1 << 20,
                                   .done = 1 << 18,
                                   .down_rate = 2048,
                                   .up_rate = 1024,
                                   .peers = 2,
                                   .webseeds = 1,
                                   .eta_s = 75};
    trouble = (struct sheet_trouble){0};
    facts = (struct sheet_facts){.start = &start, .status = &status, .trouble = &trouble};
    return 0;
}

static const char *
line(enum sheet_line which)
{
    static char text[8192];
    snprintf(text, sizeof text, "%.*s", (int)sheet.line[which].len,
             (const char *)sheet.line[which].ptr);
    return text;
}

static bool
has(enum sheet_line which, const char *part)
{
    return strstr(line(which), part) != NULL;
}

static void
tell(const char *code, bool is_error)
{
    trouble.code = code;
    trouble.is_error = is_error;
    snprintf(trouble.message, sizeof trouble.message, "exactly this");
}

static void
test_the_first_sheet_says_what_and_from_whom(void **state)
{
    (void)state;
    facts.status = NULL;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_ASK);
    assert_int_equal(sheet.permille, -1);
    assert_int_equal(sheet.buttons, SHEET_START | SHEET_STOP | SHEET_LISTEN);
    assert_string_equal(line(SHEET_TITLE), "The film");
    assert_string_equal(line(SHEET_SIZE), "1.0 MiB in 3 files");
    assert_string_equal(line(SHEET_PUBLISHER), "Published by Me (as this file says)");
    assert_string_equal(line(SHEET_MESSAGE), "Enjoy.\nBye.");
    assert_string_equal(line(SHEET_FOLDER), "/downloads");
    assert_true(has(SHEET_NOTE, "also sent to other people"));
    assert_true(has(SHEET_NOTE, "Internet address"));
    assert_string_equal(line(SHEET_TAB), "The film");
    assert_string_equal(line(SHEET_WHAT), "");
}

static void
test_without_title_the_name_is_shown_and_one_file_is_not_counted(void **state)
{
    (void)state;
    start.title = start.publisher = (struct bytes){0};
    start.files = 1;
    facts.status = NULL;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_TITLE), "film.mkv");
    assert_string_equal(line(SHEET_SIZE), "1.0 MiB");
    assert_string_equal(line(SHEET_PUBLISHER), "");
}

static void
test_progress_has_all_figures(void **state)
{
    (void)state;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_PROGRESS);
    assert_int_equal(sheet.permille, 250);
    assert_string_equal(line(SHEET_HEADING), "Downloading");
    assert_string_equal(line(SHEET_STATUS), "25.0% of 1.0 MiB");
    assert_string_equal(line(SHEET_DOWN), "2.0 KiB/s");
    assert_string_equal(line(SHEET_UP), "1.0 KiB/s");
    assert_string_equal(line(SHEET_LEFT), "1:15");
    assert_string_equal(line(SHEET_PEOPLE), "2 + 1 from the web");
    assert_true(has(SHEET_TAB, "25.0%"));
    assert_true(sheet.buttons & SHEET_PAUSE);
    assert_false(sheet.buttons & (SHEET_RESUME | SHEET_START | SHEET_KEEP));
}

static void
test_a_pause_offers_to_go_on(void **state)
{
    (void)state;
    status.paused = true;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_HEADING), "Paused");
    assert_string_equal(line(SHEET_LEFT), "-");
    assert_string_equal(line(SHEET_DOWN), "0 B/s");
    assert_true(sheet.buttons & SHEET_RESUME);
    assert_false(sheet.buttons & SHEET_PAUSE);
}

static void
test_all_but_the_last_piece_is_not_all(void **state)
{
    (void)state;
    status.size = INT64_C(1) << 50;
    status.done = status.size - 1;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.permille, 999);
    assert_true(has(SHEET_STATUS, "99.9%"));
}

static void
test_a_check_shows_its_own_progress(void **state)
{
    (void)state;
    status.phase = SWARM_CHECKING;
    status.checked = 1 << 19;
    status.to_check = 1 << 20;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.permille, 500);
    assert_string_equal(line(SHEET_HEADING), "Checking what is already here");
}

static void
test_trouble_passes_when_it_holds_no_more(void **state)
{
    (void)state;
    tell("no-peers", false);
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_WHAT), ""); /* there are peers */
    status.peers = status.webseeds = 0;
    sheet_make(&sheet, &facts);
    assert_true(has(SHEET_WHAT, "Nobody"));
    assert_string_equal(line(SHEET_EXACTLY), "exactly this");
    assert_int_equal(sheet.kind, SHEET_PROGRESS);
    status.paused = true;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_WHAT), "");

    status.paused = false;
    status.peers = 1;
    tell("bad-piece", false);
    sheet_make(&sheet, &facts);
    assert_true(has(SHEET_WHAT, "Damaged data"));
    trouble.age_ms = 60000;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_WHAT), "");

    tell("listen", false);
    sheet_make(&sheet, &facts);
    assert_true(has(SHEET_WHAT, "Others"));
    facts.listens = true;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_WHAT), "");
}

static void
test_a_full_disk_is_seen_from_the_phase(void **state)
{
    (void)state;
    status.phase = SWARM_DISK_WAIT;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_PROGRESS);
    assert_string_equal(line(SHEET_WHAT), "The disk is full.");
    assert_true(has(SHEET_REMEDY, "by itself"));
    status.phase = SWARM_DOWNLOADING;
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_WHAT), "");
}

static void
test_every_code_has_words(void **state)
{
    (void)state;
    static const char *const codes[] = {"disk-full", "disk",      "read-only", "path",
                                        "timeout",   "no-peers",  "tracker",   "tls",
                                        "webseed",   "bad-piece", "bad-peer",  "damaged",
                                        "memory",    "magnet",    "listen",    "what comes later"};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        tell(codes[i], true);
        facts.over = true;
        sheet_make(&sheet, &facts);
        assert_int_equal(sheet.kind, SHEET_TROUBLE);
        assert_int_equal(sheet.buttons, 0);
        assert_true(sheet.line[SHEET_WHAT].len > 0 && sheet.line[SHEET_REMEDY].len > 0);
        assert_string_equal(line(SHEET_EXACTLY), "exactly this");
    }
}

static void
test_what_could_not_be_read_has_no_size(void **state)
{
    (void)state;
    start = (struct face_start){0};
    facts.status = NULL;
    facts.over = true;
    tell("damaged", true);
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_TROUBLE);
    assert_string_equal(line(SHEET_TITLE), "");
    assert_string_equal(line(SHEET_SIZE), "");
    assert_string_equal(line(SHEET_WHAT), "This file is damaged.");
}

static void
test_a_bad_folder_is_told_on_the_first_sheet(void **state)
{
    (void)state;
    facts.status = NULL;
    tell("path", false);
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_ASK);
    assert_string_equal(line(SHEET_WHAT), "This folder cannot be used.");
    assert_string_equal(line(SHEET_REMEDY), "Choose another one.");
}

static void
test_completion_says_how_sharing_ends(void **state)
{
    (void)state;
    status.complete = true;
    status.done = status.size;
    status.phase = SWARM_SEEDING;
    status.uploaded = 1 << 19;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_DONE);
    assert_int_equal(sheet.permille, 1000);
    assert_true(has(SHEET_NOTE, "when 1.00 times its size"));
    assert_true(has(SHEET_SHARED, "512 KiB, 0.50 times"));
    assert_string_equal(line(SHEET_UP), "1.0 KiB/s");
    assert_string_equal(line(SHEET_DOWN), ""); /* there is nothing to receive any more */
    assert_true(sheet.buttons & SHEET_KEEP && sheet.buttons & SHEET_SHOW);
    facts.keeps_sharing = true;
    sheet_make(&sheet, &facts);
    assert_true(has(SHEET_NOTE, "until you close this page"));
    facts.over = true;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_END);
    assert_int_equal(sheet.buttons, 0);
}

static void
test_an_old_error_does_not_spoil_completion(void **state)
{
    (void)state;
    tell("disk", true);
    status.complete = true;
    status.phase = SWARM_STOPPED;
    facts.over = true;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_END);
}

static void
test_stopping_says_how_far_it_came(void **state)
{
    (void)state;
    facts.over = true;
    sheet_make(&sheet, &facts);
    assert_int_equal(sheet.kind, SHEET_END);
    assert_true(has(SHEET_STATUS, "Stopped at 25.0%"));
}

static void
test_strangers_texts_fit_and_are_harmless(void **state)
{
    (void)state;
    static uint8_t wild[20000];
    memset(wild, 0xff, sizeof wild);
    start.title = start.publisher = start.message = bytes_of(wild, sizeof wild);
    start.name = start.title;
    facts.status = NULL;
    sheet_make(&sheet, &facts);
    for (int i = 0; i < SHEET_LINES; i++) {
        assert_true(bytes_is_utf8(sheet.line[i]));
    }
    assert_string_equal(line(SHEET_FOLDER), "/downloads");
    assert_true(has(SHEET_NOTE, "also sent")); /* comes last, and still fits */
    start.title = BYTES("a\x1b[2J\xe2\x80\xae"
                        "b");
    sheet_make(&sheet, &facts);
    assert_string_equal(line(SHEET_TITLE), "a\xef\xbf\xbd[2J\xef\xbf\xbd"
                                           "b");
}

static void
test_a_warning_behind_an_error_is_not_taken(void **state)
{
    (void)state;
    struct sheet_trouble t = {0};
    char text[1000];
    memset(text, 'x', sizeof text);
    struct face_news warning = {.kind = NEWS_WARNING, .code = "tracker", .message = BYTES("late")};
    struct face_news error = {
        .kind = NEWS_ERROR, .code = "disk", .message = bytes_of(text, sizeof text)};
    assert_true(sheet_take_trouble(&t, &warning));
    assert_string_equal(t.message, "late");
    assert_true(sheet_take_trouble(&t, &error));
    assert_int_equal(strlen(t.message), sizeof t.message - 1);
    assert_false(sheet_take_trouble(&t, &warning));
    assert_string_equal(t.code, "disk");
    assert_true(t.is_error);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_first_sheet_says_what_and_from_whom, set_up),
        cmocka_unit_test_setup(test_without_title_the_name_is_shown_and_one_file_is_not_counted,
                               set_up),
        cmocka_unit_test_setup(test_progress_has_all_figures, set_up),
        cmocka_unit_test_setup(test_a_pause_offers_to_go_on, set_up),
        cmocka_unit_test_setup(test_all_but_the_last_piece_is_not_all, set_up),
        cmocka_unit_test_setup(test_a_check_shows_its_own_progress, set_up),
        cmocka_unit_test_setup(test_trouble_passes_when_it_holds_no_more, set_up),
        cmocka_unit_test_setup(test_a_full_disk_is_seen_from_the_phase, set_up),
        cmocka_unit_test_setup(test_every_code_has_words, set_up),
        cmocka_unit_test_setup(test_what_could_not_be_read_has_no_size, set_up),
        cmocka_unit_test_setup(test_a_bad_folder_is_told_on_the_first_sheet, set_up),
        cmocka_unit_test_setup(test_completion_says_how_sharing_ends, set_up),
        cmocka_unit_test_setup(test_an_old_error_does_not_spoil_completion, set_up),
        cmocka_unit_test_setup(test_stopping_says_how_far_it_came, set_up),
        cmocka_unit_test(test_a_warning_behind_an_error_is_not_taken),
        cmocka_unit_test_setup(test_strangers_texts_fit_and_are_harmless, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
