/* The TLS client: BearSSL's engine with a profile of our own.
 *
 * The profile holds what practically every server speaks under TLS 1.2 and no more, because each
 * algorithm that is named here is linked in: ECDHE on P-256 (or P-384, P-521), AES-GCM,
 * certificates signed with RSA or ECDSA over SHA-256, -384, -512. Left out on purpose: X25519 (4
 * KB), ChaCha20 (7 KB; a server that has it has AES-GCM too), and the fast code for P-256 (8 KB; a
 * handshake takes 10 ms more without it).
 *
 * BearSSL matches DNS names only. For a server that is named by its address the certificate
 * is checked without a name and kept, and then its iPAddress names are looked through
 * (net/cert). */
#include "net/tls.h"

#include <bearssl.h>
#include <stdlib.h>
#include <string.h>

#include "base/addr.h"
#include "net/cert.h"
#include "net/roots.h"
#include "sys/sys.h"

enum {
    CERT_SIZE_MAX = 16384,   /* of a server named by its address; real ones have 1-4 KB */
    RSA_KEY_MIN = 2048 / 8,  /* what public authorities demand */
    UNIX_EPOCH_DAY = 719528, /* days from the year 0 to 1970 */
    DAY_S = 86400,
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_UNRECOGNIZED_NAME = 112,
};

/* Checks a chain for a server that is named by an address; `vtable` must come first. */
struct ip_check {
    const br_x509_class *vtable;
    br_x509_minimal_context *inner;
    struct addr ip;
    int certs; /* begun so far; the first is the server's own */
    bool too_long;
    size_t len;
    uint8_t cert[CERT_SIZE_MAX];
};

struct tls {
    br_ssl_client_context client;
    br_x509_minimal_context x509;
    struct ip_check ip_check;
    uint8_t records[BR_SSL_BUFSIZE_BIDI];
};

/* ---- Servers named by their address */

static struct ip_check *
ip_check_of(const br_x509_class **ctx)
{
    return (struct ip_check *)(void *)ctx;
}

static void
ip_start_chain(const br_x509_class **ctx, const char *server_name)
{
    struct ip_check *k = ip_check_of(ctx);
    (void)server_name;
    k->certs = 0;
    k->inner->vtable->start_chain(&k->inner->vtable, NULL);
}

static void
ip_start_cert(const br_x509_class **ctx, uint32_t length)
{
    struct ip_check *k = ip_check_of(ctx);
    if (k->certs++ == 0) {
        k->len = 0;
        k->too_long = length > CERT_SIZE_MAX;
    }
    k->inner->vtable->start_cert(&k->inner->vtable, length);
}

static void
ip_append(const br_x509_class **ctx, const unsigned char *data, size_t len)
{
    struct ip_check *k = ip_check_of(ctx);
    if (k->certs == 1 && len <= CERT_SIZE_MAX - k->len) {
        memcpy(k->cert + k->len, data, len);
        k->len += len;
    }
    k->inner->vtable->append(&k->inner->vtable, data, len);
}

static void
ip_end_cert(const br_x509_class **ctx)
{
    struct ip_check *k = ip_check_of(ctx);
    k->inner->vtable->end_cert(&k->inner->vtable);
}

static unsigned
ip_end_chain(const br_x509_class **ctx)
{
    struct ip_check *k = ip_check_of(ctx);
    unsigned error = k->inner->vtable->end_chain(&k->inner->vtable);
    if (error != 0) {
        return error;
    }
    struct cert c;
    bool is_read = !k->too_long && cert_parse(&c, bytes_of(k->cert, k->len));
    if (!is_read || !cert_names_ip(&c, &k->ip)) {
        return BR_ERR_X509_BAD_SERVER_NAME;
    }
    return 0;
}

static const br_x509_pkey *
ip_get_pkey(const br_x509_class *const *ctx, unsigned *usages)
{
    const struct ip_check *k = (const struct ip_check *)(const void *)ctx;
    return k->inner->vtable->get_pkey(&k->inner->vtable, usages);
}

static const br_x509_class ip_check_class = {
    sizeof(struct ip_check),
    ip_start_chain,
    ip_start_cert,
    ip_append,
    ip_end_cert,
    ip_end_chain,
    ip_get_pkey,
};

/* ---- Setting up */

static void
set_suites(br_ssl_engine_context *eng)
{
    static const uint16_t suites[] = {
        BR_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        BR_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        BR_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        BR_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    };
    br_ssl_engine_set_suites(eng, suites, sizeof(suites) / sizeof(suites[0]));
    br_ssl_engine_set_default_aes_gcm(eng);
    br_ssl_engine_set_prf_sha256(eng, &br_tls12_sha256_prf);
    br_ssl_engine_set_prf_sha384(eng, &br_tls12_sha384_prf);
}

static void
set_certificates(struct tls *t, const struct roots *roots, int64_t unix_s)
{
    br_ssl_engine_context *eng = &t->client.eng;
    br_x509_minimal_init(&t->x509, &br_sha256_vtable, roots->anchors, roots->count);
    br_ssl_engine_set_ec(eng, &br_ec_prime_i31);
    br_ssl_engine_set_rsavrfy(eng, &br_rsa_i31_pkcs1_vrfy);
    br_ssl_engine_set_ecdsa(eng, &br_ecdsa_i31_vrfy_asn1);
    br_x509_minimal_set_rsa(&t->x509, &br_rsa_i31_pkcs1_vrfy);
    br_x509_minimal_set_ecdsa(&t->x509, &br_ec_prime_i31, &br_ecdsa_i31_vrfy_asn1);
    static const br_hash_class *const hashes[] = {
        &br_sha256_vtable,
        &br_sha384_vtable,
        &br_sha512_vtable,
    };
    for (int i = 0; i < 3; i++) {
        br_ssl_engine_set_hash(eng, br_sha256_ID + i, hashes[i]);
        br_x509_minimal_set_hash(&t->x509, br_sha256_ID + i, hashes[i]);
    }
    br_x509_minimal_set_minrsa(&t->x509, RSA_KEY_MIN);
    br_x509_minimal_set_time(&t->x509, (uint32_t)(unix_s / DAY_S + UNIX_EPOCH_DAY),
                             (uint32_t)(unix_s % DAY_S));
    br_ssl_engine_set_x509(eng, &t->x509.vtable);
}

struct tls *
tls_new(const char *host, struct roots *roots, int64_t unix_s, const char **why)
{
    if (!roots || !roots_load(roots)) {
        *why = "this system has no list of certificate authorities to check a secure server by";
        return NULL;
    }
    struct tls *t = calloc(1, sizeof(*t));
    if (!t) {
        *why = "not enough memory for a secure connection";
        return NULL;
    }
    br_ssl_engine_context *eng = &t->client.eng;
    br_ssl_client_zero(&t->client);
    br_ssl_engine_set_versions(eng, BR_TLS12, BR_TLS12);
    set_suites(eng);
    set_certificates(t, roots, unix_s);
    br_ssl_engine_add_flags(eng, BR_OPT_NO_RENEGOTIATION);
    br_ssl_engine_set_buffer(eng, t->records, sizeof(t->records), 1);
    uint8_t seed[32];
    sys_random(seed, sizeof(seed));
    br_ssl_engine_inject_entropy(eng, seed, sizeof(seed));
    if (addr_parse_ip(bytes_of_text(host), &t->ip_check.ip)) {
        host = NULL;
        t->ip_check.vtable = &ip_check_class;
        t->ip_check.inner = &t->x509;
        br_ssl_engine_set_x509(eng, &t->ip_check.vtable);
    }
    br_ssl_client_reset(&t->client, host, 0);
    return t;
}

void
tls_free(struct tls *t)
{
    free(t);
}

/* ---- State */

static const char *
error_text(int error)
{
    switch (error) {
    case BR_ERR_RECV_FATAL_ALERT + ALERT_PROTOCOL_VERSION:
        return "this server speaks TLS 1.3 only, this program TLS 1.2";
    case BR_ERR_UNSUPPORTED_VERSION:
    case BR_ERR_BAD_VERSION:
    case BR_ERR_UNKNOWN_TYPE: return "this is no secure server, or it speaks no TLS 1.2";
    case BR_ERR_RECV_FATAL_ALERT + ALERT_HANDSHAKE_FAILURE:
    case BR_ERR_RECV_FATAL_ALERT + ALERT_INSUFFICIENT_SECURITY:
        return "this server and this program know no common way to encrypt";
    case BR_ERR_RECV_FATAL_ALERT + ALERT_UNRECOGNIZED_NAME:
        return "this server does not serve that name over a secure connection";
    case BR_ERR_X509_EXPIRED:
        return "the server's certificate has expired, or this computer's clock is wrong";
    case BR_ERR_X509_BAD_SERVER_NAME: return "the server's certificate is for another name";
    case BR_ERR_X509_NOT_TRUSTED:
    case BR_ERR_X509_DN_MISMATCH:
        return "the server's certificate comes from an authority that is not trusted here";
    case BR_ERR_X509_BAD_SIGNATURE:
    case BR_ERR_BAD_SIGNATURE: return "a signature in the server's certificate is wrong";
    case BR_ERR_X509_WEAK_PUBLIC_KEY: return "the server's certificate is too weak";
    case BR_ERR_X509_UNSUPPORTED:
    case BR_ERR_X509_WRONG_KEY_TYPE:
        return "the server's certificate is of a kind that this program cannot check";
    case BR_ERR_NO_CLIENT_AUTH: return "this server demands a certificate from its visitors";
    default: break;
    }
    if (error >= BR_ERR_X509_INVALID_VALUE && error <= BR_ERR_X509_NOT_TRUSTED) {
        return "the server's certificate is not in order";
    }
    if (error >= BR_ERR_RECV_FATAL_ALERT && error < BR_ERR_SEND_FATAL_ALERT) {
        return "the server broke off the secure connection";
    }
    return "the secure connection failed";
}

static bool
has(const struct tls *t, unsigned flags)
{
    return (br_ssl_engine_current_state(&t->client.eng) & flags) != 0;
}

bool
tls_is_open(const struct tls *t)
{
    return has(t, BR_SSL_SENDAPP | BR_SSL_RECVAPP);
}

const char *
tls_failure(const struct tls *t)
{
    int error = br_ssl_engine_last_error(&t->client.eng);
    return has(t, BR_SSL_CLOSED) && error != BR_ERR_OK ? error_text(error) : NULL;
}

bool
tls_ended(const struct tls *t)
{
    return has(t, BR_SSL_CLOSED) && br_ssl_engine_last_error(&t->client.eng) == BR_ERR_OK;
}

/* ---- Bytes */

struct bytes
tls_record_out(const struct tls *t)
{
    size_t len;
    const uint8_t *ptr = br_ssl_engine_sendrec_buf(&t->client.eng, &len);
    return ptr ? bytes_of(ptr, len) : (struct bytes){0};
}

void
tls_record_sent(struct tls *t, size_t n)
{
    br_ssl_engine_sendrec_ack(&t->client.eng, n);
}

uint8_t *
tls_record_room(struct tls *t, size_t *room)
{
    uint8_t *ptr = br_ssl_engine_recvrec_buf(&t->client.eng, room);
    if (!ptr) {
        *room = 0;
    }
    return ptr;
}

void
tls_record_got(struct tls *t, size_t n)
{
    br_ssl_engine_recvrec_ack(&t->client.eng, n);
}

struct bytes
tls_data_in(const struct tls *t)
{
    size_t len;
    const uint8_t *ptr = br_ssl_engine_recvapp_buf(&t->client.eng, &len);
    return ptr ? bytes_of(ptr, len) : (struct bytes){0};
}

void
tls_data_used(struct tls *t, size_t n)
{
    br_ssl_engine_recvapp_ack(&t->client.eng, n);
}

uint8_t *
tls_data_room(struct tls *t, size_t *room)
{
    uint8_t *ptr = br_ssl_engine_sendapp_buf(&t->client.eng, room);
    if (!ptr) {
        *room = 0;
    }
    return ptr;
}

void
tls_data_wrote(struct tls *t, size_t n)
{
    br_ssl_engine_sendapp_ack(&t->client.eng, n);
    br_ssl_engine_flush(&t->client.eng, 0);
}
