/* A small world in memory for whole engines: many hosts with clocks, sockets and disks of
 * their own, in one process and one thread, and every chance decided by one number, the seed.
 *
 * The world implements sys/sys.h. A sys_ call acts for the host that was entered last. Who
 * lives on a host is an actor: two functions that are called as a program's loop would call
 * them, with this world in the place of sys_poll. Time passes only in sim_run, from event to
 * event, so hours cost milliseconds.
 *
 * What is wrong is told by sim_fail; the first failure counts and ends the run. The world
 * itself fails a run when somebody uses a handle that is not its own, turns without end (the
 * poll reports a socket again and again and nobody does anything about it), or leaves sockets,
 * files, look-ups or tickets behind. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "base/random.h"
#include "sys/sys.h"

struct sim;
struct sim_host;

/* --- the world ---------------------------------------------------------------------- */

struct sim *sim_new(uint64_t seed, bool trace);

/* Ends all that lives, looks for what was left behind, and frees the world. */
void sim_free(struct sim *sim);

/* The first failure as a sentence, or NULL. Good until sim_free. */
const char *sim_failure(const struct sim *sim);
void sim_fail(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line for --trace, with the time in front; it goes into the hash in any case. */
void sim_say(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sums up all that happened: equal for two runs of one seed. */
uint64_t sim_hash(const struct sim *sim);

/* Milliseconds since the world began. (sys_now_ms is the current host's own clock.) */
int64_t sim_now_ms(const struct sim *sim);

/* Chance for scenarios. */
struct random *sim_random(struct sim *sim);
/* A number in [low, high]. */
int64_t sim_between(struct sim *sim, int64_t low, int64_t high);
bool sim_chance(struct sim *sim, uint32_t percent);

/* Lets time pass until `done` says so, or `until_ms` has come, or something failed. True:
 * done. */
bool sim_run(struct sim *sim, int64_t until_ms, bool (*done)(void *context), void *context);

/* Calls `call` once, `delay_ms` from now, between the turns of actors. */
void sim_after(struct sim *sim, int64_t delay_ms, void (*call)(void *context), void *context);

/* --- hosts -------------------------------------------------------------------------- */

struct sim_host_config {
    char name[16];
    uint8_t ip[4];        /* IPv4 */
    bool v6;              /* has the IPv6 address 2001:db8::a.b.c.d too */
    uint32_t latency_us;  /* of its line, one way; a path has that of both ends */
    uint32_t jitter_us;   /* at most this much more, packet by packet */
    uint64_t up, down;    /* bytes a second; 0 = no limit */
    int64_t disk;         /* bytes; 0 = no limit */
    uint32_t quantum_us;  /* its loop turns at most this often; 0 = each millisecond */
};

struct sim_host *sim_host_add(struct sim *sim, const struct sim_host_config *config);

/* Makes it the host that sys_ calls act for. */
void sim_enter(struct sim_host *h);

struct addr sim_host_addr(const struct sim_host *h, bool v6, uint16_t port);

/* What runs on a host. `wants` and `turn` as those of an engine. */
struct sim_actor {
    void (*wants)(void *context, struct sys_wants *w, int64_t now_ms);
    void (*turn)(void *context, const struct sys_wants *w, int64_t now_ms);
    void *context;
};

/* Starts an actor; its host turns from now on. */
void sim_start(struct sim_host *h, const struct sim_actor *actor);

/* The actor ended by itself: it must have closed everything. */
void sim_end(struct sim_host *h);

enum sim_kill {
    SIM_KILL_9,    /* the process is gone, its kernel closes its sockets; the disk keeps all */
    SIM_POWER_CUT, /* silence; what was not synced is on the disk, or not, or in part */
};

/* Ends what runs there, at once. Afterwards its memory may be freed by the usual calls: until
 * sim_revive the host's sys_ calls do nothing. */
void sim_kill(struct sim_host *h, enum sim_kill how);

/* Switches a killed host on again, so that something new can be set up on it. */
void sim_revive(struct sim_host *h);

/* Ctrl-C, as often as called. */
void sim_ask_to_stop(struct sim_host *h);

/* Turns of its loop so far. */
uint64_t sim_host_turns(const struct sim_host *h);

struct sim *sim_host_world(const struct sim_host *h);
const char *sim_host_name(const struct sim_host *h);

/* --- faults ------------------------------------------------------------------------- */

/* Of the connections that others begin to this host, so many in a hundred are refused, or lead
 * to nothing. */
void sim_refuse(struct sim_host *h, uint32_t percent);
void sim_ignore(struct sim_host *h, uint32_t percent);

/* Of TCP segments to it, one in `n` breaks its connection; 0 = never. */
void sim_break(struct sim_host *h, uint32_t n);

/* UDP datagrams to it, in a hundred: lost, doubled. Late ones overtake each other by the
 * jitter. */
void sim_udp_faults(struct sim_host *h, uint32_t lost, uint32_t doubled);

/* Nothing comes or goes for so long; what was sent arrives afterwards. */
void sim_outage(struct sim_host *h, int64_t for_ms);

/* A name for look-ups, at most 4 addresses; SYS_OK, or the failure that everybody gets. */
void sim_name(struct sim *sim, const char *name, const struct addr *a, size_t count, int result);

/* --- disks -------------------------------------------------------------------------- */

void sim_disk_size(struct sim_host *h, int64_t bytes);
void sim_disk_read_only(struct sim_host *h, bool on);
/* Every write fails with SYS_IO. */
void sim_disk_broken(struct sim_host *h, bool on);

int64_t sim_disk_used(const struct sim_host *h);

/* Content that many hosts will have on their disks: pages that hold what stands at the same offset
 * here take no memory. It must live as long as anybody looks at files. */
void sim_known_content(struct sim *sim, struct bytes data);

/* The scenario's own look at files, by full path ("/dl/name"). */
void sim_file_put(struct sim_host *h, const char *path, struct bytes data);
bool sim_file_exists(const struct sim_host *h, const char *path);
int64_t sim_file_size(const struct sim_host *h, const char *path); /* -1: it is not there */
bool sim_file_equals(const struct sim_host *h, const char *path, struct bytes data);
/* Turns bytes of a file into others. */
void sim_file_spoil(struct sim_host *h, const char *path, int64_t offset, size_t len);
/* Files and links below a folder. */
size_t sim_file_count(const struct sim_host *h, const char *folder);

#endif
