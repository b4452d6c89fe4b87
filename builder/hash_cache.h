/* Hashes of pieces kept over restarts, in a folder: one file for each content, named by its
 * fingerprint (make_fingerprint), so that what is found belongs to what stands on the disk now.
 * Whatever goes wrong here costs time and nothing else: it is hashed again. */
#ifndef BUILDER_HASH_CACHE_H
#define BUILDER_HASH_CACHE_H

#include "builder/make_torrent.h"

/* Ends the hashing of `m`, just opened, by hashes from the folder. False: there are none. */
bool hash_cache_get(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE], struct make_torrent *m);

/* Keeps the hashes of `m`, which is MAKE_DONE. */
void hash_cache_put(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE],
                    const struct make_torrent *m);

/* Removes one, or, `keep` being all that are of use, all others. */
void hash_cache_drop(sys_dir dir, const uint8_t fingerprint[SHA1_SIZE]);
void hash_cache_tidy(sys_dir dir, const uint8_t (*keep)[SHA1_SIZE], size_t count);

#endif
