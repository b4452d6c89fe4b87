#include "sys/sys_posix.h"
#include "sys/sys_service.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOBODY = 65534 };

struct user {
    uid_t uid;
    gid_t gid;
};

static bool
find(const char *name, struct user *out)
{
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    const struct passwd *p = getpwnam(name);
    if (!p && *name && !*end && number < UINT32_MAX) {
        p = getpwuid((uid_t)number);
        *out = (struct user){(uid_t)number, (gid_t)number};
    }
    if (p) {
        *out = (struct user){p->pw_uid, p->pw_gid};
    }
    return p || (*name && !*end && number < UINT32_MAX);
}

static struct user
choose(sys_dir dir)
{
    struct user u = {NOBODY, NOBODY};
    struct stat st;
    if (fstat((int)dir, &st) == 0 && st.st_uid != 0) {
        const struct passwd *p = getpwuid(st.st_uid);
        return (struct user){st.st_uid, p ? p->pw_gid : st.st_gid};
    }
    find("nobody", &u);
    return u;
}

/* Of all that root may do, to read any file and folder is kept (capset(2); the kernel's own header
 * is not everywhere). */
static bool
keep_reading_only(void)
{
    enum { VERSION = 0x20080522, DAC_READ_SEARCH = 1 << 2 };
    struct {
        uint32_t version;
        int32_t pid;
    } head = {VERSION, 0};
    struct {
        uint32_t effective, permitted, inheritable;
    } sets[2] = {{DAC_READ_SEARCH, DAC_READ_SEARCH, 0}};
    return syscall(SYS_capset, &head, sets) == 0;
}

int
sys_drop_root(const char *user, sys_dir dir, sys_dir own, char name[SYS_USER_NAME_MAX])
{
    struct user u;
    name[0] = '\0';
    if (geteuid() != 0) {
        return SYS_OK;
    }
    if (!user) {
        u = choose(dir);
    } else if (!find(user, &u)) {
        return SYS_NOT_FOUND;
    }
    if (own != SYS_NONE && fchown((int)own, u.uid, u.gid) != 0) {
        return posix_reason(errno);
    }
    bool keeps = u.uid != 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0;
    if (setgroups(0, NULL) != 0 || setgid(u.gid) != 0 || setuid(u.uid) != 0 ||
        (keeps && !keep_reading_only())) {
        return posix_reason(errno);
    }
    if (u.uid != 0 && setuid(0) == 0) {
        return SYS_DENIED; /* root could be had back */
    }
    const struct passwd *p = getpwuid(u.uid);
    if (p) {
        snprintf(name, SYS_USER_NAME_MAX, "%.60s", p->pw_name);
    } else {
        snprintf(name, SYS_USER_NAME_MAX, "%lu", (unsigned long)u.uid);
    }
    return SYS_OK;
}

bool
sys_owner(sys_dir dir, char name[SYS_USER_NAME_MAX])
{
    struct stat st;
    const struct passwd *p = fstat((int)dir, &st) == 0 ? getpwuid(st.st_uid) : NULL;
    bool told = p && st.st_uid != 0 && strlen(p->pw_name) < SYS_USER_NAME_MAX;
    snprintf(name, SYS_USER_NAME_MAX, "%s", told ? p->pw_name : "");
    return told;
}

bool
sys_self_path(struct buf *out)
{
    char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof path);
    buf_add(out, bytes_of(path, len > 0 ? (size_t)len : 0));
    return len > 0 && (size_t)len < sizeof path && !out->full;
}
