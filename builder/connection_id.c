#include "builder/connection_id.h"

#include "base/hash.h"

static uint64_t
id_of_slot(const struct connection_ids *c, const struct addr *a, int64_t slot)
{
    struct sha256 h;
    uint8_t number[8], digest[SHA256_SIZE];
    put_be64(number, (uint64_t)slot);
    sha256_init(&h);
    sha256_add(&h, c->secret, sizeof c->secret);
    sha256_add(&h, number, sizeof number);
    sha256_add(&h, a->ip, sizeof a->ip);
    sha256_end(&h, digest);
    return be64(digest); /* all parts have fixed lengths, and most of the digest stays here */
}

uint64_t
connection_id(const struct connection_ids *c, const struct addr *to, int64_t now_ms)
{
    return id_of_slot(c, to, now_ms / CONNECTION_SLOT_MS);
}

bool
connection_id_is_good(const struct connection_ids *c, uint64_t id, const struct addr *from,
                      int64_t now_ms)
{
    int64_t slot = now_ms / CONNECTION_SLOT_MS;
    return id == id_of_slot(c, from, slot) || id == id_of_slot(c, from, slot - 1);
}
