/* Reading PEM bundles into trust anchors: BearSSL's PEM decoder feeds its certificate decoder, and
 * of each certificate of an authority only name and key are kept. */
#include "net/roots.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sys/sys.h"

enum {
    ANCHORS_MAX = 512,                /* the usual bundles have about 150 */
    ANCHORS_MEMORY_MAX = 1024 * 1024, /* about 450 bytes each */
    NAME_MAX_LEN = 1024,              /* of one authority, in DER; beyond it is skipped */
};

/* One certificate on its way through the decoders. */
struct reader {
    br_pem_decoder_context pem;
    br_x509_decoder_context x509;
    bool in_cert;
    struct buf name;
    uint8_t name_mem[NAME_MAX_LEN];
};

static void
take_name(void *context, const void *data, size_t len)
{
    struct reader *r = context;
    buf_add(&r->name, bytes_of(data, len));
}

static void
take_der(void *context, const void *data, size_t len)
{
    struct reader *r = context;
    br_x509_decoder_push(&r->x509, data, len);
}

static void
begin_object(struct reader *r)
{
    const char *name = br_pem_decoder_name(&r->pem);
    r->in_cert = strcmp(name, "CERTIFICATE") == 0 || strcmp(name, "X509 CERTIFICATE") == 0;
    r->name = BUF(r->name_mem);
    br_x509_decoder_init(&r->x509, take_name, r);
    br_pem_decoder_setdest(&r->pem, r->in_cert ? take_der : NULL, r);
}

/* Can what was just read be an anchor? */
static bool
is_authority(struct reader *r)
{
    return r->in_cert && !r->name.full && br_x509_decoder_get_pkey(&r->x509) != NULL &&
           br_x509_decoder_isCA(&r->x509) != 0;
}

/* Reads on to the end of the next authority's certificate. */
static bool
next_authority(struct reader *r, struct bytes *text)
{
    while (text->len > 0) {
        size_t n = br_pem_decoder_push(&r->pem, text->ptr, text->len);
        *text = bytes_skip(*text, n);
        switch (br_pem_decoder_event(&r->pem)) {
        case BR_PEM_BEGIN_OBJ: begin_object(r); break;
        case BR_PEM_END_OBJ:
            if (is_authority(r)) {
                return true;
            }
            r->in_cert = false;
            break;
        case BR_PEM_ERROR:
            r->in_cert = false;
            br_pem_decoder_init(&r->pem);
            break;
        default: break;
        }
    }
    return false;
}

static uint8_t *
copy(struct roots *r, const void *data, size_t len)
{
    uint8_t *mem = arena_take(&r->arena, 1, len);
    if (mem) {
        memcpy(mem, data, len);
    }
    return mem;
}

/* False when memory is used up. */
static bool
add_anchor(struct roots *roots, struct reader *r)
{
    br_x509_trust_anchor *a = (br_x509_trust_anchor *)roots->anchors + roots->count;
    const br_x509_pkey *key = br_x509_decoder_get_pkey(&r->x509);
    a->dn.data = copy(roots, r->name.ptr, r->name.len);
    a->dn.len = r->name.len;
    a->flags = BR_X509_TA_CA;
    a->pkey = *key;
    bool has_key;
    if (key->key_type == BR_KEYTYPE_RSA) {
        a->pkey.key.rsa.n = copy(roots, key->key.rsa.n, key->key.rsa.nlen);
        a->pkey.key.rsa.e = copy(roots, key->key.rsa.e, key->key.rsa.elen);
        has_key = a->pkey.key.rsa.n && a->pkey.key.rsa.e;
    } else {
        a->pkey.key.ec.q = copy(roots, key->key.ec.q, key->key.ec.qlen);
        has_key = a->pkey.key.ec.q != NULL;
    }
    if (!a->dn.data || !has_key) {
        return false;
    }
    roots->count++;
    return true;
}

static void
start_reader(struct reader *r)
{
    *r = (struct reader){0};
    br_pem_decoder_init(&r->pem);
}

static void
add_pem(struct roots *roots, struct bytes text)
{
    struct reader r;
    /* The decoder sees the end of a certificate only with the line end behind it. */
    struct bytes parts[] = {text, BYTES("\n")};
    start_reader(&r);
    for (size_t i = 0; i < 2; i++) {
        while (roots->count < ANCHORS_MAX && next_authority(&r, &parts[i])) {
            if (!add_anchor(roots, &r)) {
                return;
            }
        }
    }
}

static void
add_system(struct roots *roots)
{
    void *mem = malloc(ROOTS_PEM_MAX);
    if (!mem) {
        return;
    }
    struct buf text = buf_over(mem, ROOTS_PEM_MAX);
    if (sys_roots_pem(&text)) {
        add_pem(roots, buf_bytes(&text));
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
    struct reader r;
    struct bytes end = BYTES("\n");
    start_reader(&r);
    return next_authority(&r, &pem) || next_authority(&r, &end);
}

void
roots_free(struct roots *r)
{
    arena_free(&r->arena);
    *r = (struct roots){.extra_pem = r->extra_pem};
}
