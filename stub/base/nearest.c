/* Edit distance by the usual table, of which only three rows are kept. */
#include "base/nearest.h"

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static unsigned
least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned
nearest_distance(struct bytes a, struct bytes b)
{
    unsigned rows[3][NEAREST_LEN_MAX + 1]; /* before the last, last, this one */
    if (a.len > NEAREST_LEN_MAX || b.len > NEAREST_LEN_MAX) {
        return NEAREST_LEN_MAX + 1;
    }
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b.len; j++) {
        last[j] = j;
        before[j] = 0;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            uint8_t x = lower(a.ptr[i - 1]), y = lower(b.ptr[j - 1]);
            row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == lower(b.ptr[j - 2]) && lower(a.ptr[i - 2]) == y) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        unsigned *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b.len];
}

struct nearest
nearest_to(struct bytes word)
{
    unsigned third = (unsigned)(word.len < NEAREST_LEN_MAX ? word.len : NEAREST_LEN_MAX) / 3;
    return (struct nearest){.word = word, .distance = (third > 2 ? third : 2) + 1};
}

void
nearest_offer(struct nearest *n, const char *candidate)
{
    struct bytes c = bytes_of_text(candidate);
    unsigned distance = nearest_distance(n->word, c);
    if (n->word.len >= 3 && bytes_starts(c, n->word)) {
        distance = 1;
    }
    if (distance < n->distance && distance < n->word.len) {
        n->best = candidate;
        n->distance = distance;
    }
}
