/* Every cap and time-out of samara, each with its reason, so that there is one place to
 * audit what a stranger can make us hold or wait for. Units last in the name. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

enum {
    /* metainfo: hostile .torrent files must end in an error, not in memory or time */
    METAINFO_SIZE_MAX = 10 * 1024 * 1024, /* the largest real ones are a few MB */
    PIECES_MAX = 2097152,                 /* libtorrent's cap; 2 TiB at 1 MiB pieces */
    PIECE_LENGTH_MIN = 1,                 /* tiny pieces exist in test torrents */
    PIECE_LENGTH_MAX = 256 * 1024 * 1024, /* above this nobody else downloads either */
    FILES_MAX = 500000,
    BENCODE_DEPTH_MAX = 100,
    BENCODE_TOKENS_MAX = 3000000,
    PATH_DEPTH_MAX = 100,
    FOLDERS_MAX = 500000,    /* real ones have fewer folders than files */
    PATHS_SIZE_MAX = 64 * 1024 * 1024, /* all paths: a long name times many files adds up */
    PATH_LEN_MAX = 2048,     /* whole safe path; well under PATH_MAX with the folder in front */
    NAME_LEN_MAX = 240,      /* one component in bytes: 255 less ".part" and a collision mark */
    TRACKERS_MAX = 64,
    TIERS_MAX = 64,
    WEBSEEDS_MAX = 32,
    NODES_MAX = 32,
    URL_LEN_MAX = 2048,
    PAYLOAD_SIZE_MAX = 16 * 1024 * 1024, /* metainfo plus settings, inflated */
    TEXT_LEN_MAX = 4096,     /* title, publisher, comment */
    LICENSE_TEXT_MAX = 256 * 1024, /* the publisher's licence or message text */

    /* peers */
    BLOCK_SIZE = 16384,      /* what everyone asks for; larger requests are refused by many */
    REQUEST_LEN_MAX = 131072, /* the largest request from others that we serve (BEP 3 custom) */
    PEERS_MAX = 200,         /* connections of one swarm; more bring overhead, not speed */
    PEERS_CONNECTING_MAX = 24, /* half-open at once: small routers choke on more */
    CANDIDATES_MAX = 1000,   /* addresses known and not connected */
    REQUESTS_OUT_MAX = 512,  /* asked of one peer: 8 MiB in flight, 800 MB/s at 10 ms */
    REQUESTS_IN_MAX = 2048,  /* asked of us by one peer; also what we advertise as reqq */
    ALLOWED_FAST_COUNT = 10, /* BEP 6 */
    MESSAGE_LEN_MAX = 262144 + 64, /* a bitfield of PIECES_MAX pieces */
    EXT_MESSAGE_LEN_MAX = 65536,
    ACTIVE_PIECES_MAX = 256,
    SCRATCH_SIZE = 262144,   /* one receive; fits the second-level cache */
    CHECK_SLICE_SIZE = 1048576, /* hashing of existing data, bytes a turn: the face stays alive */

    CONNECT_TIMEOUT_MS = 10000,
    HANDSHAKE_TIMEOUT_MS = 20000,
    PEER_IDLE_TIMEOUT_MS = 150000, /* BEP 3: keep-alives come every two minutes */
    KEEPALIVE_MS = 110000,
    SNUB_MS = 60000,         /* Cohen: no block for a minute */
    REQUEST_TIMEOUT_MS = 60000,
    USELESS_TIMEOUT_MS = 300000, /* neither side wants anything: make room */
    RECONNECT_MIN_MS = 5000, /* twice as long after each failure */
    RECONNECT_MAX_MS = 1800000,
    RECHOKE_MS = 10000,      /* Cohen */
    OPTIMISTIC_MS = 30000,   /* Cohen */
    STRIKES_MAX = 3,         /* shared pieces gone bad before a peer is banned */
    BANNED_MAX = 256,
    GOODBYE_MS = 1500,       /* first Ctrl-C: trackers get this long (contract: 2 s) */

    /* trackers */
    ANNOUNCE_ANSWER_MAX = 262144, /* inflated; 2,000 peers in the longest form fit, we ask for 80 */
    ANNOUNCE_PEERS_MAX = 500,
    ANNOUNCE_NUMWANT = 80,
    ANNOUNCE_INTERVAL_MIN_S = 60,
    ANNOUNCE_INTERVAL_MAX_S = 7200,
    ANNOUNCE_INTERVAL_DEFAULT_S = 1800,
    ANNOUNCE_RETRY_MIN_S = 5,
    ANNOUNCE_RETRY_MAX_S = 1800,
    TRACKER_TIMEOUT_MS = 30000,

    /* HTTP */
    HTTP_HEAD_MAX = 16384,
    HTTP_HEADERS_MAX = 64,
    HTTP_REDIRECTS_MAX = 8,
    HTTP_TIMEOUT_MS = 30000, /* nothing at all received */
    HTTP_CLIENTS_MAX = 512,  /* of serve */
    HTTP_REQUEST_TIMEOUT_MS = 15000, /* a whole request head: slow-loris clients are cut off */
    HTTP_IDLE_TIMEOUT_MS = 60000,
    HTTP_PATIENCE_MS = 1000, /* with all places taken: who keeps us waiting longer has to go */
    WEBSEED_RETRY_MIN_MS = 5000,
    WEBSEED_RETRY_MAX_MS = 600000,
    WEBSEED_STRIKES_MAX = 3,
    ROOTS_PEM_MAX = 4 * 1024 * 1024,
    LOOKUP_ADDRS_MAX = 8,

    /* store */
    OPEN_FILES_MAX = 64,     /* descriptors are scarce in serve with many torrents */
    DISK_RETRY_MS = 3000,    /* disk full: look again this often */
    STATE_SAVE_MS = 60000,
};

#endif
