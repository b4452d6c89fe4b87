/* Windows: listing a folder. */
#include "sys/sys_windows.h"

#include <stdlib.h>

enum { PART_SIZE = 32768 };

static void
add_names(struct buf *out, const uint8_t *part)
{
    for (;;) {
        const FILE_ID_BOTH_DIR_INFO *e = (const void *)part;
        size_t start = out->len;
        windows_narrow(out, e->FileName, e->FileNameLength / sizeof *e->FileName);
        struct bytes name = bytes_skip(buf_bytes(out), start);
        if (bytes_equal(name, BYTES(".")) || bytes_equal(name, BYTES(".."))) {
            out->len = start;
        } else {
            buf_byte(out, 0);
        }
        if (e->NextEntryOffset == 0) {
            return;
        }
        part += e->NextEntryOffset;
    }
}

int
sys_dir_list(sys_dir dir, const char *path, struct buf *out)
{
    sys_dir folder = SYS_NONE;
    int error = windows_open_folder(dir, path, &folder);
    if (error != SYS_OK) {
        return error;
    }
    size_t start = out->len;
    uint8_t *part = malloc(PART_SIZE);
    while (part &&
           GetFileInformationByHandleEx((HANDLE)folder, FileIdBothDirectoryInfo, part, PART_SIZE)) {
        add_names(out, part);
    }
    DWORD why = part ? GetLastError() : ERROR_OUTOFMEMORY;
    error = why == ERROR_NO_MORE_FILES ? SYS_OK : windows_reason(why);
    free(part);
    sys_dir_close(&folder);
    if (error == SYS_OK && out->full) {
        return SYS_FULL;
    }
    return error == SYS_OK ? sys_sort_names(out, start) : error;
}
