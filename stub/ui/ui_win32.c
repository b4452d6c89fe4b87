/* The window: what a double-click shows on Windows. This half belongs to the loop: it puts what is
 * to be seen where the view finds it, and takes from there what the person wants. */
#include "ui/ui_win32.h"

#include <string.h>

#include "base/arena.h"
#include "base/check.h"

struct page {
    struct window shared;
    struct sheet_trouble trouble;
    struct face_details details; /* filled by the session */
    struct swarm_status status;
    bool has_status;
    int64_t told_ms;
    HANDLE thread;
};

static void
show(struct face *f, bool over)
{
    struct page *p = f->page;
    p->trouble.age_ms = sys_now_ms() - p->told_ms;
    struct sheet_facts facts = {
        .language = f->language,
        .start = &f->start,
        .status = p->has_status ? &p->status : NULL,
        .trouble = &p->trouble,
        .listens = f->listens,
        .keeps_sharing = f->keeps_sharing,
        .over = over,
    };
    EnterCriticalSection(&p->shared.lock);
    sheet_make(&p->shared.sheet, &facts);
    p->shared.over = over;
    p->shared.listens = f->listens;
    p->shared.keeps_sharing = f->keeps_sharing;
    p->shared.max_up = f->start.max_up;
    if (f->details) {
        p->shared.details = *f->details;
    }
    LeaveCriticalSection(&p->shared.lock);
    view_update(&p->shared);
}

/* Makes the window when it is wanted first. */
static void
begin(struct face *f)
{
    if (f->page) {
        return;
    }
    struct arena arena = {.size_max = sizeof(struct page) + 65536}; /* till the program ends */
    struct page *p = arena_take(&arena, 1, sizeof *p);
    check(p != NULL);
    f->page = p;
    p->shared.language = f->language;
    InitializeCriticalSection(&p->shared.lock);
    show(f, false);
    p->thread = CreateThread(NULL, 0, view_run, &p->shared, 0, NULL);
    check(p->thread != NULL);
}

static void
window_ask(struct face *f)
{
    begin(f);
    show(f, false);
}

static void
window_open(struct face *f)
{
    begin(f);
    f->page->trouble = (struct sheet_trouble){0}; /* the folder is good now */
}

static void
window_draw(struct face *f, const struct swarm_status *s, int64_t now_ms)
{
    (void)now_ms;
    f->page->status = *s;
    f->page->has_status = true;
    show(f, false);
}

static void
note_trouble(struct page *p, const struct face_news *n)
{
    EnterCriticalSection(&p->shared.lock);
    news_log_add(&p->shared.log, n->message);
    LeaveCriticalSection(&p->shared.lock);
    if (sheet_take_trouble(&p->trouble, n)) {
        p->told_ms = sys_now_ms();
    }
}

static void
window_tell(struct face *f, const struct face_news *n)
{
    begin(f);
    struct page *p = f->page;
    if (n->status) {
        p->status = *n->status;
        p->has_status = true;
    }
    switch (n->kind) {
    case NEWS_WARNING:
    case NEWS_ERROR:
        note_trouble(p, n);
        show(f, false);
        break;
    case NEWS_COMPLETE: show(f, false); break;
    case NEWS_EXIT:
        show(f, true);
        /* What it says stays until the person has read it. */
        WaitForSingleObject(p->thread, INFINITE);
        break;
    }
}

/* Wishes reach the loop by windows_wake: there is nothing to wait for but that. */
static void
window_wants(struct face *f, struct sys_wants *w, int64_t now_ms)
{
    (void)f, (void)w, (void)now_ms;
}

static void
window_turn(struct face *f, const struct sys_wants *w, int64_t now_ms)
{
    struct page *p = f->page;
    (void)w, (void)now_ms;
    EnterCriticalSection(&p->shared.lock);
    if (memcmp(&p->shared.wish, &(struct face_wish){0}, sizeof p->shared.wish) != 0) {
        f->wish = p->shared.wish;
        p->shared.wish = (struct face_wish){0};
    }
    f->wish.stop |= p->shared.closed;
    f->details = p->shared.shows_details ? &p->details : NULL;
    LeaveCriticalSection(&p->shared.lock);
}

static const struct face_kind face_window = {.open = window_open,
                                             .draw = window_draw,
                                             .tell = window_tell,
                                             .ask = window_ask,
                                             .wants = window_wants,
                                             .turn = window_turn};

const struct face_kind *const face_desktop = &face_window;
