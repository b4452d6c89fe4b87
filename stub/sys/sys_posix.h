/* What the sys_posix files share. Nobody above sys/ includes this. */
#ifndef SYS_SYS_POSIX_H
#define SYS_SYS_POSIX_H

#include <poll.h>

#include "sys/sys_common.h"

/* The call itself: the C library's ioctl translates what is about times for old kernels, which is
 * 1 KB on processors with 32 bits. 0 or -1 with errno. */
int posix_ioctl(int fd, unsigned long request, void *argument);

/* Serve may have many clients; the usual limit is 1024. */
enum { POSIX_DESCRIPTORS_MAX = 8192 };

/* The enum sys_error of an errno. */
int posix_reason(int error_number);

/* Makes the sys_poll under way, or else the next one, return. Safe in signal handlers. */
void posix_wake(void);

/* Gives up the spare descriptor (true: there was one) and takes it back. With it a listener
 * can still turn connections away when the process has no descriptor left. */
bool posix_spare_give(void);
void posix_spare_take(void);

/* As sys_udp_send; link-local addresses also need to know through which interface (0: any). */
int64_t posix_udp_send(sys_sock s, const void *data, size_t len, const struct addr *to,
                       uint32_t interface);

/* The address of ours from which `to` would be reached; false: no way leads there. */
bool posix_route(const struct addr *to, struct addr *own);

/* For sys_poll: the sockets of look-ups under way, up to POSIX_NAMES_MAX, are put into `set`, the
 * deadline is brought forward to theirs; returns how many. After the poll posix_names_turn takes
 * what has come. */
enum { POSIX_NAMES_MAX = 4 };
size_t posix_names_wait(struct pollfd *set, int64_t *deadline_ms);
void posix_names_turn(void);

/* For tests: other files than /etc/hosts and /etc/resolv.conf, another port of the servers. */
void posix_names_from(const char *hosts, const char *resolv, uint16_t port);

/* Opens a folder below `at` ("" = itself) so that it can be read. */
int posix_open_folder(sys_dir at, const char *path, sys_dir *out);

/* Makes what only start-up writes (RELRO) read-only, as a dynamic loader would. */
void posix_seal_relocations(void);

/* Where Linux systems keep their trust anchors; a list for text_at, an empty text at its end. */
extern const char posix_roots_paths[];

#endif
