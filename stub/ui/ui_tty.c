/* The face for a terminal: one line that is drawn over itself, and sentences above it. When
 * standard output is no terminal (or a dumb one) nothing is drawn over: a plain line comes every
 * ten seconds or tenth part. */
#include "ui/face.h"

#include "ui/format.h"
#include "ui/trouble.h"

enum {
    PLAIN_LINE_MS = 10000,
    PLAIN_SEEDING_MS = 60000,
    PLAIN_LINE_MIN_MS = 1000, /* a fast download passes its tenths in no time */
    LINE_MAX = 1024,
    TEXT_MAX = 8192,
};

/* The parts of the status line in the order in which they are shown. */
enum part {
    PART_NAME,
    PART_DONE,
    PART_SIZE,
    PART_DOWN,
    PART_UP,
    PART_LEFT,
    PART_PEERS,
    PART_RATIO,
    PART_COUNT
};

struct line {
    uint8_t mem[PART_COUNT][256];
    struct buf parts[PART_COUNT];
};

static bool
is_set(const char *value)
{
    return value && *value;
}

/* Columns that the line may have; 0: nothing can be drawn over. */
static size_t
drawing_width(void)
{
    int width = sys_terminal_width(SYS_OUT);
    const char *term = sys_env("TERM");
    bool dumb = term && bytes_equal(bytes_of_text(term), BYTES("dumb"));
    return width <= 1 || dumb ? 0 : (size_t)width - 1;
}

static bool
may_colour(void)
{
    return drawing_width() > 0 && !is_set(sys_env("NO_COLOR"));
}

/* Prints a sentence on a line of its own; the status line is wiped away first. */
static void
say(struct face *f, enum sys_stream stream, struct bytes text)
{
    if (f->line_open) {
        sys_print(SYS_OUT, BYTES("\r\x1b[K"));
        f->line_open = false;
    }
    sys_print(stream, text);
}

static void
tty_open(struct face *f)
{
    const struct face_start *s = &f->start;
    uint8_t mem[TEXT_MAX];
    struct buf out = BUF(mem);
    f->told_tenth = -1;
    text_put(&out, f->language, s->is_there ? TEXT_HAVING : TEXT_GETTING, face_title(s), s->size,
             bytes_of_text(s->dir));
    if (s->publisher.len > 0) {
        text_put(&out, f->language, TEXT_PUBLISHER, s->publisher);
    }
    if (s->message.len > 0) {
        format_foreign(&out, bytes_first(s->message, TEXT_LEN_MAX), true);
        buf_byte(&out, '\n');
    }
    if (s->will_share) {
        if (s->max_up > 0) {
            text_put(&out, f->language, TEXT_SHARING_AT_MOST, (int64_t)s->max_up);
        } else {
            text_put(&out, f->language, TEXT_SHARING);
        }
        face_put_end_of_sharing(&f->start, f->language, &out);
        text_put(&out, f->language, TEXT_CTRL_C);
    }
    sys_print(SYS_OUT, buf_bytes(&out));
}

/* Percent, or what is being done instead of downloading. */
static void
put_done(struct buf *b, const struct language *l, const struct swarm_status *s)
{
    switch (s->phase) {
    case SWARM_CHECKING: text_put(b, l, TEXT_CHECKING, s->checked, s->to_check, s->to_check); break;
    case SWARM_DOWNLOADING: format_percent(b, l, s->done, s->size); break;
    case SWARM_DISK_WAIT: text_put(b, l, TEXT_DISK_WAIT, s->done, s->size); break;
    case SWARM_FINISHING: text_put(b, l, TEXT_FINISHING); break;
    case SWARM_SEEDING: text_put(b, l, TEXT_SEEDING); break;
    case SWARM_STOPPING:
    case SWARM_STOPPED: text_put(b, l, TEXT_STOPPING); break;
    }
}

static int64_t
ratio_of(const struct swarm_status *s)
{
    return format_share_milli(s->uploaded + s->uploaded_before, s->size);
}

static void
fill_line(struct line *l, const struct face *f, const struct swarm_status *s)
{
    uint8_t title_mem[TEXT_LEN_MAX * 3];
    struct buf title = BUF(title_mem);
    for (int i = 0; i < PART_COUNT; i++) {
        l->parts[i] = BUF(l->mem[i]);
    }
    format_foreign(&title, face_title(&f->start), false);
    format_fit(&l->parts[PART_NAME], buf_bytes(&title), 30);
    put_done(&l->parts[PART_DONE], f->language, s);
    bool down = s->phase == SWARM_DOWNLOADING || s->phase == SWARM_DISK_WAIT;
    if (s->phase == SWARM_DOWNLOADING) {
        text_put(&l->parts[PART_SIZE], f->language, TEXT_OF, s->size);
    }
    if (down) {
        text_put(&l->parts[PART_DOWN], f->language, TEXT_DOWN, (int64_t)s->down_rate);
    }
    if (down && s->eta_s >= 0) {
        text_put(&l->parts[PART_LEFT], f->language, TEXT_LEFT, s->eta_s);
    }
    if (down || s->phase == SWARM_SEEDING || s->phase == SWARM_FINISHING) {
        struct buf *peers = &l->parts[PART_PEERS];
        text_put(&l->parts[PART_UP], f->language, TEXT_UP, (int64_t)s->up_rate);
        if (s->webseeds > 0) {
            text_put(peers, f->language, TEXT_PEERS_WEB, (int64_t)s->peers, (int64_t)s->webseeds);
        } else {
            text_put(peers, f->language, TEXT_PEERS, (int64_t)s->peers);
        }
        text_put(&l->parts[PART_RATIO], f->language, TEXT_RATIO, ratio_of(s));
    }
}

static bool
shows(const struct line *l, unsigned dropped, int part)
{
    return l->parts[part].len > 0 && !(dropped >> part & 1);
}

static const char *
gap_before(int part)
{
    return part == PART_SIZE ? " " : "  ";
}

static size_t
line_columns(const struct line *l, unsigned dropped)
{
    size_t columns = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        if (shows(l, dropped, i)) {
            columns += columns ? bytes_of_text(gap_before(i)).len : 0;
            columns += format_columns(buf_bytes(&l->parts[i]));
        }
    }
    return columns;
}

/* Joins as many parts as fit, the least important left out first. */
static void
join_line(const struct line *l, struct buf *out, size_t width, bool colour)
{
    static const uint8_t order[] = {PART_NAME,  PART_SIZE, PART_RATIO, PART_UP,
                                    PART_PEERS, PART_LEFT, PART_DOWN};
    unsigned dropped = 0;
    for (size_t i = 0; i < sizeof order && line_columns(l, dropped) > width; i++) {
        dropped |= 1u << order[i];
    }
    bool first = true;
    for (int i = 0; i < PART_COUNT; i++) {
        if (!shows(l, dropped, i)) {
            continue;
        }
        buf_text(out, first ? "" : gap_before(i));
        buf_text(out, colour && i == PART_DONE ? "\x1b[1m" : "");
        format_fit(out, buf_bytes(&l->parts[i]), width);
        buf_text(out, colour && i == PART_DONE ? "\x1b[0m" : "");
        first = false;
    }
}

static void
tty_draw(struct face *f, const struct swarm_status *s, int64_t now_ms)
{
    if (s->phase == SWARM_CHECKING && s->to_check == 0) {
        return; /* nothing is there to be checked */
    }
    size_t width = drawing_width();
    struct line l;
    uint8_t mem[LINE_MAX];
    struct buf out = BUF(mem);
    fill_line(&l, f, s);
    if (width > 0) {
        buf_byte(&out, '\r');
        join_line(&l, &out, width > 2 ? width - 2 : width, may_colour());
        buf_text(&out, "\x1b[K");
        f->line_open = true;
        sys_print(SYS_OUT, buf_bytes(&out));
        return;
    }
    bool checking = s->phase == SWARM_CHECKING;
    int64_t milli =
        format_share_milli(checking ? s->checked : s->done, checking ? s->to_check : s->size);
    int tenth = (int)(milli / 100);
    int64_t since_ms = now_ms - f->told_ms;
    int64_t wait_ms = s->phase == SWARM_SEEDING ? PLAIN_SEEDING_MS : PLAIN_LINE_MS;
    if (f->told_ms != 0 && since_ms < wait_ms &&
        (tenth == f->told_tenth || since_ms < PLAIN_LINE_MIN_MS)) {
        return;
    }
    f->told_ms = now_ms;
    f->told_tenth = tenth;
    l.parts[PART_NAME].len = 0;
    join_line(&l, &out, 200, false);
    buf_byte(&out, '\n');
    sys_print(SYS_OUT, buf_bytes(&out));
}

static void
tell_complete(struct face *f, const struct swarm_status *s)
{
    uint8_t mem[TEXT_MAX * 3];
    struct buf out = BUF(mem);
    struct bytes dir = bytes_of_text(f->start.dir);
    int64_t ms = s->completed_ms > s->started_ms ? s->completed_ms - s->started_ms : 1;
    int64_t fetched = s->from_peers + s->from_webseeds;
    bool colour = may_colour();
    buf_text(&out, colour ? "\x1b[32m" : "");
    if (fetched == 0) {
        text_put(&out, f->language, TEXT_WAS_HERE, face_title(&f->start), s->size);
    } else {
        text_put(&out, f->language, TEXT_COMPLETE, face_title(&f->start), s->size,
                 (ms + 500) / 1000, format_share_milli(fetched, ms));
        text_put(&out, f->language, s->resumed > 0 ? TEXT_SOURCES_RESUMED : TEXT_SOURCES,
                 s->from_peers, s->from_webseeds, s->resumed);
    }
    text_put(&out, f->language, TEXT_WHERE, dir, bytes_ends(dir, BYTES("/")) ? "" : "/",
             f->start.name);
    buf_text(&out, colour ? "\x1b[0m" : "");
    if (face_shares_after(&f->start)) {
        text_put(&out, f->language, TEXT_GOES_ON);
        face_put_end_of_sharing(&f->start, f->language, &out);
        text_put(&out, f->language, TEXT_CTRL_C);
    }
    say(f, SYS_OUT, buf_bytes(&out));
}

static void
tell_exit(struct face *f, const struct face_news *n)
{
    uint8_t mem[1024];
    struct buf out = BUF(mem);
    const struct swarm_status *s = n->status;
    bool stopped = n->exit_code >= 128;
    if (!s) {
        return;
    }
    if (!s->complete) {
        text_put(&out, f->language, stopped ? TEXT_STOPPED_PART : TEXT_INCOMPLETE, s->done,
                 s->size);
    } else if (stopped) {
        text_put(&out, f->language, TEXT_STOPPED);
    }
    if (s->uploaded > 0) {
        text_put(&out, f->language, TEXT_SHARED, s->uploaded, ratio_of(s));
    }
    say(f, SYS_OUT, buf_bytes(&out));
}

static void
tty_tell(struct face *f, const struct face_news *n)
{
    uint8_t mem[TROUBLE_LINE_MAX];
    struct buf line = BUF(mem);
    switch (n->kind) {
    case NEWS_WARNING:
    case NEWS_ERROR:
        trouble_put_line(&line, f->language, n);
        say(f, SYS_ERR, buf_bytes(&line));
        break;
    case NEWS_COMPLETE: tell_complete(f, n->status); break;
    case NEWS_EXIT: tell_exit(f, n); break;
    }
}

const struct face_kind face_tty = {.open = tty_open, .draw = tty_draw, .tell = tty_tell};
