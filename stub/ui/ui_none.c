/* The silent face: errors go to standard error, everything else nowhere. */
#include "ui/face.h"

#include "ui/trouble.h"

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
    uint8_t mem[TROUBLE_LINE_MAX];
    struct buf line = BUF(mem);
    if (n->kind == NEWS_ERROR) {
        trouble_put_line(&line, f->language, n);
        sys_print(SYS_ERR, buf_bytes(&line));
    }
}

const struct face_kind face_none = {.open = none_open, .draw = none_draw, .tell = none_tell};
