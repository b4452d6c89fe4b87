/* The Gregorian calendar counted from 1 March, so that the leap day is the last of its year. */
#include "builder/date.h"

enum { DAY_S = 86400, DAYS_TO_1970 = 719468, DAYS_400_YEARS = 146097 };

static const char months[] = "Jan\0Feb\0Mar\0Apr\0May\0Jun\0Jul\0Aug\0Sep\0Oct\0Nov\0Dec";
static const char week_days[] = "Thu\0Fri\0Sat\0Sun\0Mon\0Tue\0Wed"; /* 1 January 1970 first */

struct day {
    int64_t year;
    unsigned month, day; /* from 0, from 1 */
};

static int64_t
days_before(int64_t years)
{
    return years * 365 + years / 4 - years / 100 + years / 400;
}

/* Days from 1 March to the first of the month that is `month` months later. */
static int64_t
days_before_month(int64_t month)
{
    return (153 * month + 2) / 5;
}

static int64_t
days_of(struct day d)
{
    int64_t year = d.month < 2 ? d.year - 1 : d.year;
    return days_before(year) + days_before_month((d.month + 10) % 12) + d.day - 1 - DAYS_TO_1970;
}

static struct day
day_of(int64_t days)
{
    days += DAYS_TO_1970;
    int64_t year = days * 400 / DAYS_400_YEARS, month = 11;
    while (days_before(year) > days) {
        year--;
    }
    while (days_before(year + 1) <= days) {
        year++;
    }
    days -= days_before(year);
    while (days_before_month(month) > days) {
        month--;
    }
    unsigned from_january = (unsigned)(month + 2) % 12;
    return (struct day){year + (from_january < 2), from_january,
                        (unsigned)(days - days_before_month(month)) + 1};
}

static int64_t
clip(int64_t unix_s)
{
    return unix_s < 0 ? 0 : unix_s > DATE_MAX ? DATE_MAX : unix_s;
}

static void
put_time(struct buf *out, int64_t s)
{
    buf_u64_pad(out, (uint64_t)(s % DAY_S / 3600), 2);
    buf_byte(out, ':');
    buf_u64_pad(out, (uint64_t)(s % 3600 / 60), 2);
    buf_byte(out, ':');
    buf_u64_pad(out, (uint64_t)(s % 60), 2);
    buf_text(out, " +0000");
}

static void
put_date(struct buf *out, struct day d, char between)
{
    buf_u64_pad(out, d.day, 2);
    buf_byte(out, (uint8_t)between);
    buf_text(out, text_at(months, d.month));
    buf_byte(out, (uint8_t)between);
    buf_u64_pad(out, (uint64_t)d.year, 4);
}

void
date_put_rfc822(struct buf *out, int64_t unix_s)
{
    int64_t s = clip(unix_s);
    struct day d = day_of(s / DAY_S);
    buf_text(out, text_at(week_days, (unsigned)(s / DAY_S % 7)));
    buf_text(out, ", ");
    put_date(out, d, ' ');
    buf_byte(out, ' ');
    put_time(out, s);
}

void
date_put_log(struct buf *out, int64_t unix_s)
{
    int64_t s = clip(unix_s);
    put_date(out, day_of(s / DAY_S), '/');
    buf_byte(out, ':');
    put_time(out, s);
}

/* Cuts exactly `len` digits and the byte behind them off. */
static bool
cut_number(struct bytes *text, size_t len, uint8_t end, uint64_t max, uint64_t *out)
{
    struct bytes digits = bytes_first(*text, len);
    bool good = text->len > len && text->ptr[len] == end && bytes_to_u64(digits, max, out);
    *text = bytes_skip(*text, len + 1);
    return good;
}

bool
date_read_rfc822(struct bytes text, int64_t *unix_s)
{
    uint64_t day, year, hour, minute, second;
    unsigned month = 0;
    struct bytes rest = bytes_skip(text, 5);
    if (!cut_number(&rest, 2, ' ', 31, &day) || day == 0) {
        return false;
    }
    struct bytes word = bytes_cut(&rest, ' ');
    while (month < 12 && !bytes_equal(word, bytes_of_text(text_at(months, month)))) {
        month++;
    }
    if (month == 12 || !cut_number(&rest, 4, ' ', 9999, &year) || year < 1970 ||
        !cut_number(&rest, 2, ':', 23, &hour) || !cut_number(&rest, 2, ':', 59, &minute) ||
        !cut_number(&rest, 2, ' ', 59, &second) || !bytes_equal(rest, BYTES("+0000"))) {
        return false;
    }
    int64_t days = days_of((struct day){(int64_t)year, month, (unsigned)day});
    *unix_s = days * DAY_S + (int64_t)(hour * 3600 + minute * 60 + second);
    return true;
}

void
date_put_day(struct buf *out, int64_t unix_s)
{
    struct day d = day_of(clip(unix_s) / DAY_S);
    buf_u64_pad(out, (uint64_t)d.year, 4);
    buf_byte(out, '-');
    buf_u64_pad(out, d.month + 1, 2);
    buf_byte(out, '-');
    buf_u64_pad(out, d.day, 2);
}
