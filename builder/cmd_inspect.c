/* samara inspect: what an app, a stub or a .torrent holds. */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/pack.h"
#include "ui/format.h"
#include "ui/session.h"
#include "ui/show.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "Usage: samara inspect FILE [--json] [--torrent OUT]\n"
    "Says what an app, a stub or a .torrent holds. Nothing in it is run.\n"
    "\n"
    "  --json               one JSON object\n"
    "  --torrent OUT        write the embedded .torrent, byte for byte ('-': standard output)\n"
    "\n"
    "Example: samara inspect film.run --torrent film.torrent\n";

struct inspect {
    int help;
    bool json;
    const char *torrent;
};

static const struct arg args[] = {
    ARG_HELP(struct inspect),
    {"--json", ARG_FLAG, offsetof(struct inspect, json), 0, NULL},
    {"--torrent", ARG_TEXT, offsetof(struct inspect, torrent), 0, NULL},
};

static const char *
kind_of(const struct source *s)
{
    return s->app.kind == APP_GOOD ? "app" : s->app.kind == APP_STUB ? "stub" : "torrent";
}

/* --- JSON: straight to standard output, since a torrent may have half a million files -------- */

static void
put_json(struct bytes text)
{
    uint8_t mem[6 * 1024];
    putchar('"');
    while (text.len > 0) {
        struct buf b = BUF(mem);
        size_t n = text.len < 1000 ? text.len : 1000;
        while (n < text.len && n > 990 && (text.ptr[n] & 0xc0) == 0x80) {
            n--; /* not inside a character */
        }
        buf_json_escaped(&b, bytes_first(text, n));
        fwrite(b.ptr, 1, b.len, stdout);
        text = bytes_skip(text, n);
    }
    putchar('"');
}

/* "key": text, or null when there is none. */
static void
put_text(const char *key, struct bytes text)
{
    printf(",\"%s\":", key);
    if (text.len) {
        put_json(text);
    } else {
        fputs("null", stdout);
    }
}

static void
put_hash(const char *key, const uint8_t *hash, size_t len)
{
    uint8_t mem[80];
    struct buf b = BUF(mem);
    buf_hex(&b, bytes_of(hash, len));
    put_text(key, buf_bytes(&b));
}

/* The app's own trackers, then the torrent's, tier by tier. */
static void
put_trackers(const struct payload *p, const struct torrent *t)
{
    fputs(",\"trackers\":[", stdout);
    uint32_t own = p ? p->tracker_count : 0;
    for (uint32_t i = 0; i < own; i++) {
        fputs(i == 0 ? "[" : p->tracker_tier[i] != p->tracker_tier[i - 1] ? "],[" : ",", stdout);
        put_json(p->trackers[i]);
    }
    fputs(own ? "]" : "", stdout);
    for (uint32_t i = 0; t && i < t->tracker_count; i++) {
        bool next = i > 0 && t->trackers[i].tier != t->trackers[i - 1].tier;
        fputs(i == 0 ? (own ? ",[" : "[") : next ? "],[" : ",", stdout);
        put_json(t->trackers[i].url);
    }
    fputs(t && t->tracker_count ? "]]" : "]", stdout);
}

static void
put_texts(const char *key, const struct bytes *a, uint32_t a_count, const struct bytes *b,
          uint32_t b_count)
{
    printf(",\"%s\":[", key);
    for (uint32_t i = 0; i < a_count + b_count; i++) {
        fputs(i ? "," : "", stdout);
        put_json(i < a_count ? a[i] : b[i - a_count]);
    }
    putchar(']');
}

static void
put_nodes(const struct torrent *t)
{
    fputs(",\"nodes\":[", stdout);
    for (uint32_t i = 0; t && i < t->node_count; i++) {
        uint8_t mem[512];
        struct buf b = BUF(mem);
        bool v6 = bytes_find(t->nodes[i].host, ':') < t->nodes[i].host.len;
        buf_text(&b, v6 ? "[" : "");
        buf_add(&b, t->nodes[i].host);
        buf_text(&b, v6 ? "]:" : ":");
        buf_u64(&b, t->nodes[i].port);
        fputs(i ? "," : "", stdout);
        put_json(buf_bytes(&b));
    }
    putchar(']');
}

static void
put_files(const struct torrent *t)
{
    fputs(",\"files\":[", stdout);
    for (uint32_t i = 0; t && i < t->file_count; i++) {
        const struct torrent_file *f = &t->files[i];
        fputs(i ? ",{\"path\":" : "{\"path\":", stdout);
        put_json(bytes_of_text(f->path));
        printf(",\"size\":%lld,\"pad\":%s", (long long)f->length, f->pad ? "true" : "false");
        put_text("symlink", bytes_of_text(f->link));
        putchar('}');
    }
    putchar(']');
}

static void
print_json(const struct source *s, const char *target)
{
    const struct torrent *t = s->has_torrent ? &s->torrent : NULL;
    const struct payload *p = s->app.kind == APP_GOOD ? &s->app.payload : NULL;
    struct bytes none = {0};
    printf("{\"kind\":\"%s\"", kind_of(s));
    put_text("target", bytes_of_text(target));
    put_text("name", t ? bytes_of_text(t->name) : none);
    put_text("title", p ? p->title : none);
    put_text("publisher", p ? p->publisher : none);
    put_hash("info_hash", t ? t->info_hash : NULL, t ? SHA1_SIZE : 0);
    put_hash("info_hash_v2", t && t->has_v2 ? t->info_hash_v2 : NULL,
             t && t->has_v2 ? SHA256_SIZE : 0);
    if (t) {
        printf(",\"size\":%lld,\"piece_length\":%u,\"pieces\":%u", (long long)t->size,
               t->piece_length, t->piece_count);
    } else {
        fputs(",\"size\":null,\"piece_length\":null,\"pieces\":null", stdout);
    }
    printf(",\"private\":%s", t && t->is_private ? "true" : "false");
    put_trackers(p, t);
    put_texts("webseeds", p ? p->webseeds : NULL, p ? p->webseed_count : 0, t ? t->webseeds : NULL,
              t ? t->webseed_count : 0);
    put_nodes(t);
    put_files(t);
    fputs(",\"signature\":\"none\"}\n", stdout);
}

/* --- for people ------------------------------------------------------------------------------- */

/* What the payload says; of a bare stub, what this builder knows. NULL: unknown. */
static const char *
find_target(const struct source *s, const char *path, struct buf *mem)
{
    sys_file f = SYS_NONE;
    if (s->app.kind == APP_GOOD) {
        buf_add(mem, s->app.payload.target);
        return buf_cstr(mem);
    }
    if (s->app.kind != APP_STUB || sys_file_open_path(path, SYS_READ, &f) != SYS_OK) {
        return NULL;
    }
    const char *target = pack_known_stub(f, (uint64_t)s->app.size, (struct bytes){0});
    sys_file_close(&f);
    return target;
}

static void
print_for_people(const struct source *s, const char *target)
{
    static const struct payload none = {0};
    bool app = s->app.kind == APP_GOOD;
    printf("Kind:         %s\n", kind_of(s));
    fflush(stdout);
    if (s->app.kind == APP_STUB) {
        printf("Target:       %s\nSize:         %lld bytes, without a payload\n",
               target ? target : "unknown", (long long)s->app.size);
    } else if (s->has_torrent) {
        show_about(app ? &s->app.payload : &none, &s->torrent);
        fputs("Files:\n", stdout);
        fflush(stdout);
        show_list(&s->torrent, NULL);
    } else {
        fputs("Holds a magnet link only.\n", stdout);
    }
}

static int
write_torrent(const struct source *s, const char *path)
{
    struct bytes metainfo = s->torrent.metainfo;
    if (!s->has_torrent) {
        return complain(EXIT_DAMAGED, "there is no torrent in it");
    }
    if (strcmp(path, "-") == 0) {
        fwrite(metainfo.ptr, 1, metainfo.len, stdout);
        return EXIT_COMPLETE;
    }
    int error = files_write(path, &metainfo, 1, false);
    return error ? files_complain(path, error) : EXIT_COMPLETE;
}

int
cmd_inspect(int argc, char *argv[])
{
    struct inspect o = {0};
    struct arg_list names = {0};
    struct source source;
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 1) {
        return complain(EXIT_USAGE, "inspect takes one FILE, not %u; see samara inspect --help",
                        names.count);
    }
    code = source_open(&source, names.v[0]);
    if (!code) {
        code = o.torrent ? write_torrent(&source, o.torrent) : EXIT_COMPLETE;
        bool quiet = o.torrent && !o.json;
        uint8_t mem[TEXT_LEN_MAX + 1];
        struct buf b = BUF(mem);
        const char *target = find_target(&source, names.v[0], &b);
        if (!code && o.json) {
            print_json(&source, target);
        } else if (!code && !quiet) {
            print_for_people(&source, target);
        }
    }
    source_close(&source);
    return code;
}
