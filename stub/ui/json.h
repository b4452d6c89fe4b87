/* Writing JSON objects into a buffer, one member after the other. */
#ifndef UI_JSON_H
#define UI_JSON_H

#include "base/buf.h"

/* Each appends `"key":value`, with a comma in front unless an object or array was just begun. */
void json_key(struct buf *b, const char *key);
void json_number(struct buf *b, const char *key, int64_t value);
void json_bool(struct buf *b, const char *key, bool value);
void json_string(struct buf *b, const char *key, struct bytes value); /* any bytes */

/* The same without a key: a member of an array. */
void json_item(struct buf *b, struct bytes value);

#endif
