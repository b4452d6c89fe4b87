/* The version of samara, of builder and stub alike. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define SAMARA_VERSION "0.1.0"

/* How we name ourselves to web servers and trackers, and to peers (BEP 20). */
#define USER_AGENT "samara/" SAMARA_VERSION
#define PEER_ID_PREFIX "-SM0100-"

#endif
