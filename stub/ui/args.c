#include "ui/args.h"

#include "base/nearest.h"
#include "base/rate.h"
#include "ui/format.h"

enum { RATIO_MILLI_MAX = 1000000000 };

static bool
has_value(const struct arg *arg)
{
    return arg->kind != ARG_FLAG && arg->kind != ARG_SET;
}

static const struct arg *
find(const struct arg *args, size_t count, struct bytes name)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal(bytes_of_text(args[i].name), name)) {
            return &args[i];
        }
    }
    return NULL;
}

static bool
set_rate(int64_t *field, const char *text)
{
    uint64_t value;
    if (!rate_parse(text, &value) || value > INT64_MAX / 1024) {
        return false;
    }
    *field = (int64_t)value;
    return true;
}

static bool
set_number(int64_t *field, struct bytes text, int64_t max)
{
    uint64_t value;
    if (!bytes_to_u64(text, (uint64_t)max, &value)) {
        return false;
    }
    *field = (int64_t)value;
    return true;
}

static int64_t
number_max(const struct arg *arg)
{
    return arg->number ? arg->number : INT64_MAX;
}

static bool
set_word(int *field, struct bytes text, const char *words)
{
    struct bytes rest = bytes_of_text(words);
    for (int i = 0; rest.len > 0; i++) {
        if (bytes_equal(bytes_cut(&rest, '|'), text)) {
            *field = i;
            return true;
        }
    }
    return false;
}

/* "HOST:PORT", "[v6]:PORT"; whether the host exists is found out later. */
static bool
is_host_port(struct bytes text)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':') {
        colon--;
    }
    uint64_t port = 0;
    return colon > 1 && bytes_to_u64(bytes_skip(text, colon), 65535, &port) && port > 0;
}

static bool
add(struct arg_list *list, const char *text)
{
    if (list->count == ARG_LIST_MAX || !*text) {
        return false;
    }
    list->v[list->count++] = text;
    return true;
}

/* Puts a value where it belongs. False: it is not a value for this option. */
static bool
take(const struct arg *arg, void *out, const char *value)
{
    void *field = (char *)out + arg->at;
    struct bytes text = bytes_of_text(value);
    switch ((enum arg_kind)arg->kind) {
    case ARG_FLAG: *(bool *)field = true; return true;
    case ARG_SET: *(int *)field = (int)arg->number; return true;
    case ARG_TEXT: *(const char **)field = value; return text.len > 0;
    case ARG_WORD: return set_word(field, text, arg->words);
    case ARG_NUMBER: return set_number(field, text, number_max(arg));
    case ARG_RATE: return set_rate(field, value);
    case ARG_RATIO: return format_parse_milli(value, RATIO_MILLI_MAX, field);
    case ARG_PEER: return is_host_port(text) && add(field, value);
    case ARG_EACH: return add(field, value);
    }
    return false;
}

static const char *
expected(const struct arg *arg)
{
    switch ((enum arg_kind)arg->kind) {
    case ARG_FLAG:
    case ARG_SET: return "no value";
    case ARG_TEXT: return "a name";
    case ARG_WORD: return arg->words;
    case ARG_NUMBER: return "a whole number up to ";
    case ARG_RATE: return "a number of bytes, such as 500K or 2M";
    case ARG_RATIO: return "a number such as 1.5";
    case ARG_PEER: return "HOST:PORT";
    case ARG_EACH: return "a text, at most 64 times";
    }
    return "";
}

/* "--port takes a number up to 65535, not 'x'" */
static void
say_wrong(struct buf *error, const struct arg *arg, const char *value)
{
    buf_text(error, arg->name);
    buf_text(error, " takes ");
    buf_text(error, expected(arg));
    if (arg->kind == ARG_NUMBER) {
        buf_i64(error, number_max(arg));
    }
    if (value) {
        buf_text(error, ", not '");
        format_foreign(error, bytes_of_text(value), false);
        buf_text(error, "'");
    }
}

static void
say_unknown(struct buf *error, const struct arg *args, size_t count, struct bytes name)
{
    struct nearest near = nearest_to(name);
    for (size_t i = 0; i < count; i++) {
        nearest_offer(&near, args[i].name);
    }
    buf_text(error, "there is no option '");
    format_foreign(error, name, false);
    buf_text(error, near.best ? "'; did you mean " : "'; --help lists them");
    buf_text(error, near.best ? near.best : "");
    buf_text(error, near.best ? "?" : "");
}

bool
args_parse(const struct arg *args, size_t count, void *out, struct arg_list *rest, int argc,
           char *const argv[], struct buf *error)
{
    bool options_over = false;
    for (int i = 1; i < argc; i++) {
        struct bytes whole = bytes_of_text(argv[i]), value = whole;
        if (rest && (options_over || !bytes_starts(whole, BYTES("-")))) {
            if (!add(rest, argv[i])) {
                buf_text(error, "an empty name, or too many names");
                return false;
            }
            continue;
        }
        if (rest && bytes_equal(whole, BYTES("--"))) {
            options_over = true;
            continue;
        }
        struct bytes name = bytes_cut(&value, '=');
        const struct arg *arg = find(args, count, name);
        if (!arg) {
            say_unknown(error, args, count, name);
            return false;
        }
        /* An argument ends in NUL, so what follows '=' is a text too. */
        const char *text = name.len < whole.len ? (const char *)value.ptr : NULL;
        if (has_value(arg) && !text && i + 1 < argc) {
            text = argv[++i];
        }
        if (has_value(arg) != (text != NULL) || !take(arg, out, text)) {
            say_wrong(error, arg, text);
            return false;
        }
    }
    return true;
}
