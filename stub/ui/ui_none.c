/* The silent face: errors go to standard error, everything else nowhere. */
#include "ui/face.h"

#include "ui/format.h"
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
    (void)f;
    if (n->kind != NEWS_ERROR) {
        return;
    }
    uint8_t message_mem[1024], line_mem[1200];
    struct buf message = BUF(message_mem), line = BUF(line_mem);
    format_foreign(&message, n->message, false);
    text_put(&line, TEXT_ERROR, TEXT_ARGS(buf_bytes(&message)));
    buf_byte(&line, '\n');
    sys_print(SYS_ERR, buf_bytes(&line));
}

const struct face_kind face_none = {none_open, none_draw, none_tell};
