/* The one system call of base: an assert that failed must be seen even where nothing else
 * works any more, and stdio would cost every app 4 KB. */
#include "base/check.h"

#include <string.h>
#include <unistd.h>

void
check_failed(const char *file, int line)
{
    char text[200] = "samara: internal error at ";
    unsigned len = (unsigned)strlen(text);
    for (; *file && len < sizeof text - 12; file++) {
        text[len++] = *file;
    }
    text[len++] = ':';
    int scale = 1;
    while (line / scale >= 10) {
        scale *= 10;
    }
    for (; scale > 0; scale /= 10) {
        text[len++] = (char)('0' + line / scale % 10);
    }
    text[len++] = '\n';
    if (write(2, text, len) < 0) {
        __builtin_trap(); /* nobody to tell */
    }
    __builtin_trap();
}
