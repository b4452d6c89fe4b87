/* One JSON object a line on standard output, for programs: see CONTRACT's `--json`. */
#include "ui/face.h"

#include "ui/json.h"

/* A message of 232 bytes may grow six-fold in escapes; names and folders are longer. */
enum { LINE_MAX = 16384 };

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
    json_string(&b, "name", s->name);
    json_string(&b, "info_hash", buf_bytes(&hash));
    json_number(&b, "size", s->size);
    json_string(&b, "dir", bytes_of_text(s->dir));
    json_number(&b, "port", s->port);
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
    json_number(&b, "done", s->done);
    json_number(&b, "size", s->size);
    json_number(&b, "down_rate", (int64_t)s->down_rate);
    json_number(&b, "up_rate", (int64_t)s->up_rate);
    json_number(&b, "peers", s->peers);
    json_number(&b, "seeds", s->seeds);
    if (s->eta_s >= 0) {
        json_number(&b, "eta_s", s->eta_s);
    } else {
        json_key(&b, "eta_s");
        buf_text(&b, "null");
    }
    json_string(
        &b, "phase",
        word("checking|downloading|disk-wait|finishing|seeding|stopping|stopped", s->phase));
    json_number(&b, "webseeds", s->webseeds);
    json_number(&b, "uploaded", s->uploaded);
    json_number(&b, "checked", s->checked);
    end_line(&b);
}

static void
put_complete(struct buf *b, const struct swarm_status *s)
{
    int64_t ms = s->completed_ms > s->started_ms ? s->completed_ms - s->started_ms : 0;
    json_key(b, "seconds");
    buf_u64(b, (uint64_t)ms / 1000);
    buf_byte(b, '.');
    buf_u64_pad(b, (uint64_t)ms % 1000, 3);
    json_number(b, "from_peers", s->from_peers);
    json_number(b, "from_webseeds", s->from_webseeds);
    json_number(b, "uploaded", s->uploaded);
    json_number(b, "wasted", s->wasted);
    json_number(b, "resumed", s->resumed);
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
        json_string(&b, "code", bytes_of_text(n->code));
        json_string(&b, "message", n->message);
        break;
    case NEWS_COMPLETE: put_complete(&b, n->status); break;
    case NEWS_EXIT:
        json_number(&b, "code", n->exit_code);
        if (n->status) {
            json_number(&b, "uploaded", n->status->uploaded);
        }
        break;
    }
    end_line(&b);
}

const struct face_kind face_json = {.open = json_open, .draw = json_draw, .tell = json_tell};
