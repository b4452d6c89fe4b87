/* Walking below a folder without following links: what the files of sys_windows share that open,
 * rename and remove. Nobody above sys/ includes this. */
#ifndef SYS_SYS_WINDOWS_WALK_H
#define SYS_SYS_WINDOWS_WALK_H

#include "sys/sys_windows.h"

enum {
    WALK_NAME_MAX = 280, /* characters of a name with a stream's behind it, and a NUL */
    WALK_FOLDER_ACCESS = FILE_LIST_DIRECTORY | FILE_TRAVERSE | FILE_READ_ATTRIBUTES | SYNCHRONIZE,
};

/* A last component and the folder that it stands in. */
struct place {
    HANDLE dir;
    bool owned; /* `dir` is ours to close */
    struct bytes name;
};

/* What an open asks for, in the words of NtCreateFile. */
struct walk_open {
    ACCESS_MASK access;
    ULONG disposition; /* FILE_OPEN ... */
    ULONG options;
};

/* The reason of an NTSTATUS. */
int walk_reason(LONG status);

/* Walks to the folder of the path's last component; `make`: makes the folders on the way. On SYS_OK
 * place_leave must follow. */
int place_find(struct place *p, sys_dir dir, const char *path, bool make);
void place_leave(struct place *p);

/* Makes the place's name a folder, if it is not there, and goes into it. */
int place_enter(struct place *p, bool make);

/* Opens the name as it stands, a link too. */
int walk_open_raw(const struct place *p, const struct walk_open *o, HANDLE *out);

/* Opens what `path` names below `dir` ("" = itself), no link: SYS_LINK. */
int walk_open(sys_dir dir, const char *path, const struct walk_open *o, bool make, HANDLE *out);

/* Gives an open file the name of a place: as `kind` (a FILE_INFORMATION_CLASS) says, it moves there
 * (FileRenameInformation) or gets a second name (FileLinkInformation). */
int walk_set_name(HANDLE h, const struct place *to, bool replace, int kind);

#endif
