/* The table of flash crowds: size by size, how far from the fluid bound, over several seeds. */
#ifndef SIM_TABLE_H
#define SIM_TABLE_H

#include <stdint.h>

/* `arguments`: numbers of leechers, --seeds N, --piece BYTES, --mib N. Returns the exit code. */
int table_main(char **arguments, uint32_t jobs);

#endif
