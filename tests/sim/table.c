#include "sim/table.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"
#include "sim/crowd.h"

enum { SIZES_MAX = 16, SEEDS_MAX = 200 };

struct row {
    bool done;
    struct crowd_result result;
};

struct table {
    uint32_t sizes[SIZES_MAX], size_count;
    uint32_t seeds;
    uint32_t piece_length; /* 0: the usual one */
    uint32_t mib;          /* of content; 0: as usual */
    uint32_t away_ms;      /* see struct crowd_config; 0: as usual */
    struct row *rows; /* size by size, shared with the processes that run them */
};

static int
run_row(const struct table *t, uint32_t i)
{
    /* Memory of engines that is never touched must cost nothing: thousands of them live here. */
    mallopt(M_MMAP_THRESHOLD, 16384);
    mallopt(M_MMAP_MAX, 1 << 30);
    struct crowd_config config = crowd_of(t->sizes[i / t->seeds]);
    config.piece_length = t->piece_length ? t->piece_length : config.piece_length;
    config.size = t->mib ? (size_t)t->mib << 20 : config.size;
    config.away_ms = t->away_ms ? t->away_ms : config.away_ms;
    struct sim *sim = sim_new(i % t->seeds + 1, false);
    struct row *row = &t->rows[i];
    crowd_run(sim, &config, &row->result);
    row->done = !sim_failure(sim);
    if (!row->done) {
        fprintf(stderr, "sim: %u leechers, seed %u: %s\n", config.leechers, i % t->seeds + 1,
                sim_failure(sim));
    }
    sim_free(sim);
    return row->done ? 0 : 1;
}

static void
run_all(const struct table *t, uint32_t jobs)
{
    uint32_t running = 0;
    for (uint32_t i = 0; i < t->size_count * t->seeds; i++) {
        if (running == jobs) {
            wait(NULL);
            running--;
        }
        fflush(NULL);
        pid_t child = fork();
        check(child >= 0);
        if (child == 0) {
            exit(run_row(t, i));
        }
        running++;
    }
    while (wait(NULL) > 0) {
    }
}

static int
by_ratio(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    double p = x->result.last_s / x->result.bound_s, q = y->result.last_s / y->result.bound_s;
    return (p > q) - (p < q);
}

static bool
print_size(struct table *t, uint32_t size)
{
    struct row *rows = &t->rows[size * t->seeds];
    for (uint32_t i = 0; i < t->seeds; i++) {
        if (!rows[i].done) {
            printf("| %u | failed |\n", t->sizes[size]);
            return false;
        }
    }
    qsort(rows, t->seeds, sizeof *rows, by_ratio);
    const struct crowd_result *r = &rows[t->seeds / 2].result, *best = &rows[0].result,
                              *worst = &rows[t->seeds - 1].result;
    printf("| %u | %.1f | %.1f | %.1f | %.1f | **%.3f** | %.3f-%.3f | %.2f | %.2f %% |\n",
           t->sizes[size], r->bound_s, r->first_s, r->mean_s, r->last_s, r->last_s / r->bound_s,
           best->last_s / best->bound_s, worst->last_s / worst->bound_s, r->seed_sent,
           100 * r->wasted);
    return true;
}

static bool
read_number(const char *text, uint32_t max, uint32_t *out)
{
    unsigned long n = text ? strtoul(text, NULL, 10) : 0;
    *out = (uint32_t)n;
    return n > 0 && n <= max;
}

static bool
read_arguments(struct table *t, char **arguments)
{
    for (; *arguments; arguments++) {
        bool good;
        if (strcmp(*arguments, "--seeds") == 0) {
            good = read_number(*++arguments, SEEDS_MAX, &t->seeds);
        } else if (strcmp(*arguments, "--piece") == 0) {
            good = read_number(*++arguments, 1 << 20, &t->piece_length);
        } else if (strcmp(*arguments, "--mib") == 0) {
            good = read_number(*++arguments, 1024, &t->mib);
        } else if (strcmp(*arguments, "--away") == 0) {
            good = read_number(*++arguments, 1000, &t->away_ms);
        } else {
            good = t->size_count < SIZES_MAX &&
                   read_number(*arguments, 60000, &t->sizes[t->size_count++]);
        }
        if (!good) {
            return false;
        }
    }
    return true;
}

int
table_main(char **arguments, uint32_t jobs)
{
    struct table t = {.seeds = 5};
    if (!read_arguments(&t, arguments)) {
        fputs("usage: sim table [LEECHERS...] [--seeds N] [--piece BYTES] [--mib N] [--away MS]\n",
              stderr);
        return 2;
    }
    if (t.size_count == 0) {
        t.sizes[t.size_count++] = 10;
        t.sizes[t.size_count++] = 100;
    }
    size_t len = (size_t)t.size_count * t.seeds * sizeof *t.rows;
    t.rows = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(t.rows != MAP_FAILED);
    run_all(&t, jobs);
    puts("| leechers | bound s | first | mean | last | last/bound | range | copies from the seed |"
         " waste |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    bool good = true;
    for (uint32_t i = 0; i < t.size_count; i++) {
        good = print_size(&t, i) && good;
    }
    munmap(t.rows, len);
    return good ? 0 : 1;
}
