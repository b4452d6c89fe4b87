/* The inside of the simulated world, for the files that make it: world.c (events, time),
 * sim_hosts.c, sys_sim.c (clock, look-up, the rest of sys.h), sim_sock.c, sim_tcp.c and
 * sim_tcp_calls.c, sim_udp.c, sim_names.c, sim_disk.c, sim_faults.c. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include "sim/sim.h"

enum {
    LOOKUPS_MAX = 4,
    SYNCS_MAX = 8,
    NAMES_MAX = 32,
    FILES_OPEN_MAX = 256,
    DIRS_OPEN_MAX = 16,
    BACKLOG_MAX = 64,
    DATAGRAMS_MAX = 64,
    PIPE_SIZE = 65536, /* what the socket buffers of both ends hold together; a power of 2 */
    SEGMENT_MAX = 16384,
    PAGE = 4096,
    QUANTUM_US = 1000, /* a loop turns at most this often: its processor needs time too */
    FRAME_DATA = 1448, /* of TCP in an Ethernet frame... */
    FRAME_HEADERS = 66, /* ...with so much around it */
};

/* --- events ------------------------------------------------------------------------- */

enum event_kind {
    EVENT_CALL,     /* of the scenario */
    EVENT_UPLINK,   /* the line of host `a` is free for the next segment */
    EVENT_ARRIVE,   /* a segment of `len` bytes for end `side` of tcp `a` reaches the downlink */
    EVENT_DELIVER,  /* and now the host */
    EVENT_RESET,    /* the other side broke the connection */
    EVENT_SYN,      /* a connection reaches the other host */
    EVENT_SYN_ACK,  /* and its answer comes back */
    EVENT_REFUSED,
    EVENT_DATAGRAM, /* `data` reaches host `a` */
    EVENT_LOOKUP,   /* of host `a`, ticket `b` */
    EVENT_SYNC,
};

struct datagram;

struct event {
    int64_t at_us;
    uint64_t order;   /* of two at the same time the older one comes first */
    enum event_kind kind;
    uint32_t a, b;
    uint32_t len;
    uint8_t side;
    bool fin;
    struct datagram *datagram;
    void (*call)(void *context);
    void *context;
};

/* --- TCP ---------------------------------------------------------------------------- */

/* One end of a connection, with the bytes that flow towards it. Counters only grow:
 * read <= delivered <= sent <= written. */
struct tcp_end {
    struct sim_host *host;
    uint32_t sock;      /* index + 1; 0: not accepted yet, or closed */
    bool closed;        /* whoever held it has closed it, or is gone */
    uint8_t *ring;
    uint64_t written, sent, delivered, read;
    bool fin, fin_sent, fin_delivered; /* the other end will send no more */
    bool broken;        /* a reset came in */
    bool waits;         /* stands in the queue of the other end's uplink */
    int64_t last_us;    /* arrival of the last segment under way */
};

struct tcp {
    bool used;
    uint32_t next_free; /* of those not used: index + 1 */
    uint32_t serial;    /* events name it, so that a late one finds another connection and stops */
    struct tcp_end end[2]; /* 0 connected to 1 */
    struct addr addr[2];
    bool established;   /* end 0 knows */
    int error;          /* why it is not, once it is known */
};

enum sock_kind { SOCK_NONE, SOCK_LISTEN, SOCK_TCP, SOCK_UDP };

struct datagram {
    struct datagram *next;
    struct addr from, to;
    size_t len;
    uint8_t data[];
};

struct sock {
    enum sock_kind kind;
    uint32_t serial;
    struct sim_host *host;
    struct addr local;
    uint32_t next;      /* index + 1: of the host's list, or of those not used */
    uint32_t previous;
    uint32_t tcp;       /* index + 1 */
    uint8_t side;
    uint32_t *backlog;  /* LISTEN: BACKLOG_MAX times tcp index + 1 */
    uint32_t backlog_count;
    struct datagram *first, *last; /* UDP */
    uint32_t datagram_count;
};

/* --- disks -------------------------------------------------------------------------- */

enum node_kind { NODE_DIR, NODE_FILE, NODE_LINK };

struct page {
    uint8_t *data;   /* NULL: a hole */
    bool shared;     /* `data` points into what all hosts know */
    uint8_t *safe;   /* what the disk itself holds while `dirty`; NULL: a hole */
    uint64_t dirty;  /* number of the write that is not synced, 0 = none */
};

struct node {
    struct node *next;
    enum node_kind kind;
    char *path;      /* "" = the root, else "/a/b" */
    char *target;    /* LINK */
    int64_t size;
    struct page *pages;
    size_t page_count;
    uint64_t version;
    int64_t modified_s;
    uint32_t opens;
    bool unlinked;   /* kept while open */
};

struct disk {
    struct node *nodes;
    int64_t size;     /* 0 = no limit */
    int64_t used;
    bool read_only, broken;
    uint64_t writes;
};

struct open_file {
    struct node *node; /* NULL = free */
    bool write;
    uint32_t serial;
};

struct open_dir {
    char *path; /* NULL = free */
    uint32_t serial;
};

struct ticket {
    bool used, done;
    int number;
    int result;
    struct addr addrs[4];
    size_t count;
    struct node *node; /* sync */
    uint64_t writes;   /* what was written until it began */
};

/* --- hosts -------------------------------------------------------------------------- */

struct sim_host {
    struct sim *sim;
    uint32_t index;
    struct sim_host_config config;
    struct random random;
    int64_t clock_us;       /* what its clock shows at the beginning of the world */
    struct sim_actor actor;
    bool running;
    bool ghost;             /* killed: what its memory still calls does nothing */
    bool off;               /* no power: nothing answers */
    bool awake;             /* something happened that its poll may report */
    bool poked;             /* ... or that ends its poll in any case */
    int64_t wake_us;        /* its deadline */
    int64_t busy_us;        /* it is at work until then */
    int64_t due_us;         /* so its next turn is at... */
    uint32_t place;         /* ...for which it stands here in the world's queue */
    int stop_requests;

    uint64_t turns;
    uint64_t deeds;         /* sys_ calls that changed something */
    uint32_t idle_turns;    /* in a row: the poll reported something and nothing was done */

    uint16_t next_port;
    uint32_t refuse, ignore, break_one_in, udp_lost, udp_doubled;
    int64_t outage_us;      /* until then */
    int64_t up_free_us, down_free_us;
    bool up_busy;           /* an EVENT_UPLINK is under way */
    uint32_t *up_queue;     /* ring of tcp * 2 + side, waiting for the uplink */
    uint32_t up_first, up_count, up_max;
    uint32_t socks;         /* list: index + 1 */

    struct disk disk;
    struct open_file files[FILES_OPEN_MAX];
    struct open_dir dirs[DIRS_OPEN_MAX];
    struct ticket lookups[LOOKUPS_MAX];
    struct ticket syncs[SYNCS_MAX];
    int tickets;
};

struct name {
    char text[64];
    struct addr addrs[4];
    size_t count;
    int result;
};

struct sim {
    uint64_t seed;
    bool trace;
    struct random random;
    uint64_t hash;
    int64_t now_us;
    bool failed;
    char failure[240];

    struct event *heap;
    size_t event_count, event_max;
    uint64_t event_order;

    struct sim_host **hosts;
    struct sim_host **queue; /* heap of the same hosts, the one whose turn is next first */
    uint32_t host_count, host_max;
    uint32_t *by_ip;        /* hash table of index + 1, twice host_max long */

    struct sock *socks;
    uint32_t sock_top, sock_max, free_sock;
    struct tcp *tcps;
    uint32_t tcp_top, tcp_max, free_tcp;
    struct bytes known;     /* content that disks need not hold for themselves */
    uint8_t *spare_rings;   /* a list through their first bytes */
    uint32_t serial;

    struct name names[NAMES_MAX];
    uint32_t name_count;
};

/* The host that sys_ calls act for. It must be set. */
struct sim_host *sim_here(void);

/* Is the current host dead, so that calls do nothing? */
bool sim_is_ghost(void);

/* Counts a call that changed something, and puts it into the hash. */
void sim_deed(uint64_t what, uint64_t a, uint64_t b);

void sim_mix(struct sim *sim, uint64_t v);
/* A line for --trace alone, for what happens often. */
void sim_note(struct sim *sim, const char *format, ...) __attribute__((format(printf, 2, 3)));

void sim_push(struct sim *sim, struct event e);
void sim_wake_host(struct sim_host *h);
struct sim_host *sim_find_host(struct sim *sim, const struct addr *a);

/* When a packet that leaves `from` now (its uplink aside) reaches `to`. */
int64_t sim_arrival(struct sim_host *from, struct sim_host *to, int64_t leaves_us);

/* When host `h` has received `len` bytes that reach its line now. */
int64_t sim_received(struct sim_host *h, size_t len);

/* sim_tcp.c */
void tcp_event(struct sim *sim, const struct event *e);
void tcp_host_gone(struct sim_host *h, bool silent);
void tcp_host_back(struct sim_host *h);
void tcp_ready(struct sock *s, bool *read, bool *write);
void tcp_free_all(struct sim *sim);
uint32_t tcp_new(struct sim *sim);
void tcp_begin(struct sim *sim, struct tcp *t);
void tcp_close(struct sim *sim, struct tcp *t, uint8_t side);
void tcp_vanish(struct sim *sim, struct tcp *t, uint8_t side);
void tcp_turn_away(struct sim *sim, struct tcp *t);
void tcp_sent(struct sim *sim, struct tcp *t, uint8_t side);
struct tcp *tcp_of(const struct sock *s);
uint8_t *tcp_ring(struct sim *sim, struct tcp_end *e);
void tcp_was_read(struct sim *sim, struct tcp_end *e);

/* sim_tcp_calls.c */
uint64_t tcp_room(const struct tcp_end *e);
void close_sock(struct sock *s);

/* sim_udp.c */
void udp_event(struct sim *sim, const struct event *e);
void udp_close(struct sock *s);

/* sim_hosts.c */
void host_due(struct sim_host *h); /* its turn comes at another time than before */

/* sim_sock.c */
struct sock *sock_of(sys_sock handle);
void sock_tell(struct sim *sim, sys_sock handle); /* for --trace */
struct sock *sock_new(struct sim_host *h, enum sock_kind kind, sys_sock *handle);
void sock_free(struct sock *s);
bool sock_port_taken(struct sim_host *h, enum sock_kind kind, uint16_t port);
uint16_t sock_pick_port(struct sim_host *h, enum sock_kind kind);
struct sock *sock_bound(struct sim_host *h, enum sock_kind kind, const struct addr *a);

/* A full path: "" or "/a/b". */
struct path {
    char text[4096];
    size_t len;
};

/* sim_names.c */
struct node *node_find(const struct sim_host *h, const char *path, size_t len);
struct node *node_new(struct sim_host *h, enum node_kind kind, const char *path, size_t len);
void node_unlink(struct sim_host *h, struct node *n);
void node_drop(struct sim_host *h, struct node *n);
int path_join(struct path *p, const char *base, const char *path);
int path_walk(struct sim_host *h, const struct path *p, size_t from, bool make);
int disk_locate(sys_dir dir, const char *path, bool make, struct path *p, struct node **out);

/* sim_disk.c */
int disk_writable(const struct sim_host *h);
void node_resize(struct sim_host *h, struct node *n, int64_t size);
int node_write(struct sim_host *h, struct node *n, int64_t offset, const uint8_t *data,
               size_t len);
void node_close(struct sim_host *h, struct node *n);
void node_free_pages(struct sim_host *h, struct node *n);
void disk_power_cut(struct sim_host *h);
void disk_close_all(struct sim_host *h);
struct node *disk_node_of(sys_file f);
void disk_sync_done(struct sim_host *h, struct ticket *t);
void disk_free(struct sim_host *h);

#endif
