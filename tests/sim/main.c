/* The simulator's command line.
 *
 *     sim list                                  names of the scenarios
 *     sim all|SCENARIO [--seeds N] [--first S] [--jobs J]
 *     sim SCENARIO --seed S [--trace]           one run, told in full with --trace
 *     sim SCENARIO --twice --seeds N            each seed twice: the same must happen
 *     sim table [LEECHERS...] [--seeds N] [--piece BYTES] [--mib N] [--away MS]
 *                                                   how long flash crowds of such sizes take
 *
 * Seeds are shared out to J processes, so that a crash is told with its seed. */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "sim/scenario.h"
#include "sim/table.h"

enum { JOBS_MAX = 64, SECONDS_A_SEED = 60 };

struct scenario {
    const char *name;
    void (*run)(struct sim *sim);
};

static const struct scenario scenarios[] = {
    {"plain", scenario_plain},           {"churn", scenario_churn},
    {"poison", scenario_poison},         {"silent-tracker", scenario_silent_tracker},
    {"slow-peers", scenario_slow_peers}, {"refused", scenario_refused},
    {"disk-full", scenario_disk_full},   {"resume", scenario_resume},
    {"webseed", scenario_webseed},       {"files", scenario_files},
    {"webseed-crowd", scenario_webseed_crowd},
    {"world", scenario_world},           {"crowd", scenario_crowd},
    {"pause", scenario_pause},           {"listen", scenario_listen},
};

enum { SCENARIO_COUNT = sizeof scenarios / sizeof *scenarios };

struct options {
    const char *scenario;
    uint64_t first, seeds, jobs;
    bool one, trace, twice;
};

/* What a worker tells, in memory that it shares with its parent. */
struct report {
    uint64_t seed;
    uint64_t done;
    bool failed;
    char what[240];
};

static bool
run_seed(const struct scenario *s, uint64_t seed, bool trace, uint64_t *hash, char what[240])
{
    struct sim *sim = sim_new(seed, trace);
    s->run(sim);
    const char *failure = sim_failure(sim);
    if (failure) {
        snprintf(what, 240, "%s", failure);
    }
    *hash = sim_hash(sim);
    sim_free(sim);
    return !failure;
}

static void
work(const struct scenario *s, const struct options *o, uint64_t job, struct report *r)
{
    uint64_t hash = 0, again = 0;
    for (uint64_t i = job; i < o->seeds; i += o->jobs) {
        r->seed = o->first + i;
        alarm(SECONDS_A_SEED);
        r->failed = !run_seed(s, r->seed, false, &hash, r->what);
        if (!r->failed && o->twice) {
            r->failed = !run_seed(s, r->seed, false, &again, r->what) || hash != again;
            if (hash != again) {
                snprintf(r->what, sizeof r->what, "a second run is not the same");
            }
        }
        if (r->failed) {
            return;
        }
        r->done++;
    }
}

static double
seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Why a worker ended; NULL when all is well. */
static const char *
verdict(struct report *r, int status)
{
    if (r->failed) {
        return r->what;
    }
    if (WIFSIGNALED(status)) {
        snprintf(r->what, sizeof r->what, "%s",
                 WTERMSIG(status) == SIGALRM ? "it never ends" : strsignal(WTERMSIG(status)));
        return r->what;
    }
    return WEXITSTATUS(status) == 0 ? NULL : "it crashed, or memory was left behind";
}

static bool
run_scenario(const struct scenario *s, const struct options *o)
{
    struct report *reports = mmap(NULL, JOBS_MAX * sizeof *reports, PROT_READ | PROT_WRITE,
                                  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pid_t children[JOBS_MAX];
    double start = seconds();
    fflush(stdout);
    for (uint64_t j = 0; j < o->jobs; j++) {
        children[j] = fork();
        if (children[j] == 0) {
            work(s, o, j, &reports[j]);
            exit(0); /* the leak checker runs here */
        }
    }
    bool good = true;
    for (uint64_t j = 0; j < o->jobs; j++) {
        int status = 0;
        waitpid(children[j], &status, 0);
        const char *what = verdict(&reports[j], status);
        if (what) {
            printf("not ok %s: seed %llu: %s; replay: sim %s --seed %llu --trace\n", s->name,
                   (unsigned long long)reports[j].seed, what, s->name,
                   (unsigned long long)reports[j].seed);
            good = false;
        }
    }
    if (good) {
        printf("ok %s (%llu seeds, %.1f s)\n", s->name, (unsigned long long)o->seeds,
               seconds() - start);
    }
    fflush(stdout);
    munmap(reports, JOBS_MAX * sizeof *reports);
    return good;
}

static bool
run_one(const struct scenario *s, const struct options *o)
{
    char what[240];
    uint64_t hash;
    bool good = run_seed(s, o->first, o->trace, &hash, what);
    printf("%s %s: seed %llu: %s (hash %016llx)\n", good ? "ok" : "not ok", s->name,
           (unsigned long long)o->first, good ? "all is well" : what, (unsigned long long)hash);
    return good;
}

static bool
read_number(const char *text, uint64_t max, uint64_t *out)
{
    return text && bytes_to_u64(bytes_of_text(text), max, out);
}

static bool
read_options(struct options *o, char **arguments)
{
    o->scenario = *arguments;
    if (!o->scenario) {
        return false;
    }
    for (arguments++; *arguments; arguments++) {
        const char *a = *arguments;
        if (strcmp(a, "--trace") == 0) {
            o->trace = true;
            continue;
        }
        if (strcmp(a, "--twice") == 0) {
            o->twice = true;
            continue;
        }
        bool seed = strcmp(a, "--seed") == 0;
        uint64_t *to = strcmp(a, "--seeds") == 0           ? &o->seeds
                       : seed || strcmp(a, "--first") == 0 ? &o->first
                       : strcmp(a, "--jobs") == 0          ? &o->jobs
                                                           : NULL;
        arguments++;
        if (!to || !read_number(*arguments, to == &o->jobs ? JOBS_MAX : UINT64_MAX, to)) {
            return false;
        }
        o->one = o->one || seed;
    }
    return o->jobs > 0;
}

int
main(int count, char **arguments)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct options o = {.first = 1, .seeds = 100};
    o.jobs = processors > 0 && processors < JOBS_MAX ? (uint64_t)processors : 2;
    if (count == 2 && strcmp(arguments[1], "list") == 0) {
        for (size_t i = 0; i < SCENARIO_COUNT; i++) {
            puts(scenarios[i].name);
        }
        return 0;
    }
    if (count >= 2 && strcmp(arguments[1], "table") == 0) {
        return table_main(arguments + 2, (uint32_t)o.jobs);
    }
    if (count < 2 || !read_options(&o, arguments + 1)) {
        fputs("usage: sim list | all|SCENARIO [--seeds N] [--first S] [--jobs J] [--twice]\n"
              "       sim SCENARIO --seed S [--trace]\n"
              "       sim table [LEECHERS...] [--seeds N] [--piece BYTES] [--mib N] [--away MS]\n",
              stderr);
        return 2;
    }
    bool good = true, found = false;
    for (size_t i = 0; i < SCENARIO_COUNT; i++) {
        bool named = strcmp(o.scenario, scenarios[i].name) == 0;
        if (named || strcmp(o.scenario, "all") == 0) {
            found = true;
            good = (o.one ? run_one : run_scenario)(&scenarios[i], &o) && good;
        }
    }
    if (!found) {
        fprintf(stderr, "sim: no scenario '%s'; try: sim list\n", o.scenario);
        return 2;
    }
    return good ? 0 : 1;
}
