/* The resources of a Windows program: the icon and the words that Windows shows for it.
 *
 * `samara pack` puts the publisher's icon and title into the stub before it appends the payload;
 * nothing else of the program changes, and the same input gives the same bytes. `samara verify`
 * does the same once more and compares. */
#ifndef BUILDER_PE_RESOURCES_H
#define BUILDER_PE_RESOURCES_H

#include "base/buf.h"

enum {
    ICON_FILE_MAX = 1024 * 1024,
    ICONS_MAX = 32,       /* sizes in one .ico */
    TITLE_UNITS_MAX = 63, /* UTF-16 units that the version resource has room for */
};

/* Is it an .ico file that can be taken? NULL, or what is wrong with it. */
const char *pe_icon_fault(struct bytes ico);

/* A copy of the image of a Windows stub in malloc'd memory, with another icon (`ico`, a good one;
 * empty: as it is) and another description (`title`, UTF-8, cut when long; empty: as it is). An
 * image without resources, or none for Windows, is copied as it is. */
struct bytes pe_resources_set(struct bytes image, struct bytes ico, struct bytes title);

/* The icon of a program as an .ico file in malloc'd memory; empty when there is none that can be
 * read. The image may be a stranger's. */
struct bytes pe_resources_icon(struct bytes image);

/* Clears what signing a program changes in its head: checksum and the place of the certificates. */
void pe_clear_signature(uint8_t *image, size_t len);

#endif
