/* builder/pe_resources, on the stubs that the builder carries. */
#include "builder/embedded.h"
#include "builder/pack.h"
#include "builder/pe_resources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const targets[] = {"windows-x86_64", "windows-i386"};

/* An .ico with two pictures of 300 and 70000 bytes, which nobody looks into. */
enum { ICO_HEAD = 6 + 2 * 16, FIRST = 300, SECOND = 70000, ICO_LEN = ICO_HEAD + FIRST + SECOND };

static struct bytes
make_ico(void)
{
    uint8_t *ico = calloc(ICO_LEN, 1);
    static const uint8_t head[ICO_HEAD] = {
        0,  0,  1, 0, 2, 0,                                             /* two icons */
        16, 16, 0, 0, 1, 0, 32, 0, 0x2c, 1,    0, 0, ICO_HEAD, 0, 0, 0, /* 300 at 38 */
        0,  0,  0, 0, 1, 0, 32, 0, 0x70, 0x11, 1, 0, 0x52,     1, 0, 0, /* 70000 at 338 */
    };
    memcpy(ico, head, sizeof head);
    for (size_t i = sizeof head; i < ICO_LEN; i++) {
        ico[i] = (uint8_t)(i * 7);
    }
    return bytes_of(ico, ICO_LEN);
}

static void
release(struct bytes b)
{
    free((void *)(uintptr_t)b.ptr);
}

static void
test_icon_comes_back(void **state)
{
    (void)state;
    struct bytes ico = make_ico();
    assert_null(pe_icon_fault(ico));
    for (size_t i = 0; i < 2; i++) {
        struct bytes stub = pack_stub(targets[i]);
        struct bytes made = pe_resources_set(stub, ico, (struct bytes){0});
        assert_true(made.len > stub.len + 50000);
        struct bytes icon = pe_resources_icon(made);
        assert_true(bytes_equal(icon, ico));
        /* Everything before the resources is the same but for the numbers in the head. */
        assert_memory_equal(made.ptr + 4096, stub.ptr + 4096, 100000);
        /* The manifest is still there. */
        assert_true(bytes_find_part(made, BYTES("asInvoker")) < made.len);
        release(icon);
        release(made);
        release(stub);
    }
    release(ico);
}

static void
test_own_icon_again_is_the_same(void **state)
{
    (void)state;
    struct bytes stub = pack_stub(targets[0]);
    struct bytes icon = pe_resources_icon(stub);
    assert_true(icon.len > 5000);
    struct bytes once = pe_resources_set(stub, icon, (struct bytes){0});
    struct bytes twice = pe_resources_set(once, icon, (struct bytes){0});
    assert_true(bytes_equal(once, twice));
    release(twice);
    release(once);
    release(icon);
    release(stub);
}

static void
expect_title(const char *title, const char *utf16, size_t utf16_len)
{
    struct bytes stub = pack_stub(targets[0]);
    struct bytes made = pe_resources_set(stub, (struct bytes){0}, bytes_of_text(title));
    assert_int_equal(made.len, stub.len);
    assert_true(bytes_find_part(made, bytes_of(utf16, utf16_len)) < made.len);
    release(made);
    release(stub);
}

static void
test_title_is_utf16(void **state)
{
    (void)state;
    static const char plain[] = "A\0 \0f\0i\0l\0m\0\0";
    static const char wide[] = "\x3d\xd8\x00\xde!\0\0"; /* U+1F600 and '!' */
    expect_title("A film", plain, sizeof plain);
    expect_title("\xf0\x9f\x98\x80!", wide, sizeof wide);
}

static void
test_long_title_is_cut_between_characters(void **state)
{
    (void)state;
    struct bytes stub = pack_stub(targets[0]);
    char title[400];
    for (size_t i = 0; i < 100; i++) {
        memcpy(title + 4 * i, "\xf0\x9f\x98\x80", 4);
    }
    struct bytes made = pe_resources_set(stub, (struct bytes){0}, bytes_of(title, sizeof title));
    uint8_t cut[4 * 31 + 4] = {0};
    for (size_t i = 0; i < 31; i++) {
        memcpy(cut + 4 * i, "\x3d\xd8\x00\xde", 4);
    }
    assert_true(bytes_find_part(made, bytes_of(cut, sizeof cut)) < made.len);
    release(made);
    release(stub);
}

static void
test_other_images_stay(void **state)
{
    (void)state;
    struct bytes stub = pack_stub("linux-x86_64"), ico = make_ico();
    struct bytes made = pe_resources_set(stub, ico, BYTES("title"));
    assert_true(bytes_equal(made, stub));
    assert_int_equal(pe_resources_icon(stub).len, 0);
    release(made);
    release(ico);
    release(stub);
}

static void
test_bad_icons(void **state)
{
    (void)state;
    struct bytes ico = make_ico();
    assert_non_null(pe_icon_fault((struct bytes){0}));
    assert_non_null(pe_icon_fault(BYTES("\x89PNG\r\n\x1a\n")));
    assert_non_null(pe_icon_fault(BYTES("\0\0\1\0\0\0")));
    for (size_t len = 0; len < ICO_LEN; len += len < ICO_HEAD ? 1 : 997) {
        assert_non_null(pe_icon_fault(bytes_first(ico, len)));
    }
    release(ico);
}

static void
test_images_cut_short(void **state)
{
    (void)state;
    struct bytes stub = pack_stub(targets[0]);
    for (size_t len = 0; len < stub.len; len += len < 1024 ? 1 : 3001) {
        uint8_t *copy = malloc(len + 1); /* exact, so that a byte too far is seen */
        memcpy(copy, stub.ptr, len);
        release(pe_resources_icon(bytes_of(copy, len)));
        pe_clear_signature(copy, len);
        free(copy);
    }
    release(stub);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_icon_comes_back),
        cmocka_unit_test(test_own_icon_again_is_the_same),
        cmocka_unit_test(test_title_is_utf16),
        cmocka_unit_test(test_long_title_is_cut_between_characters),
        cmocka_unit_test(test_other_images_stay),
        cmocka_unit_test(test_bad_icons),
        cmocka_unit_test(test_images_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
