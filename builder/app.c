#include "builder/app.h"

#include "builder/pack.h"
#include "builder/targets.h"

#include <stdlib.h>
#include <string.h>

struct app_image
app_image_make(const char *target, struct bytes icon, struct bytes title)
{
    struct app_image i = {.target = target, .program = pack_program(target, icon, title)};
    sha256_init(&i.sha);
    sha256_add(&i.sha, i.program.ptr, i.program.len);
    if (!target_is_windows(target)) {
        i.packed = tarball_image(i.program);
    }
    return i;
}

void
app_image_free(struct app_image *i)
{
    free((void *)(uintptr_t)i->program.ptr);
    tarball_image_free(&i->packed);
    *i = (struct app_image){0};
}

static void
finish(struct made_file *f, struct sha256 *sha)
{
    struct buf etag = BUF(f->etag);
    sha256_end(sha, f->sha256);
    buf_hex(&etag, bytes_of(f->sha256, 8));
    buf_cstr(&etag);
}

static void
make_archive(struct app *a, const struct app_image *i, const char *torrent_name)
{
    uint8_t mem[NAME_LEN_MAX * 4];
    struct buf name = BUF(mem);
    struct sha256 sha;
    pack_name(&name, torrent_name, i->target);
    a->around = tarball_make(buf_cstr(&name), &i->packed, a->tail);
    a->archive.size = a->around.head.len + i->packed.deflated.len + a->around.tail.len;
    sha256_init(&sha);
    sha256_add(&sha, a->around.head.ptr, a->around.head.len);
    sha256_add(&sha, i->packed.deflated.ptr, i->packed.deflated.len);
    sha256_add(&sha, a->around.tail.ptr, a->around.tail.len);
    finish(&a->archive, &sha);
}

bool
app_make(struct app *a, const struct app_image *i, const struct payload *settings,
         struct bytes metainfo, const char *torrent_name)
{
    struct payload p = *settings;
    p.torrent = metainfo;
    p.target = bytes_of_text(i->target);
    *a = (struct app){.tail = pack_tail(&p, i->program.len)};
    if (a->tail.len == 0) {
        return false;
    }
    struct sha256 sha = i->sha;
    sha256_add(&sha, a->tail.ptr, a->tail.len);
    a->program.size = i->program.len + a->tail.len;
    finish(&a->program, &sha);
    if (i->packed.deflated.len > 0) {
        make_archive(a, i, torrent_name);
    }
    return true;
}

void
app_free(struct app *a)
{
    free((void *)(uintptr_t)a->tail.ptr);
    tarball_free(&a->around);
    *a = (struct app){0};
}
