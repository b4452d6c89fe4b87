/* A TLS 1.2 client (BearSSL) over bytes, for net/conn only.
 *
 * Sans-io like BearSSL itself: four pairs of "give me room" and "I used n". */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/bytes.h"

struct roots;
struct tls;

/* NULL when there is no memory or no anchor. `host` is the name to check (not an IP address; those are
 * matched against the certificate's common name and names as text). `roots` must outlive it. */
struct tls *tls_new(const char *host, struct roots *roots, int64_t unix_s);
void tls_free(struct tls *t);

bool tls_is_open(const struct tls *t);    /* handshake done, application data may flow */
const char *tls_failure(const struct tls *t); /* NULL, or in words what went wrong */
bool tls_ended(const struct tls *t);      /* closed orderly */

/* Records to and from the network. */
struct bytes tls_record_out(struct tls *t);
void tls_record_sent(struct tls *t, size_t n);
uint8_t *tls_record_room(struct tls *t, size_t *room);
void tls_record_got(struct tls *t, size_t n);

/* Application data. */
struct bytes tls_data_in(struct tls *t);
void tls_data_used(struct tls *t, size_t n);
size_t tls_data_put(struct tls *t, struct bytes data); /* bytes taken */
void tls_data_flush(struct tls *t);

#endif
