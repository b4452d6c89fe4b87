/* Reading X.509 certificates (RFC 5280) as far as trust anchors and IP addresses need it.
 *
 * Nothing is verified here: signatures, dates and names are BearSSL's. Its own decoders of
 * certificates and PEM would do as well, but are 5 KB, and slow on a bundle of authorities. */
#ifndef NET_CERT_H
#define NET_CERT_H

#include "base/addr.h"

enum cert_key { CERT_KEY_OTHER, CERT_KEY_RSA, CERT_KEY_P256, CERT_KEY_P384, CERT_KEY_P521 };

/* Slices point into the DER that was read. */
struct cert {
    struct bytes subject; /* encoded, header included */
    enum cert_key key;
    struct bytes rsa_n, rsa_e; /* RSA: without leading zeros */
    struct bytes point;        /* the others: an uncompressed point */
    struct bytes extensions;   /* a run of encoded extensions; may be empty */
};

/* False when it is no certificate. */
bool cert_parse(struct cert *c, struct bytes der);

/* May its key sign other certificates (basicConstraints)? */
bool cert_is_authority(const struct cert *c);

/* Is the address among its subjectAltNames? */
bool cert_names_ip(const struct cert *c, const struct addr *ip);

/* Cuts the next certificate's DER out of PEM text (RFC 7468) into `out`; `*text` is advanced behind
 * it. Ones that are damaged or longer than `out` are passed over. False: there is none any more. */
bool cert_next_pem(struct bytes *text, struct buf *out);

#endif
