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

bool
face_ask(struct face *f, const struct face_start *start, struct sys_wants *w)
{
    f->start = *start;
    f->wish = (struct face_wish){0};
    f->kind->ask(f);
    while (!f->wish.start && !f->wish.stop && sys_stop_requests() == 0) {
        int64_t now_ms = sys_now_ms();
        sys_wants_start(w, now_ms + FACE_QUIET_MS);
        f->kind->wants(f, w, now_ms);
        sys_poll(w);
        f->kind->turn(f, w, sys_now_ms());
    }
    return f->wish.start && !f->wish.stop && sys_stop_requests() == 0;
}

bool
face_shares_after(const struct face_start *s)
{
    return s->will_share && s->seed_ms != 0 && s->seed_ratio_milli != 0;
}

void
face_put_end_of_sharing(const struct face_start *s, const struct language *l, struct buf *out)
{
    bool by_ratio = s->seed_ratio_milli != SEED_FOREVER, by_time = s->seed_ms != SEED_FOREVER;
    int64_t ratio = s->seed_ratio_milli, seconds = s->seed_ms / 1000;
    if (!face_shares_after(s)) {
        text_put(out, l, TEXT_UNTIL_COMPLETE);
    } else if (by_ratio && by_time) {
        text_put(out, l, TEXT_UNTIL_EITHER, ratio, seconds);
    } else if (by_ratio) {
        text_put(out, l, TEXT_UNTIL_RATIO, ratio);
    } else if (by_time) {
        text_put(out, l, TEXT_UNTIL_TIME, seconds);
    } else {
        text_put(out, l, TEXT_UNTIL_STOPPED);
    }
}

struct bytes
face_title(const struct face_start *s)
{
    return s->title.len ? s->title : s->name;
}

void
face_choose(struct face *f, enum option_ui ui, bool clicked, const struct language *language)
{
    bool desktop = ui == UI_WINDOW || (ui == UI_AUTO && clicked);
    *f = (struct face){.kind = desktop         ? face_desktop
                               : ui == UI_PAGE ? &face_page
                               : ui == UI_NONE ? &face_none
                               : ui == UI_JSON ? &face_json
                                               : &face_tty,
                       .language = language};
}
