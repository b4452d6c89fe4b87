#include "ui/trouble.h"

#include "ui/format.h"

enum {
    MESSAGE_MAX = 600, /* bytes of a stranger; threefold when made harmless */
    WORDS_MAX = 700,
};

/* What the engine's own words are worth behind the sentences. */
enum detail {
    DETAIL_NONE,  /* they say the same */
    DETAIL_WHOLE, /* more, and what to do too: in English they stand alone */
    DETAIL_MORE,  /* more, for those who understand it */
};

static const struct trouble {
    char code[10];
    uint8_t detail;
    uint8_t what, remedy; /* enum text_id */
} troubles[] = {
    {"bad-piece", DETAIL_NONE, TEXT_WHAT_BAD_DATA, TEXT_DO_NOTHING},
    {"bad-peer", DETAIL_WHOLE, TEXT_WHAT_BAD_DATA, TEXT_DO_NOTHING},
    {"no-peers", DETAIL_NONE, TEXT_WHAT_NO_PEERS, TEXT_DO_WAIT},
    {"tracker", DETAIL_MORE, TEXT_WHAT_TRACKER, TEXT_DO_TRACKER},
    {"tls", DETAIL_MORE, TEXT_WHAT_TLS, TEXT_DO_TLS},
    {"webseed", DETAIL_MORE, TEXT_WHAT_WEBSEED, TEXT_DO_WAIT},
    {"disk-full", DETAIL_WHOLE, TEXT_WHAT_DISK_FULL, TEXT_DO_DISK_SMALL},
    {"read-only", DETAIL_WHOLE, TEXT_WHAT_READ_ONLY, TEXT_DO_OTHER_FOLDER},
    {"disk", DETAIL_WHOLE, TEXT_WHAT_DISK, TEXT_DO_OTHER_FOLDER},
    {"path", DETAIL_WHOLE, TEXT_WHAT_FOLDER, TEXT_DO_OTHER_FOLDER},
    {"timeout", DETAIL_NONE, TEXT_WHAT_TIMEOUT, TEXT_DO_LATER},
    {"listen", DETAIL_MORE, TEXT_WHAT_LISTEN, TEXT_DO_LISTEN},
    {"damaged", DETAIL_MORE, TEXT_WHAT_DAMAGED, TEXT_DO_DAMAGED},
};
static const struct trouble full_for_now = {"disk-full", DETAIL_NONE, TEXT_WHAT_DISK_FULL,
                                            TEXT_DO_DISK_FULL};
_Static_assert(TEXT_WHAT_OTHER < 256, "the table holds bytes");

static const struct trouble *
find(const char *code, bool is_error)
{
    struct bytes wanted = bytes_of_text(code);
    if (!is_error && bytes_equal(wanted, BYTES("disk-full"))) {
        return &full_for_now;
    }
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++) {
        if (bytes_equal(wanted, bytes_of_text(troubles[i].code))) {
            return &troubles[i];
        }
    }
    return NULL;
}

void
trouble_texts(const char *code, bool is_error, enum text_id *what, enum text_id *remedy)
{
    const struct trouble *t = find(code, is_error);
    *what = t ? (enum text_id)t->what : TEXT_WHAT_OTHER;
    *remedy = t ? (enum text_id)t->remedy : TEXT_DO_LATER;
}

bool
trouble_put_words(struct buf *b, const struct language *l, const char *code, bool is_error)
{
    const struct trouble *t = find(code, is_error);
    if (t) {
        text_put(b, l, (enum text_id)t->what);
        buf_byte(b, ' ');
        text_put(b, l, (enum text_id)t->remedy);
    }
    return t != NULL;
}

void
trouble_put(struct buf *b, const struct language *l, const struct face_news *n)
{
    struct bytes message = bytes_first(n->message, MESSAGE_MAX);
    const struct trouble *t = n->by_engine ? find(n->code, n->kind == NEWS_ERROR) : NULL;
    uint8_t mem[WORDS_MAX];
    struct buf words = BUF(mem);
    if (!t || (t->detail == DETAIL_WHOLE && language_is_english(l))) {
        format_foreign(b, message, false);
        return;
    }
    trouble_put_words(&words, l, n->code, n->kind == NEWS_ERROR);
    if (t->detail == DETAIL_NONE) {
        buf_add(b, buf_bytes(&words));
    } else {
        text_put(b, l, TEXT_TROUBLE_DETAIL, buf_bytes(&words), message);
    }
}

void
trouble_put_line(struct buf *b, const struct language *l, const struct face_news *n)
{
    uint8_t mem[TROUBLE_LINE_MAX - 64];
    struct buf words = BUF(mem);
    trouble_put(&words, l, n);
    text_put(b, l, n->kind == NEWS_WARNING ? TEXT_WARNING : TEXT_ERROR, buf_bytes(&words));
}

const char *
trouble_reason(const struct language *l, int64_t error)
{
    /* The texts stand in the order of enum sys_error. */
    _Static_assert(TEXT_REASON_OTHER - TEXT_REASON_IN_USE == SYS_IN_USE - SYS_OTHER, "one each");
    return error <= SYS_IN_USE && error >= SYS_OTHER
               ? language_text(l, (enum text_id)(TEXT_REASON_IN_USE + (SYS_IN_USE - error)))
               : sys_error_text(error);
}
