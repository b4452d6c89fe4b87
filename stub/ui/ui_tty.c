/* The face for a terminal: one line that is drawn over itself, and sentences above it. When
 * standard output is no terminal (or a dumb one) nothing is drawn over: a plain line comes every
 * ten seconds or tenth part. */
#include "ui/face.h"

#include "ui/format.h"
#include "ui/text.h"

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

/* The name that people know it by. */
static struct bytes
title_of(const struct face *f, struct buf *mem)
{
    format_foreign(mem, f->start.title.len ? f->start.title : f->start.name, false);
    return buf_bytes(mem);
}

static void
put_end_of_sharing(const struct face *f, struct buf *out)
{
    uint8_t ratio_mem[32], time_mem[64];
    struct buf ratio = BUF(ratio_mem), time = BUF(time_mem);
    format_milli(&ratio, f->start.seed_ratio_milli);
    format_duration(&time, f->start.seed_ms / 1000);
    bool by_ratio = f->start.seed_ratio_milli != SEED_FOREVER;
    bool by_time = f->start.seed_ms != SEED_FOREVER;
    enum text_id id = by_ratio && by_time ? TEXT_SHARING_UNTIL
                      : by_ratio          ? TEXT_SHARING_UNTIL_RATIO
                      : by_time           ? TEXT_SHARING_UNTIL_TIME
                                          : TEXT_SHARING_FOREVER;
    if (f->start.seed_ms == 0 || f->start.seed_ratio_milli == 0) {
        id = TEXT_SHARING_NOT_AFTER;
    }
    struct bytes first = buf_bytes(by_ratio ? &ratio : &time);
    text_put(out, id, TEXT_ARGS(first, buf_bytes(&time)));
}

static void
put_sharing(const struct face *f, struct buf *out)
{
    uint8_t end_mem[256], top_mem[128], rate_mem[64];
    struct buf end = BUF(end_mem), top = BUF(top_mem), rate = BUF(rate_mem);
    put_end_of_sharing(f, &end);
    if (f->start.max_up > 0) {
        format_rate(&rate, f->start.max_up);
        text_put(&top, TEXT_SHARING_AT_MOST, TEXT_ARGS(buf_bytes(&rate)));
    }
    text_put(out, TEXT_SHARING, TEXT_ARGS(buf_bytes(&top), buf_bytes(&end)));
}

static void
tty_open(struct face *f)
{
    uint8_t mem[TEXT_MAX], title_mem[TEXT_LEN_MAX * 3], size_mem[64];
    struct buf out = BUF(mem), title = BUF(title_mem), size = BUF(size_mem);
    f->told_tenth = -1;
    format_size(&size, f->start.size);
    text_put(&out, f->start.is_there ? TEXT_HAVING : TEXT_GETTING,
             TEXT_ARGS(title_of(f, &title), buf_bytes(&size), bytes_of_text(f->start.dir)));
    buf_byte(&out, '\n');
    if (f->start.publisher.len > 0) {
        struct buf name = BUF(title_mem);
        format_foreign(&name, f->start.publisher, false);
        text_put(&out, TEXT_PUBLISHED_BY, TEXT_ARGS(buf_bytes(&name)));
        buf_byte(&out, '\n');
    }
    if (f->start.message.len > 0) {
        format_foreign(&out, bytes_first(f->start.message, TEXT_LEN_MAX), true);
        buf_byte(&out, '\n');
    }
    if (out.full) { /* an essay for a title: it is not worth more memory */
        out = BUF(mem);
    }
    if (f->start.will_share) {
        put_sharing(f, &out);
    }
    sys_print(SYS_OUT, buf_bytes(&out));
}

static void
put_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
    buf_u64(b, n);
    buf_text(b, n == 1 ? one : many);
}

/* Percent, or what is being done instead of downloading. */
static void
put_done(struct buf *b, const struct swarm_status *s)
{
    uint8_t percent_mem[16], size_mem[64];
    struct buf percent = BUF(percent_mem), size = BUF(size_mem);
    format_percent(&percent, s->done, s->size);
    switch (s->phase) {
    case SWARM_CHECKING:
        percent.len = 0;
        format_percent(&percent, s->checked, s->to_check);
        format_size(&size, s->to_check);
        text_put(b, TEXT_CHECKING, TEXT_ARGS(buf_bytes(&percent), buf_bytes(&size)));
        break;
    case SWARM_DOWNLOADING: buf_add(b, buf_bytes(&percent)); break;
    case SWARM_DISK_WAIT: text_put(b, TEXT_DISK_WAIT, TEXT_ARGS(buf_bytes(&percent))); break;
    case SWARM_FINISHING: text_put(b, TEXT_FINISHING, NULL, 0); break;
    case SWARM_SEEDING: text_put(b, TEXT_SHARING_NOW, NULL, 0); break;
    case SWARM_STOPPING:
    case SWARM_STOPPED: text_put(b, TEXT_STOPPING, NULL, 0); break;
    }
}

static void
fill_line(struct line *l, const struct face *f, const struct swarm_status *s)
{
    for (int i = 0; i < PART_COUNT; i++) {
        l->parts[i] = BUF(l->mem[i]);
    }
    bool down = s->phase == SWARM_DOWNLOADING || s->phase == SWARM_DISK_WAIT;
    bool talks = down || s->phase == SWARM_SEEDING || s->phase == SWARM_FINISHING;
    uint8_t title_mem[TEXT_LEN_MAX * 3];
    struct buf title = BUF(title_mem);
    format_fit(&l->parts[PART_NAME], title_of(f, &title), 30);
    put_done(&l->parts[PART_DONE], s);
    if (s->phase == SWARM_DOWNLOADING) {
        format_size(&l->parts[PART_SIZE], s->size);
    }
    if (down) {
        format_rate(&l->parts[PART_DOWN], s->down_rate);
        buf_text(&l->parts[PART_DOWN], " down");
        if (s->eta_s >= 0) {
            format_clock(&l->parts[PART_LEFT], s->eta_s);
            buf_text(&l->parts[PART_LEFT], " left");
        }
    }
    if (talks) {
        struct buf *peers = &l->parts[PART_PEERS];
        format_rate(&l->parts[PART_UP], s->up_rate);
        buf_text(&l->parts[PART_UP], " up");
        put_count(peers, s->peers, " peer", " peers");
        if (s->webseeds > 0) {
            buf_text(peers, " + ");
            put_count(peers, s->webseeds, " web seed", " web seeds");
        }
        int64_t shared = s->uploaded + s->uploaded_before;
        buf_text(&l->parts[PART_RATIO], "ratio ");
        format_milli(&l->parts[PART_RATIO], format_share_milli(shared, s->size));
    }
}

static bool
shows(const struct line *l, unsigned dropped, int part)
{
    return l->parts[part].len > 0 && !(dropped >> part & 1);
}

static size_t
line_columns(const struct line *l, unsigned dropped)
{
    size_t columns = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        if (shows(l, dropped, i)) {
            columns += (columns ? 2 : 0) + format_columns(buf_bytes(&l->parts[i]));
        }
    }
    return columns;
}

/* Joins as many parts as fit, the least important left out first. */
static void
join_line(const struct line *l, struct buf *out, size_t width, bool colour)
{
    static const uint8_t order[] = {PART_NAME,  PART_RATIO, PART_SIZE, PART_UP,
                                    PART_PEERS, PART_LEFT,  PART_DOWN};
    unsigned dropped = 0;
    for (size_t i = 0; i < sizeof order && line_columns(l, dropped) > width; i++) {
        dropped |= 1u << order[i];
    }
    bool first = true;
    for (int i = 0; i < PART_COUNT; i++) {
        if (!shows(l, dropped, i)) {
            continue;
        }
        buf_text(out, first ? "" : i == PART_SIZE ? " of " : "  ");
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
put_where(const struct face *f, struct buf *out)
{
    uint8_t path_mem[PATH_LEN_MAX * 2];
    struct buf path = BUF(path_mem);
    struct bytes dir = bytes_of_text(f->start.dir);
    buf_add(&path, dir);
    if (!bytes_ends(dir, BYTES("/"))) {
        buf_byte(&path, '/');
    }
    buf_add(&path, f->start.name);
    text_put(out, TEXT_WHERE, TEXT_ARGS(buf_bytes(&path)));
    buf_byte(out, '\n');
}

/* What was fetched, how fast, and from whom. */
static void
put_fetched(const struct swarm_status *s, struct bytes title, struct buf *out)
{
    uint8_t a_mem[64], b_mem[64], c_mem[64];
    struct buf a = BUF(a_mem), b = BUF(b_mem), c = BUF(c_mem);
    int64_t ms = s->completed_ms > s->started_ms ? s->completed_ms - s->started_ms : 1;
    int64_t fetched = s->from_peers + s->from_webseeds;
    format_size(&a, s->size);
    if (fetched == 0) {
        text_put(out, TEXT_COMPLETE_HERE, TEXT_ARGS(title, buf_bytes(&a)));
        buf_byte(out, '\n');
        return;
    }
    format_duration(&b, (ms + 500) / 1000);
    format_rate(&c, (uint64_t)format_share_milli(fetched, ms));
    text_put(out, TEXT_COMPLETE, TEXT_ARGS(title, buf_bytes(&a), buf_bytes(&b), buf_bytes(&c)));
    buf_byte(out, '\n');
    a.len = b.len = c.len = 0;
    format_size(&a, s->from_peers);
    format_size(&b, s->from_webseeds);
    text_put(out, TEXT_SOURCES, TEXT_ARGS(buf_bytes(&a), buf_bytes(&b)));
    if (s->resumed > 0) {
        format_size(&c, s->resumed);
        text_put(out, TEXT_RESUMED, TEXT_ARGS(buf_bytes(&c)));
    }
    buf_text(out, ".\n");
}

static void
tell_complete(struct face *f, const struct swarm_status *s)
{
    uint8_t mem[TEXT_MAX * 3], title_mem[TEXT_LEN_MAX * 3], end_mem[256];
    struct buf out = BUF(mem), title = BUF(title_mem), end = BUF(end_mem);
    bool colour = may_colour();
    f->complete_told = true;
    buf_text(&out, colour ? "\x1b[32m" : "");
    put_fetched(s, title_of(f, &title), &out);
    buf_text(&out, colour ? "\x1b[0m" : "");
    put_where(f, &out);
    if (f->start.will_share && f->start.seed_ms != 0 && f->start.seed_ratio_milli != 0) {
        put_end_of_sharing(f, &end);
        text_put(&out, TEXT_GOES_ON, TEXT_ARGS(buf_bytes(&end)));
        buf_byte(&out, '\n');
    }
    say(f, SYS_OUT, buf_bytes(&out));
}

static void
put_shared(const struct swarm_status *s, struct buf *out)
{
    uint8_t sent_mem[64], ratio_mem[32];
    struct buf sent = BUF(sent_mem), ratio = BUF(ratio_mem);
    if (s->uploaded > 0) {
        format_size(&sent, s->uploaded);
        format_milli(&ratio, format_share_milli(s->uploaded + s->uploaded_before, s->size));
        text_put(out, TEXT_SHARED, TEXT_ARGS(buf_bytes(&sent), buf_bytes(&ratio)));
        buf_byte(out, '\n');
    }
}

static void
tell_exit(struct face *f, const struct face_news *n)
{
    uint8_t mem[1024], percent_mem[16];
    struct buf out = BUF(mem), percent = BUF(percent_mem);
    const struct swarm_status *s = n->status;
    if (!s) {
        return;
    }
    format_percent(&percent, s->done, s->size);
    bool stopped = n->exit_code >= 128;
    if (stopped && !s->complete) {
        text_put(&out, TEXT_STOPPED_PART, TEXT_ARGS(buf_bytes(&percent)));
        buf_byte(&out, '\n');
    } else if (!s->complete) {
        text_put(&out, TEXT_INCOMPLETE, TEXT_ARGS(buf_bytes(&percent)));
        buf_byte(&out, '\n');
    } else if (stopped) {
        text_put(&out, TEXT_STOPPED, NULL, 0);
        buf_byte(&out, '\n');
    }
    put_shared(s, &out);
    say(f, SYS_OUT, buf_bytes(&out));
}

static void
tty_tell(struct face *f, const struct face_news *n)
{
    uint8_t message_mem[1024], line_mem[1200];
    struct buf message = BUF(message_mem), line = BUF(line_mem);
    switch (n->kind) {
    case NEWS_WARNING:
    case NEWS_ERROR:
        format_foreign(&message, n->message, false);
        text_put(&line, n->kind == NEWS_WARNING ? TEXT_WARNING : TEXT_ERROR,
                 TEXT_ARGS(buf_bytes(&message)));
        buf_byte(&line, '\n');
        say(f, SYS_ERR, buf_bytes(&line));
        break;
    case NEWS_COMPLETE: tell_complete(f, n->status); break;
    case NEWS_EXIT: tell_exit(f, n); break;
    }
}

const struct face_kind face_tty = {tty_open, tty_draw, tty_tell};
