/* Trackers of a made-up swarm on a clock that can be moved, for test_tracker*.c. */
#ifndef UNIT_TRACKER_LAB_H
#define UNIT_TRACKER_LAB_H

#include "unit/web_lab.h"

#include "engine/tracker.h"

enum { LAB_URLS = 40 };

static struct lab {
    struct web_lab web;
    struct arena arena;
    struct torrent torrent;
    struct swarm_sources sources;
    struct events events;
    struct tracker_config config;
    struct tracker_figures figures;
    struct trackers *t;
    struct sys_wants wants;
    struct scratch scratch;
    int64_t skipped_ms;
    char urls[LAB_URLS][512];
    void (*turn)(void); /* a server of the test's own */
} lab;

static inline int64_t
lab_now(void)
{
    return sys_now_ms() + lab.skipped_ms;
}

/* Adds a tracker to the torrent. */
static inline void
lab_tracker(uint32_t tier, const char *host, unsigned port, const char *path)
{
    uint32_t i = lab.torrent.tracker_count++;
    snprintf(lab.urls[i], sizeof lab.urls[i], "%s:%u%s", host, port, path);
    lab.torrent.trackers[i] =
        (struct torrent_tracker){.url = bytes_of_text(lab.urls[i]), .tier = tier};
}

static inline void
lab_start(void)
{
    lab.t = trackers_new(&lab.config, &lab.arena, lab_now());
    assert_non_null(lab.t);
}

static inline void
lab_turn(void)
{
    sys_wants_start(&lab.wants, lab_now() + 1000);
    trackers_wants(lab.t, &lab.wants, lab_now());
    lab.wants.deadline_ms = sys_now_ms() + (lab.wants.deadline_ms <= lab_now() ? 0 : 1);
    sys_poll(&lab.wants);
    trackers_turn(lab.t, &lab.wants, &lab.scratch, &lab.figures, lab_now());
    if (lab.web.answer)
        web_turn(&lab.web);
    if (lab.turn)
        lab.turn();
}

/* Turns until nothing has happened for a while. */
static inline void
lab_settle(void)
{
    for (int i = 0; i < 40; i++)
        lab_turn();
}

#define LAB_UNTIL(condition) \
    for (int turns = 0; !(condition); turns++) { \
        assert_true(turns < 3000); \
        lab_turn(); \
    }

static inline void
lab_skip(int64_t seconds)
{
    lab.skipped_ms += seconds * 1000;
    lab_settle();
}

/* Is there an event with this code whose message contains the text? Takes all events. */
static inline bool
lab_was_told(const char *code, const char *text)
{
    struct engine_event e;
    bool found = false;
    while (events_take(&lab.events, &e)) {
        assert_ptr_equal(e.swarm, lab.config.swarm);
        found = found || (strcmp(e.code, code) == 0 && strstr(e.message, text));
    }
    return found;
}

static inline int
lab_set_up(void **state)
{
    (void)state;
    memset(&lab, 0, sizeof lab);
    lab.arena.size_max = 1 << 26;
    lab.figures = (struct tracker_figures){.uploaded = 1, .downloaded = 2, .left = 3};
    lab.config = (struct tracker_config){
        .key = 0xabcd1234,
        .port = 6881,
        .user_agent = "samara/test",
        .torrent = &lab.torrent,
        .sources = &lab.sources,
        .events = &lab.events,
        .swarm = (const struct swarm *)&lab,
    };
    memset(lab.config.info_hash, 'h', SHA1_SIZE);
    memset(lab.config.peer_id, 'p', 20);
    return 0;
}

static inline int
lab_tear_down(void **state)
{
    (void)state;
    if (lab.t)
        trackers_close(lab.t);
    if (lab.web.answer)
        web_close(&lab.web);
    arena_free(&lab.arena);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_set_up, lab_tear_down)

#endif
