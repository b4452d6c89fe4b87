/* The licence of samara and of what is linked into it: the text of the file LICENSE. */
#ifndef UI_LICENSE_H
#define UI_LICENSE_H

/* NUL-terminated, lines end in '\n'. Made by the build from LICENSE. */
extern const char license_text[];

#endif
