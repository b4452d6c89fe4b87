/* POSIX: folders and files.
 *
 * A path is walked one component at a time, each opened relative to the one before it. Below a
 * download folder no symlink is followed, so nobody who can write there can lead us out of it, not
 * even between two calls; and no path is too long. openat2 would do the same in one call, but only
 * for opening, and not on every kernel. */
#include "sys/sys_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

enum {
    COMPONENT_SIZE = 256, /* NAME_MAX and a NUL */
    SLICES_MAX = 64,      /* in one system call */
    RENAME_NO_REPLACE = 1,
    FAT_MAGIC = 0x4d44,
};

enum walk {
    WALK_MAKE = 1,   /* make folders that are missing on the way */
    WALK_FOLLOW = 2, /* the user's own path: links, "..", "//" and a leading "/" are all right */
};

/* A last component and the folder that it stands in. */
struct place {
    int dir;
    bool owned; /* `dir` is ours to close */
    char name[COMPONENT_SIZE];
};

static int64_t
fail(void)
{
    return posix_reason(errno);
}

static void
place_leave(struct place *p)
{
    if (p->owned) {
        close(p->dir);
    }
    p->owned = false;
}

/* Why `name` could not be opened as a folder, or as a file: a link is told apart. */
static int
reason_at(int dir, const char *name, int error)
{
    struct stat st;
    if ((error == ENOTDIR || error == ELOOP) && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(st.st_mode)) {
        return SYS_LINK;
    }
    return posix_reason(error);
}

static int
place_enter(struct place *p, int how)
{
    int flags = O_PATH | O_DIRECTORY | O_CLOEXEC | (how & WALK_FOLLOW ? 0 : O_NOFOLLOW);
    int fd = openat(p->dir, p->name, flags);
    if (fd < 0 && errno == ENOENT && (how & WALK_MAKE)) {
        if (mkdirat(p->dir, p->name, 0777) == 0 || errno == EEXIST) {
            fd = openat(p->dir, p->name, flags);
        }
    }
    if (fd < 0) {
        return reason_at(p->dir, p->name, errno);
    }
    place_leave(p);
    p->dir = fd;
    p->owned = true;
    return SYS_OK;
}

static const char *
skip_slashes(const char *path)
{
    while (*path == '/') {
        path++;
    }
    return path;
}

/* Puts the next component of *path into p->name and moves *path behind it. */
static int
place_next(struct place *p, const char **path, int how)
{
    const char *start = *path;
    const char *slash = strchr(start, '/');
    size_t len = slash ? (size_t)(slash - start) : strlen(start);
    if (len >= COMPONENT_SIZE) {
        return SYS_BAD_NAME;
    }
    memcpy(p->name, start, len);
    p->name[len] = 0;
    *path = skip_slashes(start + len);
    if (how & WALK_FOLLOW) {
        return SYS_OK;
    }
    bool dots = strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0;
    bool one_slash = *path - start - (ptrdiff_t)len == (**path ? 1 : 0);
    return len == 0 || dots || !one_slash ? SYS_BAD_NAME : SYS_OK;
}

/* Walks to the folder of the last component. On SYS_OK place_leave must follow. */
static int
place_find(struct place *p, int dir, const char *path, int how)
{
    *p = (struct place){.dir = dir};
    if ((how & WALK_FOLLOW) && *path == '/') {
        p->dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (p->dir < 0) {
            return posix_reason(errno);
        }
        p->owned = true;
        path = skip_slashes(path);
        if (*path == 0) {
            path = ".";
        }
    }
    for (;;) {
        int error = place_next(p, &path, how);
        if (error == SYS_OK && *path) {
            error = place_enter(p, how);
        } else if (error == SYS_OK) {
            return SYS_OK;
        }
        if (error != SYS_OK) {
            place_leave(p);
            return error;
        }
    }
}

/* Opens a folder for listing and as the start of walks. */
static int
open_folder(int at, const char *path, int how, sys_dir *out)
{
    struct place p = {.dir = at};
    int error = SYS_OK;
    if (*path) {
        error = place_find(&p, at, path, how);
        error = error == SYS_OK ? place_enter(&p, how) : error;
    }
    if (error == SYS_OK) {
        int fd = openat(p.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        error = fd < 0 ? posix_reason(errno) : SYS_OK;
        *out = fd < 0 ? SYS_NONE : fd;
    }
    place_leave(&p);
    return error;
}

int
sys_dir_open(const char *path, bool make, sys_dir *out)
{
    if (*path == 0) {
        return SYS_NOT_FOUND;
    }
    return open_folder(AT_FDCWD, path, WALK_FOLLOW | (make ? WALK_MAKE : 0), out);
}

int
posix_open_folder(sys_dir at, const char *path, sys_dir *out)
{
    return open_folder((int)at, path, 0, out);
}

void
sys_dir_close(sys_dir *d)
{
    sys_file_close(d);
}

void
sys_file_close(sys_file *f)
{
    if (*f != SYS_NONE) {
        close((int)*f);
        *f = SYS_NONE;
    }
}

static int
open_file(int dir, const char *path, int how, int walk, sys_file *out)
{
    struct place p;
    int error = place_find(&p, dir, path, walk | (how & SYS_CREATE ? WALK_MAKE : 0));
    if (error != SYS_OK) {
        return error;
    }
    /* Non-blocking, so that a FIFO in the way does not stop us. */
    int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (how & SYS_WRITE ? O_RDWR : O_RDONLY) |
                (how & SYS_CREATE ? O_CREAT : 0) | (how & SYS_TRUNCATE ? O_TRUNC : 0) |
                (walk & WALK_FOLLOW ? 0 : O_NOFOLLOW);
    int fd;
    do {
        fd = openat(p.dir, p.name, flags, how & SYS_EXECUTABLE ? 0777 : 0666);
    } while (fd < 0 && errno == EINTR);
    struct stat st;
    if (fd < 0) {
        error = reason_at(p.dir, p.name, errno);
    } else if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        error = SYS_NOT_A_FILE;
    } else {
        *out = fd;
    }
    place_leave(&p);
    return error;
}

int
sys_file_open(sys_dir dir, const char *path, int how, sys_file *out)
{
    return open_file((int)dir, path, how, 0, out);
}

int
sys_file_open_path(const char *path, int how, sys_file *out)
{
    return open_file(AT_FDCWD, path, how, WALK_FOLLOW, out);
}

int64_t
sys_file_read(sys_file f, int64_t offset, void *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t n = pread((int)f, (uint8_t *)out + done, len - done, offset + (int64_t)done);
        if (n < 0 && errno != EINTR) {
            return fail();
        }
        if (n == 0) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    return (int64_t)done;
}

int64_t
sys_file_write(sys_file f, int64_t offset, const void *data, size_t len)
{
    struct bytes one = {data, len};
    return sys_file_write_slices(f, offset, &one, 1);
}

int64_t
sys_file_write_slices(sys_file f, int64_t offset, const struct bytes *v, size_t count)
{
    int64_t done = 0;
    size_t skip = 0; /* bytes of v[0] that are written already */
    while (count > 0) {
        struct iovec io[SLICES_MAX];
        size_t n = count < SLICES_MAX ? count : SLICES_MAX;
        for (size_t i = 0; i < n; i++) {
            struct bytes left = bytes_skip(v[i], i == 0 ? skip : 0);
            /* writev takes void pointers and does not write through them */
            io[i].iov_base = (void *)(uintptr_t)left.ptr;
            io[i].iov_len = left.len;
        }
        ssize_t moved = pwritev((int)f, io, (int)n, offset + done);
        if (moved < 0 && errno != EINTR) {
            return fail();
        }
        if (moved > 0) {
            done += moved;
            skip += (size_t)moved;
        }
        while (count > 0 && skip >= v->len) {
            skip -= v->len;
            v++;
            count--;
        }
    }
    return done;
}

int64_t
sys_file_size(sys_file f)
{
    struct stat st;
    return fstat((int)f, &st) == 0 ? st.st_size : fail();
}

int
sys_file_resize(sys_file f, int64_t size)
{
    int n;
    do {
        n = ftruncate((int)f, size);
    } while (n != 0 && errno == EINTR);
    return n == 0 ? SYS_OK : errno == EINVAL ? SYS_TOO_BIG : posix_reason(errno);
}

int64_t
sys_file_next_data(sys_file f, int64_t offset)
{
    int64_t size = sys_file_size(f);
    if (size < 0 || offset >= size) {
        return size;
    }
    off_t at = lseek((int)f, offset, SEEK_DATA);
    if (at >= 0) {
        return at;
    }
    return errno == ENXIO ? size : offset;
}

static void
stat_fill(struct sys_stat *out, const struct stat *st)
{
    out->exists = true;
    out->is_dir = S_ISDIR(st->st_mode);
    out->is_link = S_ISLNK(st->st_mode);
    out->size = st->st_size;
    out->allocated = (int64_t)st->st_blocks * 512;
    out->modified_s = st->st_mtim.tv_sec;
    uint64_t stamp = sys_stamp_add(0, (uint64_t)st->st_ino);
    stamp = sys_stamp_add(stamp, (uint64_t)st->st_size);
    stamp = sys_stamp_add(stamp, (uint64_t)st->st_mtim.tv_sec);
    stamp = sys_stamp_add(stamp, (uint64_t)st->st_mtim.tv_nsec);
    stamp = sys_stamp_add(stamp, (uint64_t)st->st_ctim.tv_sec);
    out->stamp = sys_stamp_add(stamp, (uint64_t)st->st_ctim.tv_nsec);
}

int
sys_stat(sys_dir dir, const char *path, struct sys_stat *out)
{
    *out = (struct sys_stat){0};
    struct place p = {.dir = (int)dir, .name = "."};
    int error = *path ? place_find(&p, (int)dir, path, 0) : SYS_OK;
    if (error == SYS_OK) {
        struct stat st;
        if (fstatat(p.dir, p.name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            stat_fill(out, &st);
        } else {
            error = posix_reason(errno);
        }
        place_leave(&p);
    }
    return error == SYS_NOT_FOUND ? SYS_OK : error; /* "it is not there" is a good answer */
}

/* Kernels and file systems without an atomic "no replace": look first. */
static int
rename_if_free(const struct place *from, const struct place *to)
{
    long n = syscall(SYS_renameat2, from->dir, from->name, to->dir, to->name, RENAME_NO_REPLACE);
    if (n == 0 || (errno != ENOSYS && errno != EINVAL && errno != EPERM)) {
        return (int)n;
    }
    struct stat st;
    if (fstatat(to->dir, to->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(from->dir, from->name, to->dir, to->name);
}

int
sys_rename(sys_dir dir, const char *from, const char *to, bool replace)
{
    struct place a, b;
    int error = place_find(&a, (int)dir, from, 0);
    if (error != SYS_OK) {
        return error;
    }
    error = place_find(&b, (int)dir, to, 0);
    if (error == SYS_OK) {
        int n = replace ? renameat(a.dir, a.name, b.dir, b.name) : rename_if_free(&a, &b);
        error = n == 0 ? SYS_OK : posix_reason(errno);
        place_leave(&b);
    }
    place_leave(&a);
    return error;
}

static int
remove_at(sys_dir dir, const char *path, int flags)
{
    struct place p;
    int error = place_find(&p, (int)dir, path, 0);
    if (error == SYS_OK) {
        error = unlinkat(p.dir, p.name, flags) == 0 ? SYS_OK : posix_reason(errno);
        place_leave(&p);
    }
    return error;
}

int
sys_remove(sys_dir dir, const char *path)
{
    return remove_at(dir, path, 0);
}

int
sys_remove_empty_dir(sys_dir dir, const char *path)
{
    return remove_at(dir, path, AT_REMOVEDIR);
}

int
sys_make_dirs(sys_dir dir, const char *path)
{
    struct place p;
    int error = place_find(&p, (int)dir, path, WALK_MAKE);
    if (error == SYS_OK) {
        error = place_enter(&p, WALK_MAKE);
        place_leave(&p);
    }
    return error;
}

int
sys_make_link(sys_dir dir, const char *path, const char *target)
{
    struct place p;
    int error = place_find(&p, (int)dir, path, WALK_MAKE);
    if (error == SYS_OK) {
        error = symlinkat(target, p.dir, p.name) == 0 ? SYS_OK : posix_reason(errno);
        place_leave(&p);
    }
    return error;
}

void
sys_mark_from_internet(sys_dir dir, const char *path)
{
    (void)dir, (void)path; /* a file is not run here unless somebody sets its x bit */
}

int64_t
sys_free_space(sys_dir dir)
{
    struct statvfs v;
    if (fstatvfs((int)dir, &v) != 0 || v.f_blocks == 0) {
        return -1; /* network and user-space file systems may not know */
    }
    uint64_t unit = v.f_frsize;
    uint64_t blocks = v.f_bavail;
    return unit && blocks > (uint64_t)INT64_MAX / unit ? INT64_MAX : (int64_t)(blocks * unit);
}

int64_t
sys_file_size_max(sys_dir dir)
{
    struct statfs v;
    if (fstatfs((int)dir, &v) == 0 && v.f_type == FAT_MAGIC) {
        return UINT32_MAX;
    }
    return INT64_MAX;
}
