/* Which addresses of trackers and web seeds are taken over from a torrent, a magnet link or
 * a payload. Only the scheme and the length are looked at here; wire/url reads the rest. */
#ifndef META_SOURCES_H
#define META_SOURCES_H

#include "base/bytes.h"

/* http, https or udp */
bool source_is_tracker(struct bytes url);

/* http or https */
bool source_is_webseed(struct bytes url);

/* Puts `url` behind the others unless it is among them or there are `max`. True if it
 * was put. */
bool source_add(struct bytes *urls, uint32_t *count, uint32_t max, struct bytes url);

#endif
