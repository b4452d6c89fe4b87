#include "builder/publish_page.h"

#include "builder/date.h"
#include "ui/format.h"

#include <string.h>

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1d2126;--soft:#4a525c;--line:#c9ced5;--back:#fff;"
    "--box:#f4f6f8;--link:#0b4f9e;--button:#0b4f9e;--label:#fff}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#eceff3;--soft:#b4bcc6;--line:#454c55;"
    "--back:#15181c;--box:#1f2429;--link:#8dbdff;--button:#8dbdff;--label:#0c1420}}\n"
    "*{box-sizing:border-box}\n"
    "body{font:1.05rem/1.55 system-ui,sans-serif;color:var(--ink);background:var(--back);"
    "max-width:44rem;margin:0 auto;padding:1.5rem 1rem;overflow-wrap:anywhere}\n"
    "h1{font-size:1.7rem;line-height:1.25;margin:.5rem 0}h2{font-size:1.25rem;line-height:1.3;"
    "margin:0}\n"
    "h3{font-size:1rem;margin:1.2rem 0 .4rem}p{margin:.5rem 0}a{color:var(--link)}\n"
    "article{border:1px solid var(--line);border-radius:.6rem;padding:1rem;margin:1.2rem 0}\n"
    ".facts,.more{color:var(--soft)}.message{white-space:pre-line}\n"
    "ul{list-style:none;margin:.8rem 0;padding:0}li{margin:.6rem 0}li "
    "p{font-size:.95rem;margin:.2rem 0 .8rem;color:var(--soft)}\n"
    ".app{display:inline-block;padding:.45rem .8rem;border-radius:.4rem;"
    "border:1px solid var(--button);text-decoration:none}\n"
    ".first{background:var(--box);border-radius:.6rem;padding:1rem;margin:0 0 1rem}\n"
    ".first p{color:var(--ink);margin-bottom:0}.first "
    ".app{background:var(--button);color:var(--label);font-size:1.15rem;"
    "padding:.7rem 1.2rem}\n"
    "a:focus-visible,summary:focus-visible{outline:3px solid var(--ink);outline-offset:2px}\n"
    ".app:hover{text-decoration:underline}.links a{display:inline-block;margin:.2rem 1rem .2rem "
    "0}\n"
    "code{font-size:.9em}dt{margin-top:.5rem}dd{margin:0}summary{cursor:pointer}\n"
    "footer{color:var(--soft);font-size:.95rem}\n";

/* What runs where is said once, in `runs`: the visitor's system, then what it can run, the best
 * first. A browser often does not say what kind of processor there is; some tell when asked. */
static const char script[] =
    "(function(){'use strict';\n"
    "var ua=navigator.userAgent,hints=navigator.userAgentData;\n"
    "var runs={'windows-x86_64':['windows-x86_64','windows-i386'],'windows-i386':['windows-i386'],"
    "'windows-arm':['windows-i386','windows-x86_64'],"
    "'linux-x86_64':['linux-x86_64','linux-i386'],'linux-i386':['linux-i386'],"
    "'linux-aarch64':['linux-aarch64','linux-armv7'],'linux-armv7':['linux-armv7'],other:[]};\n"
    "function guess(){\n"
    "if(/Android|iPhone|iPad|iPod|Macintosh|Mac OS X|CrOS|Mobile|Tizen|Web0S/.test(ua))"
    "return'other';\n"
    "if(/Windows NT/.test(ua))return/ARM64/.test(ua)?'windows-arm':"
    "/WOW64|Win64|x64|amd64/i.test(ua)?'windows-x86_64':'windows-i386';\n"
    "if(!/Linux|X11/.test(ua)||/BSD|SunOS/.test(ua))return'other';\n"
    "if(/aarch64|arm64/i.test(ua))return'linux-aarch64';\n"
    "if(/armv[5-8]|armhf/i.test(ua))return'linux-armv7';\n"
    "return/i[3-6]86(?! on x86_64)/.test(ua)?'linux-i386':'linux-x86_64';}\n"
    "function show(system){\n"
    "var lists=document.querySelectorAll('.offers');\n"
    "for(var i=0;i<lists.length;i++){\n"
    "var old=lists[i].querySelector('.first'),names=runs[system].concat('other'),found=null;\n"
    "if(old)old.className='';\n"
    "for(var k=0;k<names.length&&!found;k++)"
    "found=lists[i].querySelector('[data-for=\"'+names[k]+'\"]');\n"
    "if(found){found.className='first';lists[i].insertBefore(found,lists[i].firstChild);}}}\n"
    "var system=guess();show(system);\n"
    "if(hints&&hints.getHighEntropyValues&&system!=='other')"
    "hints.getHighEntropyValues(['architecture','bitness']).then(function(h){\n"
    "var windows=system.indexOf('windows')===0,wide=h.bitness==='64';\n"
    "if(h.architecture==='arm')show(windows?'windows-arm':wide?'linux-aarch64':'linux-armv7');\n"
    "else if(h.architecture==='x86')show((windows?'windows-':'linux-')+(wide?'x86_64':'i386'));\n"
    "},function(){});\n"
    "})();\n";

static const char how_it_works[] =
    "<footer>\n<h2>How it works</h2>\n"
    "<p>The program downloads the content, checks every byte of it, and installs nothing. While it "
    "runs it also passes pieces on to other people who want the same, and they can see your "
    "internet address, as you can see theirs. It ends when you close it.</p>\n";

/* --- pieces ----------------------------------------------------------------------------------- */

static void
put_base64(struct buf *b, struct bytes data)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < data.len; i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++) {
            group = group << 8 | (i + k < data.len ? data.ptr[i + k] : 0);
        }
        for (size_t k = 0; k < 4; k++) {
            bool there = i + k <= data.len; /* two letters for one byte, three for two */
            buf_byte(b, there ? (uint8_t)letters[group >> (18 - 6 * k) & 63] : '=');
        }
    }
}

/* The source expression that lets exactly this text in (CSP 2). */
static void
put_policy_hash(struct buf *b, const char *text)
{
    uint8_t hash[SHA256_SIZE];
    sha256_of(bytes_of_text(text), hash);
    buf_text(b, "'sha256-");
    put_base64(b, bytes_of(hash, sizeof hash));
    buf_byte(b, '\'');
}

static void
put_file_link(struct buf *b, struct bytes base, const char *kind, const struct offer_file *f)
{
    buf_text(b, "<a ");
    buf_text(b, kind);
    buf_text(b, "href=\"");
    offer_put_link(b, base, f->name);
    buf_text(b, "\">");
}

static void
put_magnet_link(struct buf *b, const struct offer *o)
{
    if (!o->torrent->is_private) {
        buf_text(b, "<a href=\"");
        offer_put_magnet(b, o);
        buf_text(b, "\">Magnet link</a>\n");
    }
}

static void
put_facts(struct buf *b, const struct offer *o)
{
    const struct torrent *t = o->torrent;
    format_size(b, NULL, t->size);
    if (!t->single) {
        uint32_t files = 0;
        for (uint32_t i = 0; i < t->file_count; i++) {
            files += !t->files[i].pad;
        }
        buf_text(b, " in ");
        buf_u64(b, files);
        buf_text(b, files == 1 ? " file" : " files");
    }
    if (o->publisher.len) {
        buf_text(b, ", published by ");
        offer_put_text(b, o->publisher);
    }
}

/* --- the page --------------------------------------------------------------------------------- */

static void
put_button(struct buf *b, struct bytes up, const struct offer_app *a, const struct offer_file *f)
{
    put_file_link(b, up, "class=\"app\" download ", f);
    buf_text(b, "Download for ");
    buf_text(b, offer_system(a->target));
    buf_text(b, ", ");
    buf_text(b, offer_machine(a->target));
    buf_text(b, " (");
    format_size(b, NULL, f->size);
    buf_text(b, ")</a>\n");
}

static void
put_app(struct buf *b, struct bytes up, const struct offer_app *a)
{
    buf_text(b, "<li data-for=\"");
    buf_text(b, a->target);
    buf_text(b, "\">");
    if (!a->archive.name) {
        put_button(b, up, a, &a->program);
        buf_text(b, "</li>\n");
        return;
    }
    put_button(b, up, a, &a->archive);
    buf_text(b, "<p>Open the archive and start the program in it. Without archive: ");
    put_file_link(b, up, "download ", &a->program);
    buf_text(b, "the bare program</a> (");
    format_size(b, NULL, a->program.size);
    buf_text(b, "), which needs <code>chmod +x</code>.</p></li>\n");
}

static void
put_other_systems(struct buf *b, struct bytes up, const struct offer *o)
{
    buf_text(b, "<li data-for=\"other\"><strong>macOS, Android, iPhone and others</strong>\n"
                "<p>There is no program of ours for these systems. Any BitTorrent program ");
    buf_text(b, o->torrent->is_private
                    ? "can open the .torrent; some offer that on a phone, too.</p>\n"
                    : "can open the .torrent or the magnet link.</p>\n");
    buf_text(b, "<p class=\"links\">");
    put_file_link(b, up, "download ", &o->metainfo);
    buf_text(b, "The .torrent</a>\n");
    put_magnet_link(b, o);
    buf_text(b, "</p></li>\n");
}

static void
put_links(struct buf *b, struct bytes up, const struct offer *o)
{
    buf_text(b, "<p class=\"links\">For BitTorrent programs: ");
    put_file_link(b, up, "download ", &o->metainfo);
    buf_text(b, ".torrent file</a>\n");
    put_magnet_link(b, o);
    buf_text(b, "</p>\n");
    if (o->content.name) {
        buf_text(b, "<p class=\"links\">Without BitTorrent: ");
        put_file_link(b, up, "download ", &o->content);
        buf_text(b, "the file itself</a></p>\n");
    }
}

static void
put_checksum(struct buf *b, const struct offer_file *f)
{
    if (f->name && !f->is_unsummed) {
        buf_text(b, "<dt>");
        offer_put_text(b, bytes_of_text(f->name));
        buf_text(b, "</dt><dd><code>");
        buf_hex(b, bytes_of(f->sha256, SHA256_SIZE));
        buf_text(b, "</code></dd>\n");
    }
}

static void
put_checksums(struct buf *b, const struct offer *o)
{
    buf_text(b, "<details><summary>Checksums (SHA-256)</summary>\n<dl>\n");
    for (size_t i = 0; i < o->app_count; i++) {
        put_checksum(b, &o->apps[i].archive);
        put_checksum(b, &o->apps[i].program);
    }
    put_checksum(b, &o->metainfo);
    put_checksum(b, &o->content);
    buf_text(b, "<dt>Info-hash of the torrent (SHA-1)</dt><dd><code>");
    buf_hex(b, bytes_of(o->torrent->info_hash, SHA1_SIZE));
    buf_text(b, "</code></dd>\n</dl>\n</details>\n");
}

/* Windows before Linux: without script the order of the list is all there is, and readers have
 * Windows. */
static void
put_offer(struct buf *b, struct bytes up, const struct offer *o, bool alone)
{
    buf_text(b, "<article id=\"i");
    buf_hex(b, bytes_of(o->torrent->info_hash, SHA1_SIZE));
    buf_text(b, "\">\n");
    if (!alone) {
        buf_text(b, "<h2>");
        offer_put_text(b, o->title);
        buf_text(b, "</h2>\n");
    }
    buf_text(b, "<p class=\"facts\">");
    put_facts(b, o);
    buf_text(b, ", <time>");
    date_put_day(b, o->date);
    buf_text(b, "</time></p>\n");
    if (o->message.len) {
        buf_text(b, "<p class=\"message\">");
        offer_put_text(b, o->message);
        buf_text(b, "</p>\n");
    }
    buf_text(b, "<ul class=\"offers\">\n");
    for (size_t i = 0; i < 2 * o->app_count; i++) {
        const struct offer_app *a = &o->apps[i % o->app_count];
        if (target_is_windows(a->target) == (i < o->app_count)) {
            put_app(b, up, a);
        }
    }
    put_other_systems(b, up, o);
    buf_text(b, "</ul>\n");
    put_links(b, up, o);
    put_checksums(b, o);
    buf_text(b, "</article>\n");
}

static struct bytes
up_of(const struct offers *o)
{
    return o->up ? bytes_of_text(o->up) : (struct bytes){0};
}

static void
put_lines(struct buf *b, const struct offers *o)
{
    buf_text(b, o->line_count ? "<ul class=\"lines\">\n" : "");
    for (size_t i = 0; i < o->line_count; i++) {
        const struct offer_line *l = &o->lines[i];
        buf_text(b, "<li>");
        if (l->link) {
            buf_text(b, "<a href=\"");
            offer_put_link(b, up_of(o), l->link);
            buf_text(b, "\">");
        }
        offer_put_text(b, l->name);
        buf_text(b, l->link ? "</a> (" : " (");
        buf_text(b, l->note);
        buf_text(b, ")</li>\n");
    }
    buf_text(b, o->line_count ? "</ul>\n" : "");
    if (o->more) {
        buf_text(b, "<p><a href=\"");
        buf_text(b, o->more);
        buf_text(b, "\">More</a></p>\n");
    }
}

static void
put_foot_link(struct buf *b, const struct offers *o, const char *name, const char *text)
{
    buf_text(b, "<a href=\"");
    offer_put_link(b, up_of(o), name);
    buf_text(b, "\">");
    buf_text(b, text);
    buf_text(b, "</a>\n");
}

static void
put_foot(struct buf *b, const struct offers *o)
{
    buf_text(b, how_it_works);
    buf_text(b, "<p class=\"links\">");
    if (up_of(o).len) {
        put_foot_link(b, o, "", "All downloads");
    }
    put_foot_link(b, o, "feed.xml", "Feed of new downloads (RSS)");
    if (o->is_from_server) {
        put_foot_link(b, o, "status", "Status");
    } else {
        put_foot_link(b, o, "SHA256SUMS", "All checksums (SHA256SUMS)");
    }
    buf_text(b, "</p>\n</footer>\n");
}

static void
put_head(struct buf *b, const struct offers *o)
{
    struct bytes title = o->title;
    buf_text(b, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    buf_text(b, o->refresh ? "<meta http-equiv=\"refresh\" content=\"3\">\n" : "");
    buf_text(b, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "base-uri 'none'; form-action 'none'; style-src ");
    put_policy_hash(b, style);
    buf_text(b, "; script-src ");
    put_policy_hash(b, script);
    buf_text(b, "\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                "<meta name=\"generator\" content=\"samara\">\n<title>");
    offer_put_text(b, title);
    buf_text(b, "</title>\n<link rel=\"alternate\" type=\"application/rss+xml\" title=\"");
    offer_put_text(b, title);
    buf_text(b, "\" href=\"");
    buf_add(b, up_of(o));
    buf_text(b, "feed.xml\">\n<style>");
    buf_text(b, style);
    buf_text(b, "</style>\n</head>\n");
}

void
page_index(const struct offers *o, struct buf *out)
{
    put_head(out, o);
    buf_text(out, "<body>\n<main>\n<h1>");
    offer_put_text(out, o->title);
    buf_text(out, "</h1>\n");
    for (size_t i = 0; i < o->count; i++) {
        put_offer(out, up_of(o), &o->v[i], o->count == 1 && o->line_count == 0);
    }
    buf_text(out, o->count + o->line_count ? "" : "<p>There is nothing here yet.</p>\n");
    put_lines(out, o);
    buf_text(out, "</main>\n");
    put_foot(out, o);
    buf_text(out, "<script>");
    buf_text(out, script);
    buf_text(out, "</script>\n</body>\n</html>\n");
}

/* --- the snippet ------------------------------------------------------------------------------ */

static void
put_snippet(struct buf *b, struct bytes url, const struct offer *o)
{
    buf_text(b, "<div>\n<p><strong>");
    offer_put_text(b, o->title);
    buf_text(b, "</strong> (");
    put_facts(b, o);
    buf_text(b, ")</p>\n<ul>\n");
    for (size_t i = 0; i < o->app_count; i++) {
        const struct offer_app *a = &o->apps[i];
        buf_text(b, "<li>");
        put_file_link(b, url, "", a->archive.name ? &a->archive : &a->program);
        buf_text(b, "Download for ");
        buf_text(b, offer_system(a->target));
        buf_text(b, ", ");
        buf_text(b, offer_machine(a->target));
        buf_text(b, a->archive.name ? "</a> (open the archive and start what is in it)</li>\n"
                                    : "</a></li>\n");
    }
    buf_text(b, "<li>");
    put_file_link(b, url, "", &o->metainfo);
    buf_text(b, ".torrent file</a>\n");
    put_magnet_link(b, o);
    buf_text(b,
             "for BitTorrent programs on any system</li>\n</ul>\n"
             "<p>The program downloads the content and checks it; nothing is installed. While it "
             "runs it passes pieces on to others, who can see your internet address. It ends "
             "when you close it.</p>\n</div>\n");
}

void
page_snippet(const struct offers *o, struct buf *out)
{
    for (size_t i = 0; i < o->count; i++) {
        put_snippet(out, o->url, &o->v[i]);
    }
}
