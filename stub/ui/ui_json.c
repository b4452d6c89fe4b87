/* One JSON object a line on standard output, for programs: see CONTRACT's `--json`. */
#include "ui/face.h"

/* A message of 232 bytes may grow six-fold in escapes; names and folders are longer. */
enum { LINE_MAX = 16384 };

static void
put_key(struct buf *b, const char *key)
{
    buf_text(b, ",\"");
    buf_text(b, key);
    buf_text(b, "\":");
}

static void
put_number(struct buf *b, const char *key, int64_t value)
{
    put_key(b, key);
    buf_i64(b, value);
}

static void
put_string(struct buf *b, const char *key, struct bytes value)
{
    put_key(b, key);
    buf_byte(b, '"');
    buf_json_escaped(b, value);
    buf_byte(b, '"');
}

/* The word number `n` of "a|b|c". */
static struct bytes
word(const char *words, unsigned n)
{
    struct bytes rest = bytes_of_text(words);
    while (n-- > 0) {
        bytes_cut(&rest, '|');
    }
    return bytes_cut(&rest, '|');
}

static void
start_line(struct buf *b, struct bytes event)
{
    buf_text(b, "{\"event\":\"");
    buf_add(b, event);
    buf_byte(b, '"');
}

static void
end_line(struct buf *b)
{
    buf_text(b, "}\n");
    if (!b->full) {
        sys_print(SYS_OUT, buf_bytes(b));
    }
}

static void
json_open(struct face *f)
{
    uint8_t mem[LINE_MAX], hash_mem[64];
    struct buf b = BUF(mem), hash = BUF(hash_mem);
    const struct face_start *s = &f->start;
    buf_hex(&hash, bytes_of(s->info_hash, SHA1_SIZE));
    start_line(&b, BYTES("start"));
    put_string(&b, "name", s->name);
    put_string(&b, "info_hash", buf_bytes(&hash));
    put_number(&b, "size", s->size);
    put_string(&b, "dir", bytes_of_text(s->dir));
    put_number(&b, "port", s->port);
    end_line(&b);
}

static void
json_draw(struct face *f, const struct swarm_status *s, int64_t now_ms)
{
    uint8_t mem[1024];
    struct buf b = BUF(mem);
    (void)f;
    (void)now_ms;
    start_line(&b, BYTES("progress"));
    put_number(&b, "done", s->done);
    put_number(&b, "size", s->size);
    put_number(&b, "down_rate", (int64_t)s->down_rate);
    put_number(&b, "up_rate", (int64_t)s->up_rate);
    put_number(&b, "peers", s->peers);
    put_number(&b, "seeds", s->seeds);
    if (s->eta_s >= 0) {
        put_number(&b, "eta_s", s->eta_s);
    } else {
        put_key(&b, "eta_s");
        buf_text(&b, "null");
    }
    put_string(&b, "phase",
               word("checking|downloading|disk-wait|finishing|seeding|stopping|stopped", s->phase));
    put_number(&b, "webseeds", s->webseeds);
    put_number(&b, "uploaded", s->uploaded);
    put_number(&b, "checked", s->checked);
    end_line(&b);
}

static void
put_complete(struct buf *b, const struct swarm_status *s)
{
    int64_t ms = s->completed_ms > s->started_ms ? s->completed_ms - s->started_ms : 0;
    put_key(b, "seconds");
    buf_u64(b, (uint64_t)ms / 1000);
    buf_byte(b, '.');
    buf_u64_pad(b, (uint64_t)ms % 1000, 3);
    put_number(b, "from_peers", s->from_peers);
    put_number(b, "from_webseeds", s->from_webseeds);
    put_number(b, "uploaded", s->uploaded);
    put_number(b, "wasted", s->wasted);
    put_number(b, "resumed", s->resumed);
}

static void
json_tell(struct face *f, const struct face_news *n)
{
    uint8_t mem[LINE_MAX];
    struct buf b = BUF(mem);
    (void)f;
    start_line(&b, word("warning|error|complete|exit", n->kind));
    switch (n->kind) {
    case NEWS_WARNING:
    case NEWS_ERROR:
        put_string(&b, "code", bytes_of_text(n->code));
        put_string(&b, "message", n->message);
        break;
    case NEWS_COMPLETE: put_complete(&b, n->status); break;
    case NEWS_EXIT:
        put_number(&b, "code", n->exit_code);
        if (n->status) {
            put_number(&b, "uploaded", n->status->uploaded);
        }
        break;
    }
    end_line(&b);
}

const struct face_kind face_json = {json_open, json_draw, json_tell};
