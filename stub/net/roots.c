/* Reading PEM bundles into trust anchors: of each certificate of an authority only name and key
 * are kept. */
#include "net/roots.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "net/cert.h"
#include "sys/sys.h"

enum {
    ANCHORS_MAX = 512,                /* the usual bundles have about 150 */
    ANCHORS_MEMORY_MAX = 1024 * 1024, /* about 450 bytes each */
    CERT_SIZE_MAX = 8192,             /* real ones have 1-2 KB; longer ones are passed over */
};

/* The next certificate in the text that can be an anchor; it lies in `mem`. */
static bool
next_authority(struct bytes *text, uint8_t mem[CERT_SIZE_MAX], struct cert *c)
{
    struct buf der = buf_over(mem, CERT_SIZE_MAX);
    while (cert_next_pem(text, &der)) {
        if (cert_parse(c, buf_bytes(&der)) && c->key != CERT_KEY_OTHER && cert_is_authority(c)) {
            return true;
        }
    }
    return false;
}

static uint8_t *
copy(struct roots *r, struct bytes data)
{
    uint8_t *mem = arena_take(&r->arena, 1, data.len);
    if (mem) {
        memcpy(mem, data.ptr, data.len);
    }
    return mem;
}

static int
curve_of(enum cert_key key)
{
    return key == CERT_KEY_P256   ? BR_EC_secp256r1
           : key == CERT_KEY_P384 ? BR_EC_secp384r1
                                  : BR_EC_secp521r1;
}

/* False when memory is used up. */
static bool
add_anchor(struct roots *r, const struct cert *c)
{
    br_x509_trust_anchor *a = (br_x509_trust_anchor *)r->anchors + r->count;
    bool has_key;
    a->dn.data = copy(r, c->subject);
    a->dn.len = c->subject.len;
    a->flags = BR_X509_TA_CA;
    if (c->key == CERT_KEY_RSA) {
        a->pkey.key_type = BR_KEYTYPE_RSA;
        br_rsa_public_key *rsa = &a->pkey.key.rsa;
        rsa->n = copy(r, c->rsa_n);
        rsa->nlen = c->rsa_n.len;
        rsa->e = copy(r, c->rsa_e);
        rsa->elen = c->rsa_e.len;
        has_key = rsa->n && rsa->e;
    } else {
        a->pkey.key_type = BR_KEYTYPE_EC;
        br_ec_public_key *ec = &a->pkey.key.ec;
        ec->curve = curve_of(c->key);
        ec->q = copy(r, c->point);
        ec->qlen = c->point.len;
        has_key = ec->q != NULL;
    }
    if (!a->dn.data || !has_key) {
        return false;
    }
    r->count++;
    return true;
}

static void
add_pem(struct roots *r, struct bytes text)
{
    uint8_t mem[CERT_SIZE_MAX];
    struct cert c;
    while (r->count < ANCHORS_MAX && next_authority(&text, mem, &c)) {
        if (!add_anchor(r, &c)) {
            return;
        }
    }
}

static void
add_system(struct roots *r)
{
    void *mem = malloc(ROOTS_PEM_MAX);
    if (!mem) {
        return;
    }
    struct buf text = buf_over(mem, ROOTS_PEM_MAX);
    if (sys_roots_pem(&text)) {
        add_pem(r, buf_bytes(&text));
    }
    free(mem);
}

bool
roots_load(struct roots *r)
{
    if (r->loaded) {
        return r->count > 0;
    }
    r->loaded = true;
    r->arena.size_max = ANCHORS_MEMORY_MAX;
    r->anchors = arena_take(&r->arena, ANCHORS_MAX, sizeof(br_x509_trust_anchor));
    if (!r->anchors) {
        return false;
    }
    add_pem(r, r->extra_pem);
    add_system(r);
    return r->count > 0;
}

bool
roots_pem_is_good(struct bytes pem)
{
    uint8_t mem[CERT_SIZE_MAX];
    struct cert c;
    return next_authority(&pem, mem, &c);
}

void
roots_free(struct roots *r)
{
    arena_free(&r->arena);
    *r = (struct roots){.extra_pem = r->extra_pem};
}
