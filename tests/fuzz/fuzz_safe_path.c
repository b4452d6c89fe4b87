/* Any bytes as a name: the result keeps every promise of safe_path.h. */
#include "base/check.h"
#include "base/limits.h"
#include "meta/safe_path.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_character(uint32_t code)
{
    check(code >= 0x20);
    check(code < 0x7f || code > 0x9f);
    check(code > 0x7f || !strchr("<>:\"/\\|?*", (int)code));
    check(code != 0x061c && code != 0x200e && code != 0x200f);
    check(code < 0x202a || code > 0x202e);
    check(code < 0x2066 || code > 0x2069);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t once_mem[NAME_LEN_MAX], twice_mem[NAME_LEN_MAX];
    struct buf once = BUF(once_mem), twice = BUF(twice_mem);
    safe_path_component(&once, bytes_of(data, size));
    check(!once.full);
    check(once.len > 0);
    struct bytes rest = buf_bytes(&once);
    while (rest.len) {
        uint32_t code;
        size_t n = bytes_utf8_next(rest, &code);
        check(n > 0);
        check_character(code);
        rest = bytes_skip(rest, n);
    }
    uint8_t last = once_mem[once.len - 1];
    check(last != '.' && last != ' ');
    struct bytes stem = buf_bytes(&once);
    stem = bytes_trim(bytes_first(stem, bytes_find(stem, '.')));
    check(!bytes_equal_nocase(stem, BYTES("con")) && !bytes_equal_nocase(stem, BYTES("nul")));
    check(!bytes_equal_nocase(stem, BYTES("aux")) && !bytes_equal_nocase(stem, BYTES("com1")));
    safe_path_component(&twice, buf_bytes(&once));
    check(bytes_equal(buf_bytes(&once), buf_bytes(&twice)));

    /* As a path: the key does not depend on where it is cut; as a link: it is judged. */
    size_t half = size / 2;
    while (half < size && (data[half] & 0xc0) == 0x80) {
        half++;
    }
    struct bytes path = bytes_of(data, size);
    if (bytes_is_utf8(path)) {
        uint64_t key = safe_path_key_add(SAFE_PATH_KEY_START, bytes_first(path, half));
        check(safe_path_key_add(key, bytes_skip(path, half)) == safe_path_key(path));
    }
    safe_path_link_stays_inside(bytes_first(path, half), bytes_skip(path, half));
    return 0;
}
