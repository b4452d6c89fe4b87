/* Included before everything that is compiled for a Linux image (see the Makefile).
 *
 * All of an image is linked into one file, libc too. Told so, the compiler calls what another file
 * has directly and finds its data without a table of addresses. */
#ifndef SYS_LINUX_HIDDEN_H
#define SYS_LINUX_HIDDEN_H

#pragma GCC visibility push(hidden)

#endif
