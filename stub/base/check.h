/* Asserts that stay in release builds.
 *
 * A failed check is our own mistake, never bad input: it prints file and line on
 * standard error and stops the program at once. One condition a check. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#define check(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__))

/* Prints "samara: internal error at FILE:LINE" and traps. */
_Noreturn void check_failed(const char *file, int line);

#endif
