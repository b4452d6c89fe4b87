/* Windows: what stands under a name, renaming and removing, and the disk below. */
#include "sys/sys_windows_walk.h"

#include <string.h>

#include <winternl.h>

enum {
    BUSY_TRIES = 10, /* virus scanners open what was just written, for some 100 ms */
    BUSY_WAIT_MS = 50,
};

static int
last_reason(void)
{
    return windows_reason(GetLastError());
}

static int64_t
unix_seconds(LARGE_INTEGER units)
{
    return units.QuadPart / 10000000 - 11644473600;
}

static int
stat_fill(HANDLE h, struct sys_stat *out)
{
    FILE_BASIC_INFO basic;
    FILE_STANDARD_INFO standard;
    BY_HANDLE_FILE_INFORMATION id;
    if (!GetFileInformationByHandleEx(h, FileBasicInfo, &basic, sizeof basic) ||
        !GetFileInformationByHandleEx(h, FileStandardInfo, &standard, sizeof standard) ||
        !GetFileInformationByHandle(h, &id)) {
        return last_reason();
    }
    *out = (struct sys_stat){
        .exists = true,
        .is_dir = standard.Directory,
        .size = standard.EndOfFile.QuadPart,
        .allocated = standard.AllocationSize.QuadPart,
        .modified_s = unix_seconds(basic.LastWriteTime),
    };
    const uint64_t parts[] = {(uint64_t)id.nFileIndexHigh << 32 | id.nFileIndexLow,
                              (uint64_t)out->size, (uint64_t)basic.LastWriteTime.QuadPart,
                              (uint64_t)basic.ChangeTime.QuadPart};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        out->stamp = sys_stamp_add(out->stamp, parts[i]);
    }
    return SYS_OK;
}

int
sys_stat(sys_dir dir, const char *path, struct sys_stat *out)
{
    const struct walk_open any = {FILE_READ_ATTRIBUTES, FILE_OPEN, 0};
    HANDLE h;
    *out = (struct sys_stat){0};
    int error = walk_open(dir, path, &any, false, &h);
    if (error == SYS_OK) {
        error = stat_fill(h, out);
        CloseHandle(h);
    } else if (error == SYS_LINK) {
        /* A link as the last component is an answer; one on the way is not. */
        struct place p;
        error = place_find(&p, dir, path, false);
        if (error == SYS_OK) {
            out->exists = out->is_link = true;
            place_leave(&p);
        }
    }
    return error == SYS_NOT_FOUND ? SYS_OK : error; /* "it is not there" is a good answer */
}

/* Opens for renaming or removing, links themselves too. */
static int
open_name(const struct place *p, HANDLE *out)
{
    const struct walk_open name = {DELETE | FILE_READ_ATTRIBUTES, FILE_OPEN,
                                   FILE_OPEN_REPARSE_POINT};
    return walk_open_raw(p, &name, out);
}

static int
rename_once(const struct place *from, const struct place *to, bool replace)
{
    HANDLE h;
    int error = open_name(from, &h);
    if (error == SYS_OK) {
        error = walk_set_name(h, to, replace, FileRenameInformation);
        CloseHandle(h);
    }
    return error;
}

int
sys_rename(sys_dir dir, const char *from, const char *to, bool replace)
{
    struct place a, b;
    int error = place_find(&a, dir, from, false);
    if (error != SYS_OK) {
        return error;
    }
    error = place_find(&b, dir, to, false);
    if (error == SYS_OK) {
        error = rename_once(&a, &b, replace);
        for (int i = 0; i < BUSY_TRIES && (error == SYS_IN_USE || error == SYS_DENIED); i++) {
            Sleep(BUSY_WAIT_MS);
            error = rename_once(&a, &b, replace);
        }
        place_leave(&b);
    }
    place_leave(&a);
    return error;
}

static int
remove_below(sys_dir dir, const char *path, bool is_dir)
{
    const struct walk_open name = {DELETE, FILE_OPEN,
                                   FILE_OPEN_REPARSE_POINT |
                                       (is_dir ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE)};
    struct place p;
    HANDLE h;
    int error = place_find(&p, dir, path, false);
    if (error != SYS_OK) {
        return error;
    }
    error = walk_open_raw(&p, &name, &h);
    place_leave(&p);
    if (error != SYS_OK) {
        return error;
    }
    FILE_DISPOSITION_INFO gone = {.DeleteFile = TRUE};
    bool done = SetFileInformationByHandle(h, FileDispositionInfo, &gone, sizeof gone);
    error = done ? SYS_OK : last_reason();
    CloseHandle(h);
    return error;
}

int
sys_remove(sys_dir dir, const char *path)
{
    return remove_below(dir, path, false);
}

int
sys_remove_empty_dir(sys_dir dir, const char *path)
{
    return remove_below(dir, path, true);
}

int
sys_make_dirs(sys_dir dir, const char *path)
{
    struct place p;
    int error = place_find(&p, dir, path, true);
    if (error == SYS_OK) {
        error = place_enter(&p, true);
        place_leave(&p);
    }
    return error;
}

int
sys_make_link(sys_dir dir, const char *path, const char *target)
{
    (void)dir, (void)path, (void)target;
    return SYS_DENIED; /* a right that only administrators have */
}

/* What browsers write beside a file: the zone of the Internet. */
void
sys_mark_from_internet(sys_dir dir, const char *path)
{
    static const char note[] = "[ZoneTransfer]\r\nZoneId=3\r\n";
    const struct walk_open stream = {FILE_GENERIC_WRITE, FILE_OVERWRITE_IF,
                                     FILE_NON_DIRECTORY_FILE};
    uint8_t mem[WALK_NAME_MAX * 4];
    struct buf name = BUF(mem);
    struct place p;
    HANDLE h;
    if (place_find(&p, dir, path, false) != SYS_OK) {
        return;
    }
    buf_add(&name, p.name);
    buf_text(&name, ":Zone.Identifier");
    struct place at = {.dir = p.dir, .name = buf_bytes(&name)};
    if (!name.full && walk_open_raw(&at, &stream, &h) == SYS_OK) {
        sys_file_write((sys_file)h, 0, note, sizeof note - 1);
        CloseHandle(h);
    }
    place_leave(&p);
}

int64_t
sys_free_space(sys_dir dir)
{
    FILE_FS_FULL_SIZE_INFORMATION v;
    IO_STATUS_BLOCK io;
    if (NtQueryVolumeInformationFile((HANDLE)dir, &io, &v, sizeof v, FileFsFullSizeInformation) <
        0) {
        return -1;
    }
    uint64_t unit = (uint64_t)v.SectorsPerAllocationUnit * v.BytesPerSector;
    uint64_t blocks = (uint64_t)v.CallerAvailableAllocationUnits.QuadPart;
    return unit && blocks > (uint64_t)INT64_MAX / unit ? INT64_MAX : (int64_t)(blocks * unit);
}

int64_t
sys_file_size_max(sys_dir dir)
{
    wchar_t name[16] = {0};
    if (GetVolumeInformationByHandleW((HANDLE)dir, NULL, 0, NULL, NULL, NULL, name,
                                      sizeof name / sizeof *name) &&
        wcsncmp(name, L"FAT", 3) == 0) {
        return UINT32_MAX;
    }
    return INT64_MAX;
}
