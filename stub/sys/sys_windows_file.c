/* Windows: opening files and folders, and what is in files. */
#include "sys/sys_windows_walk.h"

#include <stdlib.h>
#include <string.h>

#include <winioctl.h>
#include <winternl.h>

enum { WRITE_MAX = 1 << 30, SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

static int
last_reason(void)
{
    return windows_reason(GetLastError());
}

/* --- paths as the user gives them ------------------------------------------------------------- */

wchar_t *
windows_path(const char *path)
{
    static const wchar_t long_prefix[] = L"\\\\?\\", share_prefix[] = L"\\\\?\\UNC";
    struct bytes text = bytes_of_text(path);
    size_t room = WIDE_PATH_MAX + sizeof share_prefix;
    wchar_t *given = calloc(text.len + 1, sizeof *given), *out = calloc(room, sizeof *out);
    wchar_t *full = calloc(WIDE_PATH_MAX, sizeof *full);
    DWORD len = 0;
    if (given && out && full && windows_wide(text, given, text.len + 1)) {
        len = GetFullPathNameW(given, WIDE_PATH_MAX, full, NULL);
    }
    if (len == 0 || len >= WIDE_PATH_MAX) {
        free(out);
        out = NULL;
    } else if (wcsncmp(full, L"\\\\?\\", 4) == 0 || wcsncmp(full, L"\\\\.\\", 4) == 0) {
        wcscpy(out, full);
    } else if (wcsncmp(full, L"\\\\", 2) == 0) {
        wcscpy(out, share_prefix);
        wcscat(out, full + 1);
    } else {
        wcscpy(out, long_prefix);
        wcscat(out, full);
    }
    free(given);
    free(full);
    return out;
}

static HANDLE
open_wide(const wchar_t *path, DWORD access, DWORD disposition, DWORD flags)
{
    return CreateFileW(path, access, SHARE_ALL, NULL, disposition, flags, NULL);
}

/* Makes the folders on the way to the last character of `path`, and it. */
static void
make_folders(wchar_t *path)
{
    for (wchar_t *p = path + 4; *p; p++) {
        if (*p == L'\\') {
            *p = 0;
            CreateDirectoryW(path, NULL); /* the opening will tell */
            *p = L'\\';
        }
    }
    CreateDirectoryW(path, NULL);
}

int
sys_dir_open(const char *path, bool make, sys_dir *out)
{
    wchar_t *wide = *path ? windows_path(path) : NULL;
    if (!wide) {
        return *path ? SYS_BAD_NAME : SYS_NOT_FOUND;
    }
    HANDLE h = open_wide(wide, WALK_FOLDER_ACCESS, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    if (h == INVALID_HANDLE_VALUE && make) {
        make_folders(wide);
        h = open_wide(wide, WALK_FOLDER_ACCESS, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS);
    }
    int error = h == INVALID_HANDLE_VALUE ? last_reason() : SYS_OK;
    BY_HANDLE_FILE_INFORMATION info;
    if (error == SYS_OK && (!GetFileInformationByHandle(h, &info) ||
                            !(info.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY))) {
        CloseHandle(h);
        error = SYS_NOT_A_FILE;
    }
    *out = error == SYS_OK ? (sys_dir)h : SYS_NONE;
    free(wide);
    return error;
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
        CloseHandle((HANDLE)*f);
        *f = SYS_NONE;
    }
}

int
sys_file_open(sys_dir dir, const char *path, int how, sys_file *out)
{
    bool create = how & SYS_CREATE, truncate = how & SYS_TRUNCATE;
    const struct walk_open file = {how & SYS_WRITE ? FILE_GENERIC_READ | FILE_GENERIC_WRITE
                                                   : FILE_GENERIC_READ,
                                   truncate ? (create ? FILE_OVERWRITE_IF : FILE_OVERWRITE)
                                            : (create ? FILE_OPEN_IF : FILE_OPEN),
                                   FILE_NON_DIRECTORY_FILE};
    HANDLE h;
    int error = walk_open(dir, path, &file, create, &h);
    if (error == SYS_OK) {
        *out = (sys_file)h;
    }
    return error;
}

int
sys_file_open_path(const char *path, int how, sys_file *out)
{
    bool create = how & SYS_CREATE, truncate = how & SYS_TRUNCATE;
    wchar_t *wide = windows_path(path);
    if (!wide) {
        return SYS_BAD_NAME;
    }
    DWORD disposition = truncate ? (create ? CREATE_ALWAYS : TRUNCATE_EXISTING)
                                 : (create ? OPEN_ALWAYS : OPEN_EXISTING);
    HANDLE h = open_wide(wide, GENERIC_READ | (how & SYS_WRITE ? GENERIC_WRITE : 0), disposition,
                         FILE_ATTRIBUTE_NORMAL);
    int error = h == INVALID_HANDLE_VALUE ? last_reason() : SYS_OK;
    if (error == SYS_DENIED && GetFileAttributesW(wide) != INVALID_FILE_ATTRIBUTES &&
        (GetFileAttributesW(wide) & FILE_ATTRIBUTE_DIRECTORY)) {
        error = SYS_NOT_A_FILE;
    }
    free(wide);
    if (error == SYS_OK && GetFileType(h) != FILE_TYPE_DISK) {
        CloseHandle(h);
        error = SYS_NOT_A_FILE;
    }
    if (error == SYS_OK) {
        *out = (sys_file)h;
    }
    return error;
}

/* --- contents --------------------------------------------------------------------------------- */

static OVERLAPPED
at_offset(int64_t offset)
{
    return (OVERLAPPED){.Offset = (DWORD)offset, .OffsetHigh = (DWORD)(offset >> 32)};
}

int64_t
sys_file_read(sys_file f, int64_t offset, void *out, size_t len)
{
    size_t done = 0;
    while (done < len) {
        OVERLAPPED at = at_offset(offset + (int64_t)done);
        DWORD part = len - done < WRITE_MAX ? (DWORD)(len - done) : WRITE_MAX, n = 0;
        if (!ReadFile((HANDLE)f, (uint8_t *)out + done, part, &n, &at)) {
            if (GetLastError() == ERROR_HANDLE_EOF) {
                break;
            }
            return last_reason();
        }
        if (n == 0) {
            break;
        }
        done += n;
    }
    return (int64_t)done;
}

int64_t
sys_file_write(sys_file f, int64_t offset, const void *data, size_t len)
{
    size_t done = 0;
    while (done < len) {
        OVERLAPPED at = at_offset(offset + (int64_t)done);
        DWORD part = len - done < WRITE_MAX ? (DWORD)(len - done) : WRITE_MAX, n = 0;
        if (!WriteFile((HANDLE)f, (const uint8_t *)data + done, part, &n, &at)) {
            return last_reason();
        }
        done += n;
    }
    return (int64_t)done;
}

int64_t
sys_file_write_slices(sys_file f, int64_t offset, const struct bytes *v, size_t count)
{
    int64_t done = 0;
    for (size_t i = 0; i < count; i++) {
        int64_t n = sys_file_write(f, offset + done, v[i].ptr, v[i].len);
        if (n < 0) {
            return n;
        }
        done += n;
    }
    return done;
}

int64_t
sys_file_size(sys_file f)
{
    LARGE_INTEGER size;
    return GetFileSizeEx((HANDLE)f, &size) ? size.QuadPart : last_reason();
}

int
sys_file_resize(sys_file f, int64_t size)
{
    FILE_END_OF_FILE_INFO end = {.EndOfFile.QuadPart = size};
    DWORD done;
    if (size > sys_file_size(f)) {
        /* Else writing at the end would first write all before it. Where it cannot be: then so. */
        DeviceIoControl((HANDLE)f, FSCTL_SET_SPARSE, NULL, 0, NULL, 0, &done, NULL);
    }
    if (SetFileInformationByHandle((HANDLE)f, FileEndOfFileInfo, &end, sizeof end)) {
        return SYS_OK;
    }
    return GetLastError() == ERROR_INVALID_PARAMETER ? SYS_TOO_BIG : last_reason();
}

int64_t
sys_file_next_data(sys_file f, int64_t offset)
{
    int64_t size = sys_file_size(f);
    if (size < 0 || offset >= size) {
        return size;
    }
    FILE_ALLOCATED_RANGE_BUFFER asked = {.FileOffset.QuadPart = offset,
                                         .Length.QuadPart = size - offset},
                                found;
    DWORD done = 0;
    if (!DeviceIoControl((HANDLE)f, FSCTL_QUERY_ALLOCATED_RANGES, &asked, sizeof asked, &found,
                         sizeof found, &done, NULL) &&
        GetLastError() != ERROR_MORE_DATA) {
        return offset;
    }
    if (done < sizeof found) {
        return size;
    }
    return found.FileOffset.QuadPart > offset ? found.FileOffset.QuadPart : offset;
}
