#include "builder/targets.h"

#include "builder/command.h"
#include "builder/embedded.h"
#include "ui/session.h"

#include <stdio.h>
#include <string.h>

static const char *
carried(const char *name)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        if (strcmp(embedded_stubs[i].target, name) == 0) {
            return embedded_stubs[i].target;
        }
    }
    return NULL;
}

static void
add_target(struct targets *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->v[i], name) == 0) {
            return;
        }
    }
    if (t->count < TARGETS_MAX) {
        t->v[t->count++] = name;
    }
}

static void
add_all(struct targets *t)
{
    for (size_t i = 0; i < embedded_stub_count; i++) {
        add_target(t, embedded_stubs[i].target);
    }
}

static void
add_usual(struct targets *t)
{
    static const char *const usual[] = {"linux-x86_64", "windows-x86_64"};
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) {
        if (carried(usual[i])) {
            add_target(t, carried(usual[i]));
        } else {
            note("this version has no app for %s yet; packing without it", usual[i]);
        }
    }
}

static int
unknown_target(const char *name)
{
    char list[512] = "";
    for (size_t i = 0; i < embedded_stub_count; i++) {
        snprintf(list + strlen(list), sizeof list - strlen(list), " %s", embedded_stubs[i].target);
    }
    return complain(EXIT_USAGE, "this version has no target '%s'; it has:%s", name, list);
}

int
targets_choose(const struct arg_list *given, bool all, struct targets *out)
{
    for (uint32_t i = 0; i < given->count; i++) {
        if (strcmp(given->v[i], "all") == 0) {
            add_all(out);
        } else if (carried(given->v[i])) {
            add_target(out, carried(given->v[i]));
        } else {
            return unknown_target(given->v[i]);
        }
    }
    if (given->count == 0) {
        all ? add_all(out) : add_usual(out);
    }
    return out->count ? 0 : complain(EXIT_USAGE, "this builder carries no stub to pack with");
}

bool
target_is_windows(const char *target)
{
    return bytes_starts(bytes_of_text(target), BYTES("windows-"));
}
