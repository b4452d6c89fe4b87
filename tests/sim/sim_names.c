/* Simulated disks: names. Folders, files and links stand in one list by their full paths; names
 * (making, renaming, removing) are on the disk at once, whatever happens to contents. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

struct node *
node_find(const struct sim_host *h, const char *path, size_t len)
{
    for (struct node *n = h->disk.nodes; n; n = n->next) {
        if (!n->unlinked && strlen(n->path) == len && memcmp(n->path, path, len) == 0) {
            return n;
        }
    }
    return NULL;
}

struct node *
node_new(struct sim_host *h, enum node_kind kind, const char *path, size_t len)
{
    struct node *n = calloc(1, sizeof *n);
    char *copy = malloc(len + 1);
    check(n && copy);
    memcpy(copy, path, len);
    copy[len] = 0;
    n->kind = kind;
    n->path = copy;
    n->next = h->disk.nodes;
    n->version = ++h->disk.writes;
    n->modified_s = sys_unix_s();
    h->disk.nodes = n;
    return n;
}

/* Takes a node that nobody names and nobody has open off the disk. */
void
node_drop(struct sim_host *h, struct node *n)
{
    if (!n->unlinked || n->opens > 0) {
        return;
    }
    struct node **at = &h->disk.nodes;
    while (*at != n) {
        at = &(*at)->next;
    }
    *at = n->next;
    node_free_pages(h, n);
    free(n->target);
    free(n->path);
    free(n);
}

void
node_unlink(struct sim_host *h, struct node *n)
{
    n->unlinked = true;
    node_drop(h, n);
}

/* Joins and checks; below a folder a path is strict. */
int
path_join(struct path *p, const char *base, const char *path)
{
    size_t base_len = strlen(base);
    check(base_len + strlen(path) + 2 < sizeof p->text);
    memcpy(p->text, base, base_len);
    p->len = base_len;
    while (*path) {
        size_t len = strcspn(path, "/");
        bool dots = (len == 1 && path[0] == '.') || (len == 2 && memcmp(path, "..", 2) == 0);
        bool trailing = path[len] == '/' && path[len + 1] == 0;
        if (len == 0 || len > 255 || dots || trailing) {
            return SYS_BAD_NAME;
        }
        p->text[p->len++] = '/';
        memcpy(p->text + p->len, path, len);
        p->len += len;
        path += len + (path[len] == '/');
    }
    p->text[p->len] = 0;
    return SYS_OK;
}

/* Goes along the folders from `from` on to the one that holds the last component. */
int
path_walk(struct sim_host *h, const struct path *p, size_t from, bool make)
{
    for (size_t i = from + 1; i < p->len; i++) {
        if (p->text[i] != '/') {
            continue;
        }
        struct node *n = node_find(h, p->text, i);
        if (n && n->kind != NODE_DIR) {
            return n->kind == NODE_LINK ? SYS_LINK : SYS_NOT_A_FILE;
        }
        if (!n && !make) {
            return SYS_NOT_FOUND;
        }
        if (!n) {
            if (disk_writable(h) != SYS_OK) {
                return disk_writable(h);
            }
            node_new(h, NODE_DIR, p->text, i);
        }
    }
    return SYS_OK;
}

/* --- handles: folders --------------------------------------------------------------- */

static const char *
dir_path(sys_dir handle)
{
    struct sim_host *h = sim_here();
    uint32_t i = (uint32_t)(handle - 1) & 0xffff;
    if (handle <= 0 || i >= DIRS_OPEN_MAX || !h->dirs[i].path ||
        (uint32_t)(handle >> 16) != h->dirs[i].serial % 32768) {
        if (!sim_is_ghost()) {
            sim_fail(h->sim, "%s uses a folder that is not open", h->config.name);
        }
        return NULL;
    }
    return h->dirs[i].path;
}

/* Finds the node at a path below an open folder; NULL and SYS_OK when there is none. */
int
disk_locate(sys_dir dir, const char *path, bool make, struct path *p, struct node **out)
{
    *out = NULL;
    const char *base = dir_path(dir);
    if (!base || sim_is_ghost()) {
        return SYS_IO;
    }
    int error = path_join(p, base, path);
    if (error == SYS_OK) {
        error = path_walk(sim_here(), p, strlen(base), make);
    }
    if (error == SYS_OK) {
        *out = node_find(sim_here(), p->text, p->len);
    }
    return error;
}

int
sys_dir_open(const char *path, bool make, sys_dir *out)
{
    struct sim_host *h = sim_here();
    struct path p;
    int error = path_join(&p, "", path[0] == '/' ? path + 1 : path);
    if (error == SYS_OK) {
        error = path_walk(h, &p, 0, make);
    }
    if (error != SYS_OK) {
        return error;
    }
    struct node *n = node_find(h, p.text, p.len);
    if (!n && p.len > 0) {
        if (!make || disk_writable(h) != SYS_OK) {
            return make ? disk_writable(h) : SYS_NOT_FOUND;
        }
        n = node_new(h, NODE_DIR, p.text, p.len);
    }
    if (n && n->kind != NODE_DIR) {
        return SYS_NOT_A_FILE;
    }
    uint32_t i = 0;
    while (i < DIRS_OPEN_MAX && h->dirs[i].path) {
        i++;
    }
    check(i < DIRS_OPEN_MAX);
    h->dirs[i].path = malloc(p.len + 1);
    check(h->dirs[i].path);
    memcpy(h->dirs[i].path, p.text, p.len + 1);
    h->dirs[i].serial = ++h->sim->serial;
    *out = (sys_dir)((h->dirs[i].serial % 32768) << 16 | i) + 1;
    return SYS_OK;
}

void
sys_dir_close(sys_dir *d)
{
    if (*d != SYS_NONE && !sim_is_ghost() && dir_path(*d)) {
        struct open_dir *open = &sim_here()->dirs[(uint32_t)(*d - 1) & 0xffff];
        free(open->path);
        open->path = NULL;
    }
    *d = SYS_NONE;
}

/* --- the rest of sys.h -------------------------------------------------------------- */

int
sys_stat(sys_dir dir, const char *path, struct sys_stat *out)
{
    *out = (struct sys_stat){0};
    struct path p;
    struct node *n;
    int error = disk_locate(dir, path, false, &p, &n);
    if (error != SYS_OK) {
        return error == SYS_NOT_FOUND ? SYS_OK : error;
    }
    if (p.len == 0 || n) {
        out->exists = true;
        out->is_dir = !n || n->kind == NODE_DIR;
    }
    if (n) {
        out->is_link = n->kind == NODE_LINK;
        out->size = n->size;
        out->modified_s = n->modified_s;
        out->stamp = n->version;
    }
    return SYS_OK;
}

static bool
has_children(const struct sim_host *h, const struct node *dir)
{
    size_t len = strlen(dir->path);
    for (const struct node *n = h->disk.nodes; n; n = n->next) {
        if (!n->unlinked && strncmp(n->path, dir->path, len) == 0 && n->path[len] == '/') {
            return true;
        }
    }
    return false;
}

int
sys_rename(sys_dir dir, const char *from, const char *to, bool replace)
{
    struct sim_host *h = sim_here();
    struct path p, q;
    struct node *a, *b;
    int error = disk_locate(dir, from, false, &p, &a);
    if (error == SYS_OK && !a) {
        error = SYS_NOT_FOUND;
    }
    if (error == SYS_OK) {
        error = disk_locate(dir, to, false, &q, &b);
    }
    if (error == SYS_OK) {
        error = disk_writable(h);
    }
    if (error != SYS_OK) {
        return error;
    }
    check(a->kind != NODE_DIR); /* nobody renames folders so far */
    if (b && (!replace || b->kind == NODE_DIR)) {
        return b->kind == NODE_DIR && replace ? SYS_NOT_A_FILE : SYS_EXISTS;
    }
    if (b) {
        node_unlink(h, b);
    }
    char *path = malloc(q.len + 1);
    check(path);
    memcpy(path, q.text, q.len + 1);
    free(a->path);
    a->path = path;
    sim_deed(35, p.len, q.len);
    sim_say(h->sim, "%s: %s becomes %s", h->config.name, from, to);
    return SYS_OK;
}

int
sys_remove(sys_dir dir, const char *path)
{
    struct path p;
    struct node *n;
    int error = disk_locate(dir, path, false, &p, &n);
    if (error == SYS_OK) {
        error = !n                    ? SYS_NOT_FOUND
                : n->kind == NODE_DIR ? SYS_NOT_A_FILE
                                      : disk_writable(sim_here());
    }
    if (error == SYS_OK) {
        sim_deed(36, p.len, 0);
        node_unlink(sim_here(), n);
    }
    return error;
}

int
sys_remove_empty_dir(sys_dir dir, const char *path)
{
    struct path p;
    struct node *n;
    int error = disk_locate(dir, path, false, &p, &n);
    if (error == SYS_OK) {
        error = !n                    ? SYS_NOT_FOUND
                : n->kind != NODE_DIR ? SYS_NOT_A_FILE
                                      : disk_writable(sim_here());
    }
    if (error == SYS_OK && has_children(sim_here(), n)) {
        error = SYS_EXISTS;
    }
    if (error == SYS_OK) {
        sim_deed(37, p.len, 0);
        node_unlink(sim_here(), n);
    }
    return error;
}

static int
make_node(sys_dir dir, const char *path, enum node_kind kind, struct node **out)
{
    struct path p;
    int error = disk_locate(dir, path, true, &p, out);
    if (error != SYS_OK) {
        return error;
    }
    if (*out || p.len == 0) {
        return SYS_EXISTS;
    }
    if (disk_writable(sim_here()) != SYS_OK) {
        return disk_writable(sim_here());
    }
    *out = node_new(sim_here(), kind, p.text, p.len);
    sim_deed(38, p.len, kind);
    return SYS_OK;
}

int
sys_make_dirs(sys_dir dir, const char *path)
{
    struct node *n;
    int error = make_node(dir, path, NODE_DIR, &n);
    if (error != SYS_EXISTS) {
        return error;
    }
    return !n || n->kind == NODE_DIR ? SYS_OK : n->kind == NODE_LINK ? SYS_LINK : SYS_NOT_A_FILE;
}

int
sys_make_link(sys_dir dir, const char *path, const char *target)
{
    struct node *n;
    int error = make_node(dir, path, NODE_LINK, &n);
    if (error == SYS_OK) {
        n->target = malloc(strlen(target) + 1);
        check(n->target);
        memcpy(n->target, target, strlen(target) + 1);
    }
    return error;
}

const char *
sys_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool
sys_current_folder(struct buf *out)
{
    buf_text(out, "/");
    return true;
}

void
sys_mark_from_internet(sys_dir dir, const char *path)
{
    (void)dir, (void)path;
}

int64_t
sys_free_space(sys_dir dir)
{
    const struct disk *d = &sim_here()->disk;
    (void)dir;
    if (d->size == 0) {
        return -1;
    }
    return d->size > d->used ? d->size - d->used : 0;
}

int64_t
sys_file_size_max(sys_dir dir)
{
    (void)dir;
    return INT64_MAX;
}

/* The next name of a folder in byte order behind `last`; NULL: no more. */
static const char *
next_name(const struct sim_host *h, const struct path *p, const char *last)
{
    const char *next = NULL;
    for (const struct node *n = h->disk.nodes; n; n = n->next) {
        if (n->unlinked || strncmp(n->path, p->text, p->len) != 0 || n->path[p->len] != '/') {
            continue;
        }
        const char *name = n->path + p->len + 1;
        bool ours = *name && !strchr(name, '/');
        if (ours && (!last || strcmp(name, last) > 0) && (!next || strcmp(name, next) < 0)) {
            next = name;
        }
    }
    return next;
}

int
sys_dir_list(sys_dir dir, const char *path, struct buf *out)
{
    struct path p;
    struct node *n;
    int error = disk_locate(dir, path, false, &p, &n);
    if (error != SYS_OK || (!n && p.len > 0)) {
        return error != SYS_OK ? error : SYS_NOT_FOUND;
    }
    if (n && n->kind != NODE_DIR) {
        return SYS_NOT_A_FILE;
    }
    const char *name = NULL;
    while ((name = next_name(sim_here(), &p, name)) != NULL) {
        buf_add(out, bytes_of(name, strlen(name) + 1));
    }
    return out->full ? SYS_FULL : SYS_OK;
}
