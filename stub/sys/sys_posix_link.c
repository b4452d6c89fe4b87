/* POSIX: hard links; Linux: reflinks. */
#include "sys/sys_link.h"
#include "sys/sys_posix.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CLONE_FILE = 0x40049409 }; /* FICLONE of linux/fs.h, which musl has not */

static int
clone(sys_file in, sys_dir to_dir, const char *to)
{
    sys_file out = SYS_NONE;
    int error = sys_file_open(to_dir, to, SYS_WRITE | SYS_CREATE | SYS_TRUNCATE, &out);
    if (error != SYS_OK) {
        return error;
    }
    error = ioctl((int)out, CLONE_FILE, (int)in) == 0 ? SYS_OK : posix_reason(errno);
    sys_file_close(&out);
    if (error != SYS_OK) {
        sys_remove(to_dir, to);
    }
    return error;
}

int
sys_share_file(sys_dir from_dir, const char *from, sys_dir to_dir, const char *to)
{
    sys_file in = SYS_NONE;
    struct stat st;
    int error = sys_file_open(from_dir, from, SYS_READ, &in);
    if (error != SYS_OK) {
        return error;
    }
    error = clone(in, to_dir, to);
    if (error != SYS_OK && fstat((int)in, &st) == 0 && (st.st_mode & S_IROTH)) {
        error = linkat((int)from_dir, from, (int)to_dir, to, 0) == 0 ? SYS_OK : posix_reason(errno);
    }
    sys_file_close(&in);
    return error;
}
