/* Asserts that stay in release builds.
 *
 * A failed check is our own mistake, never bad input: it prints file and line on
 * standard error and stops the program at once. One condition a check. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

/* A file's name alone is unique here, and its path would be carried by every download. */
#define check(condition) ((condition) ? (void)0 : check_failed(__FILE_NAME__, __LINE__))

/* Prints "samara: internal error at FILE:LINE" and traps. */
_Noreturn void check_failed(const char *file, int line);

#endif
