/* Windows: hard links, on disks that have them (NTFS). */
#include "sys/sys_link.h"
#include "sys/sys_windows_walk.h"

#include <string.h>

#include <winternl.h>

static int
link_to(HANDLE h, const struct place *to)
{
    struct {
        FILE_RENAME_INFORMATION info;
        wchar_t room[WALK_NAME_MAX];
    } r = {.info = {.ReplaceIfExists = false, .RootDirectory = to->dir}};
    IO_STATUS_BLOCK io;
    wchar_t wide[WALK_NAME_MAX];
    if (!windows_wide(to->name, wide, WALK_NAME_MAX)) {
        return SYS_BAD_NAME;
    }
    r.info.FileNameLength = (ULONG)(wcslen(wide) * sizeof *wide);
    memcpy(r.info.FileName, wide, r.info.FileNameLength);
    NTSTATUS status = NtSetInformationFile(h, &io, &r, sizeof r, FileLinkInformation);
    return status < 0 ? walk_reason(status) : SYS_OK;
}

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
        error = link_to(h, &p);
        place_leave(&p);
    }
    CloseHandle(h);
    return error;
}
