/* Numbers for people: see format.h. All are rounded down, so that nothing looks more complete
 * than it is. */
#include "ui/format.h"

void
format_form(struct buf *b, const struct language *l, struct bytes *text, int64_t n)
{
    struct bytes forms = bytes_cut(text, '}'), form = forms;
    forms = bytes_skip(forms, 1);
    for (unsigned i = 0; i <= language_form(l, n) && forms.len > 0; i++) {
        form = bytes_cut(&forms, '|');
    }
    buf_add(b, form);
}

/* A text with one number in it: "%n {day|days}". */
static void
put_count(struct buf *b, const struct language *l, enum text_id id, uint64_t n)
{
    struct bytes rest = bytes_of_text(language_text(l, id));
    buf_add(b, bytes_cut(&rest, '%'));
    buf_u64(b, n);
    rest = bytes_skip(rest, 1);
    size_t plain = bytes_find(rest, '{');
    buf_add(b, bytes_first(rest, plain));
    rest = bytes_skip(rest, plain);
    if (rest.len > 0) {
        format_form(b, l, &rest, (int64_t)n);
    }
    buf_add(b, rest);
}

/* A number whose last `digits` are decimals. */
static void
put_decimal(struct buf *b, const struct language *l, uint64_t n, int digits)
{
    uint64_t one = digits == 1 ? 10 : 100;
    buf_u64(b, n / one);
    buf_text(b, language_text(l, TEXT_POINT));
    buf_u64_pad(b, n % one, digits);
}

void
format_size(struct buf *b, const struct language *l, int64_t bytes)
{
    uint64_t n = bytes > 0 ? (uint64_t)bytes : 0;
    if (n < 1024) {
        put_count(b, l, TEXT_BYTES, n);
        return;
    }
    struct bytes units = bytes_of_text(language_text(l, TEXT_UNITS));
    struct bytes unit = bytes_cut(&units, '|');
    uint64_t tenths = n / 1024 * 10 + n % 1024 * 10 / 1024;
    while (tenths >= 10240 && units.len > 0) {
        tenths /= 1024;
        unit = bytes_cut(&units, '|');
    }
    if (tenths < 1000) {
        put_decimal(b, l, tenths, 1);
    } else {
        buf_u64(b, tenths / 10);
    }
    buf_add(b, unit);
}

void
format_rate(struct buf *b, const struct language *l, uint64_t bytes_per_s)
{
    if (bytes_per_s < 1024) {
        put_count(b, l, TEXT_BYTES_RATE, bytes_per_s);
    } else {
        format_size(b, l, bytes_per_s < INT64_MAX ? (int64_t)bytes_per_s : INT64_MAX);
        buf_text(b, language_text(l, TEXT_PER_SECOND));
    }
}

/* The bigger part, and the smaller one behind it unless it is 0. */
static void
two_parts(struct buf *b, const struct language *l, enum text_id big_id, uint64_t big,
          enum text_id small_id, uint64_t small)
{
    put_count(b, l, big_id, big);
    if (small) {
        buf_byte(b, ' ');
        put_count(b, l, small_id, small);
    }
}

void
format_duration(struct buf *b, const struct language *l, int64_t seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;
    if (s < 60) {
        put_count(b, l, TEXT_SECONDS, s);
    } else if (s < 3600) {
        two_parts(b, l, TEXT_MINUTES, s / 60, TEXT_SECONDS, s % 60);
    } else if (s < 86400) {
        two_parts(b, l, TEXT_HOURS, s / 3600, TEXT_MINUTES, s % 3600 / 60);
    } else {
        two_parts(b, l, TEXT_DAYS, s / 86400, TEXT_HOURS, s % 86400 / 3600);
    }
}

void
format_clock(struct buf *b, const struct language *l, int64_t seconds)
{
    uint64_t s = seconds > 0 ? (uint64_t)seconds : 0;
    if (s >= 86400) {
        two_parts(b, l, TEXT_CLOCK_DAYS, s / 86400, TEXT_CLOCK_HOURS, s % 86400 / 3600);
        return;
    }
    if (s >= 3600) {
        buf_u64(b, s / 3600);
        buf_byte(b, ':');
    }
    buf_u64_pad(b, s % 3600 / 60, s >= 3600 ? 2 : 1);
    buf_byte(b, ':');
    buf_u64_pad(b, s % 60, 2);
}

void
format_milli(struct buf *b, const struct language *l, int64_t milli)
{
    put_decimal(b, l, milli > 0 ? (uint64_t)milli / 10 : 0, 2);
}

int64_t
format_share_milli(int64_t part, int64_t whole)
{
    if (whole <= 0 || part <= 0) {
        return 0;
    }
    while (part > INT64_MAX / 1000) {
        part /= 2;
        whole = whole / 2 + 1;
    }
    return part * 1000 / whole;
}

void
format_percent(struct buf *b, const struct language *l, int64_t done, int64_t size)
{
    int64_t milli = done >= size ? 1000 : format_share_milli(done, size);
    put_decimal(b, l, (uint64_t)(milli >= 1000 && done < size ? 999 : milli), 1);
    buf_text(b, language_text(l, TEXT_PERCENT_SIGN));
}

/* Would this character do something to a terminal but show itself? */
static bool
is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
}

void
format_foreign(struct buf *b, struct bytes text, bool lines)
{
    while (text.len > 0) {
        uint32_t code = 0;
        size_t n = bytes_utf8_next(text, &code);
        if (n == 0 || (is_control(code) && !(lines && code == '\n'))) {
            bool space = n > 0 && (code == '\t' || code == '\n');
            buf_text(b, space ? " " : "\xef\xbf\xbd");
        } else {
            buf_add(b, bytes_first(text, n));
        }
        text = bytes_skip(text, n ? n : 1);
    }
}

static size_t
columns_of(uint32_t c)
{
    static const uint32_t none[][2] = {
        {0x300, 0x36f},   {0x483, 0x489},   {0x591, 0x5bd},   {0x610, 0x61a},   {0x64b, 0x65f},
        {0x93c, 0x93c},   {0x94d, 0x94d},   {0xe31, 0xe31},   {0xe34, 0xe3a},   {0xe47, 0xe4e},
        {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff}, {0x3099, 0x309a},
        {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};
    static const uint32_t two[][2] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0x33ff},
                                      {0x3400, 0x4dbf},   {0x4e00, 0x9fff},  {0xa000, 0xa4cf},
                                      {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
                                      {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        if (c >= none[i][0] && c <= none[i][1]) {
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof two / sizeof two[0]; i++) {
        if (c >= two[i][0] && c <= two[i][1]) {
            return 2;
        }
    }
    return 1;
}

size_t
format_columns(struct bytes text)
{
    size_t columns = 0;
    while (text.len > 0) {
        uint32_t code = 0xfffd;
        size_t n = bytes_utf8_next(text, &code);
        columns += columns_of(code);
        text = bytes_skip(text, n ? n : 1);
    }
    return columns;
}

/* The bytes of the longest beginning of at most `columns_max` columns. */
static size_t
fitting(struct bytes text, size_t columns_max)
{
    size_t used = 0, columns = 0;
    while (used < text.len) {
        uint32_t code = 0xfffd;
        size_t n = bytes_utf8_next(bytes_skip(text, used), &code);
        columns += columns_of(code);
        if (columns > columns_max) {
            break;
        }
        used += n ? n : 1;
    }
    return used;
}

void
format_fit(struct buf *b, struct bytes text, size_t columns_max)
{
    if (format_columns(text) <= columns_max) {
        buf_add(b, text);
        return;
    }
    if (columns_max <= 3) {
        buf_add(b, bytes_first(BYTES("..."), columns_max));
        return;
    }
    size_t tail_max = (columns_max - 3) / 3;
    struct bytes tail = text;
    while (format_columns(tail) > tail_max) {
        uint32_t code;
        size_t n = bytes_utf8_next(tail, &code);
        tail = bytes_skip(tail, n ? n : 1);
    }
    buf_add(b, bytes_first(text, fitting(text, columns_max - 3 - format_columns(tail))));
    buf_text(b, "...");
    buf_add(b, tail);
}

bool
format_parse_milli(const char *text, int64_t milli_max, int64_t *milli)
{
    struct bytes fraction = bytes_of_text(text);
    struct bytes whole = bytes_cut(&fraction, '.');
    uint64_t units = 0, parts = 0;
    bool point = whole.len < bytes_of_text(text).len;
    if (fraction.len > 3 || (point && fraction.len == 0) ||
        !bytes_to_u64(whole, (uint64_t)milli_max / 1000, &units) ||
        (fraction.len > 0 && !bytes_to_u64(fraction, 999, &parts))) {
        return false;
    }
    for (size_t i = fraction.len; i < 3; i++) {
        parts *= 10;
    }
    *milli = (int64_t)(units * 1000 + parts);
    return *milli <= milli_max;
}
