/* POSIX: the program's own image, the user's folders and language, the system's certificates. */
#include "sys/sys_posix.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

const char posix_roots_paths[] =
    "/etc/ssl/certs/ca-certificates.crt\0"                /* Debian, Arch, Alpine, Gentoo, NixOS */
    "/etc/pki/tls/certs/ca-bundle.crt\0"                  /* Fedora, Red Hat */
    "/etc/ssl/ca-bundle.pem\0"                            /* openSUSE */
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem\0" /* Fedora without the old path */
    "/etc/pki/tls/cacert.pem\0"                           /* OpenELEC */
    "/etc/ssl/cert.pem\0"                                 /* Alpine, BSD */
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem\0"  /* Arch without the old path */
    "/var/lib/ca-certificates/ca-bundle.pem\0"            /* openSUSE */
    "/usr/share/ssl/certs/ca-bundle.crt\0";               /* old Red Hat */

int
sys_self_open(sys_file *out)
{
    /* In one call: an emulator of another processor knows the path only as a whole. */
    int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        *out = fd;
        return SYS_OK;
    }
    const char *name = (const char *)(uintptr_t)getauxval(AT_EXECFN);
    return name ? sys_file_open_path(name, SYS_READ, out) : SYS_NOT_FOUND;
}

const char *
sys_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

bool
sys_current_folder(struct buf *out)
{
    char path[PATH_MAX];
    bool got = getcwd(path, sizeof path) != NULL;
    buf_text(out, got ? path : "");
    return got && !out->full;
}

/* Appends a whole file. */
static bool
add_file(struct buf *out, const char *path)
{
    sys_file f = SYS_NONE;
    if (!path || sys_file_open_path(path, SYS_READ, &f) != SYS_OK) {
        return false;
    }
    size_t room = out->max - out->len;
    int64_t n = sys_file_read(f, 0, out->ptr + out->len, room);
    bool whole = n > 0 && n == sys_file_size(f);
    out->len += whole ? (size_t)n : 0;
    sys_file_close(&f);
    return whole;
}

bool
sys_roots_pem(struct buf *out)
{
    if (add_file(out, sys_env("SSL_CERT_FILE"))) {
        return true;
    }
    for (const char *path = posix_roots_paths; *path; path = text_at(path, 1)) {
        if (add_file(out, path)) {
            return true;
        }
    }
    return false;
}

/* Is what was appended from `start` on the path of a folder? */
static bool
is_folder(struct buf *b, size_t start)
{
    sys_dir d = SYS_NONE;
    bool is = b->len > start && !b->full && b->len < b->max &&
              sys_dir_open(buf_cstr(b) + start, false, &d) == SYS_OK;
    sys_dir_close(&d);
    return is;
}

/* The value of the line XDG_DOWNLOAD_DIR="..." of user-dirs.dirs: absolute, or beginning with
 * $HOME. */
static void
read_user_dirs(struct bytes text, const char *home, struct buf *out)
{
    while (text.len > 0) {
        struct bytes line = bytes_trim(bytes_cut(&text, '\n'));
        struct bytes key = BYTES("XDG_DOWNLOAD_DIR=\"");
        if (!bytes_starts(line, key)) {
            continue;
        }
        struct bytes value = bytes_skip(line, key.len);
        if (bytes_starts(value, BYTES("$HOME/"))) {
            buf_text(out, home);
            value = bytes_skip(value, 5);
        } else if (!bytes_starts(value, BYTES("/"))) {
            continue; /* the specification allows nothing else */
        }
        for (size_t i = 0; i < value.len && value.ptr[i] != '"'; i++) {
            if (value.ptr[i] == '\\' && i + 1 < value.len) {
                i++;
            }
            buf_byte(out, value.ptr[i]);
        }
        return;
    }
}

static bool
downloads_from_user_dirs(struct buf *out, const char *home)
{
    static uint8_t text[8192];
    struct buf b = BUF(text);
    const char *config = sys_env("XDG_CONFIG_HOME");
    buf_text(&b, config && *config == '/' ? config : home);
    buf_text(&b, config && *config == '/' ? "/user-dirs.dirs" : "/.config/user-dirs.dirs");
    const char *path = buf_cstr(&b);
    size_t skip = b.len + 1;
    struct buf contents = buf_over(text + skip, sizeof text - skip);
    if (b.full || !add_file(&contents, path)) {
        return false;
    }
    size_t start = out->len;
    read_user_dirs(buf_bytes(&contents), home, out);
    return is_folder(out, start);
}

bool
sys_downloads_folder(struct buf *out)
{
    const char *home = sys_env("HOME");
    if (!home || *home != '/') {
        return false;
    }
    struct buf start = *out;
    if (downloads_from_user_dirs(out, home)) {
        return true;
    }
    static const char *const names[] = {"/Downloads", ""};
    for (size_t i = 0; i < 2; i++) {
        *out = start;
        buf_text(out, home);
        buf_text(out, names[i]);
        if (is_folder(out, start.len)) {
            return true;
        }
    }
    *out = start;
    return false;
}

/* What the locale says about a category, by the rules of setlocale: LC_ALL, its own, LANG. */
static struct bytes
locale_for(const char *category)
{
    struct bytes value = bytes_of_text(sys_env("LC_ALL"));
    value = value.len > 0 ? value : bytes_of_text(sys_env(category));
    return value.len > 0 ? value : bytes_of_text(sys_env("LANG"));
}

/* "de_AT.UTF-8@euro": is its charset ours? LC_CTYPE may be nothing but a charset. */
static bool
takes_utf8(struct bytes locale)
{
    struct bytes charset = locale;
    bytes_cut(&charset, '.');
    charset = charset.len > 0 ? bytes_cut(&charset, '@') : locale;
    return bytes_equal_nocase(charset, BYTES("UTF-8")) ||
           bytes_equal_nocase(charset, BYTES("UTF8"));
}

/* Appends letters and digits, all in one case (ASCII); false if there is something else. */
static bool
put_part(struct buf *out, struct bytes part, bool upper)
{
    for (size_t i = 0; i < part.len; i++) {
        uint8_t c = part.ptr[i], low = c | 0x20;
        bool letter = low >= 'a' && low <= 'z';
        if (!letter && !(c >= '0' && c <= '9')) {
            return false;
        }
        buf_byte(out, !letter ? c : upper ? c & 0xdf : low);
    }
    return true;
}

bool
sys_language(struct buf *out)
{
    uint8_t mem[16];
    struct buf tag = BUF(mem);
    struct bytes locale = locale_for("LC_MESSAGES");
    struct bytes name = bytes_cut(&locale, '.');
    if (!takes_utf8(locale_for("LC_CTYPE")) || bytes_equal(name, BYTES("C")) ||
        bytes_equal(name, BYTES("POSIX"))) {
        return false;
    }
    struct bytes list = bytes_of_text(sys_env("LANGUAGE"));
    if (list.len > 0) {
        list = bytes_cut(&list, ':');
        name = bytes_cut(&list, '.');
    }
    name = bytes_cut(&name, '@');
    size_t dash = bytes_find(name, '-');
    struct bytes language = bytes_cut(&name, dash < name.len ? '-' : '_');
    struct bytes region = name;
    if (language.len < 2 || language.len > 8 || !put_part(&tag, language, false)) {
        return false;
    }
    if (region.len == 2 || region.len == 3) {
        buf_byte(&tag, '-');
        if (!put_part(&tag, region, true)) {
            return false;
        }
    }
    buf_add(out, buf_bytes(&tag));
    return true;
}
