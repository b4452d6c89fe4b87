/* Does a certificate name an IP address? (RFC 5280 4.2.1.6; BearSSL looks at DNS names only.) */
#ifndef NET_CERT_IP_H
#define NET_CERT_IP_H

#include "base/addr.h"

/* `der` is a certificate whose signature has been checked elsewhere. True when its subjectAltName
 * has an iPAddress equal to `ip`. Anything malformed is "no". */
bool cert_names_ip(struct bytes der, const struct addr *ip);

#endif
