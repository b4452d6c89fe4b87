/* What serve kept over a restart, read back from a disk that may have damaged it: nothing but rows
 * and members comes out, and what is written of them is read the same again. */
#include "base/check.h"
#include "builder/files.h"
#include "builder/ledger.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static struct bytes
copy(struct bytes text)
{
    uint8_t *mem = files_memory(text.len, 1);
    memcpy(mem, text.len ? text.ptr : mem, text.len);
    return bytes_of(mem, text.len);
}

static size_t
members(struct bytes rest, struct buf *out)
{
    struct tracker_peer p;
    size_t n = 0;
    while (ledger_next_member(&rest, &p)) {
        ledger_put_member(out, &p);
        n++;
    }
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct ledger l, again;
    size_t room = 64 + len * 80;
    if (!ledger_read(&l, copy(bytes_of(data, len)))) {
        return 0;
    }
    struct buf b = buf_over(files_memory(room, 1), room);
    struct buf list = buf_over(files_memory(len, 1), len);
    ledger_put_start(&b);
    for (size_t i = 0; i < l.count; i++) {
        struct ledger_row *r = &l.rows[i];
        check(ledger_find(&l, r->info_hash) != NULL);
        check(members(r->seeds, &list) == r->seeds.len / LEDGER_MEMBER);
        check(members(r->leechers, &list) == r->leechers.len / LEDGER_MEMBER);
        ledger_put_row(&b, r);
    }
    ledger_put_end(&b);
    check(!b.full && !list.full);
    check(ledger_read(&again, copy(buf_bytes(&b))));
    check(again.count == l.count);
    for (size_t i = 0; i < l.count; i++) {
        const struct ledger_row *a = &l.rows[i], *other = &again.rows[i];
        bool twice = (i > 0 && memcmp(a->info_hash, a[-1].info_hash, SHA1_SIZE) == 0) ||
                     (i + 1 < l.count && memcmp(a->info_hash, a[1].info_hash, SHA1_SIZE) == 0);
        check(twice || memcmp(&a->counts, &other->counts, sizeof a->counts) == 0);
    }
    ledger_free(&l);
    ledger_free(&again);
    free(b.ptr);
    free(list.ptr);
    return 0;
}
