#include "builder/site.h"

#include "builder/embedded.h"
#include "builder/offer.h"
#include "ui/format.h"

/* What an entry, and the end of the page, take at most: names grow six-fold when escaped. */
enum { ENTRY_ROOM = 16384, END_ROOM = 4096 };

static const char head[] =
    "<!doctype html>\n"
    "<html lang=\"en\">\n"
    "<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}\n"
    "h1{font-size:1.6rem}h2{font-size:1.1rem;margin:0;overflow-wrap:anywhere}\n"
    "ul{list-style:none;padding:0}\n"
    "li{border:1px solid #8886;border-radius:.5rem;padding:1rem;margin:1rem 0}\n"
    "p{margin:.5rem 0}a{margin-right:1rem}\n"
    "a.app{display:inline-block;background:#0b5cad;color:#fff;padding:.5rem .9rem;"
    "border-radius:.4rem;text-decoration:none}\n"
    "a.app:hover,a.app:focus{background:#084481}\n"
    "pre{background:#8882;padding:.6rem;overflow:auto}small{opacity:.8}\n"
    "</style>\n";

static const char explanation[] =
    "<p>Each button gives you one small program. Run it, and it downloads the content, checks\n"
    "every byte, and passes parts on to others while it runs. Nothing is installed.</p>\n";

static const char how[] =
    "<h2>How to run it on Linux</h2>\n"
    "<p>A browser saves it without the right to run. Allow it once, then start it:</p>\n"
    "<pre>chmod +x FILE.run\n./FILE.run</pre>\n"
    "<p>Any BitTorrent program can use the .torrent instead.</p>\n";

static void
put_html(struct buf *b, const char *text)
{
    buf_html_escaped(b, bytes_of_text(text));
}

static void
put_app_button(struct buf *b, const struct entry *e, const char *target)
{
    buf_text(b, "<a class=\"app\" href=\"a/");
    buf_text(b, e->slug);
    buf_byte(b, '-');
    buf_text(b, target);
    buf_text(b, target_is_windows(target) ? ".exe\">Get it for " : ".run\">Get it for ");
    buf_text(b, offer_system(target));
    buf_text(b, " <small>(");
    buf_text(b, offer_machine(target));
    buf_text(b, ")</small></a>\n");
}

static void
put_ready(struct buf *b, const struct entry *e)
{
    format_size(b, NULL, e->torrent.size);
    if (!e->torrent.single) {
        buf_text(b, " in ");
        buf_u64(b, e->torrent.file_count);
        buf_text(b, e->torrent.file_count == 1 ? " file" : " files");
    }
    buf_text(b, "</p>\n<p>");
    for (size_t i = 0; i < embedded_stub_count; i++) {
        put_app_button(b, e, embedded_stubs[i].target);
    }
    buf_text(b, "<a href=\"t/");
    buf_text(b, e->slug);
    buf_text(b, ".torrent\">.torrent</a>\n");
    if (e->torrent.single) {
        buf_text(b, "<a href=\"f/");
        buf_url_escaped(b, bytes_of_text(e->name), "");
        buf_text(b, "\" download>the file itself</a>");
    }
}

static void
put_entry(struct buf *b, const struct entry *e)
{
    buf_text(b, "<li>\n<h2>");
    put_html(b, e->name);
    buf_text(b, "</h2>\n<p>");
    switch (e->state) {
    case ENTRY_READY: put_ready(b, e); break;
    case ENTRY_WAITING: buf_text(b, "Waits to be prepared."); break;
    case ENTRY_HASHING:
        buf_text(b, "Is being prepared: ");
        format_percent(b, NULL, e->make.done, e->make.size);
        buf_text(b, " of ");
        format_size(b, NULL, e->make.size);
        break;
    case ENTRY_FAILED: break;
    }
    buf_text(b, "</p>\n</li>\n");
}

void
site_index(const struct site *s, uint32_t from, struct buf *out)
{
    const struct catalog *c = s->catalog;
    buf_text(out, head);
    if (!catalog_is_done(c)) {
        buf_text(out, "<meta http-equiv=\"refresh\" content=\"3\">\n");
    }
    buf_text(out, "<title>");
    put_html(out, s->title);
    buf_text(out, "</title>\n");
    buf_text(out, style);
    buf_text(out, "<main>\n<h1>");
    put_html(out, s->title);
    buf_text(out, "</h1>\n");
    buf_text(out, explanation);
    buf_text(out, c->count ? "<ul>\n" : "<p>There is nothing here yet.</p>\n");
    uint32_t i = from;
    while (i < c->count && out->max - out->len > ENTRY_ROOM + END_ROOM) {
        if (c->entries[i].state != ENTRY_FAILED) { /* told to the publisher, not to the public */
            put_entry(out, &c->entries[i]);
        }
        i++;
    }
    buf_text(out, c->count ? "</ul>\n" : "");
    if (i < c->count) {
        buf_text(out, "<p><a href=\"?from=");
        buf_u64(out, i);
        buf_text(out, "\">More</a></p>\n");
    }
    buf_text(out, how);
    buf_text(out, "<p><small><a href=\"status\">Status</a></small></p>\n</main>\n</html>\n");
}
