/* Unix seconds as dates that people and feed readers know. Always UTC. Pure. */
#ifndef BUILDER_DATE_H
#define BUILDER_DATE_H

#include "base/buf.h"

/* The last second of the year 9999; later ones are written as this one, negative ones as 0. */
#define DATE_MAX INT64_C(253402300799)

/* "Fri, 27 Nov 2026 09:05:00 +0000" (RFC 822 with four digits, as RSS wants it). */
void date_put_rfc822(struct buf *out, int64_t unix_s);

/* Reads exactly that form; the day of the week is not looked at. */
bool date_read_rfc822(struct bytes text, int64_t *unix_s);

/* "27/Nov/2026:09:05:00 +0000", as web servers write it into their logs. */
void date_put_log(struct buf *out, int64_t unix_s);

/* "2026-11-27" */
void date_put_day(struct buf *out, int64_t unix_s);

#endif
