/* A line is "HEX  NAME". A name with a backslash or line end is written with these escaped, and
 * the line then begins with a backslash. */
#include "builder/sums.h"

#include "base/check.h"
#include "builder/files.h"

#include <stdlib.h>
#include <string.h>

enum { HEX_LEN = 2 * SHA256_SIZE };

static void
grow(struct sums *s)
{
    if (s->count == s->max) {
        s->max = s->max ? 2 * s->max : 64;
        s->v = realloc(s->v, s->max * sizeof *s->v);
        check(s->v != NULL);
    }
    s->sorted = false;
}

void
sums_add(struct sums *s, const char *name, const uint8_t hash[SHA256_SIZE])
{
    grow(s);
    struct sum *to = &s->v[s->count++];
    to->name = files_join(NULL, name);
    memcpy(to->hash, hash, SHA256_SIZE);
}

/* Undoes the escapes in malloc'd memory; NULL: there are others than those. */
static char *
read_name(struct bytes name, bool escaped)
{
    char *out = files_memory(name.len + 1, 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.ptr[i];
        if (escaped && c == '\\') {
            i++;
            c = i < name.len ? name.ptr[i] : 0;
            c = c == 'n' ? '\n' : c == 'r' ? '\r' : c == '\\' ? '\\' : 0;
        }
        if (c == 0) {
            free(out);
            return NULL;
        }
        out[len++] = (char)c;
    }
    return out;
}

static bool
read_line(struct sums *s, struct bytes line)
{
    uint8_t hash[SHA256_SIZE];
    bool escaped = bytes_starts(line, BYTES("\\"));
    line = bytes_skip(line, escaped);
    struct bytes name = bytes_skip(line, HEX_LEN + 2);
    if (!bytes_from_hex(bytes_first(line, HEX_LEN), hash, SHA256_SIZE) || name.len == 0 ||
        line.ptr[HEX_LEN] != ' ' ||
        (line.ptr[HEX_LEN + 1] != ' ' && line.ptr[HEX_LEN + 1] != '*')) {
        return false;
    }
    char *text = read_name(name, escaped);
    if (!text) {
        return false;
    }
    sums_add(s, text, hash);
    free(text);
    return true;
}

size_t
sums_read(struct sums *s, struct bytes text)
{
    for (size_t number = 1; text.len > 0; number++) {
        if (!read_line(s, bytes_cut(&text, '\n'))) {
            return number;
        }
    }
    return 0;
}

static int
by_name(const void *a, const void *b)
{
    const struct sum *x = a, *y = b;
    return strcmp(x->name, y->name);
}

/* qsort keeps no order of equals: the later of two is found by a merge of our own. */
static void
merge_sort(struct sum *v, struct sum *spare, size_t count)
{
    for (size_t run = 1; run < count; run *= 2) {
        for (size_t start = 0; start < count; start += 2 * run) {
            size_t a = start, b = start + run < count ? start + run : count;
            size_t a_end = b, b_end = b + run < count ? b + run : count;
            for (size_t to = start; to < b_end; to++) {
                bool from_a = a < a_end && (b == b_end || by_name(&v[a], &v[b]) <= 0);
                spare[to] = from_a ? v[a++] : v[b++];
            }
        }
        memcpy(v, spare, count * sizeof *v);
    }
}

void
sums_sort(struct sums *s)
{
    if (s->count > 1) {
        struct sum *spare = files_memory(s->count, sizeof *spare);
        merge_sort(s->v, spare, s->count);
        free(spare);
    }
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        if (i + 1 < s->count && strcmp(s->v[i].name, s->v[i + 1].name) == 0) {
            free(s->v[i].name);
        } else {
            s->v[kept++] = s->v[i];
        }
    }
    s->count = kept;
    s->sorted = true;
}

size_t
sums_from(const struct sums *s, const char *name)
{
    size_t low = 0, high = s->count;
    check(s->sorted || s->count == 0);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(s->v[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

const struct sum *
sums_find(const struct sums *s, const char *name)
{
    size_t at = sums_from(s, name);
    return at < s->count && strcmp(s->v[at].name, name) == 0 ? &s->v[at] : NULL;
}

static void
put_name(struct buf *out, const char *name)
{
    for (; *name; name++) {
        switch (*name) {
        case '\\': buf_text(out, "\\\\"); break;
        case '\n': buf_text(out, "\\n"); break;
        case '\r': buf_text(out, "\\r"); break;
        default: buf_byte(out, (uint8_t)*name);
        }
    }
}

void
sums_write(const struct sums *s, struct buf *out)
{
    check(s->sorted || s->count == 0);
    for (size_t i = 0; i < s->count; i++) {
        buf_text(out, strpbrk(s->v[i].name, "\\\n\r") ? "\\" : "");
        buf_hex(out, bytes_of(s->v[i].hash, SHA256_SIZE));
        buf_text(out, "  ");
        put_name(out, s->v[i].name);
        buf_byte(out, '\n');
    }
}

void
sums_free(struct sums *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->v[i].name);
    }
    free(s->v);
    *s = (struct sums){0};
}
