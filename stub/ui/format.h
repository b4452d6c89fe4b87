/* Sizes, rates, times and strangers' texts as people read them. `l` is the reader's language, NULL:
 * English. */
#ifndef UI_FORMAT_H
#define UI_FORMAT_H

#include "ui/language.h"

/* "1 byte", "512 bytes", "1.0 KiB", "12.3 MiB", "123 GiB" (units of 1024). */
void format_size(struct buf *b, const struct language *l, int64_t bytes);

/* The same with "/s"; "12 B/s". */
void format_rate(struct buf *b, const struct language *l, uint64_t bytes_per_s);

/* "0 s", "45 s", "3 min 20 s", "2 h 5 min", "3 days 4 h". */
void format_duration(struct buf *b, const struct language *l, int64_t seconds);

/* For a narrow place: "0:45", "3:20", "2:05:00", "3d 4h". */
void format_clock(struct buf *b, const struct language *l, int64_t seconds);

/* Thousandths with two decimals: 1234 is "1.23". Rounded down. */
void format_milli(struct buf *b, const struct language *l, int64_t milli);

/* Thousandths with one decimal and '%', 100.0% only when done is size. */
void format_percent(struct buf *b, const struct language *l, int64_t done, int64_t size);

/* Cuts "{one|few|many}" off a text and appends the form that goes with `n`. */
void format_form(struct buf *b, const struct language *l, struct bytes *text, int64_t n);

/* part * 1000 / whole without overflow; 0 when whole is not positive. */
int64_t format_share_milli(int64_t part, int64_t whole);

/* A text from elsewhere, made harmless for a terminal: control characters (escape sequences
 * begin with one), bidi controls and broken UTF-8 become U+FFFD; with `lines` line feeds stay. */
void format_foreign(struct buf *b, struct bytes text, bool lines);

/* Columns that a UTF-8 text takes on a terminal: 0 for combining marks, 2 for East Asian wide
 * characters and emoji, as far as the common blocks go. */
size_t format_columns(struct bytes text);

/* Appends a text in at most `columns_max` columns, "..." in place of its middle when it is
 * longer (so that an extension stays). */
void format_fit(struct buf *b, struct bytes text, size_t columns_max);

/* Reads a decimal number with at most 3 decimals as thousandths: "1.5" is 1500. */
bool format_parse_milli(const char *text, int64_t milli_max, int64_t *milli);

#endif
