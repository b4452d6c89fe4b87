#include "builder/feed.h"

#include "builder/date.h"
#include "ui/format.h"

#include <string.h>

static const char generator[] = "<generator>samara publish</generator>\n";
static const char self_start[] = "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"";
static const char guid_start[] = "<guid isPermaLink=\"false\">";
static const char date_start[] = "<pubDate>";

static void
put_element(struct buf *b, const char *name, struct bytes text)
{
    buf_byte(b, '<');
    buf_text(b, name);
    buf_byte(b, '>');
    offer_put_text(b, text);
    buf_text(b, "</");
    buf_text(b, name);
    buf_text(b, ">\n");
}

static void
put_number(struct buf *b, const char *name, int64_t number)
{
    uint8_t mem[24];
    struct buf digits = BUF(mem);
    buf_i64(&digits, number);
    put_element(b, name, buf_bytes(&digits));
}

static void
put_date(struct buf *b, const char *name, int64_t unix_s)
{
    uint8_t mem[48];
    struct buf date = BUF(mem);
    date_put_rfc822(&date, unix_s);
    put_element(b, name, buf_bytes(&date));
}

/* Where a person reads on: the offer's place on the page. */
static void
put_page_link(struct buf *b, struct bytes url, const struct offer *o)
{
    buf_text(b, "<link>");
    buf_html_escaped(b, url);
    buf_text(b, url.len ? "" : "index.html");
    if (o && o->page) {
        buf_html_escaped(b, bytes_of_text(o->page));
    } else if (o) {
        buf_text(b, "#i");
        buf_hex(b, bytes_of(o->torrent->info_hash, SHA1_SIZE));
    }
    buf_text(b, "</link>\n");
}

static void
put_description(struct buf *b, const struct offer *o)
{
    buf_text(b, "<description>");
    format_size(b, NULL, o->torrent->size);
    if (o->publisher.len) {
        buf_text(b, ", published by ");
        offer_put_text(b, o->publisher);
    }
    if (o->message.len) {
        buf_text(b, "\n");
        offer_put_text(b, o->message);
    }
    buf_text(b, "</description>\n");
}

/* A hash is hex and nothing else, so it needs no escaping. */
static void
put_hash(struct buf *b, const char *start, const uint8_t hash[SHA1_SIZE], const char *end)
{
    buf_text(b, start);
    buf_hex(b, bytes_of(hash, SHA1_SIZE));
    buf_text(b, end);
}

static void
put_item(struct buf *b, struct bytes url, const struct offer *o)
{
    const struct torrent *t = o->torrent;
    buf_text(b, "<item>\n");
    put_element(b, "title", o->title);
    put_page_link(b, url, o);
    put_description(b, o);
    put_hash(b, guid_start, t->info_hash, "</guid>\n");
    put_date(b, "pubDate", o->date);
    buf_text(b, "<enclosure url=\"");
    offer_put_link(b, url, o->metainfo.name);
    buf_text(b, "\" length=\"");
    buf_i64(b, o->metainfo.size);
    buf_text(b, "\" type=\"application/x-bittorrent\"/>\n");
    put_element(b, "torrent:fileName", bytes_of_text(t->name));
    put_number(b, "torrent:contentLength", t->size);
    put_hash(b, "<torrent:infoHash>", t->info_hash, "</torrent:infoHash>\n");
    if (!t->is_private) {
        buf_text(b, "<torrent:magnetURI>");
        offer_put_magnet(b, o);
        buf_text(b, "</torrent:magnetURI>\n");
    }
    buf_text(b, "</item>\n");
}

void
feed_write(const struct offers *o, struct buf *out)
{
    buf_text(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
                  "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\" "
                  "xmlns:torrent=\"http://xmlns.ezrss.it/0.1/\">\n<channel>\n");
    put_element(out, "title", o->title);
    put_page_link(out, o->url, NULL);
    put_element(out, "description", o->title);
    buf_text(out, generator);
    if (o->count) {
        put_date(out, "lastBuildDate", o->v[0].date);
    }
    if (o->url.len) {
        buf_text(out, self_start);
        offer_put_link(out, o->url, FEED_NAME);
        buf_text(out, "\"/>\n");
    }
    for (size_t i = 0; i < o->count; i++) {
        put_item(out, o->url, &o->v[i]);
    }
    buf_text(out, "</channel>\n</rss>\n");
}

/* What stands between `start` and the next `end`; empty: it does not occur. */
static struct bytes
between(struct bytes text, const char *start, uint8_t end)
{
    struct bytes mark = bytes_of_text(start);
    struct bytes rest = bytes_skip(text, bytes_find_part(text, mark) + mark.len);
    return bytes_first(rest, bytes_find(rest, end));
}

bool
feed_is_ours(struct bytes feed)
{
    return bytes_find_part(feed, bytes_of_text(generator)) < feed.len;
}

struct bytes
feed_url(struct bytes feed)
{
    struct bytes url = between(feed, self_start, '"');
    return bytes_ends(url, BYTES("/" FEED_NAME)) ? bytes_first(url, url.len - strlen(FEED_NAME))
                                                 : (struct bytes){0};
}

bool
feed_date(struct bytes feed, const uint8_t info_hash[SHA1_SIZE], int64_t *unix_s)
{
    uint8_t mem[128];
    struct buf guid = BUF(mem);
    put_hash(&guid, guid_start, info_hash, "</guid>");
    struct bytes rest = bytes_skip(feed, bytes_find_part(feed, buf_bytes(&guid)));
    return date_read_rfc822(between(rest, date_start, '<'), unix_s);
}
