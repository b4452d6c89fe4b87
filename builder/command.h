/* The verbs of the builder, and what they share in speaking to people. */
#ifndef BUILDER_COMMAND_H
#define BUILDER_COMMAND_H

#include "ui/args.h"

/* argv[0] is the verb. Return the exit code (enum exit_code of ui/session.h). */
typedef int command_function(int argc, char *argv[]);
command_function cmd_pack, cmd_create, cmd_inspect, cmd_verify, cmd_seed, cmd_serve,
    cmd_publish;

/* Every verb's table has this line, and its struct an `int help`. */
#define ARG_HELP(type) \
    { \
        "--help", ARG_SET, offsetof(type, help), 1, NULL \
    }

/* Reads a verb's line. 0: go on. Else `*code` is the exit code: 0 after --help (`help` was
 * printed), 2 after a wrong option (told on standard error). `help_flag` is the `help` field. */
bool command_parse(const struct arg *args, size_t count, void *out, const int *help_flag,
                   struct arg_list *rest, int argc, char *argv[], const char *help, int *code);

/* "samara: MESSAGE" on standard error; returns `code`, to be returned by the verb. */
int complain(int code, const char *format, ...) __attribute__((format(gnu_printf, 2, 3)));

/* "samara: note: MESSAGE" on standard error. */
void note(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));

/* A progress line on a terminal (standard error), from the second on that the work takes. {0} plus
 * `what` is a valid start; progress_end wipes it away. */
struct progress {
    const char *what; /* "hashing" */
    int64_t started_ms, drawn_ms;
    bool drawn;
};
void progress_show(struct progress *p, int64_t done, int64_t size);
void progress_end(struct progress *p);

#endif
