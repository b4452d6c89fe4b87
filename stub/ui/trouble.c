#include "ui/trouble.h"

#include "ui/format.h"

enum { MESSAGE_MAX = 700 }; /* threefold when made harmless */

/* What the engine's own words are worth behind the sentence. */
enum detail {
    DETAIL_NONE,  /* they say the same */
    DETAIL_WHOLE, /* more, and what to do too: in English they stand alone */
    DETAIL_MORE,  /* more, for those who understand it */
};

static const struct {
    char code[10];
    uint8_t detail;
    uint8_t text;
} troubles[] = {
    {"bad-piece", DETAIL_NONE, TEXT_TROUBLE_BAD_PIECE},
    {"bad-peer", DETAIL_WHOLE, TEXT_TROUBLE_BAD_PEER},
    {"no-peers", DETAIL_NONE, TEXT_TROUBLE_NO_PEERS},
    {"tracker", DETAIL_MORE, TEXT_TROUBLE_TRACKER},
    {"tls", DETAIL_MORE, TEXT_TROUBLE_TLS},
    {"webseed", DETAIL_MORE, TEXT_TROUBLE_WEBSEED},
    {"disk-full", DETAIL_WHOLE, TEXT_TROUBLE_DISK_FULL},
    {"read-only", DETAIL_WHOLE, TEXT_TROUBLE_READ_ONLY},
    {"disk", DETAIL_WHOLE, TEXT_TROUBLE_DISK},
    {"path", DETAIL_WHOLE, TEXT_TROUBLE_PATH},
    {"timeout", DETAIL_NONE, TEXT_TROUBLE_TIMEOUT},
};
_Static_assert(TEXT_TROUBLE_TIMEOUT < 256, "the table holds bytes");

static enum text_id
find(const char *code, bool is_error, enum detail *detail)
{
    struct bytes wanted = bytes_of_text(code);
    if (!is_error && bytes_equal(wanted, BYTES("disk-full"))) {
        *detail = DETAIL_NONE;
        return TEXT_TROUBLE_DISK_WAIT; /* it goes on by itself */
    }
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++) {
        if (bytes_equal(wanted, bytes_of_text(troubles[i].code))) {
            *detail = troubles[i].detail;
            return troubles[i].text;
        }
    }
    *detail = DETAIL_WHOLE;
    return TEXT_COUNT;
}

enum text_id
trouble_text(const char *code, bool is_error)
{
    enum detail detail;
    return find(code, is_error, &detail);
}

void
trouble_put(struct buf *b, const struct language *l, const struct face_news *n)
{
    struct bytes message = bytes_first(n->message, MESSAGE_MAX);
    enum detail detail = DETAIL_WHOLE;
    enum text_id id = n->by_engine ? find(n->code, n->kind == NEWS_ERROR, &detail) : TEXT_COUNT;
    if (id == TEXT_COUNT || (detail == DETAIL_WHOLE && language_is_english(l))) {
        format_foreign(b, message, false);
    } else if (detail == DETAIL_NONE) {
        text_put(b, l, id);
    } else {
        text_put(b, l, TEXT_TROUBLE_DETAIL, bytes_of_text(language_text(l, id)), message);
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
