/* A small cache of open files; see open_files.h. Linear search: 64 entries cost less than the
 * system call that follows. */
#include "engine/open_files.h"

#include "base/check.h"

enum { HELD_MAX = OPEN_FILES_MAX / 2 }; /* the rest stays for reading and writing */

static void
let_go(struct open_file *v)
{
    v->file = 0;
    if (v->held == 0)
        sys_file_close(&v->handle);
}

void
open_files_close(struct open_files *o, uint32_t file)
{
    for (size_t k = 0; k < OPEN_FILES_MAX; k++)
        if (o->v[k].file == file + 1)
            let_go(&o->v[k]);
}

/* A free place, or that of the file not used for longest. Held ones are never all. */
static struct open_file *
make_room(struct open_files *o)
{
    struct open_file *best = NULL;
    for (size_t k = 0; k < OPEN_FILES_MAX; k++) {
        struct open_file *v = &o->v[k];
        if (v->handle == SYS_NONE)
            return v;
        if (v->held == 0 && (!best || v->used < best->used))
            best = v;
    }
    check(best != NULL);
    let_go(best);
    return best;
}

int
open_files_get(struct open_files *o, uint32_t file, sys_dir dir, const char *path, int how,
               sys_file *f)
{
    struct open_file *found = NULL;
    for (size_t k = 0; k < OPEN_FILES_MAX && !found; k++)
        if (o->v[k].file == file + 1 && (o->v[k].writable || !(how & SYS_WRITE)))
            found = &o->v[k];
    if (!found) {
        open_files_close(o, file);
        found = make_room(o);
        int error = sys_file_open(dir, path, how, &found->handle);
        if (error != SYS_OK)
            return error;
        found->file = file + 1;
        found->writable = (how & SYS_WRITE) != 0;
    }
    found->used = ++o->use_counter;
    *f = found->handle;
    return SYS_OK;
}

bool
open_files_hold(struct open_files *o, sys_file f)
{
    struct open_file *mine = NULL;
    uint32_t held = 0;
    for (size_t k = 0; k < OPEN_FILES_MAX; k++) {
        held += o->v[k].held > 0;
        if (o->v[k].handle == f)
            mine = &o->v[k];
    }
    if (f == SYS_NONE || !mine || (mine->held == 0 && held >= HELD_MAX) || mine->held == UINT16_MAX)
        return false;
    mine->held++;
    return true;
}

void
open_files_release(struct open_files *o, sys_file f)
{
    for (size_t k = 0; k < OPEN_FILES_MAX; k++) {
        struct open_file *v = &o->v[k];
        if (v->handle == f && v->held > 0) {
            v->held--;
            if (v->file == 0)
                let_go(v);
            return;
        }
    }
}

void
open_files_close_all(struct open_files *o)
{
    for (size_t k = 0; k < OPEN_FILES_MAX; k++) {
        o->v[k].held = 0;
        let_go(&o->v[k]);
    }
}
