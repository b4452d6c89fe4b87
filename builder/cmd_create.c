/* samara create: a .torrent of a file or folder. */
#include "builder/command.h"
#include "builder/create_options.h"
#include "builder/files.h"
#include "builder/original.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: samara create PATH [-o FILE.torrent] [OPTIONS]\n"
    "Makes a .torrent of a file or folder. The content stays where it is.\n"
    "\n"
    "  -o FILE.torrent      where to (default: NAME.torrent in the current folder)\n"
    "  --tracker URL        again = next tier; a comma in front of a URL = same tier\n"
    "  --webseed URL        a web server that has the content, too (again for more)\n" CREATE_HELP
    "\n"
    "Example: samara create films/ --tracker https://tracker.example/announce --date 0\n";

struct create {
    int help;
    const char *out;
    struct arg_list trackers, webseeds;
    struct create_options create;
};

static const struct arg args[] = {
    ARG_HELP(struct create),
    {"-o", ARG_TEXT, offsetof(struct create, out), 0, NULL},
    {"--tracker", ARG_EACH, offsetof(struct create, trackers), 0, NULL},
    {"--webseed", ARG_EACH, offsetof(struct create, webseeds), 0, NULL},
    CREATE_ARGS(struct create),
};

static int
write_torrent(const struct create *o, const struct make_torrent *m, const struct source_list *s)
{
    int64_t date = o->create.date >= 0 ? o->create.date : sys_unix_s();
    struct make_extra extra = create_options_extra(&o->create, s, date);
    struct bytes metainfo = make_metainfo(m, &extra);
    if (metainfo.len == 0) {
        return complain(EXIT_USAGE,
                        "the torrent would be larger than %d bytes; choose longer "
                        "pieces",
                        METAINFO_SIZE_MAX);
    }
    char *name = files_memory(strlen(m->name) + 16, 1);
    struct buf b = buf_over(name, strlen(m->name) + 16);
    buf_text(&b, m->name);
    buf_text(&b, ".torrent");
    char *path = o->out && !files_is_folder(o->out) ? files_join(NULL, o->out)
                                                    : files_join(o->out, buf_cstr(&b));
    int error = files_write(path, &metainfo, 1, false);
    struct source made;
    int code = error ? files_complain(path, error) : source_open(&made, path);
    if (!code) {
        uint8_t mem[256];
        struct buf line = BUF(mem);
        buf_hex(&line, bytes_of(made.torrent.info_hash, SHA1_SIZE));
        buf_text(&line, "\n  ");
        format_size(&line, NULL, m->size);
        buf_text(&line, m->file_count == 1 ? " in 1 file, " : " in ");
        printf("%s\n  info-hash %s", path, buf_cstr(&line));
        if (m->file_count != 1) {
            printf("%u files, ", m->file_count);
        }
        line.len = 0;
        format_size(&line, NULL, m->piece_length);
        printf("%u %s of %s\n", m->piece_count, m->piece_count == 1 ? "piece" : "pieces",
               buf_cstr(&line));
        source_close(&made);
    }
    free((void *)(uintptr_t)metainfo.ptr);
    free(name);
    free(path);
    return code;
}

int
cmd_create(int argc, char *argv[])
{
    struct create o = {.create = CREATE_OPTIONS_DEFAULT};
    struct arg_list names = {0};
    struct source_list sources;
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 1) {
        return complain(EXIT_USAGE, "create takes one PATH, not %u; see samara create --help",
                        names.count);
    }
    code = create_options_check(&o.create);
    code = code ? code : source_list_read(&sources, &o.trackers, &o.webseeds, NULL);
    if (code) {
        return code;
    }
    struct original from;
    code = original_open(&from, names.v[0], o.create.piece_length);
    code = code ? code : original_hash(&from);
    code = code ? code : write_torrent(&o, &from.make, &sources);
    original_close(&from);
    return code;
}
