/* Metainfo: the outer dictionary and the info dictionary (BEP 3, 27, 52).
 *
 * Each dictionary is walked once. Order of the work: validity of the bencoding, info-hash
 * over the original bytes, shape of the pieces, files, and last the things that a download
 * can do without. */
#include "meta/torrent_impl.h"

#include "meta/safe_path.h"

#include <string.h>

bool
torrent_refuse(struct torrent_reader *r, struct bencode v, const char *what)
{
    r->why->what = what;
    r->why->where = v.raw.len ? (size_t)(v.raw.ptr - r->whole.ptr) : 0;
    return false;
}

/* What a text field holds, if a person can read it. */
static struct bytes
readable(struct bencode preferred, struct bencode otherwise)
{
    struct bencode v = bencode_string(preferred).len ? preferred : otherwise;
    struct bytes text = bytes_first(bencode_string(v), TEXT_LEN_MAX);
    /* A character that was cut in half has up to three bytes left. */
    for (int i = 0; i < 3 && !bytes_is_utf8(text); i++) {
        text.len -= text.len > 0;
    }
    return bytes_is_utf8(text) ? text : (struct bytes){0};
}

static bool
read_name(struct torrent_reader *r, struct bencode info, struct bencode preferred,
          struct bencode otherwise)
{
    struct bencode v = bencode_string(preferred).len ? preferred : otherwise;
    if (bencode_string(v).len == 0) {
        return torrent_refuse(r, info, "it has no name");
    }
    char *name = arena_take(r->arena, 1, NAME_LEN_MAX + 1);
    if (!name) {
        return torrent_refuse(r, v, "there is not enough memory for it");
    }
    struct buf b = buf_over(name, NAME_LEN_MAX);
    safe_path_component(&b, bencode_string(v));
    r->t->name = name;
    return true;
}

static bool
read_pieces(struct torrent_reader *r, struct bencode info, struct bencode length,
            struct bencode pieces)
{
    struct torrent *t = r->t;
    int64_t piece_length = bencode_int(length, -1);
    struct bytes hashes = bencode_string(pieces);
    if (bencode_type(length) == BENCODE_NONE) {
        return torrent_refuse(r, info, "the piece length is missing");
    }
    if (piece_length < PIECE_LENGTH_MIN) {
        return torrent_refuse(r, length, "the piece length makes no sense");
    }
    if (piece_length > PIECE_LENGTH_MAX) {
        return torrent_refuse(r, length, "its pieces are too large");
    }
    if (bencode_type(pieces) != BENCODE_STRING) {
        return torrent_refuse(r, info, "the list of piece hashes is missing");
    }
    if (hashes.len % SHA1_SIZE) {
        return torrent_refuse(r, pieces, "the list of piece hashes has the wrong length");
    }
    if (hashes.len / SHA1_SIZE > PIECES_MAX) {
        return torrent_refuse(r, pieces, "it has too many pieces");
    }
    t->piece_length = (uint32_t)piece_length;
    t->piece_count = (uint32_t)(hashes.len / SHA1_SIZE);
    t->piece_hashes = hashes.ptr;
    return true;
}

static bool
check_piece_count(struct torrent_reader *r, struct bencode pieces)
{
    const struct torrent *t = r->t;
    int64_t needed = t->size / t->piece_length + (t->size % t->piece_length != 0);
    if (needed != t->piece_count) {
        return torrent_refuse(r, pieces, "the list of piece hashes has the wrong length");
    }
    return true;
}

static bool
read_info(struct torrent_reader *r, struct bencode info)
{
    enum { ATTR, FILE_TREE, FILES, LENGTH, VERSION, NAME, NAME_UTF8, PIECE_LENGTH, PIECES,
           PRIVATE, SOURCE, COUNT };
    struct bencode v[COUNT];
    struct torrent *t = r->t;
    bencode_get_many(info, "attr|file tree|files|length|meta version|name|name.utf-8|"
                           "piece length|pieces|private|source", v);
    bool v2 = bencode_int(v[VERSION], 1) == 2 && bencode_type(v[FILE_TREE]) == BENCODE_DICT;
    if (v2 && bencode_type(v[PIECES]) == BENCODE_NONE) {
        return torrent_refuse(r, v[VERSION], "this torrent is in the new v2-only format, "
                                             "which this version cannot read");
    }
    t->info = info.raw;
    sha1_of(info.raw, t->info_hash);
    if (v2) {
        t->has_v2 = true;
        sha256_of(info.raw, t->info_hash_v2);
    }
    t->is_private = bencode_int(v[PRIVATE], 0) != 0;
    t->source = readable(v[SOURCE], v[SOURCE]);
    /* Like libtorrent: where there is a list of files, a length beside it is ignored. */
    t->single = bencode_type(v[FILES]) != BENCODE_LIST;
    if (!read_name(r, info, v[NAME_UTF8], v[NAME]) ||
        !read_pieces(r, info, v[PIECE_LENGTH], v[PIECES])) {
        return false;
    }
    if (t->single && bencode_type(v[LENGTH]) == BENCODE_NONE) {
        return torrent_refuse(r, info, "it says neither a length nor files");
    }
    if (t->single ? !torrent_read_single(r, v[LENGTH], bencode_string(v[ATTR]))
                  : !torrent_read_files(r, v[FILES])) {
        return false;
    }
    return check_piece_count(r, v[PIECES]);
}

bool
torrent_parse_info(struct torrent *t, struct bytes info, struct arena *arena, struct fault *why)
{
    struct torrent_reader r = {t, arena, info, why};
    struct bencode v;
    *t = (struct torrent){0};
    if (info.len > METAINFO_SIZE_MAX) {
        *why = (struct fault){"it is too large", METAINFO_SIZE_MAX};
        return false;
    }
    if (!bencode_check(info, &v, why)) {
        return false;
    }
    if (bencode_type(v) != BENCODE_DICT) {
        return torrent_refuse(&r, v, "it is no torrent");
    }
    return read_info(&r, v);
}

bool
torrent_parse(struct torrent *t, struct bytes metainfo, struct arena *arena, struct fault *why)
{
    enum { ANNOUNCE, LIST, COMMENT, COMMENT_UTF8, CREATED_BY, DATE, INFO, NODES, URLS, COUNT };
    struct torrent_reader r = {t, arena, metainfo, why};
    struct bencode whole, v[COUNT];
    *t = (struct torrent){0};
    if (metainfo.len > METAINFO_SIZE_MAX) {
        *why = (struct fault){"it is too large", METAINFO_SIZE_MAX};
        return false;
    }
    if (!bencode_check_prefix(metainfo, &whole, why)) {
        return false;
    }
    struct bytes behind = bytes_skip(metainfo, whole.raw.len);
    if (bencode_type(whole) != BENCODE_DICT) {
        return torrent_refuse(&r, whole, "it is no torrent");
    }
    if (bytes_trim(behind).len) { /* an editor's newline does no harm */
        return torrent_refuse(&r, (struct bencode){behind}, "something stands behind its end");
    }
    bencode_get_many(whole, "announce|announce-list|comment|comment.utf-8|created by|"
                            "creation date|info|nodes|url-list", v);
    if (bencode_type(v[INFO]) != BENCODE_DICT) {
        return torrent_refuse(&r, v[INFO], "it has no info dictionary");
    }
    t->metainfo = metainfo;
    if (!read_info(&r, v[INFO])) {
        return false;
    }
    torrent_read_trackers(t, v[ANNOUNCE], v[LIST]);
    torrent_read_webseeds(t, v[URLS]);
    torrent_read_nodes(t, v[NODES]);
    t->comment = readable(v[COMMENT_UTF8], v[COMMENT]);
    t->created_by = readable(v[CREATED_BY], v[CREATED_BY]);
    t->creation_date = bencode_int(v[DATE], 0);
    return true;
}
