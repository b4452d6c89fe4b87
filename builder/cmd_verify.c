/* samara verify: is an app what it seems? */
#include "builder/command.h"
#include "builder/files.h"
#include "builder/pack.h"
#include "ui/session.h"

#include <stdio.h>

static const char help[] =
    "Usage: samara verify APP\n"
    "Says whether the program in an app is one that this builder knows, byte for byte, whether\n"
    "the payload is intact, and whether the publisher signed it.\n"
    "Exit code 0: all is well; 1: the program is not a known one; 3: the app is damaged.\n"
    "\n"
    "  --key PUB            signatures are not in this version yet\n"
    "\n"
    "Example: samara verify film.run\n";

struct verify {
    int help;
    const char *key;
};

static const struct arg args[] = {
    ARG_HELP(struct verify),
    {"--key", ARG_TEXT, offsetof(struct verify, key), 0, NULL},
};

static int
verify(const char *path, const struct source *s)
{
    sys_file f = SYS_NONE;
    bool app = s->app.kind == APP_GOOD;
    if (!app && s->app.kind != APP_STUB) {
        return complain(EXIT_DAMAGED, "%s is a torrent, not an app", path);
    }
    int error = sys_file_open_path(path, SYS_READ, &f);
    if (error != SYS_OK) {
        return complain(EXIT_DISK, "%s: %s", path, sys_error_text(error));
    }
    const char *target =
        app ? pack_known_stub(f, s->app.trailer.offset, s->app.payload.title)
            : pack_known_stub(f, (uint64_t)s->app.size, (struct bytes){0});
    sys_file_close(&f);
    if (target) {
        printf("program:   known, the %s stub of this version byte for byte\n", target);
    } else {
        puts("program:   UNKNOWN, not a stub of this version");
    }
    if (app) {
        uint8_t mem[80];
        struct buf b = BUF(mem);
        buf_hex(&b, bytes_of(s->app.trailer.sha256, SHA256_SIZE));
        printf("payload:   intact, SHA-256 %s\n", buf_cstr(&b));
        if (target && !bytes_equal(bytes_of_text(target), s->app.payload.target)) {
            puts("           packed for another target than its program");
            target = NULL;
        }
    } else {
        puts("payload:   none, this is a bare stub");
    }
    puts("signature: none");
    return target ? EXIT_COMPLETE : EXIT_INCOMPLETE;
}

int
cmd_verify(int argc, char *argv[])
{
    struct verify o = {0};
    struct arg_list names = {0};
    struct source source;
    int code;
    if (!command_parse(args, sizeof args / sizeof *args, &o, &o.help, &names, argc, argv, help,
                       &code)) {
        return code;
    }
    if (o.key) {
        return complain(EXIT_USAGE, "--key: signatures are not in this version yet");
    }
    if (names.count != 1) {
        return complain(EXIT_USAGE, "verify takes one APP, not %u; see samara verify --help",
                        names.count);
    }
    code = source_open(&source, names.v[0]);
    if (!code) {
        code = verify(names.v[0], &source);
    }
    source_close(&source);
    return code;
}
