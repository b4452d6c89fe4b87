/* The inside of struct trackers, for tracker.c and tracker_list.c only. */
#ifndef ENGINE_TRACKER_IMPL_H
#define ENGINE_TRACKER_IMPL_H

#include "base/random.h"
#include "engine/tracker.h"
#include "engine/tracker_http.h"
#include "engine/tracker_udp.h"

enum {
    HTTP_AT_ONCE_MAX = 8, /* each has a connection and room for an answer */
    TRACKER_ID_MAX = 128, /* longer ones are not given back */
};

struct tracker {
    uint32_t tier;
    struct tracker_http *http; /* while asking */
    bool is_asking;
    bool works; /* the last announce went well */
    bool knows_us;
    bool completed_due; /* knows us, and not that we are complete */
    bool goodbye_due;
    bool never; /* BEP 31: do not come again */
    int64_t rest_until_ms;
    int64_t seeds, leechers;
    uint32_t told; /* hash of what was last told about it */
    size_t id_len;
    struct url url;
    struct announce_request request;
    struct tracker_udp udp;
    uint8_t id[TRACKER_ID_MAX];
};

struct tier {
    uint32_t first, count; /* of `order` */
    uint32_t at;           /* the next one to be asked, from `first` */
    bool is_asking;
    uint32_t failures; /* rounds in a row */
    int64_t due_ms;
    int64_t early_ms; /* hurry may bring due_ms forward to here */
};

struct trackers {
    struct tracker *v;
    uint32_t count;
    uint32_t tier_count;
    struct random random;
    bool stopping;
    sys_sock udp_sock;
    uint32_t udp_want;
    size_t http_max;
    struct arena *arena;
    struct addr external;
    uint32_t peer_count;
    struct tracker_config config;
    struct tier tiers[TIERS_MAX];
    uint32_t order[TRACKERS_MAX];                /* indices of `v`, tier by tier, best first */
    struct tracker_http *http[HTTP_AT_ONCE_MAX]; /* made when first needed */
    struct addr peers[CANDIDATES_MAX];
};

#endif
