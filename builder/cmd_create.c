/* samara create: a .torrent of a file or folder. */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/make_torrent.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN_BYTES = 8 * 1024 * 1024 };

static const char help[] =
    "Usage: samara create PATH [-o FILE.torrent] [OPTIONS]\n"
    "Makes a .torrent of a file or folder. The content stays where it is.\n"
    "\n"
    "  -o FILE.torrent      where to (default: NAME.torrent in the current folder)\n"
    "  --tracker URL        again = next tier; a comma in front of a URL = same tier\n"
    "  --webseed URL        a web server that has the content, too (again for more)\n"
    "  --node HOST:PORT     a DHT node to start from (again for more)\n"
    "  --private            peers only from the trackers\n"
    "  --comment TEXT       for people\n"
    "  --source TEXT        changes the info-hash; trackers ask for it\n"
    "  --piece-length N     a power of two from 16K on (default: for 1,000 to 2,000 pieces)\n"
    "  --date SECONDS       creation date (default: now); the same date and content give the\n"
    "                       same bytes\n"
    "  --v1                 the first format of torrents: the only one in this version\n"
    "\n"
    "Example: samara create films/ --tracker https://tracker.example/announce --date 0\n";

struct create {
    int help, v1, v2, hybrid;
    const char *out, *comment, *source;
    bool is_private;
    int64_t piece_length, date;
    struct arg_list trackers, webseeds, nodes;
};

static const struct arg args[] = {
    ARG_HELP(struct create),
    {"-o", ARG_TEXT, offsetof(struct create, out), 0, NULL},
    {"--tracker", ARG_EACH, offsetof(struct create, trackers), 0, NULL},
    {"--webseed", ARG_EACH, offsetof(struct create, webseeds), 0, NULL},
    {"--node", ARG_PEER, offsetof(struct create, nodes), 0, NULL},
    {"--private", ARG_FLAG, offsetof(struct create, is_private), 0, NULL},
    {"--comment", ARG_TEXT, offsetof(struct create, comment), 0, NULL},
    {"--source", ARG_TEXT, offsetof(struct create, source), 0, NULL},
    {"--piece-length", ARG_RATE, offsetof(struct create, piece_length), 0, NULL},
    {"--date", ARG_NUMBER, offsetof(struct create, date), 0, NULL},
    {"--v1", ARG_SET, offsetof(struct create, v1), 1, NULL},
    {"--v2", ARG_SET, offsetof(struct create, v2), 1, NULL},
    {"--hybrid", ARG_SET, offsetof(struct create, hybrid), 1, NULL},
};

static int
check_options(const struct create *o)
{
    int64_t n = o->piece_length;
    if (o->v2 || o->hybrid) {
        return complain(EXIT_USAGE, "%s is not in this version yet; leave it out for v1",
                        o->v2 ? "--v2" : "--hybrid");
    }
    if (n && (n < MAKE_PIECE_LENGTH_MIN || n > PIECE_LENGTH_MAX || (n & (n - 1)) != 0)) {
        return complain(EXIT_USAGE, "--piece-length: a power of two from 16K to %dM",
                        PIECE_LENGTH_MAX / 1024 / 1024);
    }
    if (!bytes_is_utf8(bytes_of_text(o->comment)) || !bytes_is_utf8(bytes_of_text(o->source))) {
        return complain(EXIT_USAGE, "--comment and --source have to be UTF-8");
    }
    return 0;
}

/* Cuts a path into folder and name, both in malloc'd memory. */
static void
split_path(const char *path, char **folder, char **name)
{
    uint8_t mem[PATH_LEN_MAX];
    struct buf here = BUF(mem);
    bool dot = path[0] == '.' && *sys_path_name(path + 1) == 0 && (!path[1] || !path[2]);
    char *whole = files_join(NULL, dot && sys_current_folder(&here) ? buf_cstr(&here) : path);
    size_t len = strlen(whole);
    while (len > 1 && *sys_path_name(whole) == 0) {
        whole[--len] = 0;
    }
    size_t at = (size_t)(sys_path_name(whole) - whole);
    *name = files_join(NULL, whole + at);
    whole[at] = 0;
    *folder = files_join(NULL, at ? whole : ".");
    free(whole);
}

static int
write_torrent(const struct create *o, const struct make_torrent *m, const struct source_list *s)
{
    struct make_extra extra = {.sources = s,
                               .nodes = &o->nodes,
                               .comment = o->comment,
                               .source = o->source,
                               .is_private = o->is_private,
                               .date = o->date >= 0 ? o->date : sys_unix_s()};
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
    int code = error ? complain(EXIT_DISK, "%s: %s", path, sys_error_text(error))
                     : source_open(&made, path);
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

static int
create(const struct create *o, sys_dir dir, const char *name, const struct source_list *s)
{
    struct make_torrent m;
    struct progress progress = {.what = "hashing"};
    int code;
    make_open(&m, dir, name, (uint32_t)o->piece_length);
    while (m.state == MAKE_HASHING && sys_stop_requests() == 0) {
        make_turn(&m, TURN_BYTES);
        progress_show(&progress, m.done, m.size);
    }
    progress_end(&progress);
    if (m.state == MAKE_FAILED) {
        code = complain(m.damaged_by_disk ? EXIT_DISK : EXIT_USAGE, "%s", m.error);
    } else if (m.state == MAKE_HASHING) {
        code = complain(sys_stop_exit_code(), "stopped; nothing was written");
    } else {
        code = write_torrent(o, &m, s);
    }
    make_close(&m);
    return code;
}

int
cmd_create(int argc, char *argv[])
{
    struct create o = {.date = -1};
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
    code = check_options(&o);
    code = code ? code : source_list_read(&sources, &o.trackers, &o.webseeds, NULL);
    if (code) {
        return code;
    }
    char *folder, *name;
    sys_dir dir = SYS_NONE;
    split_path(names.v[0], &folder, &name);
    int error = sys_dir_open(folder, false, &dir);
    if (error != SYS_OK) {
        code = complain(EXIT_DISK, "%s: %s", folder, sys_error_text(error));
    } else if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        code = complain(EXIT_USAGE, "give the file or folder by its name, not as '%s'", names.v[0]);
    } else {
        code = create(&o, dir, name, &sources);
    }
    sys_dir_close(&dir);
    free(folder);
    free(name);
    return code;
}
