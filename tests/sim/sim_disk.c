/* Simulated disks: contents. Files are pages in memory, with holes, a capacity, and what a
 * power cut does.
 *
 * Names (making, renaming, removing) and lengths are on the disk at once; contents are when
 * they were synced. A page that was written since then keeps what the disk still holds beside
 * it. So a power cut may leave a file under its new name without its contents: the order of
 * calls must allow it. */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

static void
page_free(struct sim_host *h, struct page *p)
{
    h->disk.used -= p->data ? PAGE : 0;
    if (!p->shared) {
        free(p->data);
    }
    free(p->safe);
    *p = (struct page){0};
}

void
sim_known_content(struct sim *sim, struct bytes data)
{
    sim->known = data;
}

/* Gives a page that was written back to what everybody knows, if that is what it holds. */
static void
page_share(const struct sim *sim, struct page *p, size_t index)
{
    const uint8_t *known = sim->known.ptr + index * PAGE;
    if (sim->known.len >= (index + 1) * PAGE && memcmp(p->data, known, PAGE) == 0) {
        free(p->data);
        p->data = (uint8_t *)(uintptr_t)known; /* page_own copies it before it changes */
        p->shared = true;
    }
}

static void
page_own(struct page *p)
{
    if (!p->shared) {
        return;
    }
    uint8_t *own = malloc(PAGE);
    check(own);
    memcpy(own, p->data, PAGE);
    p->data = own;
    p->shared = false;
}

void
disk_free(struct sim_host *h)
{
    while (h->disk.nodes) {
        h->disk.nodes->opens = 0;
        node_unlink(h, h->disk.nodes);
    }
    check(h->disk.used == 0);
}

int
disk_writable(const struct sim_host *h)
{
    return h->disk.broken ? SYS_IO : h->disk.read_only ? SYS_READ_ONLY : SYS_OK;
}

void
node_free_pages(struct sim_host *h, struct node *n)
{
    for (size_t i = 0; i < n->page_count; i++) {
        page_free(h, &n->pages[i]);
    }
    free(n->pages);
    n->pages = NULL;
    n->page_count = 0;
}

/* --- handles: files ----------------------------------------------------------------- */

static struct open_file *
file_of(sys_file handle)
{
    struct sim_host *h = sim_here();
    uint32_t i = (uint32_t)(handle - 1) & 0xffff;
    if (sim_is_ghost()) {
        return NULL;
    }
    if (handle <= 0 || i >= FILES_OPEN_MAX || !h->files[i].node ||
        (uint32_t)(handle >> 16) != h->files[i].serial % 32768) {
        sim_fail(h->sim, "%s uses a file that is not open", h->config.name);
        return NULL;
    }
    return &h->files[i];
}

struct node *
disk_node_of(sys_file handle)
{
    struct open_file *f = file_of(handle);
    return f ? f->node : NULL;
}

void
node_resize(struct sim_host *h, struct node *n, int64_t size)
{
    size_t count = (size_t)((size + PAGE - 1) / PAGE);
    for (size_t i = count; i < n->page_count; i++) {
        page_free(h, &n->pages[i]);
    }
    if (count != n->page_count) {
        struct page *pages = realloc(n->pages, (count ? count : 1) * sizeof *pages);
        check(pages);
        n->pages = pages;
        for (size_t i = n->page_count; i < count; i++) {
            pages[i] = (struct page){0};
        }
        n->page_count = count;
    }
    if (size < n->size && size % PAGE && n->pages[count - 1].data) {
        page_own(&n->pages[count - 1]);
        memset(n->pages[count - 1].data + size % PAGE, 0, (size_t)(PAGE - size % PAGE));
    }
    n->size = size;
    n->version = ++h->disk.writes;
    n->modified_s = sys_unix_s();
}

int
sys_file_open(sys_dir dir, const char *path, int how, sys_file *out)
{
    struct sim_host *h = sim_here();
    struct path p;
    struct node *n;
    int error = disk_locate(dir, path, how & SYS_CREATE, &p, &n);
    if (error != SYS_OK) {
        return error;
    }
    if (!n && !(how & SYS_CREATE)) {
        return SYS_NOT_FOUND;
    }
    if (n && n->kind != NODE_FILE) {
        return n->kind == NODE_LINK ? SYS_LINK : SYS_NOT_A_FILE;
    }
    if ((how & (SYS_WRITE | SYS_CREATE)) && disk_writable(h) != SYS_OK) {
        return disk_writable(h);
    }
    uint32_t i = 0;
    while (i < FILES_OPEN_MAX && h->files[i].node) {
        i++;
    }
    if (i == FILES_OPEN_MAX) {
        return SYS_OTHER;
    }
    if (!n) {
        n = node_new(h, NODE_FILE, p.text, p.len);
    } else if (how & SYS_TRUNCATE) {
        node_resize(h, n, 0);
    }
    n->opens++;
    h->files[i] =
        (struct open_file){.node = n, .write = how & SYS_WRITE, .serial = ++h->sim->serial};
    *out = (sys_file)((h->files[i].serial % 32768) << 16 | i) + 1;
    sim_deed(30, (uint64_t)how, p.len);
    return SYS_OK;
}

int
sys_file_open_path(const char *path, int how, sys_file *out)
{
    sys_dir root = SYS_NONE;
    int error = sys_dir_open("/", false, &root);
    if (error == SYS_OK) {
        error = sys_file_open(root, path[0] == '/' ? path + 1 : path, how, out);
    }
    sys_dir_close(&root);
    return error;
}

void
node_close(struct sim_host *h, struct node *n)
{
    n->opens--;
    node_drop(h, n);
}

void
sys_file_close(sys_file *handle)
{
    if (*handle == SYS_NONE) {
        return;
    }
    struct open_file *f = file_of(*handle);
    if (f) {
        struct node *n = f->node;
        f->node = NULL;
        sim_deed(31, 0, 0);
        node_close(sim_here(), n);
    }
    *handle = SYS_NONE;
}

void
disk_close_all(struct sim_host *h)
{
    for (uint32_t i = 0; i < FILES_OPEN_MAX; i++) {
        if (h->files[i].node) {
            node_close(h, h->files[i].node);
            h->files[i].node = NULL;
        }
    }
    for (uint32_t i = 0; i < SYNCS_MAX; i++) {
        struct ticket *t = &h->syncs[i];
        if (t->used && !t->done) {
            node_close(h, t->node);
        }
    }
    for (uint32_t i = 0; i < DIRS_OPEN_MAX; i++) {
        free(h->dirs[i].path);
        h->dirs[i].path = NULL;
    }
}

/* --- contents ----------------------------------------------------------------------- */

static void
node_read(const struct node *n, int64_t offset, uint8_t *out, size_t len)
{
    while (len > 0) {
        size_t at = (size_t)(offset % PAGE);
        size_t run = len < PAGE - at ? len : PAGE - at;
        const uint8_t *data = n->pages[offset / PAGE].data;
        if (data) {
            memcpy(out, data + at, run);
        } else {
            memset(out, 0, run);
        }
        out += run;
        offset += (int64_t)run;
        len -= run;
    }
}

int64_t
sys_file_read(sys_file handle, int64_t offset, void *out, size_t len)
{
    struct open_file *f = file_of(handle);
    if (!f) {
        return SYS_IO;
    }
    int64_t left = f->node->size - offset;
    if (left <= 0) {
        return 0;
    }
    size_t n = (int64_t)len < left ? len : (size_t)left;
    node_read(f->node, offset, out, n);
    sim_deed(32, (uint64_t)offset, n);
    return (int64_t)n;
}

/* Makes a page writable: it has memory, and what the disk holds is put aside. */
static bool
page_touch(struct sim_host *h, struct page *p)
{
    struct disk *d = &h->disk;
    if (!p->data && d->size && d->used + PAGE > d->size) {
        return false;
    }
    if (!p->dirty && p->data) {
        p->safe = malloc(PAGE);
        check(p->safe);
        memcpy(p->safe, p->data, PAGE);
    }
    if (!p->data) {
        p->data = calloc(1, PAGE);
        check(p->data);
        d->used += PAGE;
    }
    page_own(p);
    p->dirty = d->writes;
    return true;
}

int
node_write(struct sim_host *h, struct node *n, int64_t offset, const uint8_t *data, size_t len)
{
    h->disk.writes++;
    while (len > 0) {
        size_t at = (size_t)(offset % PAGE);
        size_t run = len < PAGE - at ? len : PAGE - at;
        if (offset + (int64_t)run > n->size) {
            node_resize(h, n, offset + (int64_t)run);
        }
        struct page *p = &n->pages[offset / PAGE];
        if (!page_touch(h, p)) {
            return SYS_FULL;
        }
        memcpy(p->data + at, data, run);
        page_share(h->sim, p, (size_t)(offset / PAGE));
        data += run;
        offset += (int64_t)run;
        len -= run;
    }
    n->version = ++h->disk.writes;
    n->modified_s = sys_unix_s();
    return SYS_OK;
}

int64_t
sys_file_write(sys_file handle, int64_t offset, const void *data, size_t len)
{
    struct bytes one = {data, len};
    return sys_file_write_slices(handle, offset, &one, 1);
}

int64_t
sys_file_write_slices(sys_file handle, int64_t offset, const struct bytes *v, size_t count)
{
    struct open_file *f = file_of(handle);
    struct sim_host *h = sim_here();
    if (!f || !f->write || disk_writable(h) != SYS_OK) {
        return f && f->write ? disk_writable(h) : SYS_IO;
    }
    int64_t done = 0;
    for (size_t i = 0; i < count; i++) {
        int error = node_write(h, f->node, offset + done, v[i].ptr, v[i].len);
        if (error != SYS_OK) {
            sim_say(h->sim, "%s: the disk is full", h->config.name);
            return error;
        }
        done += (int64_t)v[i].len;
    }
    sim_deed(33, (uint64_t)offset, (uint64_t)done);
    return done;
}

int64_t
sys_file_size(sys_file handle)
{
    struct open_file *f = file_of(handle);
    return f ? f->node->size : SYS_IO;
}

int
sys_file_resize(sys_file handle, int64_t size)
{
    struct open_file *f = file_of(handle);
    struct sim_host *h = sim_here();
    if (!f || !f->write || disk_writable(h) != SYS_OK) {
        return f && f->write ? disk_writable(h) : SYS_IO;
    }
    node_resize(h, f->node, size);
    sim_deed(34, (uint64_t)size, 0);
    return SYS_OK;
}

int64_t
sys_file_next_data(sys_file handle, int64_t offset)
{
    struct open_file *f = file_of(handle);
    if (!f) {
        return SYS_IO;
    }
    const struct node *n = f->node;
    for (int64_t i = offset / PAGE; i < (int64_t)n->page_count; i++) {
        if (n->pages[i].data) {
            return i * PAGE > offset ? i * PAGE : offset;
        }
    }
    return n->size;
}

void
disk_sync_done(struct sim_host *h, struct ticket *t)
{
    for (size_t i = 0; t->result == SYS_OK && i < t->node->page_count; i++) {
        struct page *p = &t->node->pages[i];
        if (p->dirty && p->dirty <= t->writes) {
            p->dirty = 0;
            free(p->safe);
            p->safe = NULL;
        }
    }
    node_close(h, t->node);
}

/* Each page that was not synced is as written, or as before, or half of it is. */
void
disk_power_cut(struct sim_host *h)
{
    for (struct node *n = h->disk.nodes; n; n = n->next) {
        for (size_t i = 0; i < n->page_count; i++) {
            struct page *p = &n->pages[i];
            uint32_t fate = p->dirty ? random_below(&h->sim->random, 4) : 0;
            if (fate >= 2) {
                page_own(p);
                size_t keep = fate == 3 ? PAGE / 8 * random_below(&h->sim->random, 8) : 0;
                if (p->safe) {
                    memcpy(p->data + keep, p->safe + keep, PAGE - keep);
                } else {
                    memset(p->data + keep, 0, PAGE - keep);
                }
            }
            p->dirty = 0;
            free(p->safe);
            p->safe = NULL;
        }
    }
}

/* --- the scenario's view ------------------------------------------------------------ */

void
sim_disk_size(struct sim_host *h, int64_t bytes)
{
    h->disk.size = bytes;
}

void
sim_disk_read_only(struct sim_host *h, bool on)
{
    h->disk.read_only = on;
}

void
sim_disk_broken(struct sim_host *h, bool on)
{
    h->disk.broken = on;
}

int64_t
sim_disk_used(const struct sim_host *h)
{
    return h->disk.used;
}

void
sim_file_put(struct sim_host *h, const char *path, struct bytes data)
{
    sim_enter(h);
    struct path p;
    check(path_join(&p, "", path + 1) == SYS_OK);
    check(path_walk(h, &p, 0, true) == SYS_OK);
    struct node *n = node_find(h, p.text, p.len);
    n = n ? n : node_new(h, NODE_FILE, p.text, p.len);
    node_resize(h, n, 0);
    check(node_write(h, n, 0, data.ptr, data.len) == SYS_OK);
    for (size_t i = 0; i < n->page_count; i++) {
        n->pages[i].dirty = 0;
    }
}

bool
sim_file_exists(const struct sim_host *h, const char *path)
{
    return node_find(h, path, strlen(path)) != NULL;
}

int64_t
sim_file_size(const struct sim_host *h, const char *path)
{
    const struct node *n = node_find(h, path, strlen(path));
    return n ? n->size : -1;
}

bool
sim_file_equals(const struct sim_host *h, const char *path, struct bytes data)
{
    const struct node *n = node_find(h, path, strlen(path));
    if (!n || n->kind != NODE_FILE || n->size != (int64_t)data.len) {
        return false;
    }
    static const uint8_t zeros[PAGE];
    for (size_t i = 0; i < n->page_count; i++) {
        size_t run = data.len - i * PAGE < PAGE ? data.len - i * PAGE : PAGE;
        const uint8_t *page = n->pages[i].data ? n->pages[i].data : zeros;
        bool same = page == data.ptr + i * PAGE; /* known content */
        if (!same && memcmp(page, data.ptr + i * PAGE, run) != 0) {
            return false;
        }
    }
    return true;
}

void
sim_file_spoil(struct sim_host *h, const char *path, int64_t offset, size_t len)
{
    struct node *n = node_find(h, path, strlen(path));
    check(n && n->kind == NODE_FILE && offset + (int64_t)len <= n->size);
    sim_enter(h);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte;
        node_read(n, offset + (int64_t)i, &byte, 1);
        byte ^= 0x55;
        node_write(h, n, offset + (int64_t)i, &byte, 1);
    }
}

size_t
sim_file_count(const struct sim_host *h, const char *folder)
{
    size_t count = 0, len = strlen(folder);
    for (const struct node *n = h->disk.nodes; n; n = n->next) {
        bool below = strncmp(n->path, folder, len) == 0 && n->path[len] == '/';
        count += !n->unlinked && below && n->kind != NODE_DIR;
    }
    return count;
}
