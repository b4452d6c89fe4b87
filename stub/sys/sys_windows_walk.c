/* Windows: walking below a folder.
 *
 * A path is walked one component at a time, each opened relative to the one before it (NtCreateFile
 * takes a folder's handle, no Win32 call does). Below a download folder no link or junction is
 * followed, so nobody who can write there can lead us out of it; and no path is too long. Names
 * reach the file system as they are: what Windows would make of "CON" or "a." is meta/safe_path's
 * care.
 *
 * Everything is opened so that others may read, rename and remove it meanwhile, as elsewhere. */
#include "sys/sys_windows_walk.h"

#include <string.h>

#include <winternl.h>

#undef WIN32_NO_STATUS
#include <ntstatus.h>

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

int
walk_reason(LONG status)
{
    return windows_reason(RtlNtStatusToDosError(status));
}

void
place_leave(struct place *p)
{
    if (p->owned) {
        CloseHandle(p->dir);
    }
    p->owned = false;
}

/* Is it a link (or junction)? Other reparse points, such as files that a cloud holds, are files. */
static bool
is_link(HANDLE h, bool *is_reparse)
{
    FILE_ATTRIBUTE_TAG_INFO tag;
    *is_reparse = GetFileInformationByHandleEx(h, FileAttributeTagInfo, &tag, sizeof tag) &&
                  (tag.FileAttributes & FILE_ATTRIBUTE_REPARSE_POINT);
    return *is_reparse && IsReparseTagNameSurrogate(tag.ReparseTag);
}

static NTSTATUS
nt_open(HANDLE dir, struct bytes name, const struct walk_open *o, HANDLE *out)
{
    wchar_t wide[WALK_NAME_MAX];
    if (!windows_wide(name, wide, WALK_NAME_MAX)) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    USHORT size = (USHORT)(wcslen(wide) * sizeof *wide);
    UNICODE_STRING text = {.Length = size, .MaximumLength = size, .Buffer = wide};
    OBJECT_ATTRIBUTES at;
    IO_STATUS_BLOCK io;
    InitializeObjectAttributes(&at, &text, OBJ_CASE_INSENSITIVE, dir, NULL);
    return NtCreateFile(out, o->access | SYNCHRONIZE, &at, &io, NULL, FILE_ATTRIBUTE_NORMAL,
                        SHARE_ALL, o->disposition,
                        o->options | FILE_SYNCHRONOUS_IO_NONALERT | FILE_OPEN_FOR_BACKUP_INTENT,
                        NULL, 0);
}

/* Opens one name in a folder, no link: SYS_LINK. "" is the folder itself. */
static int
open_at(HANDLE dir, struct bytes name, const struct walk_open *asked, HANDLE *out)
{
    struct walk_open o = *asked;
    o.options |= FILE_OPEN_REPARSE_POINT;
    NTSTATUS status = nt_open(dir, name, &o, out);
    if (status < 0) {
        return status == STATUS_FILE_IS_A_DIRECTORY || status == STATUS_NOT_A_DIRECTORY
                   ? SYS_NOT_A_FILE
                   : walk_reason(status);
    }
    bool reparse, link = is_link(*out, &reparse);
    if (!reparse) {
        return SYS_OK;
    }
    CloseHandle(*out);
    if (link) {
        return SYS_LINK;
    }
    status = nt_open(dir, name, asked, out); /* through it, to the contents */
    return status < 0 ? walk_reason(status) : SYS_OK;
}

int
place_enter(struct place *p, bool make)
{
    const struct walk_open folder = {WALK_FOLDER_ACCESS, make ? FILE_OPEN_IF : FILE_OPEN,
                                     FILE_DIRECTORY_FILE};
    HANDLE h;
    int error = open_at(p->dir, p->name, &folder, &h);
    if (error == SYS_OK) {
        place_leave(p);
        p->dir = h;
        p->owned = true;
    }
    return error;
}

static bool
is_plain(struct bytes name)
{
    return name.len > 0 && !bytes_equal(name, BYTES(".")) && !bytes_equal(name, BYTES("..")) &&
           bytes_find(name, '\\') == name.len && bytes_find(name, ':') == name.len;
}

/* Walks to the folder of the last component. On SYS_OK place_leave must follow. */
int
place_find(struct place *p, sys_dir dir, const char *path, bool make)
{
    struct bytes rest = bytes_of_text(path);
    *p = (struct place){.dir = (HANDLE)dir};
    for (;;) {
        bool last = bytes_find(rest, '/') == rest.len;
        p->name = bytes_cut(&rest, '/');
        int error = is_plain(p->name) ? SYS_OK : SYS_BAD_NAME;
        if (error == SYS_OK && !last) {
            error = place_enter(p, make);
        } else if (error == SYS_OK) {
            return SYS_OK;
        }
        if (error != SYS_OK) {
            place_leave(p);
            return error;
        }
    }
}

/* Opens what `path` names below `dir`. */
int
walk_open(sys_dir dir, const char *path, const struct walk_open *o, bool make, HANDLE *out)
{
    struct place p = {.dir = (HANDLE)dir};
    int error = *path ? place_find(&p, dir, path, make) : SYS_OK;
    if (error == SYS_OK) {
        error = open_at(p.dir, p.name, o, out);
        place_leave(&p);
    }
    return error;
}

int
walk_open_raw(const struct place *p, const struct walk_open *o, HANDLE *out)
{
    NTSTATUS status = nt_open(p->dir, p->name, o, out);
    return status < 0 ? walk_reason(status) : SYS_OK;
}

int
walk_set_name(HANDLE h, const struct place *to, bool replace, int kind)
{
    struct { /* that of links looks the same */
        FILE_RENAME_INFORMATION info;
        wchar_t room[WALK_NAME_MAX];
    } r = {.info = {.ReplaceIfExists = replace, .RootDirectory = to->dir}};
    IO_STATUS_BLOCK io;
    wchar_t wide[WALK_NAME_MAX];
    if (!windows_wide(to->name, wide, WALK_NAME_MAX)) {
        return SYS_BAD_NAME;
    }
    r.info.FileNameLength = (ULONG)(wcslen(wide) * sizeof *wide);
    memcpy(r.info.FileName, wide, r.info.FileNameLength);
    NTSTATUS status = NtSetInformationFile(h, &io, &r, sizeof r, (FILE_INFORMATION_CLASS)kind);
    return status < 0 ? walk_reason(status) : SYS_OK;
}

int
windows_open_folder(sys_dir at, const char *path, sys_dir *out)
{
    const struct walk_open folder = {WALK_FOLDER_ACCESS, FILE_OPEN, FILE_DIRECTORY_FILE};
    HANDLE h;
    int error = walk_open(at, path, &folder, false, &h);
    *out = error == SYS_OK ? (sys_dir)h : SYS_NONE;
    return error;
}
