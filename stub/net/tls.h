/* A TLS 1.2 client (BearSSL) over bytes, for net/conn only.
 *
 * Sans-io like BearSSL itself: four pairs of "give me room" and "I used n". */
#ifndef NET_TLS_H
#define NET_TLS_H

#include "base/bytes.h"

struct roots;
struct tls;

/* `host` is the name to check and to announce (SNI); a numeric address is not announced and looked
 * for among the certificate's iPAddress names. `roots` must outlive it. NULL when there is no
 * memory or not one anchor: `*why` says which. */
struct tls *tls_new(const char *host, struct roots *roots, int64_t unix_s, const char **why);
void tls_free(struct tls *t);

bool tls_is_open(const struct tls *t);        /* handshake done, application data may flow */
const char *tls_failure(const struct tls *t); /* NULL, or in words what went wrong; static text */
bool tls_ended(const struct tls *t);          /* closed orderly */

/* Records to and from the network. Rooms are empty when nothing can be taken now. */
struct bytes tls_record_out(const struct tls *t);
void tls_record_sent(struct tls *t, size_t n);
uint8_t *tls_record_room(struct tls *t, size_t *room);
void tls_record_got(struct tls *t, size_t n);

/* Application data. tls_data_wrote makes a record of what was put into the room. */
struct bytes tls_data_in(const struct tls *t);
void tls_data_used(struct tls *t, size_t n);
uint8_t *tls_data_room(struct tls *t, size_t *room);
void tls_data_wrote(struct tls *t, size_t n);

#endif
