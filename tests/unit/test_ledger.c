#include "builder/ledger.h"

#include "builder/files.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct bytes
copy(struct bytes text)
{
    uint8_t *mem = files_memory(text.len, 1);
    memcpy(mem, text.ptr, text.len);
    return bytes_of(mem, text.len);
}

static struct tracker_peer
peer(uint8_t n)
{
    struct tracker_peer p = {.addr.port = (uint16_t)(6881 + n)};
    uint8_t ip[4] = {10, 0, 0, n};
    p.addr = addr_v4(ip, p.addr.port);
    memset(p.peer_id, n, sizeof p.peer_id);
    return p;
}

static struct ledger_row
row(uint8_t n)
{
    struct ledger_row r = {.counts = {.by_webseed = 1ULL << 40,
                                      .by_peer = n,
                                      .announces = {n + 1U, n + 2U},
                                      .completed = n + 3U,
                                      .first_s = 1700000000 + n},
                           .last_s = 1700001000};
    memset(r.info_hash, n, SHA1_SIZE);
    return r;
}

static void
test_what_is_written_is_read(void **state)
{
    (void)state;
    uint8_t mem[8192], members_mem[400];
    struct buf b = BUF(mem), members = BUF(members_mem);
    struct ledger l;
    struct tracker_peer p;
    for (uint8_t n = 1; n <= 3; n++) {
        p = peer(n);
        ledger_put_member(&members, &p);
    }
    ledger_put_start(&b);
    for (uint8_t n = 9; n > 0; n--) { /* in any order */
        struct ledger_row r = row(n);
        r.leechers = n == 5 ? buf_bytes(&members) : (struct bytes){0};
        ledger_put_row(&b, &r);
    }
    ledger_put_end(&b);
    assert_false(b.full);
    assert_true(ledger_read(&l, copy(buf_bytes(&b))));
    assert_int_equal(l.count, 9);
    for (uint8_t n = 1; n <= 9; n++) {
        struct ledger_row want = row(n);
        const struct ledger_row *r = ledger_find(&l, want.info_hash);
        assert_non_null(r);
        assert_memory_equal(&r->counts, &want.counts, sizeof r->counts);
        assert_int_equal(r->last_s, want.last_s);
        assert_int_equal(r->seeds.len, 0);
        assert_int_equal(r->leechers.len, n == 5 ? 3 * LEDGER_MEMBER : 0);
    }
    struct bytes rest = ledger_find(&l, row(5).info_hash)->leechers;
    for (uint8_t n = 1; n <= 3; n++) {
        struct tracker_peer want = peer(n);
        assert_true(ledger_next_member(&rest, &p));
        assert_memory_equal(&p, &want, sizeof p);
    }
    assert_false(ledger_next_member(&rest, &p));
    assert_null(ledger_find(&l, row(10).info_hash));
    ledger_free(&l);
}

static void
test_damaged_ones_are_empty_or_harmless(void **state)
{
    (void)state;
    static const struct bytes bad[] = {
        BYTES(""), BYTES("i1e"), BYTES("d5:itemsd"), BYTES("le"), BYTES("d5:itemsdee "),
    };
    static const struct bytes odd[] = {
        BYTES("de"),
        BYTES("d5:itemslee"),
        BYTES("d5:itemsd3:abcdeee"),
        BYTES("d5:itemsd20:aaaaaaaaaaaaaaaaaaaalee20:aaaaaaaaaaaaaaaaaaaai1eee"),
        BYTES("d5:itemsd20:aaaaaaaaaaaaaaaaaaaai1eee"),
    };
    struct ledger l;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(ledger_read(&l, copy(bad[i])));
        assert_int_equal(l.count, 0);
    }
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        if (ledger_read(&l, copy(odd[i]))) {
            assert_int_equal(l.count, 0);
            ledger_free(&l);
        }
    }
    struct bytes negative = BYTES("d5:itemsd20:aaaaaaaaaaaaaaaaaaaad9:completedi-1e4:peeri-5e"
                                  "5:seeds5:short7:webseedi9223372036854775807eeee");
    assert_true(ledger_read(&l, copy(negative)));
    assert_int_equal(l.count, 1);
    assert_int_equal(l.rows[0].counts.completed, 0);
    assert_int_equal(l.rows[0].counts.by_peer, 0);
    assert_int_equal(l.rows[0].counts.by_webseed, INT64_MAX);
    struct tracker_peer p;
    struct bytes members = l.rows[0].seeds;
    assert_false(ledger_next_member(&members, &p));
    ledger_free(&l);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_written_is_read),
        cmocka_unit_test(test_damaged_ones_are_empty_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
