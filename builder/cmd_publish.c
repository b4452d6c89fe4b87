/* samara publish: a static folder that any web host can serve. */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/pack_options.h"
#include "builder/publish.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: samara publish PATH -o DIR [--url PUBLIC_URL] [OPTIONS]\n"
    "Makes all that a web host needs to give a file or folder, or the content of a .torrent, to\n"
    "readers: a page with the right button for each system, the apps, the .torrent, a feed\n"
    "(feed.xml), checksums (SHA256SUMS), lines to paste into a blog post (snippet.html), and the\n"
    "content itself, so that the folder is its own web seed. Copy DIR to any static web host.\n"
    "Again with another PATH: both are on the page. With the same one: what changed is replaced.\n"
    "\n"
    "  -o DIR               the folder; files in it that publish did not make are left alone\n"
    "  --url PUBLIC_URL     the address that DIR will have, for web seed, feed and snippet;\n"
    "                       remembered in feed.xml\n"
    "  --no-content         leave the content out; who has it must seed it elsewhere\n"
    "  --target T           apps for these systems only (default: all; again for more)\n"
    "\n"
    "The content is linked where the disk can do that, so do not change it in place; publish it\n"
    "again instead.\n"
    "\n"
    "The torrent, unless PATH is one (what is published again unchanged keeps its "
    "date)\n" CREATE_HELP "\n" PACK_HELP "\n"
    "Example: samara publish film.mkv -o site --url https://films.example/ --title \"The film\"\n";

struct publish_options {
    int help;
    const char *out, *url;
    bool no_content;
    struct arg_list targets;
    struct create_options create;
    struct pack_options pack;
};

static const struct arg args[] = {
    ARG_HELP(struct publish_options),
    {"-o", ARG_TEXT, offsetof(struct publish_options, out), 0, NULL},
    {"--url", ARG_TEXT, offsetof(struct publish_options, url), 0, NULL},
    {"--no-content", ARG_FLAG, offsetof(struct publish_options, no_content), 0, NULL},
    {"--target", ARG_EACH, offsetof(struct publish_options, targets), 0, NULL},
    CREATE_ARGS(struct publish_options),
    PACK_ARGS(struct publish_options),
};

/* --- is DIR in PATH? -------------------------------------------------------------------------- */

static bool
is_separator(char c)
{
    const char text[] = {c, 'x', 0};
    return sys_path_name(text) == text + 1;
}

/* The absolute path without "." and "..", '/' in front of each component. Links are not followed:
 * this is to catch mistakes. */
static void
put_whole_path(struct buf *out, const char *path)
{
    if (!is_separator(path[0]) && !(path[0] && path[1] == ':' && is_separator('\\'))) {
        uint8_t mem[PATH_LEN_MAX];
        struct buf here = BUF(mem);
        sys_current_folder(&here);
        buf_cstr(&here);
        put_whole_path(out, (const char *)mem);
    }
    while (*path) {
        size_t len = 0;
        while (path[len] && !is_separator(path[len])) {
            len++;
        }
        struct bytes part = bytes_of(path, len);
        if (bytes_equal(part, BYTES(".."))) {
            while (out->len > 0 && out->ptr[--out->len] != '/') {
            }
        } else if (len > 0 && !bytes_equal(part, BYTES("."))) {
            buf_byte(out, '/');
            buf_add(out, part);
        }
        path += len + (path[len] != 0);
    }
}

static int
refuse_inside(const char *path, const char *folder)
{
    uint8_t path_mem[2 * PATH_LEN_MAX], folder_mem[2 * PATH_LEN_MAX];
    struct buf outer = BUF(path_mem), inner = BUF(folder_mem);
    put_whole_path(&outer, path);
    put_whole_path(&inner, folder);
    buf_byte(&outer, '/');
    buf_byte(&inner, '/');
    return bytes_starts(buf_bytes(&inner), buf_bytes(&outer))
               ? complain(EXIT_USAGE, "-o %s is inside %s, which it would become a part of", folder,
                          path)
               : 0;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void
tell(const struct publish *p, const struct publish_options *o)
{
    uint8_t mem[256];
    struct buf line = BUF(mem);
    const struct offer *new = &p->offer;
    format_size(&line, NULL, new->torrent->size);
    buf_text(&line, ", info-hash ");
    buf_hex(&line, bytes_of(new->torrent->info_hash, SHA1_SIZE));
    printf("%s: %s (%s)\n", o->out, new->torrent->name, buf_cstr(&line));
    printf("  files     %zu written, %zu already right\n", p->stage.count, p->stage.kept);
    if (p->url[0]) {
        printf("  page      %s\n  feed      %sfeed.xml\n", p->url, p->url);
    } else {
        char *page = files_join(o->out, "index.html");
        printf("  page      %s\n", page);
        free(page);
    }
    fflush(stdout);
    if (!p->url[0]) {
        note("without --url the links in feed.xml and snippet.html are relative%s",
             new->torrent->webseed_count + new->webseed_count ? "" : ", and there is no web seed");
    }
    if (p->url_is_new && p->shelf.count > (p->old != NULL)) {
        note(
            "what was published before with another --url names the old address; publish it again");
    }
    if (new->torrent->tracker_count + new->tracker_count == 0) {
        note("without --tracker readers do not find each other%s",
             new->torrent->webseed_count + new->webseed_count ? "; all comes from the web seed"
                                                              : "");
    }
}

/* --- the verb --------------------------------------------------------------------------------- */

static int
publish(const struct publish_options *o, struct publish_what *w, const char *path)
{
    struct publish p = {0};
    struct original original = {0};
    struct source source = {0};
    bool is_torrent = bytes_ends(bytes_of_text(path), BYTES(".torrent"));
    int code;
    if (is_torrent) {
        code = source_open(&source, path);
        w->metainfo = source.torrent.metainfo;
    } else {
        code = original_open(&original, path, o->create.piece_length);
        w->original = &original;
    }
    code = code || is_torrent ? code : refuse_inside(path, o->out);
    code = code ? code : publish_open(&p, o->out, o->url);
    code = code || is_torrent ? code : original_hash(&original);
    code = code ? code : publish_add(&p, w);
    code = code ? code : publish_write(&p);
    if (!code) {
        tell(&p, o);
    }
    publish_close(&p);
    original_close(&original);
    source_close(&source);
    return code;
}

int
cmd_publish(int argc, char *argv[])
{
    struct publish_options o = {.create = CREATE_OPTIONS_DEFAULT, .pack = PACK_OPTIONS_DEFAULT};
    struct arg_list names = {0};
    struct targets targets = {0};
    struct payload settings = {0};
    struct pack_files files = {0};
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 1 || !o.out) {
        return complain(EXIT_USAGE, "publish takes one PATH and -o DIR; see samara publish --help");
    }
    code = create_options_check(&o.create);
    code = code ? code : targets_choose(&o.targets, true, &targets);
    code = code ? code : pack_options_apply(&o.pack, &settings, &files);
    if (!code) {
        struct publish_what w = {.with_content = !o.no_content,
                                 .create = &o.create,
                                 .settings = &settings,
                                 .icon = files.icon,
                                 .targets = &targets};
        code = publish(&o, &w, names.v[0]);
    }
    pack_files_free(&files);
    return code;
}
