#include "ui/face.h"

#include "ui/text.h"

void
face_warn(struct face *f, const char *code, struct bytes message)
{
    struct face_news n = {.kind = NEWS_WARNING, .code = code, .message = message};
    f->kind->tell(f, &n);
}

void
face_fail(struct face *f, const char *code, struct bytes message)
{
    struct face_news n = {.kind = NEWS_ERROR, .code = code, .message = message};
    f->kind->tell(f, &n);
}

void
face_open(struct face *f, const struct face_start *start)
{
    f->start = *start;
    f->kind->open(f);
}

void
face_choose(struct face *f, enum option_ui ui, const struct language *language)
{
    bool absent = ui == UI_WINDOW || ui == UI_PAGE;
    bool none = ui == UI_NONE || (absent && sys_terminal_width(SYS_OUT) == 0);
    *f = (struct face){.kind = none            ? &face_none
                               : ui == UI_JSON ? &face_json
                                               : &face_tty,
                       .language = language};
    if (absent) {
        uint8_t mem[256];
        struct buf b = BUF(mem);
        text_put(&b, language, TEXT_NO_FACE);
        /* Said on the terminal even by the silent face: it is not what was asked for. */
        struct face_news n = {.kind = NEWS_WARNING, .code = "ui", .message = buf_bytes(&b)};
        face_tty.tell(f, &n);
    }
}
