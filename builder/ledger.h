/* What serve keeps over restarts beside hashes: for each torrent what was counted, and who was in
 * its swarm a moment ago. Pure: a bencoded text and back.
 *
 * Torrents that are not offered just now (a disk that is not mounted, a file that comes back) keep
 * their row for LEDGER_ABSENT_S. */
#ifndef BUILDER_LEDGER_H
#define BUILDER_LEDGER_H

#include "base/hash.h"
#include "builder/catalog.h"
#include "builder/tracker_table.h"

enum {
    LEDGER_ROWS_MAX = 100000,
    LEDGER_ABSENT_S = 30 * 24 * 3600,
    LEDGER_MEMBER = 16 + 2 + 20, /* bytes of a member: address, port, peer id */
};

struct ledger_row {
    uint8_t info_hash[SHA1_SIZE];
    struct entry_counts counts;
    int64_t last_s;               /* when it was offered last, Unix seconds */
    struct bytes seeds, leechers; /* LEDGER_MEMBER each; they point into the text */
};

struct ledger {
    struct ledger_row *rows; /* by info-hash */
    size_t count;
    struct bytes text; /* malloc'd, what rows point into */
};

/* Takes a text (malloc'd, the ledger's from now on). False: it is damaged; the ledger is empty. */
bool ledger_read(struct ledger *l, struct bytes text);
void ledger_free(struct ledger *l);

const struct ledger_row *ledger_find(const struct ledger *l, const uint8_t info_hash[SHA1_SIZE]);

/* Writing: the beginning, the rows in any order, the end. */
void ledger_put_start(struct buf *b);
void ledger_put_row(struct buf *b, const struct ledger_row *r);
void ledger_put_end(struct buf *b);

/* A member of a swarm, appended; and the one that `members` begins with, which is cut off. */
void ledger_put_member(struct buf *b, const struct tracker_peer *p);
bool ledger_next_member(struct bytes *members, struct tracker_peer *out);

#endif
