/* An app as a file: stub image, payload, trailer. Read by the app itself and by the builder. */
#ifndef ENGINE_APP_FILE_H
#define ENGINE_APP_FILE_H

#include "base/arena.h"
#include "meta/payload.h"
#include "sys/sys.h"

enum app_kind {
    APP_NOT,     /* no program of ours: neither ELF nor PE, and no trailer */
    APP_STUB,    /* a program without a payload: its image ends where the file ends */
    APP_GOOD,    /* `payload` is filled */
    APP_DAMAGED, /* `why` says how */
    APP_UNREAD,  /* the file cannot be read; `error` says why */
};

struct app_file {
    enum app_kind kind;
    int64_t size;
    struct payload_trailer trailer;
    struct bytes full;      /* the inflated dictionary, in the arena */
    struct payload payload; /* points into it */
    struct fault why;
    int error;
};

/* Reads an open file. */
void app_file_read(struct app_file *a, sys_file f, struct arena *arena);

/* Where the image of an ELF or PE program ends by its own tables, given the first bytes of the
 * file (4 KiB are enough for what this project makes); 0 when it is no such program. What
 * stands behind that place was appended. A file that is cut short ends before it. */
uint64_t app_image_end(struct bytes head);

#endif
