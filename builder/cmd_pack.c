/* samara pack: a .torrent into apps. */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/pack.h"
#include "builder/pack_options.h"
#include "builder/tarball.h"
#include "builder/targets.h"
#include "ui/format.h"
#include "ui/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: samara pack TORRENT [-o FILE] [OPTIONS]\n"
    "Puts a torrent into an app: one file that downloads the content when it is run.\n"
    "\n"
    "  -o FILE              the app; a folder when several are made\n"
    "                       (default: NAME-TARGET.run or .exe in the current folder)\n"
    "  --target T           linux-x86_64 linux-aarch64 linux-armv7 linux-i386 windows-x86_64\n"
    "                       windows-i386, or \"all\" (again for more; default: linux-x86_64 and\n"
    "                       windows-x86_64)\n"
    "\n" PACK_HELP "\n"
    "Example: samara pack film.torrent --title \"The film\" --seed-ratio 2 -o film.run\n";

struct pack {
    int help;
    const char *out;
    struct arg_list targets;
    struct pack_options pack;
};

static const struct arg args[] = {
    ARG_HELP(struct pack),
    {"-o", ARG_TEXT, offsetof(struct pack, out), 0, NULL},
    {"--target", ARG_EACH, offsetof(struct pack, targets), 0, NULL},
    PACK_ARGS(struct pack),
};

/* The file to write for one target, in malloc'd memory. */
static char *
choose_path(const struct pack *o, const struct torrent *t, const char *target, size_t targets)
{
    uint8_t mem[NAME_LEN_MAX * 4];
    struct buf name = BUF(mem);
    if (o->out && targets == 1 && !files_is_folder(o->out)) {
        return files_join(NULL, o->out);
    }
    pack_name(&name, t->name, target);
    return files_join(o->out, buf_cstr(&name));
}

/* The app once more beside it: a browser's download has no x bit, what a tar.gz holds keeps it. */
static int
write_tarball(const char *app_path, const struct bytes parts[2])
{
    uint8_t mem[PATH_LEN_MAX];
    struct buf path = BUF(mem);
    struct tarball_image image = tarball_image(parts[0]);
    struct tarball made = tarball_make(sys_path_name(app_path), &image, parts[1]);
    struct bytes archive[3] = {made.head, image.deflated, made.tail};
    buf_text(&path, app_path);
    buf_text(&path, ".tar.gz");
    int error = path.full ? SYS_BAD_NAME : files_write(buf_cstr(&path), archive, 3, false);
    if (error) {
        files_complain(path.full ? app_path : buf_cstr(&path), error);
    } else {
        printf("%s.tar.gz (%zu bytes)\n", app_path,
               archive[0].len + archive[1].len + archive[2].len);
    }
    tarball_free(&made);
    tarball_image_free(&image);
    return error ? EXIT_DISK : 0;
}

static int
write_app(const struct pack *o, struct payload *p, struct bytes icon, const struct torrent *t,
          const char *target, size_t targets)
{
    struct bytes parts[2] = {pack_program(target, icon, p->title), {0}};
    p->target = bytes_of_text(target);
    parts[1] = pack_tail(p, parts[0].len);
    char *path = choose_path(o, t, target, targets);
    int code = 0;
    if (parts[1].len == 0) {
        code = complain(EXIT_USAGE, "torrent and settings are larger than an app may carry");
    } else {
        int error = files_write(path, parts, 2, true);
        code = error ? files_complain(path, error) : 0;
    }
    if (!code) {
        printf("%s (%zu bytes)\n", path, parts[0].len + parts[1].len);
        code = target_is_windows(target) ? 0 : write_tarball(path, parts);
    }
    free((void *)(uintptr_t)parts[0].ptr);
    free((void *)(uintptr_t)parts[1].ptr);
    free(path);
    return code;
}

static int
pack(const struct pack *o, const struct targets *targets, struct source *source)
{
    struct payload p = {0};
    struct pack_files files;
    if (!source->has_torrent) {
        return complain(EXIT_DAMAGED, "there is no torrent in it to pack");
    }
    int code = pack_options_apply(&o->pack, &p, &files);
    p.torrent = source->torrent.metainfo;
    if (!code && targets->count > 1 && o->out) {
        sys_dir dir = SYS_NONE;
        int error = sys_dir_open(o->out, true, &dir);
        sys_dir_close(&dir);
        code = error ? complain(EXIT_DISK, "%s: %s", o->out, sys_error_text(error)) : 0;
    }
    for (size_t i = 0; i < targets->count && !code; i++) {
        code = write_app(o, &p, files.icon, &source->torrent, targets->v[i], targets->count);
    }
    pack_files_free(&files);
    return code;
}

int
cmd_pack(int argc, char *argv[])
{
    struct pack o = {.pack = PACK_OPTIONS_DEFAULT};
    struct arg_list names = {0};
    struct targets targets = {0};
    struct source source;
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (names.count != 1) {
        return complain(EXIT_USAGE, "pack takes one TORRENT, not %u; see samara pack --help",
                        names.count);
    }
    if (bytes_starts(bytes_of_text(names.v[0]), BYTES("magnet:"))) {
        return complain(EXIT_USAGE, "packing a magnet link is not in this version yet; get the "
                                    ".torrent and pack that");
    }
    code = targets_choose(&o.targets, false, &targets);
    if (code) {
        return code;
    }
    code = source_open(&source, names.v[0]);
    if (!code) {
        code = pack(&o, &targets, &source);
    }
    source_close(&source);
    return code;
}
