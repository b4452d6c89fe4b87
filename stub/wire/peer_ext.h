/* The extension protocol's handshake (BEP 10) with what we understand of it: ut_metadata
 * (BEP 9), ut_pex (BEP 11), lt_donthave (BEP 54), upload_only (BEP 21), reqq, v, yourip, p. */
#ifndef WIRE_PEER_EXT_H
#define WIRE_PEER_EXT_H

#include "base/addr.h"

/* Our own numbers for messages that others send us. 0 is the handshake. */
enum peer_ext_id { EXT_HANDSHAKE = 0, EXT_METADATA = 1, EXT_PEX = 2, EXT_DONTHAVE = 3,
                   EXT_UPLOAD_ONLY = 4 };

struct peer_ext {
    /* the other side's numbers; 0 = not offered. In the handshake that we send: 1 = offer */
    uint8_t metadata, pex, donthave, upload_only_id;
    bool upload_only;      /* BEP 21, sent or received as a handshake key */
    uint32_t reqq;         /* 0 if absent */
    int64_t metadata_size; /* 0 if absent */
    uint16_t port;         /* "p", 0 if absent */
    struct bytes client;   /* "v" */
    struct addr your_ip;   /* "yourip", port 0; none if absent */
};

/* Appends the bencoded body of a handshake (to put behind peer_put_extended's sub-id 0). */
void peer_ext_put_handshake(struct buf *b, const struct peer_ext *ours);

/* Reads a body. Keys that are absent or out of range leave what was in `*theirs`: later
 * handshakes update earlier ones (BEP 10). Only `client`, which points into `body`, is
 * emptied: copy it when it is not empty. False: not a dictionary. */
bool peer_ext_parse_handshake(struct peer_ext *theirs, struct bytes body);

#endif
