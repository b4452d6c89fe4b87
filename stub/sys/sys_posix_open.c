/* POSIX: the opener, a process that shows pages and folders for the program.
 *
 * The sandbox forbids to run programs, and rightly: the program reads strangers' bytes. So before
 * it locks itself in it forks this process, which does three things only: show a page at
 * 127.0.0.1, show a folder, show a text. It does not trust the program: the address must be ours,
 * no file is ever opened, only the folder that it is in. It has no socket but the one that leads
 * to the program, and ends when that one is closed.
 *
 * One packet is one request: a letter, and the text. The answer to a page is one byte.
 *
 * Which program opens a page: $BROWSER first, which people set when they want another one; then
 * what desktops provide. A program that fails at once is followed by the next; one that runs is
 * left alone, for some browsers stay, others hand over to one that runs already. */
#include "sys/sys_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

enum {
    PACKET_MAX = 8192,
    STARTED_MS = 2000, /* a program that still runs after so long was started well */
    STEP_MS = 20,
    DESCRIPTORS = 1024, /* what is inherited from others has lower numbers, or is very odd */

    COMMAND_MAX = 256,
    WORDS_MAX = 12,

    ASK_PAGE = 'p',
    ASK_SHOW = 's',
    ASK_TELL = 't',
};

#define MANAGER "org.freedesktop.FileManager1"
#define MANAGER_PATH "/org/freedesktop/FileManager1"

static int opener_fd;
static bool page_is_asked;
static int page_result = SYS_NOT_FOUND;

/* --- running programs ------------------------------------------------------------------------ */

/* In the child: away from the terminal, quiet, with signals as programs expect them. */
static void
become(const char *const argv[])
{
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = SIG_DFL;
    static const int numbers[] = {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &act, NULL);
    setsid();
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd < 3; fd++)
        dup2(null, fd);
    if (null > 2)
        close(null);
    execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Runs a program. True: it ended well, or still runs. */
static bool
run(const char *const argv[])
{
    pid_t pid = fork();
    if (pid == 0)
        become(argv);
    for (int ms = 0; pid > 0 && ms < STARTED_MS; ms += STEP_MS) {
        int status = 0;
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got != 0)
            return got == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
        poll(NULL, 0, STEP_MS);
    }
    return pid > 0;
}

/* Runs the commands of a list for text_at, words parted by spaces, one after the other until one
 * does well. `last` becomes the last word, `behind` (may be NULL) follows it. */
static bool
run_any(const char *commands, const char *last, const char *behind)
{
    for (; *commands; commands = text_at(commands, 1)) {
        static char words[COMMAND_MAX];
        const char *argv[WORDS_MAX + 3];
        struct buf b = BUF(words);
        struct bytes rest = bytes_of_text(commands);
        size_t n = 0;
        while (rest.len > 0 && n < WORDS_MAX) {
            argv[n++] = words + b.len;
            buf_add(&b, bytes_cut(&rest, ' '));
            buf_byte(&b, '\0');
        }
        check(!b.full && rest.len == 0);
        argv[n++] = last;
        argv[n++] = behind;
        argv[n] = NULL;
        if (run(argv))
            return true;
    }
    return false;
}

static bool
has_desktop(void)
{
    return getenv("DISPLAY") || getenv("WAYLAND_DISPLAY");
}

static bool
show_page(const char *url)
{
    const char *own = "http://127.0.0.1:";
    const char *browser = getenv("BROWSER");
    if (strncmp(url, own, strlen(own)) != 0)
        return false;
    /* Lists and patterns are for xdg-open, which knows them. */
    if (browser && *browser && !strpbrk(browser, ":% ") &&
        run((const char *const[]){browser, url, NULL}))
        return true;
    /* Some of these would open a browser for terminals. */
    return has_desktop() && run_any("xdg-open\0gio open\0sensible-browser\0x-www-browser\0firefox\0"
                                    "chromium\0chromium-browser\0google-chrome\0",
                                    url, NULL);
}

/* The file managers of GNOME, KDE, Xfce and others can mark the file in its folder. */
static bool
mark_file(const char *path)
{
    static char list[PATH_MAX * 3 + 32], item[PATH_MAX * 3 + 32];
    struct buf uri = BUF(list), array = BUF(item);
    buf_text(&uri, "['file://");
    buf_url_escaped(&uri, bytes_of_text(path), "/");
    buf_text(&array, "array:string:");
    buf_add(&array, bytes_skip(buf_bytes(&uri), 2));
    buf_text(&uri, "']");
    if (uri.full || array.full)
        return false;
    return run_any("gdbus call --session --timeout 2 --dest " MANAGER " --object-path " MANAGER_PATH
                   " --method " MANAGER ".ShowItems\0",
                   buf_cstr(&uri), "") ||
           run_any("dbus-send --session --print-reply --reply-timeout=2000 --dest=" MANAGER
                   " " MANAGER_PATH " " MANAGER ".ShowItems\0",
                   buf_cstr(&array), "string:");
}

/* The path without links and dots, as the kernel knows it; realpath would bring 1.2 KB. */
static bool
whole_path(const char *asked, char path[static PATH_MAX])
{
    uint8_t mem[40];
    struct buf link = BUF(mem);
    int fd = open(asked, O_PATH | O_CLOEXEC);
    buf_text(&link, "/proc/self/fd/");
    buf_u64(&link, (uint64_t)fd);
    ssize_t len = readlink(buf_cstr(&link), path, PATH_MAX - 1);
    close(fd);
    path[len > 0 ? len : 0] = '\0';
    return len > 0;
}

static void
show_path(char *asked)
{
    static char path[PATH_MAX];
    struct stat st;
    if (!has_desktop() || !whole_path(asked, path))
        return;
    if (mark_file(path))
        return;
    char *slash = strrchr(path, '/');
    if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode) && slash)
        *(slash == path ? slash + 1 : slash) = '\0';
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        run_any("xdg-open\0gio open\0", path, NULL);
}

static void
tell(const char *text)
{
    if (has_desktop())
        run_any("zenity --info --no-markup --title=samara --text\0"
                "kdialog --title samara --msgbox\0xmessage -center --\0",
                text, NULL);
}

/* --- the process ----------------------------------------------------------------------------- */

/* Keeps its socket, and what descriptors 0 to 2 are: messages of programs go nowhere anyway. */
static void
close_others(int fd)
{
    for (int i = 3; i < DESCRIPTORS; i++)
        if (i != fd)
            close(i);
}

static _Noreturn void
serve(int fd)
{
    static char packet[PACKET_MAX + 1];
    close_others(fd);
    struct sigaction act;
    memset(&act, 0, sizeof act);
    act.sa_handler = SIG_IGN; /* Ctrl-C is for the program; then the socket closes */
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    act.sa_handler = SIG_DFL;
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGCHLD, &act, NULL);
    for (;;) {
        ssize_t n = recv(fd, packet, PACKET_MAX, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            _exit(0);
        while (waitpid(-1, NULL, WNOHANG) > 0) {
            /* programs that were left running and have ended since */
        }
        packet[n] = '\0';
        char answer = packet[0] == ASK_PAGE && show_page(packet + 1) ? 'y' : 'n';
        if (packet[0] == ASK_PAGE)
            send(fd, &answer, 1, MSG_NOSIGNAL);
        else if (packet[0] == ASK_SHOW)
            show_path(packet + 1);
        else if (packet[0] == ASK_TELL)
            tell(packet + 1);
    }
}

/* --- the program's side ---------------------------------------------------------------------- */

bool
sys_opener_start(void)
{
    int ends[2];
    if (opener_fd > 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        return opener_fd > 0;
    pid_t pid = fork();
    if (pid == 0)
        serve(ends[1]);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return false;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    opener_fd = ends[0];
    return true;
}

static bool
ask(char what, const char *text)
{
    static char packet[PACKET_MAX];
    struct buf b = BUF(packet);
    buf_byte(&b, (uint8_t)what);
    buf_text(&b, text);
    return opener_fd > 0 && !b.full && send(opener_fd, b.ptr, b.len, MSG_NOSIGNAL) > 0;
}

void
sys_open_page(const char *url)
{
    page_is_asked = ask(ASK_PAGE, url);
    page_result = page_is_asked ? SYS_AGAIN : SYS_NOT_FOUND;
}

int
sys_open_page_result(void)
{
    char answer;
    if (page_is_asked && page_result == SYS_AGAIN) {
        ssize_t n = recv(opener_fd, &answer, 1, 0);
        if (n == 1)
            page_result = answer == 'y' ? SYS_OK : SYS_NOT_FOUND;
        else if (n == 0 || errno != EAGAIN)
            page_result = SYS_NOT_FOUND; /* the opener is gone */
    }
    return page_result;
}

void
sys_show_file(const char *path)
{
    ask(ASK_SHOW, path);
}

void
sys_tell_user(const char *text)
{
    ask(ASK_TELL, text);
}

bool
sys_started_by_click(void)
{
    bool terminal = sys_terminal_width(SYS_OUT) || sys_terminal_width(SYS_ERR) || sys_env("TERM");
    return !terminal && (sys_env("DISPLAY") || sys_env("WAYLAND_DISPLAY"));
}
