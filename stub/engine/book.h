/* The address book of a swarm: who is known, who is worth a connection, who is banned.
 *
 * An entry's index is also the name under which a sender is remembered, so entries of senders
 * are not given to others while they may still be blamed. Web seeds have entries too (without
 * an address). */
#ifndef ENGINE_BOOK_H
#define ENGINE_BOOK_H

#include "base/addr.h"
#include "base/limits.h"
#include "base/random.h"

struct book_entry {
    struct addr addr;      /* where it listens; port 0: it only came to us */
    bool used;
    bool connected;        /* or connecting */
    bool banned;
    bool is_webseed;
    bool came;             /* it connected to us: the port is not known */
    bool ours;             /* it is ourselves, or was told to us to be unusable: never connect */
    uint8_t failures;      /* connects in a row that led to nothing */
    uint8_t strikes;       /* bad pieces that it had a part in */
    uint32_t priority;     /* BEP 40, from our own address if known */
    int64_t next_try_ms;
    int64_t sent_ms;       /* when it last sent a block, 0 = never */
};

struct book {
    struct book_entry entries[CANDIDATES_MAX];
    uint32_t top;          /* entries at and above are unused */
    uint32_t banned_count;
};

enum { BOOK_FULL = 65535 };

/* Notes an address and returns its entry; BOOK_FULL when there is no room or the address is of
 * no use. A known address is not noted twice. */
uint16_t book_add(struct book *b, const struct addr *a, int64_t now_ms);

/* An entry for a peer that came to us from `a` (its port is not where it listens). */
uint16_t book_came(struct book *b, const struct addr *a, int64_t now_ms);

/* An entry for a web seed. */
uint16_t book_add_webseed(struct book *b);

/* Is this address (the ip decides) banned? */
bool book_is_banned(const struct book *b, const struct addr *a);
void book_ban(struct book *b, uint16_t entry);

/* Is there a connection with this ip and port already? */
bool book_is_connected(const struct book *b, const struct addr *a);

/* Whom to connect to next: of those whose time has come the one with the fewest failures, then
 * the highest BEP 40 priority; BOOK_FULL if none. `*wake_ms` is brought forward to when the
 * next one's time comes. */
uint16_t book_pick(const struct book *b, int64_t now_ms, int64_t *wake_ms);

/* A connection ended: `useful` if it ever became a working one; else failures go up and the
 * next try is put off twice as long each time, with some chance in it. */
void book_release(struct book *b, uint16_t entry, bool useful, struct random *random,
                  int64_t now_ms);

/* Everybody may be tried again at once: what went wrong before does not count any more. */
void book_retry(struct book *b, int64_t now_ms);

/* Known addresses that may be tried. */
uint32_t book_count(const struct book *b);

#endif
