/* The silent face: errors go to standard error, everything else nowhere. */
#include "ui/face.h"

#include "ui/text.h"

static void
none_open(struct face *f)
{
    (void)f;
}

static void
none_draw(struct face *f, const struct swarm_status *s, int64_t now_ms)
{
    (void)f;
    (void)s;
    (void)now_ms;
}

static void
none_tell(struct face *f, const struct face_news *n)
{
    uint8_t mem[1200];
    struct buf line = BUF(mem);
    (void)f;
    if (n->kind == NEWS_ERROR) {
        text_put(&line, TEXT_ERROR, bytes_first(n->message, 380));
        sys_print(SYS_ERR, buf_bytes(&line));
    }
}

const struct face_kind face_none = {.open = none_open, .draw = none_draw, .tell = none_tell};
