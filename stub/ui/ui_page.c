/* The face in a browser: opens one page, tells it how things stand, hears what the person wants.
 *
 * When the page has gone, the program goes too. Whether it is there is told by the stream that it
 * holds open, not by a clock of the page's: browsers slow down the clocks of tabs in the
 * background to one tick a minute or stop them, but they leave connections alone, and a tab or
 * browser that is closed, or crashes, breaks its connections at once. (A browser that is short of
 * memory may discard a tab that nobody looks at, which cannot be told from closing it; it spares
 * tabs whose titles change, so ours shows the percentage.) After GONE_MS without a stream, which is
 * time enough to load the page anew, the person has closed it. */
#include "ui/face.h"

#include "base/arena.h"
#include "ui/news_log.h"
#include "ui/page_server.h"
#include "ui/text.h"

enum {
    GONE_MS = 20000,
    NEVER_MS = 300000,     /* a browser was started, and no page ever came: it was closed again */
    LAST_WORDS_MS = 60000, /* something went wrong before the page was there: wait for it so long */
    TRY_MS = 100,          /* so often the opener is asked whether it has succeeded */
};

struct page {
    struct arena arena;
    struct page_server *server;
    int64_t now_ms;
    int64_t seen_ms; /* when a page was last open; at first when it was asked for */
    bool was_seen;
    bool is_trying; /* to open a browser */
    bool is_alone;  /* there is none: nobody can be asked, and nobody closes anything */
    bool asks;      /* the first sheet is shown */
    bool over;
    int exit_code;
    bool has_status;
    struct swarm_status status;
    struct sheet_trouble trouble;
    int64_t trouble_ms;
    struct face_details details;
    struct sheet sheet;
    struct news_log log;
};

/* ---- Small things */

static bool
has_terminal(void)
{
    return sys_terminal_width(SYS_ERR) > 0;
}

static void
show(struct face *f)
{
    struct page *p = f->page;
    p->trouble.age_ms = p->now_ms - p->trouble_ms;
    struct sheet_facts facts = {.language = f->language,
                                .start = &f->start,
                                .status = p->has_status ? &p->status : NULL,
                                .trouble = &p->trouble,
                                .listens = f->listens,
                                .keeps_sharing = f->keeps_sharing,
                                .over = p->over};
    sheet_make(&p->sheet, &facts);
    page_server_show(p->server, &p->sheet, &facts);
}

/* Has it no page and no terminal? */
static bool
is_unseen(const struct face *f)
{
    return f->page->is_alone && !has_terminal();
}

/* Nobody can be asked: it goes on as if the answer had been what was proposed. */
static void
go_on_alone(struct face *f)
{
    uint8_t mem[PATH_LEN_MAX * 3 + 1024];
    struct buf b = BUF(mem);
    f->page->is_alone = true;
    if (!is_unseen(f)) {
        return; /* the address stands there */
    }
    text_put(&b, f->language, TEXT_PAGE_NONE, bytes_first(face_title(&f->start), 200),
             bytes_of_text(f->start.dir));
    sys_tell_user(buf_cstr(&b));
    if (f->page->asks) {
        struct buf folder = BUF(f->wish.folder);
        buf_text(&folder, f->start.dir);
        buf_cstr(&folder);
        f->wish.start = true;
        f->wish.listen = f->listens;
    }
}

static bool
open_page(struct face *f)
{
    struct arena arena = {.size_max = sizeof(struct page) + sizeof(struct sys_wants) + 4096};
    uint8_t mem[512];
    struct buf url = BUF(mem);
    if (f->page) {
        return true;
    }
    struct page *p = arena_take(&arena, 1, sizeof *p);
    struct page_server *server = p ? page_server_open(&f->wish, f->language) : NULL;
    if (!server) {
        arena_free(&arena);
        return false;
    }
    p->arena = arena;
    p->server = server;
    p->now_ms = p->seen_ms = sys_now_ms();
    p->is_trying = true;
    f->page = p;
    page_server_put_url(server, &url);
    sys_open_page(buf_cstr(&url));
    if (has_terminal()) {
        uint8_t line_mem[1024];
        struct buf said = BUF(line_mem);
        text_put(&said, f->language, TEXT_PAGE_AT, buf_bytes(&url));
        sys_print(SYS_ERR, buf_bytes(&said));
    }
    return true;
}

static void
close_page(struct face *f)
{
    struct arena arena = f->page->arena; /* it holds the page itself */
    page_server_close(f->page->server);
    f->page = NULL;
    f->details = NULL;
    arena_free(&arena);
}

/* ---- The loop's part */

static void
page_wants(struct face *f, struct sys_wants *w, int64_t now_ms)
{
    struct page *p = f->page;
    if (!p) {
        return;
    }
    page_server_wants(p->server, w, now_ms);
    if (p->is_trying) {
        sys_wants_wake(w, now_ms + TRY_MS);
    } else if (page_server_watchers(p->server) == 0 && p->was_seen) {
        sys_wants_wake(w, p->seen_ms + GONE_MS);
    }
}

static void
look_who_is_there(struct face *f)
{
    struct page *p = f->page;
    if (page_server_watchers(p->server) > 0) {
        p->seen_ms = p->now_ms;
        p->was_seen = true;
        p->is_trying = false;
        return;
    }
    int64_t away_ms = p->now_ms - p->seen_ms;
    bool never_came = !p->was_seen && !p->is_alone && !has_terminal() && away_ms >= NEVER_MS;
    if (never_came || (p->was_seen && away_ms >= GONE_MS)) {
        f->wish.stop = true;
    }
    if (p->is_trying && sys_open_page_result() != SYS_AGAIN) {
        p->is_trying = false;
        if (sys_open_page_result() != SYS_OK) {
            go_on_alone(f);
        }
    }
}

static void
page_turn(struct face *f, const struct sys_wants *w, int64_t now_ms)
{
    struct page *p = f->page;
    if (!p) {
        return;
    }
    p->now_ms = now_ms;
    page_server_turn(p->server, w, now_ms);
    look_who_is_there(f);
    f->details = page_server_wants_details(p->server, now_ms) ? &p->details : NULL;
}

/* ---- The face */

static void
page_ask(struct face *f)
{
    if (!open_page(f)) {
        struct buf folder = BUF(f->wish.folder);
        buf_text(&folder, f->start.dir);
        buf_cstr(&folder);
        f->wish.start = true;
        return;
    }
    struct page *p = f->page;
    if (p->asks && is_unseen(f)) { /* the folder is of no use: nobody helps */
        p->trouble.is_error = true;
        f->wish.stop = true;
        return;
    }
    p->asks = true;
    show(f);
}

static void
page_open(struct face *f)
{
    if (!open_page(f)) {
        return;
    }
    f->page->asks = false;
    f->page->trouble = (struct sheet_trouble){0}; /* the folder is good now */
    if (is_unseen(f)) { /* nobody could end it: it does not go on after completion */
        f->start.seed_ms = 0;
        f->wish.share_less = true;
    }
}

static void
page_draw(struct face *f, const struct swarm_status *s, int64_t now_ms)
{
    struct page *p = f->page;
    if (!p) {
        return;
    }
    p->now_ms = now_ms;
    p->status = *s;
    p->has_status = true;
    show(f);
    if (f->details) {
        page_server_set_details(p->server, f->details, p->log.texts);
    }
}

static void
take_trouble(struct face *f, const struct face_news *n)
{
    struct page *p = f->page;
    news_log_add(&p->log, n->message);
    if (!sheet_take_trouble(&p->trouble, n)) {
        return;
    }
    p->trouble_ms = p->now_ms;
    if (p->asks) {
        show(f);
    }
}

/* The page shows how it ended and needs the program no more. Was it never there, and is there bad
 * news, then it is waited for; is there no browser, a small window has to do. */
static void
say_last_words(struct face *f)
{
    struct page *p = f->page;
    uint8_t mem[2048];
    struct buf b = BUF(mem);
    show(f);
    bool is_bad = p->trouble.is_error && p->exit_code > 0 && p->exit_code < 128;
    struct sys_wants *w = is_bad && !p->was_seen ? arena_take(&p->arena, 1, sizeof *w) : NULL;
    int64_t until_ms = sys_now_ms() + LAST_WORDS_MS;
    while (w && !p->was_seen && !p->is_alone && sys_stop_requests() == 0 && p->now_ms < until_ms) {
        sys_wants_start(w, until_ms);
        page_wants(f, w, p->now_ms);
        sys_poll(w);
        page_turn(f, w, sys_now_ms());
    }
    if (p->trouble.is_error && p->is_alone) {
        text_put(&b, f->language, TEXT_PAGE_FAILED, bytes_of_text(p->trouble.message));
        sys_tell_user(buf_cstr(&b));
    }
}

static void
page_tell(struct face *f, const struct face_news *n)
{
    bool is_trouble = n->kind == NEWS_WARNING || n->kind == NEWS_ERROR;
    if (is_trouble && has_terminal()) {
        face_tty.tell(f, n);
    }
    if (!open_page(f)) {
        return;
    }
    struct page *p = f->page;
    if (is_trouble) {
        take_trouble(f, n);
    } else if (n->kind == NEWS_COMPLETE && is_unseen(f)) {
        uint8_t mem[PATH_LEN_MAX * 3 + 1024];
        struct buf b = BUF(mem);
        text_put(&b, f->language, TEXT_PAGE_COMPLETE, bytes_first(face_title(&f->start), 200),
                 bytes_of_text(f->start.dir));
        sys_tell_user(buf_cstr(&b));
    } else if (n->kind == NEWS_EXIT) {
        p->over = true;
        p->exit_code = n->exit_code;
        if (n->status) {
            p->status = *n->status;
            p->has_status = true;
        }
        say_last_words(f);
        close_page(f);
    }
}

const struct face_kind face_page = {.open = page_open,
                                    .draw = page_draw,
                                    .tell = page_tell,
                                    .ask = page_ask,
                                    .wants = page_wants,
                                    .turn = page_turn};
