/* Command lines by table: what options there are, what kind of value each takes, where it goes.
 * The app's options and every verb of the builder are such tables. */
#ifndef UI_ARGS_H
#define UI_ARGS_H

#include "base/buf.h"

enum { ARG_LIST_MAX = 64 };

/* Values of an option that may be given again. Texts point into argv. */
struct arg_list {
    const char *v[ARG_LIST_MAX];
    uint32_t count;
};

/* What an option does with the field at `at`, and what it takes. */
enum arg_kind {
    ARG_FLAG,   /* nothing; bool */
    ARG_SET,    /* nothing; an enum or int is set to `number` */
    ARG_TEXT,   /* any text but the empty one; const char * */
    ARG_WORD,   /* one of `words` ("a|b|c"); an enum or int is set to its place */
    ARG_NUMBER, /* decimal up to `number` (0: INT64_MAX); int64_t */
    ARG_RATE,   /* with K, M, G; int64_t */
    ARG_RATIO,  /* up to three decimals; int64_t in thousandths */
    ARG_PEER,   /* HOST:PORT; struct arg_list */
    ARG_EACH,   /* any text but the empty one; struct arg_list */
};

/* Laid out so that a table of many lines stays small. */
struct arg {
    char name[16]; /* "--dir" */
    uint16_t kind; /* enum arg_kind */
    uint16_t at;
    uint32_t number;
    const char *words;
};

/* Reads argv[1..argc) into the struct at `out`, which holds the defaults. "--name value" and
 * "--name=value" are both taken. What does not begin with '-' (and everything behind "--") goes to
 * `rest`; without `rest` it is wrong. False: `error` holds a line that says what is wrong, with
 * the nearest right option. */
bool args_parse(const struct arg *args, size_t count, void *out, struct arg_list *rest, int argc,
                char *const argv[], struct buf *error);

#endif
