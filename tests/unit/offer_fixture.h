/* Offers for the tests of what is made of them, nice ones and a nasty one. */
#ifndef UNIT_OFFER_FIXTURE_H
#define UNIT_OFFER_FIXTURE_H

#include "builder/offer.h"

#include <string.h>

/* What a stranger may call his things: markup, quotes, control and bidi characters, what is no
 * UTF-8 and what is no character. */
#define NASTY \
    "<script>alert('1')</script> & \"q\" ]]> --> \x01\x1b[2J\x7f \xe2\x80\xae" \
    "rtl \xff\xc3( \xed\xa0\x80 \xef\xbf\xbf \xc3\xa9\xf0\x9f\x98\x80"

/* NASTY in HTML and XML. */
#define NASTY_ESCAPED \
    "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;q&quot; ]]&gt; --&gt; " \
    "\xef\xbf\xbd\xef\xbf\xbd[2J\xef\xbf\xbd \xef\xbf\xbdrtl \xef\xbf\xbd\xef\xbf\xbd( " \
    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd \xef\xbf\xbd \xc3\xa9\xf0\x9f\x98\x80"

static inline void
make_torrent(struct torrent *t, const char *name, uint8_t mark)
{
    *t = (struct torrent){.name = name, .single = true, .size = 1500, .file_count = 1};
    memset(t->info_hash, mark, sizeof t->info_hash);
    t->trackers[0].url = BYTES("http://t.example/announce?a=1&b=2");
    t->tracker_count = 1;
    t->webseeds[0] = BYTES("http://w.example/content/");
    t->webseed_count = 1;
}

static inline struct offer
make_offer(const struct torrent *t, const char *title)
{
    struct offer o = {.torrent = t,
                      .title = bytes_of_text(title),
                      .date = 1795770300,
                      .metainfo = {.name = "a #1 100%+\xc3\xa9.torrent", .size = 321},
                      .app_count = 2};
    o.apps[0] =
        (struct offer_app){.target = "linux-x86_64",
                           .program = {.name = "a b-linux-x86_64.run", .size = 2048},
                           .archive = {.name = "a b-linux-x86_64.run.tar.gz", .size = 1024}};
    o.apps[1] = (struct offer_app){.target = "windows-x86_64",
                                   .program = {.name = "a b-windows-x86_64.exe", .size = 4096}};
    memset(o.apps[1].program.sha256, 0xab, SHA256_SIZE);
    return o;
}

#endif
