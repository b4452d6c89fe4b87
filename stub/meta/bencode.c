/* Bencoding (BEP 3), read in place and written.
 *
 * The checker walks the input once with a stack of one byte a level; it alone meets
 * hostile bytes. Everything behind it relies on what the checker let pass, and is only
 * careful enough not to run past the end. */
#include "meta/bencode.h"

#include "base/limits.h"

struct checker {
    struct bytes in;
    size_t at;
    struct fault *why;
};

/* What a level of nesting awaits next. */
enum awaits { AWAITS_ITEM, AWAITS_KEY, AWAITS_VALUE };

static bool
refuse(struct checker *c, const char *what)
{
    *c->why = (struct fault){what, c->at};
    return false;
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

/* The run of digits that `in` begins with. */
static struct bytes
digits_of(struct bytes in)
{
    size_t n = 0;
    while (n < in.len && is_digit(in.ptr[n])) {
        n++;
    }
    return bytes_first(in, n);
}

static bool
has_leading_zero(struct bytes digits)
{
    return digits.len > 1 && digits.ptr[0] == '0';
}

static bool
check_string(struct checker *c)
{
    struct bytes left = bytes_skip(c->in, c->at);
    struct bytes digits = digits_of(left);
    uint64_t len;
    left = bytes_skip(left, digits.len);
    if (has_leading_zero(digits)) {
        return refuse(c, "a text length has leading zeros");
    }
    if (left.len == 0) {
        return refuse(c, "it ends in the middle");
    }
    if (left.ptr[0] != ':') {
        return refuse(c, "there is no colon behind a text length");
    }
    if (!bytes_to_u64(digits, left.len - 1, &len)) {
        return refuse(c, "a text is longer than what is left");
    }
    c->at += digits.len + 1 + (size_t)len;
    return true;
}

static bool
check_int(struct checker *c)
{
    struct bytes left = bytes_skip(c->in, c->at + 1);
    bool negative = left.len && left.ptr[0] == '-';
    left = bytes_skip(left, negative);
    struct bytes digits = digits_of(left);
    uint64_t value, max = (uint64_t)INT64_MAX + negative;
    if (digits.len == left.len) {
        return refuse(c, "it ends in the middle");
    }
    if (left.ptr[digits.len] != 'e' || digits.len == 0) {
        return refuse(c, "a number has something else than digits");
    }
    if (has_leading_zero(digits) || (negative && digits.ptr[0] == '0')) {
        return refuse(c, "a number has leading zeros");
    }
    if (!bytes_to_u64(digits, max, &value)) {
        return refuse(c, "a number is too large");
    }
    c->at += 1 + (size_t)negative + digits.len + 1;
    return true;
}

/* The string, the number or the opening bracket at c->at. */
static bool
check_item(struct checker *c)
{
    uint8_t now = c->in.ptr[c->at];
    if (is_digit(now)) {
        return check_string(c);
    }
    switch (now) {
    case 'i': return check_int(c);
    case 'l':
    case 'd': c->at++; return true;
    case 'e': return refuse(c, "a value is missing");
    }
    return refuse(c, "something unknown stands in it");
}

static bool
check_value(struct checker *c)
{
    uint8_t level[BENCODE_DEPTH_MAX]; /* enum awaits */
    int depth = 0;
    for (int tokens = 0; tokens < BENCODE_TOKENS_MAX; tokens++) {
        if (c->at == c->in.len) {
            return refuse(c, c->in.len ? "it ends in the middle" : "it is empty");
        }
        uint8_t now = c->in.ptr[c->at];
        enum awaits state = depth ? level[depth - 1] : AWAITS_VALUE;
        if (now == 'e' && state != AWAITS_VALUE) {
            c->at++;
            depth--;
        } else if (state == AWAITS_KEY && !is_digit(now)) {
            return refuse(c, "a key is not a text");
        } else if (!check_item(c)) {
            return false;
        } else if (now == 'l' || now == 'd') {
            if (depth == BENCODE_DEPTH_MAX) {
                return refuse(c, "it is nested too deeply");
            }
            level[depth++] = now == 'd' ? AWAITS_KEY : AWAITS_ITEM;
            continue; /* the level around it waits until it is closed */
        }
        if (depth == 0) {
            return true;
        }
        if (level[depth - 1] != AWAITS_ITEM) {
            level[depth - 1] = level[depth - 1] == AWAITS_KEY ? AWAITS_VALUE : AWAITS_KEY;
        }
    }
    return refuse(c, "it has too many parts");
}

bool
bencode_check_prefix(struct bytes in, struct bencode *out, struct fault *why)
{
    struct checker c = {in, 0, why};
    *out = (struct bencode){0};
    *why = (struct fault){0};
    if (!check_value(&c)) {
        return false;
    }
    out->raw = bytes_first(in, c.at);
    return true;
}

bool
bencode_check(struct bytes in, struct bencode *out, struct fault *why)
{
    if (!bencode_check_prefix(in, out, why)) {
        return false;
    }
    if (out->raw.len != in.len) {
        *why = (struct fault){"something stands behind its end", out->raw.len};
        *out = (struct bencode){0};
        return false;
    }
    return true;
}

enum bencode_type
bencode_type(struct bencode v)
{
    if (v.raw.len == 0) {
        return BENCODE_NONE;
    }
    switch (v.raw.ptr[0]) {
    case 'i': return BENCODE_INT;
    case 'l': return BENCODE_LIST;
    case 'd': return BENCODE_DICT;
    }
    return BENCODE_STRING;
}

int64_t
bencode_int(struct bencode v, int64_t otherwise)
{
    if (bencode_type(v) != BENCODE_INT) {
        return otherwise;
    }
    struct bytes digits = bytes_skip(v.raw, 1);
    bool negative = digits.len && digits.ptr[0] == '-';
    uint64_t value = 0;
    digits = digits_of(bytes_skip(digits, negative));
    bytes_to_u64(digits, (uint64_t)INT64_MAX + 1, &value);
    return (int64_t)(negative ? 0 - value : value);
}

struct bytes
bencode_string(struct bencode v)
{
    if (bencode_type(v) != BENCODE_STRING) {
        return (struct bytes){0};
    }
    return bytes_skip(v.raw, digits_of(v.raw).len + 1);
}

/* Length of the string at the beginning of checked bytes, with its prefix. */
static size_t
string_size(struct bytes in)
{
    size_t at = 0, len = 0;
    for (; at < in.len && is_digit(in.ptr[at]); at++) {
        len = len * 10 + (size_t)(in.ptr[at] - '0'); /* checked: less than in.len */
    }
    return at + 1 + len;
}

/* Length of the value at the beginning of checked bytes. */
static size_t
value_size(struct bytes in)
{
    size_t at = 0;
    int depth = 0;
    while (at < in.len) {
        uint8_t now = in.ptr[at];
        if (now == 'l' || now == 'd') {
            depth++;
            at++;
        } else if (now == 'e') {
            depth--;
            at++;
        } else if (now == 'i') {
            at += bytes_find(bytes_skip(in, at), 'e') + 1;
        } else {
            at += string_size(bytes_skip(in, at));
        }
        if (depth == 0) {
            break;
        }
    }
    return at;
}

struct bencode_walk
bencode_walk(struct bencode v)
{
    struct bencode_walk w = {0};
    enum bencode_type type = bencode_type(v);
    if (type == BENCODE_LIST || type == BENCODE_DICT) {
        w.rest = bytes_skip(v.raw, 1);
        w.in_dict = type == BENCODE_DICT;
    }
    return w;
}

bool
bencode_next(struct bencode_walk *w)
{
    if (w->rest.len == 0 || w->rest.ptr[0] == 'e') {
        return false;
    }
    if (w->in_dict) {
        size_t key_size = string_size(w->rest);
        w->key = bencode_string((struct bencode){bytes_first(w->rest, key_size)});
        w->rest = bytes_skip(w->rest, key_size);
    }
    w->value.raw = bytes_first(w->rest, value_size(w->rest));
    w->rest = bytes_skip(w->rest, w->value.raw.len);
    return true;
}

struct bencode
bencode_get(struct bencode v, const char *key)
{
    struct bytes wanted = bytes_of_text(key);
    struct bencode_walk w = bencode_walk(v);
    while (w.in_dict && bencode_next(&w)) {
        if (bytes_equal(w.key, wanted)) {
            return w.value;
        }
    }
    return (struct bencode){0};
}

void
bencode_get_many(struct bencode v, const char *keys, struct bencode *found)
{
    struct bytes all = bytes_of_text(keys);
    size_t count = 0;
    for (struct bytes rest = all; rest.len; bytes_cut(&rest, '|')) {
        found[count++] = (struct bencode){0};
    }
    struct bencode_walk w = bencode_walk(v);
    while (w.in_dict && bencode_next(&w)) {
        struct bytes rest = all;
        for (size_t i = 0; i < count; i++) {
            if (bytes_equal(bytes_cut(&rest, '|'), w.key) && found[i].raw.len == 0) {
                found[i] = w.value;
            }
        }
    }
}

struct bytes
bencode_get_string(struct bencode v, const char *key)
{
    return bencode_string(bencode_get(v, key));
}

int64_t
bencode_get_int(struct bencode v, const char *key, int64_t otherwise)
{
    return bencode_int(bencode_get(v, key), otherwise);
}

void
bencode_put_int(struct buf *b, int64_t v)
{
    buf_byte(b, 'i');
    buf_i64(b, v);
    buf_byte(b, 'e');
}

void
bencode_put_string(struct buf *b, struct bytes v)
{
    buf_u64(b, v.len);
    buf_byte(b, ':');
    buf_add(b, v);
}

void
bencode_put_text(struct buf *b, const char *v)
{
    bencode_put_string(b, bytes_of_text(v));
}
