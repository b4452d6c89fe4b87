/* Linux: the program locks itself in, with Landlock (which files) and seccomp (which calls).
 *
 * Landlock: everything below the download folder may be read and written, what name look-up and TLS
 * need may be read, nothing else on the disk may be opened, and nothing may be run. Kernels know
 * more rights with each ABI version; only those that this kernel knows are asked for.
 *
 * seccomp: a list of calls that are refused, not a list of those that are allowed. Which calls a C
 * library makes differs between libraries, their versions and the kernel's (clock_gettime without
 * vDSO, time64, rseq, futex_waitv ...), and a forgotten one would break the download on a machine
 * that we never saw. What matters is to take away the ways out: running programs, reaching into
 * other processes, local sockets (session bus, agents), typing into the terminal, new namespaces,
 * and the parts of the kernel where most holes were found.
 *
 * Headers: musl has none of linux/, so the few constants stand here. */
#include "sys/sys_posix.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* --- RELRO ----------------------------------------------------------------------------- */

extern const char __ehdr_start[] __attribute__((visibility("hidden"))); /* made by the linker */

void
posix_seal_relocations(void)
{
    const char *image = __ehdr_start;
    const ElfW(Ehdr) *head = (const void *)image;
    const ElfW(Phdr) *ph = (const void *)(image + head->e_phoff);
    uintptr_t page = (uintptr_t)getauxval(AT_PAGESZ); /* sysconf would bring 870 bytes */
    for (int i = 0; i < head->e_phnum; i++) {
        if (ph[i].p_type != PT_GNU_RELRO)
            continue;
        uintptr_t from = (uintptr_t)image + ph[i].p_vaddr;
        uintptr_t end = (from + ph[i].p_memsz + page - 1) & ~(page - 1);
        from &= ~(page - 1); /* on its pages is nothing else: linux/image.ld */
        mprotect((void *)from, end - from, PROT_READ);
    }
}

/* --- Landlock -------------------------------------------------------------------------- */

enum {
    NR_LANDLOCK_CREATE = 444, /* the same on all processors */
    NR_LANDLOCK_ADD = 445,
    NR_LANDLOCK_RESTRICT = 446,
    LANDLOCK_VERSION = 1, /* flag: answer the ABI version */
    RULE_PATH_BENEATH = 1,

    FS_EXECUTE = 1 << 0,
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_DIR = 1 << 4,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_CHAR = 1 << 6,
    FS_MAKE_DIR = 1 << 7,
    FS_MAKE_REG = 1 << 8,
    FS_MAKE_SOCK = 1 << 9,
    FS_MAKE_FIFO = 1 << 10,
    FS_MAKE_BLOCK = 1 << 11,
    FS_MAKE_SYM = 1 << 12,
    FS_REFER = 1 << 13,     /* ABI 2 */
    FS_TRUNCATE = 1 << 14,  /* ABI 3 */
    FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
    FS_ABI_1 = (1 << 13) - 1,

    FS_OF_FILE = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    FS_READ = FS_READ_FILE | FS_READ_DIR,
    FS_WRITE = FS_READ | FS_WRITE_FILE | FS_REMOVE_DIR | FS_REMOVE_FILE | FS_MAKE_DIR |
               FS_MAKE_REG | FS_MAKE_SYM | FS_REFER | FS_TRUNCATE,

    SCOPE_ABSTRACT_SOCKETS = 1 << 0, /* ABI 6: not those of processes outside */
    SCOPE_SIGNALS = 1 << 1,
};

struct ruleset {
    uint64_t fs;
    uint64_t net; /* ABI 4; nothing is handled: the network stays open */
    uint64_t scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t fd;
} __attribute__((packed));

static void
allow(int rules, int fd, uint64_t rights)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        rights &= FS_OF_FILE; /* others are refused for a file */
    }
    struct path_rule rule = {.allowed = rights, .fd = fd};
    syscall(NR_LANDLOCK_ADD, rules, RULE_PATH_BENEATH, &rule, 0);
}

/* The links on the way are followed now: what counts later is where they led. */
static void
allow_path(int rules, const char *path, uint64_t rights)
{
    int fd = path ? open(path, O_PATH | O_CLOEXEC) : -1;
    if (fd >= 0) {
        allow(rules, fd, rights);
        close(fd);
    }
}

static bool
landlock(sys_dir folder, sys_dir also)
{
    long version = syscall(NR_LANDLOCK_CREATE, NULL, 0, LANDLOCK_VERSION);
    if (version < 1) {
        return false;
    }
    uint64_t known = (uint64_t)FS_ABI_1 | (version >= 2 ? FS_REFER : 0) |
                     (version >= 3 ? FS_TRUNCATE : 0) | (version >= 5 ? FS_IOCTL_DEV : 0);
    struct ruleset set = {.fs = known};
    set.scoped = version >= 6 ? SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS : 0;
    /* An older kernel refuses a longer struct even when the rest is 0. */
    size_t size = version >= 6   ? sizeof set
                  : version >= 4 ? offsetof(struct ruleset, scoped)
                                 : offsetof(struct ruleset, net);
    int rules = (int)syscall(NR_LANDLOCK_CREATE, &set, size, 0);
    if (rules < 0) {
        return false;
    }
    allow(rules, (int)folder, FS_WRITE & known);
    if (also != SYS_NONE) {
        allow(rules, (int)also, FS_WRITE & known);
    }
    /* In /etc: resolv.conf, hosts, certificates; resolv.conf may link to one of the next four. */
    static const char readable[] = "/etc\0"
                                   "/run/systemd/resolve\0"
                                   "/run/resolvconf\0"
                                   "/run/NetworkManager\0"
                                   "/run/connman\0"
                                   "/dev/urandom\0";
    for (const char *path = readable; *path; path = text_at(path, 1)) {
        allow_path(rules, path, FS_READ);
    }
    for (const char *path = posix_roots_paths; *path; path = text_at(path, 1)) {
        allow_path(rules, path, FS_READ_FILE);
    }
    allow_path(rules, sys_env("SSL_CERT_FILE"), FS_READ_FILE);
    bool in_force = syscall(NR_LANDLOCK_RESTRICT, rules, 0) == 0;
    close(rules);
    return in_force;
}

/* --- seccomp ---------------------------------------------------------------------------- */

struct instruction { /* struct sock_filter */
    uint16_t code;
    uint8_t if_true, if_false; /* how many instructions to skip */
    uint32_t k;
};

struct program { /* struct sock_fprog */
    unsigned short len;
    struct instruction *code;
};

enum {
    LOAD = 0x20,     /* BPF_LD | BPF_W | BPF_ABS */
    EQUAL = 0x15,    /* BPF_JMP | BPF_JEQ | BPF_K */
    BITS = 0x45,     /* BPF_JMP | BPF_JSET | BPF_K */
    AT_LEAST = 0x35, /* BPF_JMP | BPF_JGE | BPF_K */
    RETURN = 0x06,

    /* struct seccomp_data; only the low halves of arguments matter here */
    DATA_NUMBER = 0,
    DATA_ARCH = 4,
    DATA_ARGUMENT = 16 + (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? 4 : 0),

    SECCOMP_MODE_FILTER = 2,
    ANSWER_ALLOW = 0x7fff0000,
    ANSWER_ERRNO = 0x00050000,

    NAMESPACES = 0x7e020000, /* CLONE_NEW*: user, pid, net, ipc, uts, cgroup, mount */
    TIOCSTI = 0x5412,
    TIOCLINUX = 0x541c,

    FILTER_MAX = 160,
};

#if defined(__x86_64__)
#define THIS_ARCH 0xc000003eu
#elif defined(__i386__)
#define THIS_ARCH 0x40000003u
#elif defined(__aarch64__)
#define THIS_ARCH 0xc00000b7u
#elif defined(__arm__)
#define THIS_ARCH 0x40000028u
#endif

/* Refused always, with EPERM. Numbers from 424 on are the same on all processors. */
static const uint16_t refused[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp,
    SYS_kill,
    424 /* pidfd_send_signal */,
    434 /* pidfd_open */,
    438 /* pidfd_getfd */,
    440 /* process_madvise */,
    448 /* process_mrelease */,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns,
    428 /* open_tree */,
    429 /* move_mount */,
    430 /* fsopen */,
    431 /* fsconfig */,
    432 /* fsmount */,
    433 /* fspick */,
    442 /* mount_setattr */,
    443 /* quotactl_fd */,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_personality,
    425 /* io_uring_setup */,
    426 /* io_uring_enter */,
    427 /* io_uring_register */,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_kexec_load,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_adjtimex,
    SYS_clock_adjtime,
#ifdef SYS_clock_settime64 /* on 32-bit processors, beside those for a clock that ends in 2038 */
    SYS_clock_settime64,
    SYS_clock_settime32,
    SYS_clock_adjtime64,
    SYS_settimeofday_time32,
#else
    SYS_clock_settime,
    SYS_settimeofday,
#endif
    SYS_name_to_handle_at,
    SYS_open_by_handle_at,
    SYS_vhangup,
    SYS_fanotify_init,
};

struct filter {
    struct instruction v[FILTER_MAX];
    uint8_t len;
};

static void
filter_add(struct filter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    f->v[f->len++] =
        (struct instruction){.code = code, .k = k, .if_true = if_true, .if_false = if_false};
}

static void
filter_answer(struct filter *f, int error)
{
    filter_add(f, RETURN, error ? ANSWER_ERRNO | (uint32_t)error : ANSWER_ALLOW, 0, 0);
}

/* An instruction that answers `error` if the loaded word compares so. */
static void
filter_refuse_if(struct filter *f, uint16_t comparison, uint32_t k, int error)
{
    filter_add(f, comparison, k, 0, 1);
    filter_answer(f, error);
}

static void
filter_make(struct filter *f)
{
    filter_add(f, LOAD, DATA_ARCH, 0, 0);
    filter_add(f, EQUAL, THIS_ARCH, 1, 0);
    filter_answer(f, EPERM); /* calls of a sister architecture have other numbers */
    filter_add(f, LOAD, DATA_NUMBER, 0, 0);
#if defined(__x86_64__)
    filter_refuse_if(f, AT_LEAST, 0x40000000, EPERM); /* x32 */
#endif
    uint8_t count = sizeof refused / sizeof *refused;
    for (uint8_t i = 0; i < count; i++) {
        filter_add(f, EQUAL, refused[i], (uint8_t)(count - i), 0);
    }
    filter_add(f, EQUAL, UINT32_MAX, 0, 1); /* jumps over the answer of the list */
    filter_answer(f, EPERM);
    filter_refuse_if(f, EQUAL, 435, ENOSYS); /* clone3: clone is used instead, which can be read */

    filter_add(f, EQUAL, SYS_clone, 0, 3);
    filter_add(f, LOAD, DATA_ARGUMENT, 0, 0);
    filter_refuse_if(f, BITS, NAMESPACES, EPERM);
    filter_add(f, LOAD, DATA_NUMBER, 0, 0);

    filter_add(f, EQUAL, SYS_ioctl, 0, 5);
    filter_add(f, LOAD, DATA_ARGUMENT + 8, 0, 0);
    filter_refuse_if(f, EQUAL, TIOCSTI, EPERM);
    filter_refuse_if(f, EQUAL, TIOCLINUX, EPERM);
    filter_add(f, LOAD, DATA_NUMBER, 0, 0);

    filter_add(f, EQUAL, SYS_socket, 0, 5);
    filter_add(f, LOAD, DATA_ARGUMENT, 0, 0);
    filter_add(f, EQUAL, AF_INET, 3, 0);
    filter_add(f, EQUAL, AF_INET6, 2, 0);
    filter_add(f, EQUAL, AF_NETLINK, 1, 0); /* addresses and routes of this machine */
    filter_answer(f, EPERM);
    filter_answer(f, 0);
}

static bool
seccomp(void)
{
    struct filter f = {0};
    filter_make(&f);
    struct program p = {.len = f.len, .code = f.v};
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &p, 0, 0) == 0;
}

bool
sys_sandbox(sys_dir folder, sys_dir also)
{
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    bool files = landlock(folder, also);
    bool calls = seccomp();
    return files || calls;
}
