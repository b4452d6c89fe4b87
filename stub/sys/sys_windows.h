/* What the sys_windows files share. Above sys/ the window alone (ui/ui_win32) includes this. */
#ifndef SYS_SYS_WINDOWS_H
#define SYS_SYS_WINDOWS_H

#define WIN32_NO_STATUS /* they are in ntstatus.h, all of them */
#include <winsock2.h>

#include <windows.h>

#include "sys/sys_common.h"

enum { WIDE_PATH_MAX = 32768 }; /* characters that Windows takes at most in a path */

/* The enum sys_error of a GetLastError or WSAGetLastError code. */
int windows_reason(DWORD error);

/* Makes the sys_poll under way, or else the next one, return. From any thread. */
void windows_wake(void);

/* UTF-8 to UTF-16 with a NUL. False: not well-formed, or longer than `max` characters with it. */
bool windows_wide(struct bytes text, wchar_t *out, size_t max);

/* Appends UTF-16 as UTF-8. */
void windows_narrow(struct buf *out, const wchar_t *text, size_t len);

/* A path as a user gives it, made absolute and freed of the limit of 260 characters ("\\?\C:\..."),
 * in memory for the caller to free(); NULL: no such path can be. */
wchar_t *windows_path(const char *path);

/* A function of a DLL in the system's own folder, loaded from nowhere else; NULL: this Windows has
 * none. For what Windows 7 lacks, and for DLLs that few runs need. */
FARPROC windows_function(const wchar_t *dll, const char *name);

/* Opens winsock and the socket that windows_wake writes to, which belongs into every poll set. */
SOCKET windows_net_start(void);

/* Opens a folder below `at` ("" = itself) so that it can be listed. */
int windows_open_folder(sys_dir at, const char *path, sys_dir *out);

/* Keeps others from loading code into this process, as far as this Windows can. */
void windows_harden(void);

#endif
