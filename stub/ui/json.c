#include "ui/json.h"

static void
separate(struct buf *b)
{
    uint8_t last = b->len > 0 ? b->ptr[b->len - 1] : '{';
    if (last != '{' && last != '[') {
        buf_byte(b, ',');
    }
}

void
json_key(struct buf *b, const char *key)
{
    separate(b);
    buf_byte(b, '"');
    buf_text(b, key);
    buf_text(b, "\":");
}

void
json_number(struct buf *b, const char *key, int64_t value)
{
    json_key(b, key);
    buf_i64(b, value);
}

void
json_bool(struct buf *b, const char *key, bool value)
{
    json_key(b, key);
    buf_text(b, value ? "true" : "false");
}

static void
quote(struct buf *b, struct bytes value)
{
    buf_byte(b, '"');
    buf_json_escaped(b, value);
    buf_byte(b, '"');
}

void
json_string(struct buf *b, const char *key, struct bytes value)
{
    json_key(b, key);
    quote(b, value);
}

void
json_item(struct buf *b, struct bytes value)
{
    separate(b);
    quote(b, value);
}
