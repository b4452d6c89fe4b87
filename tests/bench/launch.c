/* Says when, then becomes the program: the fork of a Python takes a millisecond to be torn down.
 *
 *   launch FD PROGRAM ARGUMENT...
 *
 * Writes CLOCK_MONOTONIC in seconds to FD as a double, closes it and executes PROGRAM. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct timespec t;
    if (argc < 3)
        return 2;
    int fd = (int)strtol(argv[1], NULL, 10);
    clock_gettime(CLOCK_MONOTONIC, &t);
    double now = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
    if (write(fd, &now, sizeof now) != (ssize_t)sizeof now)
        return 2;
    close(fd);
    execvp(argv[2], argv + 2);
    fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
    return 127;
}
