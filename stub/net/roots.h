/* Trust anchors: the system's, plus those that came with the app. */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

#include "base/arena.h"
#include "base/bytes.h"

/* Loaded on first use, because decoding the system's bundle takes 15-50 ms. {0} plus
 * `extra_pem` is a valid start. Holds its own memory. */
struct roots {
    struct bytes extra_pem; /* PEM text that outlives this */
    struct arena arena;
    void *anchors; /* br_x509_trust_anchor[count]; only net/ looks inside */
    size_t count;
    bool loaded;
};

/* Loads what is not loaded. False when there is not one anchor. */
bool roots_load(struct roots *r);

/* Does this text hold at least one certificate that can be an anchor? (The builder checks --ca.) */
bool roots_pem_is_good(struct bytes pem);

void roots_free(struct roots *r);

#endif
