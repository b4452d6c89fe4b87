/* One web seed; see webseed.h.
 *
 * A run of pieces is fetched as one range request for each file that it touches. The next byte
 * needed is at + block_len ("the place"); an answer gives the bytes from body_at on, which is
 * in front of the place only when a whole file came and its front is skipped. */
#include "engine/webseed.h"

#include "base/check.h"

#include <string.h>

enum { BACK_OFF_DOUBLINGS_MAX = 7 };

void
webseed_init(struct webseed *w, struct bytes url, const struct torrent *t)
{
    *w = (struct webseed){.url = url, .t = t};
}

static int64_t
place(const struct webseed *w)
{
    return w->at + (int64_t)w->block_len;
}

void
webseed_close(struct webseed *w)
{
    if (w->fetch)
        fetch_close(w->fetch);
    w->asked = false;
    w->data = (struct bytes){0};
    w->block_len = 0;
    if (w->state == WEBSEED_BUSY)
        w->state = WEBSEED_READY;
}

/* ---- What goes wrong */

static void
explain(struct webseed *w, const char *why, int status)
{
    char text[sizeof w->why];
    struct buf b = BUF(text);
    if (w->fetch && status != 0) {
        buf_add(&b, bytes_first(w->fetch->url.host, sizeof text / 2));
        buf_text(&b, ": ");
    }
    buf_text(&b, why);
    if (status > 0)
        buf_u64(&b, (uint64_t)status);
    buf_cstr(&b);
    w->told = w->told && strcmp(w->why, text) == 0;
    memcpy(w->why, text, sizeof text);
}

static void
rest(struct webseed *w, int64_t at_least_ms, int64_t now_ms)
{
    int64_t wait = (int64_t)WEBSEED_RETRY_MIN_MS << w->failures;
    if (w->failures < BACK_OFF_DOUBLINGS_MAX)
        w->failures++;
    wait = wait < at_least_ms ? at_least_ms : wait;
    webseed_close(w);
    w->moved_file = 0;
    w->rest_until_ms = now_ms + (wait < WEBSEED_RETRY_MAX_MS ? wait : WEBSEED_RETRY_MAX_MS);
    w->state = WEBSEED_RESTING;
}

static void
drop(struct webseed *w)
{
    webseed_close(w);
    w->state = WEBSEED_DROPPED;
}

void
webseed_strike(struct webseed *w, int64_t now_ms)
{
    explain(w, "it sends wrong data", -1);
    if (w->state == WEBSEED_DROPPED)
        return;
    w->strikes++;
    rest(w, 0, now_ms);
    if (w->strikes >= WEBSEED_STRIKES_MAX)
        drop(w);
}

/* ---- Addresses */

/* The dictionary of a file in the metainfo: its own names are what the server has, ours were made
 * safe. Absent for a single file. */
static struct bencode
file_dict(struct webseed *w, uint32_t file)
{
    if (w->walk_next == 0 || file < w->walk_next - 1) {
        w->walk = bencode_walk(bencode_get((struct bencode){w->t->info}, "files"));
        w->walk_next = 0;
    }
    while (w->walk_next <= file) {
        if (!bencode_next(&w->walk))
            return (struct bencode){0};
        w->walk_next++;
    }
    return w->walk.value;
}

static void
put_component(struct buf *b, struct bytes name)
{
    if (name.len == 0)
        return;
    buf_text(b, b->len > 0 && b->ptr[b->len - 1] == '/' ? "" : "/");
    buf_url_escaped(b, name, "");
}

static void
put_path(struct buf *b, struct webseed *w, uint32_t file)
{
    struct bencode dict = file_dict(w, file);
    struct bencode path = bencode_get(dict, "path.utf-8");
    if (bencode_type(path) != BENCODE_LIST)
        path = bencode_get(dict, "path");
    struct bencode_walk walk = bencode_walk(path);
    while (bencode_next(&walk))
        put_component(b, bencode_string(walk.value));
}

/* BEP 19: to the URL of a folder the torrent's name is added; of many files it is always one. */
static void
put_url(struct buf *b, struct webseed *w, uint32_t file)
{
    struct bencode info = {w->t->info};
    struct bytes name = bencode_get_string(info, "name.utf-8");
    if (name.len == 0)
        name = bencode_get_string(info, "name");
    if (w->moved_file == file + 1) {
        buf_add(b, bytes_of(w->moved, w->moved_len));
        return;
    }
    buf_url_escaped(b, bytes_trim(w->url), ":/?#[]@!$&'()*+,;=%"); /* spaces, in old torrents */
    if (!w->t->single || bytes_ends(buf_bytes(b), BYTES("/")))
        put_component(b, name.len > 0 ? name : bytes_of_text(w->t->name));
    if (!w->t->single)
        put_path(b, w, file);
}

/* ---- Asking */

/* Asks for the bytes from the place to the end of the run or of the file. Padding is not asked for:
 * webseed_next makes it. */
static void
ask(struct webseed *w, int64_t now_ms)
{
    uint8_t mem[URL_LEN_MAX];
    struct buf url = BUF(mem);
    int64_t from = place(w);
    w->file = geometry_file_at(w->t, from);
    const struct torrent_file *tf = &w->t->files[w->file];
    int64_t file_end = tf->offset + tf->length;
    if (tf->pad)
        return;
    put_url(&url, w, w->file);
    if (url.full) {
        explain(w, "its address is too long", 0);
        drop(w);
        return;
    }
    w->body_at = from;
    w->body_end = w->end < file_end ? w->end : file_end;
    w->asked = true;
    w->head_taken = w->whole = false;
    fetch_start(w->fetch, buf_bytes(&url), (struct bytes){0}, (uint64_t)(from - tf->offset),
                (uint64_t)(w->body_end - tf->offset), now_ms);
}

void
webseed_start(struct webseed *w, struct arena *arena, const struct fetch_config *config,
              uint32_t first, uint32_t end, uint32_t block, int64_t now_ms)
{
    check(w->state == WEBSEED_READY);
    if (!w->fetch) {
        w->fetch = arena_take(arena, 1, sizeof *w->fetch);
        if (!w->fetch) {
            explain(w, "there is not enough memory", 0);
            w->state = WEBSEED_DROPPED;
            return;
        }
        fetch_init(w->fetch, config);
    }
    w->at = geometry_piece_offset(w->t, first) + (int64_t)block * BLOCK_SIZE;
    w->end = geometry_piece_offset(w->t, end - 1) + geometry_piece_size(w->t, end - 1);
    w->block_len = 0;
    w->busy_since_ms = now_ms;
    w->state = WEBSEED_BUSY;
    if (w->asked && w->body_at == w->at)
        return; /* the answer that waits goes on here */
    if (w->asked)
        fetch_cancel(w->fetch);
    w->asked = false;
    ask(w, now_ms);
}

void
webseed_shorten(struct webseed *w, uint32_t end)
{
    int64_t at = end < w->t->piece_count ? geometry_piece_offset(w->t, end) : w->t->size;
    if (at < w->end)
        w->end = at;
}

/* ---- The head of an answer */

/* A server that says "not here" at a place where it sent us is asked again at its own. */
static void
refuse_status(struct webseed *w, int64_t now_ms)
{
    int status = w->fetch->status;
    bool busy = status == 429 || status == 503;
    bool gone = status >= 400 && status < 500 && status != 408 && !busy;
    bool was_moved = w->moved_file == w->file + 1;
    explain(w, "it answers with HTTP status ", status);
    if (gone && !was_moved)
        drop(w);
    else
        rest(w, busy ? (int64_t)w->fetch->retry_after_s * 1000 : 0, now_ms);
}

static bool
range_fits(const struct webseed *w, const struct torrent_file *tf)
{
    const struct fetch *f = w->fetch;
    return f->has_range && (int64_t)f->range_first == w->body_at - tf->offset &&
           f->range_last >= f->range_first && (int64_t)f->range_last < w->body_end - tf->offset &&
           (f->range_total < 0 || f->range_total == tf->length);
}

/* Looks at status and range; false: of no use, the web seed rests or is dropped. */
static bool
take_head(struct webseed *w, int64_t now_ms)
{
    const struct fetch *f = w->fetch;
    const struct torrent_file *tf = &w->t->files[w->file];
    w->head_taken = true;
    if (f->status != 200 && f->status != 206) {
        refuse_status(w, now_ms);
        return false;
    }
    w->whole = f->status == 200;
    if (w->whole) {
        bool far_in = w->body_at > tf->offset && tf->length > WEBSEED_WHOLE_MAX;
        bool other = f->length >= 0 && f->length != tf->length;
        if (far_in || other) {
            explain(w, other ? "it has another file there" : "it cannot send parts of files", -1);
            drop(w);
            return false;
        }
        w->body_at = tf->offset;
        w->body_end = tf->offset + tf->length;
    } else if (range_fits(w, tf)) {
        w->body_end = tf->offset + (int64_t)f->range_last + 1;
    } else {
        explain(w, "it sends something else than it was asked for", -1);
        drop(w);
        return false;
    }
    if (f->moved && f->url.text.len <= sizeof w->moved) {
        memcpy(w->moved, f->url.text.ptr, f->url.text.len);
        w->moved_len = f->url.text.len;
        w->moved_file = w->file + 1;
    }
    return true;
}

/* ---- Each turn */

void
webseed_wants(struct webseed *w, struct sys_wants *wants, bool read, int64_t now_ms)
{
    if (w->state == WEBSEED_RESTING)
        sys_wants_wake(wants, w->rest_until_ms);
    if (w->state == WEBSEED_BUSY && !w->asked) {
        sys_wants_wake(wants, now_ms);
    } else if (w->state == WEBSEED_BUSY) {
        fetch_wants(w->fetch, wants, read);
        if (w->fetch->state == FETCH_FAILED || w->fetch->state == FETCH_DONE)
            sys_wants_wake(wants, now_ms);
    } else if (w->fetch && !w->asked) {
        fetch_wants(w->fetch, wants, false);
    }
}

/* Takes what the fetch gave: all of it is expected, and some of it may be in front of the place. */
static void
take_data(struct webseed *w, struct bytes data, int64_t now_ms)
{
    bool ended = w->fetch->state == FETCH_DONE;
    int64_t left = w->body_end - w->body_at - (int64_t)data.len;
    if (left < 0 || (ended && left > 0)) {
        explain(w, "it sends more or less than it announced", -1);
        rest(w, 0, now_ms);
        return;
    }
    int64_t skip = place(w) - w->body_at;
    w->body_at += (int64_t)data.len;
    w->data = bytes_skip(data, skip > 0 ? (size_t)skip : 0);
}

void
webseed_turn(struct webseed *w, const struct sys_wants *wants, struct scratch *s, size_t max,
             int64_t now_ms)
{
    if (w->state == WEBSEED_RESTING && now_ms >= w->rest_until_ms)
        w->state = WEBSEED_READY;
    if (!w->fetch || (w->asked && w->state != WEBSEED_BUSY))
        return; /* a whole file that waits to be read on */
    int64_t needed = w->end - w->body_at;
    if (w->asked && (int64_t)max > needed)
        max = needed > 0 ? (size_t)needed : 0;
    struct bytes data = fetch_turn(w->fetch, wants, s, max, now_ms);
    if (!w->asked)
        return;
    bool has_head = w->fetch->state == FETCH_BODY || w->fetch->state == FETCH_DONE;
    if (w->fetch->state == FETCH_FAILED) {
        explain(w, w->fetch->why, 0);
        rest(w, 0, now_ms);
    } else if (has_head && (w->head_taken || take_head(w, now_ms))) {
        take_data(w, data, now_ms);
    }
}

/* Moves bytes from the answer, or zeros from padding, to the block under way. False: no more. */
static bool
gather(struct webseed *w, size_t size)
{
    size_t room = size - w->block_len;
    struct bytes part = bytes_first(w->data, room);
    if (part.len > 0) {
        memcpy(w->block + w->block_len, part.ptr, part.len);
        w->data = bytes_skip(w->data, part.len);
        w->block_len += part.len;
        return true;
    }
    const struct torrent_file *tf = &w->t->files[geometry_file_at(w->t, place(w))];
    if (!tf->pad)
        return false;
    uint64_t zeros = (uint64_t)(tf->offset + tf->length - place(w));
    size_t n = zeros < room ? (size_t)zeros : room;
    memset(w->block + w->block_len, 0, n);
    w->block_len += n;
    return true;
}

bool
webseed_next(struct webseed *w, uint32_t *piece, uint32_t *begin, struct bytes *data)
{
    if (w->state != WEBSEED_BUSY || w->at >= w->end)
        return false;
    *piece = (uint32_t)(w->at / w->t->piece_length);
    *begin = (uint32_t)(w->at - geometry_piece_offset(w->t, *piece));
    size_t size = geometry_block_size(w->t, *piece, *begin / BLOCK_SIZE);
    if (w->block_len == 0 && w->data.len >= size) {
        *data = bytes_first(w->data, size);
        w->data = bytes_skip(w->data, size);
    } else {
        while (w->block_len < size)
            if (!gather(w, size))
                return false;
        *data = bytes_of(w->block, size);
    }
    w->block_len = 0;
    w->at += (int64_t)size;
    w->got += size;
    w->failures = 0;
    return true;
}

/* The run is over. A whole file that came further than needed is left waiting: perhaps the next run
 * begins there. */
static void
end_run(struct webseed *w)
{
    bool more = w->asked && w->body_at - (int64_t)w->data.len < w->body_end;
    w->state = WEBSEED_READY;
    if (more && w->whole && w->data.len <= BLOCK_SIZE) {
        fetch_keep(w->fetch, w->data);
        w->body_at -= (int64_t)w->data.len;
    } else if (w->asked) {
        w->asked = false;
        if (w->fetch->state != FETCH_DONE)
            fetch_cancel(w->fetch);
    }
    w->data = (struct bytes){0};
}

void
webseed_done(struct webseed *w, int64_t now_ms)
{
    if (w->state != WEBSEED_BUSY)
        return;
    if (w->at >= w->end) {
        end_run(w);
        return;
    }
    check(w->data.len == 0);
    if (w->asked && w->fetch->state == FETCH_DONE)
        w->asked = false;
    if (!w->asked)
        ask(w, now_ms);
}
