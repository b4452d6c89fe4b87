#include "builder/pack_options.h"

#include "builder/command.h"
#include "builder/files.h"
#include "builder/pe_resources.h"
#include "net/roots.h"
#include "ui/session.h"

#include <stdlib.h>
#include <string.h>

static int
check_text(const char *option, const char *text, size_t max, struct bytes *out)
{
    *out = bytes_of_text(text);
    if (out->len > max) {
        return complain(EXIT_USAGE, "%s: longer than %zu bytes", option, max);
    }
    if (!bytes_is_utf8(*out)) {
        return complain(EXIT_USAGE, "%s: not UTF-8", option);
    }
    return 0;
}

static int
read_file(const char *option, const char *path, size_t max, struct bytes *out)
{
    int error = path ? files_read(path, max, out) : SYS_OK;
    if (error == SYS_TOO_BIG) {
        return complain(EXIT_USAGE, "%s %s: longer than %zu bytes", option, path, max);
    }
    if (error != SYS_OK) {
        return complain(EXIT_DISK, "%s %s: %s", option, path, sys_error_text(error));
    }
    return 0;
}

static int
refuse_absent(const struct pack_options *o)
{
    const char *absent = o->thin ? "--thin" : o->sign ? "--sign" : NULL;
    return absent ? complain(EXIT_USAGE, "%s is not in this version yet", absent) : 0;
}

int
pack_options_apply(const struct pack_options *o, struct payload *p, struct pack_files *files)
{
    *files = (struct pack_files){0};
    int code = refuse_absent(o);
    code = code ? code : check_text("--title", o->title, TEXT_LEN_MAX, &p->title);
    code = code ? code : check_text("--publisher", o->publisher, TEXT_LEN_MAX, &p->publisher);
    code = code ? code : check_text("--message", o->message, LICENSE_TEXT_MAX, &p->message);
    code = code ? code : read_file("--license", o->license, LICENSE_TEXT_MAX, &files->license);
    if (!code && !bytes_is_utf8(files->license)) {
        code = complain(EXIT_USAGE, "--license %s: not a text in UTF-8", o->license);
    }
    code = code ? code : read_file("--ca", o->ca, ROOTS_PEM_MAX, &files->ca);
    if (!code && o->ca && !roots_pem_is_good(files->ca)) {
        code = complain(EXIT_USAGE, "--ca %s: holds no certificate in PEM that can be used", o->ca);
    }
    code = code ? code : read_file("--icon", o->icon, ICON_FILE_MAX, &files->icon);
    if (!code && o->icon && pe_icon_fault(files->icon)) {
        code = complain(EXIT_USAGE, "--icon %s: %s", o->icon, pe_icon_fault(files->icon));
    }
    code = code ? code : source_list_read(&files->sources, &o->trackers, &o->webseeds, &o->peers);
    if (code) {
        return code;
    }
    const struct source_list *s = &files->sources;
    p->license = files->license;
    p->ca = files->ca;
    memcpy(p->trackers, s->trackers, sizeof p->trackers);
    memcpy(p->tracker_tier, s->tracker_tier, sizeof p->tracker_tier);
    p->tracker_count = s->tracker_count;
    memcpy(p->webseeds, s->webseeds, sizeof p->webseeds);
    p->webseed_count = s->webseed_count;
    memcpy(p->peers, s->peers, sizeof p->peers);
    p->peer_count = s->peer_count;
    p->seed_ratio_milli = o->seed_ratio_milli;
    p->seed_minutes = o->seed_minutes;
    p->max_up = o->max_up;
    return 0;
}

void
pack_files_free(struct pack_files *files)
{
    free((void *)(uintptr_t)files->license.ptr);
    free((void *)(uintptr_t)files->ca.ptr);
    free((void *)(uintptr_t)files->icon.ptr);
}
