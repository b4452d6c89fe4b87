/* Windows 7 and later: life, clock, chance, waiting, terminal.
 *
 * Handles of files, folders and sockets are Windows' own; none is ever 0 = SYS_NONE.
 *
 * A UDP socket on loopback that talks to itself is in every poll set, because WSAPoll can wait for
 * nothing else: other threads (console events, look-ups, syncs, the window) send a byte to it.
 *
 * An app is a program of the "windows" kind, so that a double-click opens no console. Started from
 * a console it attaches itself to that one and writes there. */
#include "sys/sys_windows.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ntsecapi.h>

#include "base/check.h"

enum {
    CLOSE_WAIT_MS = 4000, /* Windows ends us 5 s after it asked */
    CONNECT_LOOK_MS = 500,
    PRINT_PART = 2048,
    ENV_MAX = 16,
};

#define VIRTUAL_TERMINAL 4 /* ENABLE_VIRTUAL_TERMINAL_PROCESSING, Windows 10 */

static SOCKET wake_sock;
static volatile LONG stop_count;
static volatile LONG stop_code;
static UINT console_cp; /* as it was; 0: not changed */

int
windows_reason(DWORD error)
{
    static const struct {
        uint16_t error;
        int8_t reason;
    } table[] = {
        {WSAEWOULDBLOCK, SYS_AGAIN},
        {WSAEINPROGRESS, SYS_AGAIN},
        {WSAECONNREFUSED, SYS_REFUSED},
        {WSAECONNRESET, SYS_RESET},
        {WSAECONNABORTED, SYS_RESET},
        {WSAENETRESET, SYS_RESET},
        {WSAESHUTDOWN, SYS_RESET},
        {WSAENOTCONN, SYS_RESET},
        {WSAENETUNREACH, SYS_UNREACHABLE},
        {WSAEHOSTUNREACH, SYS_UNREACHABLE},
        {WSAENETDOWN, SYS_UNREACHABLE},
        {WSAEADDRNOTAVAIL, SYS_UNREACHABLE},
        {WSAEAFNOSUPPORT, SYS_UNREACHABLE},
        {WSAEACCES, SYS_UNREACHABLE}, /* what a firewall answers */
        {WSAETIMEDOUT, SYS_TIMED_OUT},
        {WSAEADDRINUSE, SYS_IN_USE},
        {ERROR_SHARING_VIOLATION, SYS_IN_USE},
        {ERROR_LOCK_VIOLATION, SYS_IN_USE},
        {ERROR_USER_MAPPED_FILE, SYS_IN_USE},
        {ERROR_FILE_NOT_FOUND, SYS_NOT_FOUND},
        {ERROR_PATH_NOT_FOUND, SYS_NOT_FOUND},
        {ERROR_INVALID_DRIVE, SYS_NOT_FOUND},
        {ERROR_BAD_NETPATH, SYS_NOT_FOUND},
        {ERROR_BAD_NET_NAME, SYS_NOT_FOUND},
        {WSAHOST_NOT_FOUND, SYS_NOT_FOUND},
        {WSANO_DATA, SYS_NOT_FOUND},
        {ERROR_FILE_EXISTS, SYS_EXISTS},
        {ERROR_ALREADY_EXISTS, SYS_EXISTS},
        {ERROR_DIR_NOT_EMPTY, SYS_EXISTS},
        {ERROR_DISK_FULL, SYS_FULL},
        {ERROR_HANDLE_DISK_FULL, SYS_FULL},
        {1295, SYS_FULL}, /* ERROR_DISK_QUOTA_EXCEEDED */
        {ERROR_WRITE_PROTECT, SYS_READ_ONLY},
        {ERROR_ACCESS_DENIED, SYS_DENIED},
        {ERROR_PRIVILEGE_NOT_HELD, SYS_DENIED},
        {ERROR_FILE_TOO_LARGE, SYS_TOO_BIG},
        {ERROR_INVALID_NAME, SYS_BAD_NAME},
        {ERROR_BAD_PATHNAME, SYS_BAD_NAME},
        {ERROR_FILENAME_EXCED_RANGE, SYS_BAD_NAME},
        {ERROR_DIRECTORY, SYS_NOT_A_FILE},
        {ERROR_CRC, SYS_IO},
        {ERROR_IO_DEVICE, SYS_IO},
        {ERROR_NOT_READY, SYS_IO},
        {ERROR_GEN_FAILURE, SYS_IO},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        if (table[i].error == error) {
            return table[i].reason;
        }
    }
    return SYS_OTHER;
}

bool
windows_wide(struct bytes text, wchar_t *out, size_t max)
{
    if (max == 0 || text.len > INT32_MAX) {
        return false;
    }
    int n = 0;
    if (text.len > 0) {
        int room = max - 1 < INT32_MAX ? (int)(max - 1) : INT32_MAX;
        n = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, (const char *)text.ptr,
                                (int)text.len, out, room);
    }
    out[n] = 0;
    return n > 0 || text.len == 0;
}

void
windows_narrow(struct buf *out, const wchar_t *text, size_t len)
{
    char part[PRINT_PART * 3];
    while (len > 0) {
        size_t n = len < PRINT_PART ? len : PRINT_PART;
        if (n < len && text[n - 1] >= 0xd800 && text[n - 1] < 0xdc00) {
            n--; /* a pair stays together */
        }
        int got = WideCharToMultiByte(CP_UTF8, 0, text, (int)n, part, sizeof part, NULL, NULL);
        buf_add(out, bytes_of(part, got > 0 ? (size_t)got : 0));
        text += n;
        len -= n;
    }
}

FARPROC
windows_function(const wchar_t *dll, const char *name)
{
    wchar_t path[MAX_PATH + 64];
    UINT n = GetSystemDirectoryW(path, MAX_PATH);
    if (n == 0 || n >= MAX_PATH || wcslen(dll) > 60) {
        return NULL;
    }
    path[n] = L'\\';
    memcpy(path + n + 1, dll, (wcslen(dll) + 1) * sizeof *dll);
    HMODULE module = GetModuleHandleW(dll);
    if (!module) {
        module = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    }
    return module ? GetProcAddress(module, name) : NULL;
}

/* --- life ------------------------------------------------------------------------------------- */

void
windows_wake(void)
{
    send(wake_sock, "", 1, 0);
}

static void
note_stop(LONG code)
{
    InterlockedCompareExchange(&stop_code, code, 0);
    InterlockedIncrement(&stop_count);
    windows_wake();
}

/* Runs on a thread of Windows' own. */
static BOOL WINAPI
on_console_event(DWORD event)
{
    note_stop(event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT ? 130 : 143);
    if (event >= CTRL_CLOSE_EVENT) {
        Sleep(CLOSE_WAIT_MS); /* with its return the process would end */
    }
    return TRUE;
}

static bool
is_usable(DWORD stream)
{
    HANDLE h = GetStdHandle(stream);
    return h && h != INVALID_HANDLE_VALUE && GetFileType(h) != FILE_TYPE_UNKNOWN;
}

static void
point_at_console(DWORD stream)
{
    if (!is_usable(stream)) {
        HANDLE h = CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                               FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
        SetStdHandle(stream, h == INVALID_HANDLE_VALUE ? NULL : h);
    }
}

/* Where output goes that stands in nobody's file or pipe: to the console that we were started from,
 * if any. */
static void
find_console(void)
{
    if (!is_usable(STD_OUTPUT_HANDLE) || !is_usable(STD_ERROR_HANDLE)) {
        if (AttachConsole(ATTACH_PARENT_PROCESS)) {
            point_at_console(STD_OUTPUT_HANDLE);
            point_at_console(STD_ERROR_HANDLE);
        }
    }
    DWORD mode;
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    if (GetConsoleMode(out, &mode)) {
        SetConsoleMode(out, mode | VIRTUAL_TERMINAL);
    }
}

bool
sys_started_by_click(void)
{
    return !is_usable(STD_OUTPUT_HANDLE) && !is_usable(STD_ERROR_HANDLE);
}

/* The builder writes UTF-8 through stdio; a console keeps its code page when we are gone. */
static void
restore_console(void)
{
    SetConsoleOutputCP(console_cp);
}

void
sys_init(void)
{
    windows_harden();
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX); /* no boxes for empty drives */
    wake_sock = windows_net_start();
    find_console();
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    console_cp = GetConsoleOutputCP();
    if (console_cp != 0 && console_cp != CP_UTF8) {
        SetConsoleOutputCP(CP_UTF8);
        atexit(restore_console);
    }
    SetConsoleCtrlHandler(on_console_event, TRUE);
}

int
sys_stop_requests(void)
{
    return stop_count;
}

int
sys_stop_exit_code(void)
{
    return stop_code;
}

void
sys_exit(int code)
{
    ExitProcess((UINT)code);
}

/* --- clock and chance ------------------------------------------------------------------------- */

int64_t
sys_now_ms(void)
{
    /* This clock counts the time asleep, so that after a laptop wakes up the dead connections time
     * out at once. */
    static LARGE_INTEGER per_s;
    LARGE_INTEGER now;
    if (per_s.QuadPart == 0) {
        QueryPerformanceFrequency(&per_s);
    }
    QueryPerformanceCounter(&now);
    int64_t s = now.QuadPart / per_s.QuadPart, rest = now.QuadPart % per_s.QuadPart;
    return s * 1000 + rest * 1000 / per_s.QuadPart + 1;
}

int64_t
sys_unix_s(void)
{
    FILETIME t;
    GetSystemTimeAsFileTime(&t);
    uint64_t units = (uint64_t)t.dwHighDateTime << 32 | t.dwLowDateTime; /* 100 ns since 1601 */
    return (int64_t)(units / 10000000) - 11644473600;
}

void
sys_random(void *out, size_t len)
{
    check(len <= UINT32_MAX && RtlGenRandom(out, (ULONG)len));
}

/* --- waiting ---------------------------------------------------------------------------------- */

/* Before Windows 10 of 2020 WSAPoll does not report connects that failed; select does. */
static void
find_failed_connects(struct sys_wants *w)
{
    fd_set failed;
    struct timeval at_once = {0};
    FD_ZERO(&failed);
    for (uint32_t i = 0; i < w->count && failed.fd_count < FD_SETSIZE; i++) {
        if (w->v[i].want_write && !w->v[i].can_write) {
            failed.fd_array[failed.fd_count++] = (SOCKET)w->v[i].sock;
        }
    }
    if (failed.fd_count == 0 || select(0, NULL, NULL, &failed, &at_once) <= 0) {
        return;
    }
    for (uint32_t i = 0; i < w->count; i++) {
        bool is = w->v[i].want_write && FD_ISSET((SOCKET)w->v[i].sock, &failed);
        w->v[i].can_write |= is;
    }
}

static void
take_wakes(void)
{
    char byte[16];
    while (recv(wake_sock, byte, sizeof byte, 0) > 0) {
    }
}

void
sys_poll(struct sys_wants *w)
{
    static WSAPOLLFD set[1 + SYS_WANTS_MAX];
    ULONG count = 1;
    bool writes = false;
    set[0] = (WSAPOLLFD){.fd = wake_sock, .events = POLLRDNORM};
    for (uint32_t i = 0; i < w->count; i++) {
        struct sys_want *v = &w->v[i];
        int events = (v->want_read ? POLLRDNORM : 0) | (v->want_write ? POLLWRNORM : 0);
        if (events) {
            set[count++] = (WSAPOLLFD){.fd = (SOCKET)v->sock, .events = (short)events};
        }
        v->can_read = v->can_write = false;
        writes |= v->want_write;
    }
    int64_t rest = (w->rest_ms < w->deadline_ms ? w->rest_ms : w->deadline_ms) - sys_now_ms();
    if (rest > 0) {
        WSAPoll(set, 1, (INT)rest);
    }
    int64_t left = w->deadline_ms - sys_now_ms();
    int64_t most = writes ? CONNECT_LOOK_MS : INT32_MAX;
    int ready = WSAPoll(set, count, left < 0 ? 0 : (INT)(left < most ? left : most));
    if (ready > 0) {
        ULONG at = 1;
        for (uint32_t i = 0; i < w->count; i++) {
            struct sys_want *v = &w->v[i];
            int got = v->want_read || v->want_write ? set[at++].revents : 0;
            int broken = got & (POLLERR | POLLHUP | POLLNVAL);
            v->can_read = v->want_read && (broken || (got & POLLRDNORM));
            v->can_write = v->want_write && (broken || (got & POLLWRNORM));
        }
        if (set[0].revents) {
            take_wakes();
        }
    }
    if (writes) {
        find_failed_connects(w);
    }
}

/* --- surroundings ----------------------------------------------------------------------------- */

/* As UTF-8 in memory that stays; NULL: not set. */
static char *
read_variable(const char *name)
{
    wchar_t wide_name[32], wide[4096];
    uint8_t text[sizeof wide / sizeof *wide * 3];
    struct buf b = BUF(text);
    if (!windows_wide(bytes_of_text(name), wide_name, sizeof wide_name / sizeof *wide_name)) {
        return NULL;
    }
    DWORD n = GetEnvironmentVariableW(wide_name, wide, sizeof wide / sizeof *wide);
    if (n >= sizeof wide / sizeof *wide || (n == 0 && GetLastError() != 0)) {
        return NULL;
    }
    windows_narrow(&b, wide, n);
    char *copy = malloc(b.len + 1);
    if (copy) {
        memcpy(copy, buf_cstr(&b), b.len + 1);
    }
    return copy;
}

const char *
sys_env(const char *name)
{
    static struct {
        const char *name; /* the callers' literals */
        char *value;
    } known[ENV_MAX];
    size_t i = 0;
    while (i < ENV_MAX && known[i].name && strcmp(known[i].name, name) != 0) {
        i++;
    }
    check(i < ENV_MAX);
    if (!known[i].name) {
        SetLastError(0);
        known[i].value = read_variable(name);
        known[i].name = name;
    }
    return known[i].value;
}

static HANDLE
handle_of(enum sys_stream stream)
{
    return GetStdHandle(stream == SYS_OUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

static int
print_to_console(HANDLE console, struct bytes text)
{
    wchar_t wide[PRINT_PART];
    while (text.len > 0) {
        struct bytes part = bytes_first(text, PRINT_PART - 1);
        while (part.len < text.len && part.len > 0 && (text.ptr[part.len] & 0xc0) == 0x80) {
            part.len--; /* a character stays in one piece */
        }
        part.len = part.len ? part.len : text.len < PRINT_PART ? text.len : PRINT_PART - 1;
        int n = MultiByteToWideChar(CP_UTF8, 0, (const char *)part.ptr, (int)part.len, wide,
                                    PRINT_PART);
        DWORD done;
        if (n > 0 && !WriteConsoleW(console, wide, (DWORD)n, &done, NULL)) {
            return windows_reason(GetLastError());
        }
        text = bytes_skip(text, part.len);
    }
    return SYS_OK;
}

int
sys_print(enum sys_stream stream, struct bytes text)
{
    HANDLE h = handle_of(stream);
    DWORD mode, done;
    if (GetConsoleMode(h, &mode)) {
        return print_to_console(h, text);
    }
    while (text.len > 0) {
        DWORD n = text.len < INT32_MAX ? (DWORD)text.len : INT32_MAX;
        if (!WriteFile(h, text.ptr, n, &done, NULL)) {
            return windows_reason(GetLastError());
        }
        text = bytes_skip(text, done);
    }
    return SYS_OK;
}

int
sys_terminal_width(enum sys_stream stream)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    HANDLE h = handle_of(stream);
    DWORD mode;
    if (!GetConsoleMode(h, &mode) || !GetConsoleScreenBufferInfo(h, &info)) {
        return 0;
    }
    /* A console that does not know escape sequences: nothing can be drawn over on one column. */
    return mode & VIRTUAL_TERMINAL ? info.srWindow.Right - info.srWindow.Left + 1 : 1;
}

/* --- start ------------------------------------------------------------------------------------ */

int main(int argc, char *argv[]);
int wmain(int argc, wchar_t *wide[]);

/* What the C library calls: the arguments are made UTF-8. */
int
wmain(int argc, wchar_t *wide[])
{
    char **argv = calloc((size_t)argc + 1, sizeof *argv);
    check(argv != NULL);
    for (int i = 0; i < argc; i++) {
        size_t len = wcslen(wide[i]);
        struct buf b = buf_over(malloc(len * 3 + 1), len * 3 + 1);
        check(b.ptr != NULL);
        windows_narrow(&b, wide[i], len);
        argv[i] = buf_cstr(&b);
    }
    return main(argc, argv);
}
