/* The version of samara, of builder and stub alike. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define SAMARA_VERSION "0.1.0"

#endif
