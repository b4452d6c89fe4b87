/* Windows: hard links, on disks that have them (NTFS). */
#include "sys/sys_link.h"
#include "sys/sys_windows_walk.h"

#include <winternl.h>

int
sys_share_file(sys_dir from_dir, const char *from, sys_dir to_dir, const char *to)
{
    const struct walk_open read = {FILE_READ_ATTRIBUTES | FILE_WRITE_ATTRIBUTES | SYNCHRONIZE,
                                   FILE_OPEN, FILE_NON_DIRECTORY_FILE};
    struct place p;
    HANDLE h;
    int error = walk_open(from_dir, from, &read, false, &h);
    if (error != SYS_OK) {
        return error;
    }
    error = place_find(&p, to_dir, to, false);
    if (error == SYS_OK) {
        error = walk_set_name(h, &p, false, FileLinkInformation);
        place_leave(&p);
    }
    CloseHandle(h);
    return error;
}
