/* What publish reads back from a folder: the input is a SHA256SUMS and a feed at once. A list that
 * is read is written in a form that gives the same list; a date that is read is written as it was
 * but for the day of the week. */
#include "base/check.h"
#include "builder/date.h"
#include "builder/feed.h"
#include "builder/sums.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
try_sums(struct bytes in)
{
    struct sums s = {0}, again = {0};
    size_t room = 2 * in.len + 16, bad = sums_read(&s, in);
    uint8_t *mem = malloc(room);
    struct buf b = buf_over(mem, room);
    sums_sort(&s);
    if (bad == 0) {
        sums_write(&s, &b);
        check(!b.full);
        check(sums_read(&again, buf_bytes(&b)) == 0);
        sums_sort(&again);
        check(s.count == again.count);
        for (size_t i = 0; i < s.count; i++) {
            check(strcmp(s.v[i].name, again.v[i].name) == 0);
            check(sums_find(&again, s.v[i].name) == &again.v[i]);
        }
    }
    sums_free(&s);
    sums_free(&again);
    free(mem);
}

static void
try_date(struct bytes in)
{
    uint8_t mem[64];
    struct buf b = BUF(mem);
    int64_t date, again;
    if (date_read_rfc822(in, &date)) {
        date_put_rfc822(&b, date);
        check(date_read_rfc822(buf_bytes(&b), &again) && again == date);
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = bytes_of(data, size);
    uint8_t hash[SHA1_SIZE] = {0};
    int64_t date;
    try_sums(in);
    try_date(in);
    feed_is_ours(in);
    struct bytes url = feed_url(in);
    check(url.len <= in.len);
    feed_date(in, hash, &date);
    return 0;
}
