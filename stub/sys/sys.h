/* The platform contract: all that samara asks of an operating system.
 *
 * One implementation a platform is linked in: sys_posix.c (+ sys_linux.c), sys_windows.c,
 * or tests/sim/sys_sim.c (virtual clock, network and disk, every chance from one seed).
 * Nothing above this header names a system call, a system header or an errno.
 *
 * Handles: 0 (SYS_NONE) is "none", so that zeroed memory holds no handle. Calls on sockets
 * never block. Calls on files may. Text is UTF-8; paths below a folder use '/'. */
#ifndef SYS_SYS_H
#define SYS_SYS_H

#include "base/addr.h"

typedef intptr_t sys_sock;
typedef intptr_t sys_file;
typedef intptr_t sys_dir;
#define SYS_NONE 0

/* What a call answers: SYS_OK, or a negative reason. Calls that move bytes return the
 * number moved (>= 0) or a reason. */
enum sys_error {
    SYS_OK = 0,
    SYS_AGAIN = -1,       /* would block, or is not finished yet */
    SYS_REFUSED = -2,     /* connection refused */
    SYS_RESET = -3,       /* connection broke */
    SYS_UNREACHABLE = -4, /* no route, network down */
    SYS_TIMED_OUT = -5,
    SYS_IN_USE = -6,    /* address or file in use */
    SYS_NOT_FOUND = -7, /* file, folder or host name */
    SYS_EXISTS = -8,
    SYS_FULL = -9, /* no space, or quota used up */
    SYS_READ_ONLY = -10,
    SYS_DENIED = -11,
    SYS_TOO_BIG = -12,    /* this file system cannot hold a file of that size */
    SYS_BAD_NAME = -13,   /* too long, or not allowed on this file system */
    SYS_LINK = -14,       /* a symlink stands where a file or folder was expected */
    SYS_NOT_A_FILE = -15, /* a folder or device stands where a file was expected, or the reverse */
    SYS_IO = -16,         /* the disk failed */
    SYS_OTHER = -17,
};

/* A few plain English words for a reason ("no space left on the disk"). Static text. */
const char *sys_error_text(int64_t error);

/* --- life ------------------------------------------------------------------------- */

/* Must be the first call: standard handles are made sure of, signals are caught, broken
 * pipes become errors. */
void sys_init(void);

/* How often the user has asked to stop (Ctrl-C, SIGTERM, SIGHUP, console closed), and by which
 * exit code that is told (130 or 143). sys_poll returns early when it happens. */
int sys_stop_requests(void);
int sys_stop_exit_code(void);

/* Ends at once, running nothing. */
_Noreturn void sys_exit(int code);

/* Locks the program in, as far as this system can (Linux: Landlock and seccomp): from here on
 * no program can be run, nothing written outside `folder` (and `also`, may be SYS_NONE), no
 * other process traced. Name look-up, sockets, certificates and pushing files to the disk keep
 * working. True if at least a part of it is in force. To be called before the first look-up. */
bool sys_sandbox(sys_dir folder, sys_dir also);

/* --- clock and chance ---------------------------------------------------------------- */

int64_t sys_now_ms(void);               /* monotonic, any origin, never 0 */
int64_t sys_unix_s(void);               /* wall clock */
void sys_random(void *out, size_t len); /* fit for keys and tokens */

/* --- waiting --------------------------------------------------------------------------- */

enum { SYS_WANTS_MAX = 4096 };

/* What one turn of the loop waits for. Each owner of a socket adds itself afresh each
 * turn and remembers its index; after sys_poll it asks sys_can_read and sys_can_write. */
struct sys_want {
    sys_sock sock;
    bool want_read, want_write;
    bool can_read, can_write; /* filled by sys_poll; an error or hang-up sets what was wanted */
};

struct sys_wants {
    int64_t deadline_ms; /* on the clock of sys_now_ms; wake up no later */
    int64_t rest_ms;     /* sockets are not looked at before; 0: at once */
    uint32_t count;
    struct sys_want v[SYS_WANTS_MAX];
};

/* Empties the set and puts the deadline at `deadline_ms`. */
void sys_wants_start(struct sys_wants *w, int64_t deadline_ms);

/* Brings the deadline forward to `at_ms` if that is earlier. */
void sys_wants_wake(struct sys_wants *w, int64_t at_ms);

/* Lets sockets wait until `until_ms` (or the deadline): what comes meanwhile is seen to in one
 * turn. Whatever else ends sys_poll still does at once. */
void sys_wants_rest(struct sys_wants *w, int64_t until_ms);

/* Adds a socket, returns its index + 1 (0: the set is full or sock is SYS_NONE). */
uint32_t sys_wants_add(struct sys_wants *w, sys_sock sock, bool want_read, bool want_write);

/* After sys_poll. Index 0 gives false. */
bool sys_can_read(const struct sys_wants *w, uint32_t index);
bool sys_can_write(const struct sys_wants *w, uint32_t index);

/* Waits until a socket is ready, the deadline has come, a look-up or sync has finished, or
 * the user asks to stop. */
void sys_poll(struct sys_wants *w);

/* --- TCP ------------------------------------------------------------------------------- */

/* All sockets are non-blocking, closed on exec, with TCP_NODELAY. `at` may have port 0 (any) and
 * a zero ip (all interfaces, IPv4 and IPv6 both where the system can). */
int sys_tcp_listen(const struct addr *at, sys_sock *out);

/* The next waiting connection, or SYS_AGAIN. */
int sys_tcp_accept(sys_sock listener, sys_sock *out, struct addr *from);

/* Starts to connect. SYS_OK means "under way": wait for can_write, then ask
 * sys_tcp_connected, which gives SYS_OK, SYS_AGAIN or the failure. */
int sys_tcp_connect(const struct addr *to, sys_sock *out);
int sys_tcp_connected(sys_sock s);

/* Bytes received; 0 = the other side closed its sending; SYS_AGAIN; or a failure. */
int64_t sys_tcp_recv(sys_sock s, void *out, size_t max);

/* Bytes taken, SYS_AGAIN or a failure. `more`: more will be sent at once (a hint). */
int64_t sys_tcp_send(sys_sock s, const void *data, size_t len, bool more);

/* Sends from a file without copying through our memory where the system can (offset and
 * length in bytes). Same answers as sys_tcp_send; SYS_IO if the file is too short. */
int64_t sys_tcp_send_file(sys_sock s, sys_file f, int64_t offset, size_t len);

/* The local address of a socket. */
struct addr sys_sock_local(sys_sock s);

/* Closes a socket and sets the handle to SYS_NONE; harmless on SYS_NONE. */
void sys_sock_close(sys_sock *s);

/* --- UDP ------------------------------------------------------------------------------- */

/* `at` as for sys_tcp_listen. One socket serves IPv4 and IPv6 where the system can. */
int sys_udp_open(const struct addr *at, sys_sock *out);
int64_t sys_udp_recv(sys_sock s, void *out, size_t max, struct addr *from);
int64_t sys_udp_send(sys_sock s, const void *data, size_t len, const struct addr *to);

/* --- name look-up ------------------------------------------------------------------------ */

/* Looks a name up in the background. Returns a ticket > 0, or SYS_AGAIN when too many are under
 * way. Numeric addresses never come here (see net/lookup.h). */
int sys_lookup_start(const char *host);

/* SYS_AGAIN while it runs. SYS_OK: up to `max` addresses (port 0) were written to `out` and the
 * ticket is used up. A failure (SYS_NOT_FOUND ...) uses it up too. */
int sys_lookup_take(int ticket, struct addr *out, size_t max, size_t *count);

/* Nobody wants the answer any more. */
void sys_lookup_drop(int ticket);

/* --- folders and files -------------------------------------------------------------------- */

/* Opens a folder; `path` as the user gave it. With `make`, missing folders are made. */
int sys_dir_open(const char *path, bool make, sys_dir *out);
void sys_dir_close(sys_dir *d);

enum sys_open {
    SYS_READ = 1,
    SYS_WRITE = 2,  /* read too; the file must exist unless SYS_CREATE */
    SYS_CREATE = 4, /* make it, and the folders in front of it, if missing */
    SYS_TRUNCATE = 8,
    SYS_EXECUTABLE = 16, /* a new file gets the x bits */
};

/* Opens a regular file below `dir`. No symlink is followed on the way, the last component
 * included: SYS_LINK. `path` is relative, '/'-separated, without "..". */
int sys_file_open(sys_dir dir, const char *path, int how, sys_file *out);

/* Opens any file by a path as the user gave it (links are followed). */
int sys_file_open_path(const char *path, int how, sys_file *out);
void sys_file_close(sys_file *f);

/* Positioned reading and writing at 64-bit offsets. A read returns fewer bytes only at the end
 * of the file. A write moves all or answers with the reason (part may be written). */
int64_t sys_file_read(sys_file f, int64_t offset, void *out, size_t len);
int64_t sys_file_write(sys_file f, int64_t offset, const void *data, size_t len);

/* As sys_file_write for several slices that follow each other in the file. */
int64_t sys_file_write_slices(sys_file f, int64_t offset, const struct bytes *v, size_t count);

int64_t sys_file_size(sys_file f);

/* Sets the length; new space is a hole where the file system can. */
int sys_file_resize(sys_file f, int64_t size);

/* The first byte at or behind `offset` that is not in a hole; the file's size if there is none.
 * Where holes cannot be seen: `offset` itself. */
int64_t sys_file_next_data(sys_file f, int64_t offset);

/* Starts to push a file to the disk in the background. Returns a ticket > 0 (its own copy of
 * the handle: the file may be closed), or 0 when nothing is to be waited for. sys_sync_take:
 * SYS_AGAIN, SYS_OK or the failure. */
int sys_sync_start(sys_file f);
int sys_sync_take(int ticket);

struct sys_stat {
    bool exists, is_dir, is_link;
    int64_t size;
    int64_t allocated;  /* bytes that are not in holes; `size` where holes cannot be seen */
    int64_t modified_s; /* Unix seconds */
    uint64_t stamp; /* changes whenever contents or identity change, as far as the system tells */
};

/* What stands at a path below `dir` (a last-component link is not followed). */
int sys_stat(sys_dir dir, const char *path, struct sys_stat *out);

/* Renames below one folder. With `replace` an existing file at `to` is replaced, else
 * SYS_EXISTS. */
int sys_rename(sys_dir dir, const char *from, const char *to, bool replace);
int sys_remove(sys_dir dir, const char *path); /* a file or link */
int sys_remove_empty_dir(sys_dir dir, const char *path);
int sys_make_dirs(sys_dir dir, const char *path);                     /* with all in front of it */
int sys_make_link(sys_dir dir, const char *path, const char *target); /* symlink */

/* Notes on a file below `dir` that it came from the Internet, where the system keeps such a note
 * (Windows asks a person before it runs such a file). Where it cannot, nothing happens. */
void sys_mark_from_internet(sys_dir dir, const char *path);

/* Bytes that may still be written below this folder; -1 unknown. The largest single file that
 * its file system can hold; INT64_MAX if unknown. */
int64_t sys_free_space(sys_dir dir);
int64_t sys_file_size_max(sys_dir dir);

/* Lists a folder below `dir` ("" = itself): the names in byte order, without "." and "..",
 * each followed by NUL, written to `out`. SYS_FULL when they do not fit. */
int sys_dir_list(sys_dir dir, const char *path, struct buf *out);

/* --- the program itself and its surroundings ------------------------------------------------ */

/* The program's own executable, for reading. */
int sys_self_open(sys_file *out);

/* An environment variable as UTF-8, or NULL. Valid till the program ends. */
const char *sys_env(const char *name);

/* Where the last component of a path as the user gives it begins; empty behind a separator. */
const char *sys_path_name(const char *path);

/* The working folder, as an absolute path. */
bool sys_current_folder(struct buf *out);

/* Appends the language that the user reads as "de" or "pt-BR": lower-case language, then the region
 * in capitals where one is set (BCP 47, without script and variants). At most 16 bytes, nothing but
 * letters, digits and '-'. False, and nothing appended: none is set, it is not a language, or it
 * could not be shown, because the texts are UTF-8 (POSIX: LC_ALL, LC_MESSAGES, LANG and LANGUAGE,
 * in a locale of that charset; "C" is none. Windows: the user's first language for menus). */
bool sys_language(struct buf *out);

/* The user's Downloads folder (XDG user-dirs, else ~/Downloads, else home). False: none found. */
bool sys_downloads_folder(struct buf *out);

/* All trust anchors of the system as PEM text appended to `out`; false if none is found. */
bool sys_roots_pem(struct buf *out);

/* --- the desktop ----------------------------------------------------------------------------- */

/* Was the program started by a double-click? Then there is a desktop, but no terminal anywhere. */
bool sys_started_by_click(void);

/* Makes ready to show things on the desktop. To be called before sys_sandbox and before the first
 * socket: where the sandbox forbids to run programs, this forks a small process that lives as long
 * as the program and runs them for it. Only faces that show something need it. False: this cannot
 * be done here; the other calls then do nothing. */
bool sys_opener_start(void);

/* Opens a page of this program (http://127.0.0.1:PORT/...) in the user's browser.
 * sys_open_page_result: SYS_AGAIN while it is tried, SYS_OK, or SYS_NOT_FOUND when there is no
 * browser or none starts. */
void sys_open_page(const char *url);
int sys_open_page_result(void);

/* Shows a file or folder in the user's file manager, or the folder that it is in. Nothing is
 * opened or run but the file manager. */
void sys_show_file(const char *path);

/* A message in a small window, when there is no other way to reach the user. */
void sys_tell_user(const char *text);

/* --- terminal --------------------------------------------------------------------------------- */

enum sys_stream { SYS_OUT = 1, SYS_ERR = 2 };

/* Writes all of it; answers SYS_OK or the failure (then the stream is gone). */
int sys_print(enum sys_stream stream, struct bytes text);

/* Columns of the terminal behind a stream; 0 if it is no terminal. */
int sys_terminal_width(enum sys_stream stream);

#endif
