/* The builder: one program, a table of verbs. */
#include "base/nearest.h"
#include "base/version.h"
#include "builder/command.h"
#include "builder/embedded.h"
#include "sys/sys.h"
#include "ui/long_text.h"
#include "ui/session.h"

#include <stdio.h>
#include <string.h>

struct verb {
    const char *name;
    command_function *function; /* NULL: here, in main.c, or not in this version */
    const char *summary;        /* NULL: not in this version */
};

static const struct verb verbs[] = {
    {"pack", cmd_pack, "put a .torrent into an app, one file that downloads itself"},
    {"create", cmd_create, "make a .torrent of a file or folder"},
    {"publish", cmd_publish, "make a static folder for any web host: page, apps, torrent, feed"},
    {"serve", cmd_serve, "publish a folder: page, apps, tracker, web seed and peer in one"},
    {"seed", cmd_seed, "seed what is there already"},
    {"inspect", cmd_inspect, "say what an app or .torrent holds"},
    {"verify", cmd_verify, "is this app made of a known stub, and intact?"},
    {"version", NULL, "version and targets"},
    {"help", NULL, "this, or the help of a verb"},
    {"keygen", NULL, NULL},
};
enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static const struct verb *
find_verb(const char *name)
{
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

static int
print_help(FILE *out)
{
    fputs("Usage: samara VERB ...\n"
          "Turns torrents into apps: one file that downloads its content, verifies it and shares\n"
          "it on.\n\n",
          out);
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verbs[i].summary) {
            fprintf(out, "  %-8s  %s\n", verbs[i].name, verbs[i].summary);
        }
    }
    fputs("\n\"samara VERB --help\" tells more about each.\n\n"
          "Examples\n"
          "  samara serve ./films          publish what is in ./films, with all that it needs\n"
          "  samara pack film.torrent      make the app that downloads it\n",
          out);
    return EXIT_COMPLETE;
}

static int
print_version(void)
{
    printf("samara %s\ntargets:", SAMARA_VERSION);
    for (size_t i = 0; i < embedded_stub_count; i++) {
        printf(" %s (%zu bytes)", embedded_stubs[i].target, embedded_stubs[i].full_len);
    }
    putchar('\n');
    return EXIT_COMPLETE;
}

static int
unknown_verb(const char *name)
{
    struct nearest near = nearest_to(bytes_of_text(name));
    for (size_t i = 0; i < VERB_COUNT; i++) {
        if (verbs[i].summary) {
            nearest_offer(&near, verbs[i].name);
        }
    }
    if (near.best) {
        return complain(EXIT_USAGE, "there is no verb '%s'; did you mean %s?", name, near.best);
    }
    return complain(EXIT_USAGE, "there is no verb '%s'; \"samara help\" lists them", name);
}

/* "help VERB" is "VERB --help". */
static int
help(int argc, char *argv[])
{
    char option[] = "--help";
    if (argc < 2) {
        return print_help(stdout);
    }
    const struct verb *verb = find_verb(argv[1]);
    if (!verb) {
        return unknown_verb(argv[1]);
    }
    char *line[] = {argv[1], option, NULL};
    return verb->function ? verb->function(2, line) : print_help(stdout);
}

int
main(int argc, char *argv[])
{
    sys_init();
    if (argc < 2) {
        print_help(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        return print_help(stdout);
    }
    if (strcmp(name, "--version") == 0 || strcmp(name, "version") == 0) {
        return print_version();
    }
    if (strcmp(name, "--licenses") == 0) {
        long_text_print(LONG_TEXT_LICENSE);
        return EXIT_COMPLETE;
    }
    const struct verb *verb = find_verb(name);
    if (!verb) {
        return unknown_verb(name);
    }
    if (!verb->summary) {
        return complain(EXIT_USAGE, "\"%s\" is not in this version yet", name);
    }
    int code = verb->function ? verb->function(argc - 1, argv + 1) : help(argc - 1, argv + 1);
    if (fflush(stdout) != 0 && code == EXIT_COMPLETE) {
        code = complain(EXIT_DISK, "standard output cannot be written");
    }
    return code;
}
