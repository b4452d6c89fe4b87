/* The state file .NAME.samara beside an incomplete download: counters and good peers for the next
 * run. It says nothing about pieces: what is on the disk is hashed anew, so a state file that is
 * old, lost or forged does no harm. */
#ifndef ENGINE_STORE_STATE_H
#define ENGINE_STORE_STATE_H

#include "engine/store.h"

enum { STATE_PEERS_MAX = 64 };

struct store_state {
    int64_t uploaded, downloaded;
    uint32_t peer_count;
    struct addr peers[STATE_PEERS_MAX]; /* good ones, to come back fast */
};

/* False when it is absent, damaged or of another torrent. */
bool store_load_state(struct store *s, struct store_state *out);

/* SYS_OK or the reason; then the old file or none stays. Does nothing for a read-only store. */
int store_save_state(struct store *s, const struct store_state *state);

/* Removes it, and what store_remove_unwanted removes. */
void store_forget_state(struct store *s);

#endif
