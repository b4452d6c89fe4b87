/* Bencoding (BEP 3) read in place and written into a buffer.
 *
 * bencode_check validates once, without recursion and with caps on depth and tokens;
 * afterwards a `struct bencode` walks the valid bytes without allocating or copying.
 * Accepted beyond the letter, because real torrents need it: dictionary keys in any
 * order (the first of two equal keys wins). Refused: leading zeros, "-0", integers
 * beyond int64, trailing bytes. */
#ifndef META_BENCODE_H
#define META_BENCODE_H

#include "base/buf.h"

/* Why and where some input was refused; `what` is NULL when there is no fault.
 * `what` is a static text that completes the sentence "the torrent is damaged: ...". */
struct fault {
    const char *what;
    size_t where; /* byte offset into the input */
};

/* One value, as the valid bytes of its encoding. {0} means "absent". */
struct bencode {
    struct bytes raw;
};

enum bencode_type { BENCODE_NONE, BENCODE_INT, BENCODE_STRING, BENCODE_LIST, BENCODE_DICT };

/* Validates exactly one value that fills `in`. False sets `*why`. */
bool bencode_check(struct bytes in, struct bencode *out, struct fault *why);

/* As bencode_check, but bytes may follow the value (ut_metadata messages, BEP 9);
 * their beginning is in->ptr + out->raw.len. */
bool bencode_check_prefix(struct bytes in, struct bencode *out, struct fault *why);

enum bencode_type bencode_type(struct bencode v);

/* The integer's value, or `otherwise` if `v` is not an integer. */
int64_t bencode_int(struct bencode v, int64_t otherwise);

/* The string's bytes (pointing into the input); empty if `v` is not a string. */
struct bytes bencode_string(struct bencode v);

/* The value under `key` in a dictionary; absent if `v` is none or has none. */
struct bencode bencode_get(struct bencode v, const char *key);

/* Shorthands for a value under a key. */
struct bytes bencode_get_string(struct bencode v, const char *key);
int64_t bencode_get_int(struct bencode v, const char *key, int64_t otherwise);

/* The values under several keys in one walk: `keys` names them, separated by '|' ("length|path"),
 * and found[i] becomes the value under the i-th, absent if there is none. */
void bencode_get_many(struct bencode v, const char *keys, struct bencode *found);

/* Walks a list or dictionary: `struct bencode_walk w = bencode_walk(v);
 * while (bencode_next(&w)) use(w.key, w.value);` (key is empty in lists).
 * A value that is neither is walked as empty. */
struct bencode_walk {
    struct bytes rest;
    bool in_dict;
    struct bytes key;
    struct bencode value;
};
struct bencode_walk bencode_walk(struct bencode v);
bool bencode_next(struct bencode_walk *w);

/* Writing. Keys must be put in ascending order by the caller; lists and dictionaries
 * are opened with buf_byte 'l' / 'd' and closed with buf_byte 'e'. */
void bencode_put_int(struct buf *b, int64_t v);
void bencode_put_string(struct buf *b, struct bytes v);
void bencode_put_text(struct buf *b, const char *v);

#endif
