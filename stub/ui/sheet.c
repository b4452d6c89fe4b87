/* Which sheet, which lines, which words. Trouble that passes is not remembered: each time it is
 * asked anew whether what was told last still holds. */
#include "ui/sheet.h"

#include <string.h>

#include "ui/format.h"
#include "ui/text.h"
#include "ui/trouble.h"

enum {
    TROUBLE_SHORT_MS = 10000, /* for trouble that is over when it is told */
    TITLE_MAX = 300,          /* longer ones would fill the page */
};

/* Where and when the latest trouble is still true. */
enum holds {
    HOLDS_BRIEFLY,   /* seen to already */
    HOLDS_ALONE,     /* while there is nobody to get anything from */
    HOLDS_DEAF,      /* while others cannot reach us */
    HOLDS_NOT_BEGUN, /* on the first sheet; or the end of it */
};

/* Trouble that may pass; all other is why nothing has begun, or why it has ended. */
static const struct {
    char code[10];
    uint8_t holds;
} passing[] = {
    {"no-peers", HOLDS_ALONE}, {"tracker", HOLDS_ALONE},     {"tls", HOLDS_ALONE},
    {"webseed", HOLDS_ALONE},  {"bad-piece", HOLDS_BRIEFLY}, {"bad-peer", HOLDS_BRIEFLY},
    {"listen", HOLDS_DEAF},
};

static enum holds
holds_of(const char *code)
{
    for (size_t i = 0; i < sizeof passing / sizeof *passing; i++) {
        if (strcmp(passing[i].code, code) == 0) {
            return (enum holds)passing[i].holds;
        }
    }
    return HOLDS_NOT_BEGUN;
}

/* A sheet being written: one line after the other, into its memory. */
struct pen {
    const struct language *language;
    struct sheet *sheet;
    struct buf b;
    size_t from;
};

/* What was written since the last line becomes this one, without line feeds around. */
static void
line(struct pen *p, enum sheet_line which)
{
    p->sheet->line[which] = bytes_trim(bytes_skip(buf_bytes(&p->b), p->from));
    p->from = p->b.len;
}

static void
text(struct pen *p, enum sheet_line which, enum text_id id)
{
    text_put(&p->b, p->language, id);
    line(p, which);
}

static void
foreign(struct pen *p, enum sheet_line which, struct bytes words, bool lines)
{
    format_foreign(&p->b, bytes_first(words, TEXT_LEN_MAX), lines);
    line(p, which);
}

/* ---- Trouble */

static void
put_trouble(struct pen *p, enum text_id what, enum text_id remedy, const char *exactly)
{
    text(p, SHEET_WHAT, what);
    text(p, SHEET_REMEDY, remedy);
    foreign(p, SHEET_EXACTLY, bytes_of_text(exactly), false);
}

static bool
still_holds(const struct sheet_facts *in, enum holds holds)
{
    const struct swarm_status *s = in->status;
    switch (holds) {
    case HOLDS_BRIEFLY: return s && in->trouble->age_ms < TROUBLE_SHORT_MS;
    case HOLDS_ALONE:
        return s && s->phase == SWARM_DOWNLOADING && !s->paused && s->peers == 0 &&
               s->webseeds == 0;
    case HOLDS_DEAF: return s && !in->listens;
    case HOLDS_NOT_BEGUN: return !s;
    }
    return false;
}

/* `at_the_end`: it is why all has ended. */
static void
trouble_lines(struct pen *p, const struct sheet_facts *in, bool at_the_end)
{
    const struct sheet_trouble *t = in->trouble;
    if (!at_the_end && in->status && in->status->phase == SWARM_DISK_WAIT) {
        put_trouble(p, TEXT_WHAT_DISK_FULL, TEXT_DO_DISK_FULL, "");
        return;
    }
    if (!t->code || (!at_the_end && !still_holds(in, holds_of(t->code)))) {
        return;
    }
    enum text_id what, remedy;
    trouble_texts(t->code, t->is_error, &what, &remedy);
    if (!at_the_end && !in->status && remedy == TEXT_DO_OTHER_FOLDER) {
        remedy = TEXT_DO_FOLDER;
    }
    put_trouble(p, what, remedy, t->message);
}

bool
sheet_take_trouble(struct sheet_trouble *t, const struct face_news *n)
{
    struct buf b = BUF(t->message);
    bool is_error = n->kind == NEWS_ERROR;
    if (t->is_error && !is_error) {
        return false;
    }
    t->code = n->code;
    t->is_error = is_error;
    buf_add(&b, bytes_first(n->message, sizeof t->message - 1));
    buf_cstr(&b);
    return true;
}

/* ---- The parts of sheets */

static void
title_lines(struct pen *p, const struct face_start *start, int64_t size)
{
    if (face_title(start).len == 0) {
        return; /* it could not even be read what it is */
    }
    foreign(p, SHEET_TITLE, bytes_first(face_title(start), TITLE_MAX), false);
    if (start->files > 1) {
        text_put(&p->b, p->language, TEXT_SHEET_FILES, size, (int64_t)start->files);
    } else {
        format_size(&p->b, p->language, size);
    }
    line(p, SHEET_SIZE);
    if (start->publisher.len > 0) {
        text_put(&p->b, p->language, TEXT_PUBLISHER, bytes_first(start->publisher, TITLE_MAX));
        line(p, SHEET_PUBLISHER);
    }
    if (start->dir) {
        foreign(p, SHEET_FOLDER, bytes_of_text(start->dir), false);
    }
}

static void
receiving_lines(struct pen *p, const struct swarm_status *s)
{
    format_rate(&p->b, p->language, s->paused ? 0 : s->down_rate); /* the average lags behind */
    line(p, SHEET_DOWN);
    if (s->eta_s >= 0 && !s->paused) {
        format_clock(&p->b, p->language, s->eta_s);
    } else {
        buf_text(&p->b, "-");
    }
    line(p, SHEET_LEFT);
}

static void
sharing_lines(struct pen *p, const struct swarm_status *s)
{
    format_rate(&p->b, p->language, s->paused ? 0 : s->up_rate);
    line(p, SHEET_UP);
    buf_u64(&p->b, s->peers);
    if (s->webseeds > 0) {
        text_put(&p->b, p->language, TEXT_SHEET_WEBSEEDS, (int64_t)s->webseeds);
    }
    line(p, SHEET_PEOPLE);
}

static void
shared_line(struct pen *p, const struct swarm_status *s)
{
    int64_t sent = s->uploaded + s->uploaded_before;
    if (sent > 0) {
        text_put(&p->b, p->language, TEXT_SHEET_PASSED_ON, sent, format_share_milli(sent, s->size));
        line(p, SHEET_SHARED);
    }
}

static void
bar(struct pen *p, const struct face_start *start, int64_t part, int64_t whole)
{
    int64_t milli = part >= whole ? 1000 : format_share_milli(part, whole);
    p->sheet->permille = (int)(milli >= 1000 && part < whole ? 999 : milli);
    text_put(&p->b, p->language, TEXT_SHEET_PERCENT, part, whole, whole);
    line(p, SHEET_STATUS);
    text_put(&p->b, p->language, TEXT_SHEET_TAB, part, whole,
             bytes_first(face_title(start), TITLE_MAX));
    line(p, SHEET_TAB);
}

/* ---- The sheets */

static void
ask(struct pen *p, const struct sheet_facts *in)
{
    struct sheet *out = p->sheet;
    text(p, SHEET_HEADING, TEXT_SHEET_ASK);
    title_lines(p, in->start, in->start->size);
    foreign(p, SHEET_MESSAGE, in->start->message, true);
    if (in->start->will_share) {
        text(p, SHEET_NOTE, TEXT_SHEET_NOTE);
    }
    out->buttons = SHEET_START | SHEET_STOP | SHEET_LISTEN;
    trouble_lines(p, in, false);
}

static enum text_id
progress_heading(const struct swarm_status *s)
{
    switch (s->phase) {
    case SWARM_CHECKING: return TEXT_SHEET_CHECKING;
    case SWARM_DISK_WAIT: return s->paused ? TEXT_SHEET_PAUSED : TEXT_SHEET_DISK_WAIT;
    case SWARM_FINISHING: return TEXT_SHEET_FINISHING;
    case SWARM_STOPPING:
    case SWARM_STOPPED: return TEXT_SHEET_STOPPING;
    case SWARM_DOWNLOADING:
    case SWARM_SEEDING: break;
    }
    return s->paused ? TEXT_SHEET_PAUSED : TEXT_SHEET_DOWNLOADING;
}

static void
progress(struct pen *p, const struct sheet_facts *in)
{
    const struct swarm_status *s = in->status;
    bool checking = s->phase == SWARM_CHECKING && s->to_check > 0;
    bool ends = s->phase == SWARM_STOPPING || s->phase == SWARM_STOPPED;
    text(p, SHEET_HEADING, progress_heading(s));
    title_lines(p, in->start, s->size);
    bar(p, in->start, checking ? s->checked : s->done, checking ? s->to_check : s->size);
    receiving_lines(p, s);
    sharing_lines(p, s);
    shared_line(p, s);
    if (!ends) {
        p->sheet->buttons =
            (s->paused ? SHEET_RESUME : SHEET_PAUSE) | SHEET_STOP | SHEET_LISTEN | SHEET_LIMIT;
        trouble_lines(p, in, false);
    }
}

static void
end_of_sharing_line(struct pen *p, const struct sheet_facts *in)
{
    const struct swarm_status *s = in->status;
    if (s->phase != SWARM_SEEDING) {
        text_put(&p->b, p->language, TEXT_SHEET_NO_SHARING);
    } else if (s->paused) {
        text_put(&p->b, p->language, TEXT_SHEET_SHARING_PAUSED);
    } else if (in->keeps_sharing) {
        text_put(&p->b, p->language, TEXT_SHEET_TILL_CLOSED);
    } else {
        text_put(&p->b, p->language, TEXT_GOES_ON);
        face_put_end_of_sharing(in->start, p->language, &p->b);
    }
    line(p, SHEET_NOTE);
}

static void
done(struct pen *p, const struct sheet_facts *in)
{
    const struct swarm_status *s = in->status;
    text(p, SHEET_HEADING, TEXT_SHEET_DONE);
    title_lines(p, in->start, s->size);
    bar(p, in->start, 1, 1);
    text(p, SHEET_STATUS, TEXT_SHEET_ALL);
    shared_line(p, s);
    end_of_sharing_line(p, in);
    p->sheet->buttons = SHEET_STOP | SHEET_SHOW;
    if (s->phase == SWARM_SEEDING) {
        sharing_lines(p, s);
        p->sheet->buttons |=
            SHEET_KEEP | SHEET_LIMIT | SHEET_LISTEN | (s->paused ? SHEET_RESUME : SHEET_PAUSE);
    }
}

/* What the last page says: how it ended, and that it may be closed. */
static void
end(struct pen *p, const struct sheet_facts *in)
{
    const struct swarm_status *s = in->status;
    bool complete = s && s->complete;
    text(p, SHEET_HEADING, complete ? TEXT_SHEET_ENDED : TEXT_SHEET_STOPPED);
    title_lines(p, in->start, s ? s->size : in->start->size);
    if (s) {
        shared_line(p, s);
    }
    if (complete) {
        text(p, SHEET_STATUS, TEXT_SHEET_ALL);
    } else if (s && s->size > 0) {
        text_put(&p->b, p->language, TEXT_STOPPED_PART, s->done, s->size);
        line(p, SHEET_STATUS);
    }
    text(p, SHEET_NOTE, TEXT_SHEET_CLOSE);
}

void
sheet_make(struct sheet *out, const struct sheet_facts *in)
{
    const struct swarm_status *s = in->status;
    struct pen p = {.language = in->language, .sheet = out, .b = BUF(out->mem)};
    out->permille = -1;
    out->buttons = 0;
    memset(out->line, 0, sizeof out->line);
    bool ends = in->over || (s && s->phase >= SWARM_STOPPING);
    bool failed = ends && in->trouble->is_error && !(s && s->complete);
    out->kind = failed        ? SHEET_TROUBLE
                : in->over    ? SHEET_END
                : !s          ? SHEET_ASK
                : s->complete ? SHEET_DONE
                              : SHEET_PROGRESS;
    switch (out->kind) {
    case SHEET_ASK: ask(&p, in); break;
    case SHEET_PROGRESS: progress(&p, in); break;
    case SHEET_DONE: done(&p, in); break;
    case SHEET_TROUBLE:
        text(&p, SHEET_HEADING, TEXT_SHEET_TROUBLE);
        title_lines(&p, in->start, s ? s->size : in->start->size);
        trouble_lines(&p, in, true);
        text(&p, SHEET_NOTE, TEXT_SHEET_CLOSE);
        break;
    case SHEET_END: end(&p, in); break;
    }
    if (out->line[SHEET_TAB].len == 0) {
        out->line[SHEET_TAB] = out->line[SHEET_TITLE];
    }
}
