/* A download into a folder where something stands already, and downloads of some files only. What
 * the user had is never lost; what is right is not fetched again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "sim/cast.h"
#include "sim/scenario.h"

enum { FILES_MAX_HERE = 8, PATH_SIZE = 400 };

enum before {
    BEFORE_NOTHING,
    BEFORE_RIGHT,   /* the file itself: it is checked and stays */
    BEFORE_FOREIGN, /* something else of the same length */
    BEFORE_LONGER,  /* the right bytes and more */
    BEFORE_PART,    /* a .part of random bytes, with some right ones */
    BEFORE_KINDS,
};

struct files {
    struct cast cast;
    struct client *client;
    enum before before[FILES_MAX_HERE];
    uint8_t *foreign[FILES_MAX_HERE]; /* what stood there */
    size_t foreign_len[FILES_MAX_HERE];
    bool wanted[FILES_MAX_HERE];
};

static void
path_of(const struct files *f, uint32_t i, const char *more, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s/%s%s", CLIENT_FOLDER, f->cast.content.torrent.files[i].path, more);
}

/* Makes up what stands in the way of one file. */
static void
put_before(struct files *f, uint32_t i)
{
    struct sim *sim = f->cast.sim;
    const struct content *c = &f->cast.content;
    const struct torrent_file *tf = &c->torrent.files[i];
    char path[PATH_SIZE];
    size_t len = (size_t)tf->length;
    uint8_t *copy = calloc(1, len + 100);
    check(copy);
    memcpy(copy, c->data + tf->offset, len);
    path_of(f, i, f->before[i] == BEFORE_PART ? ".part" : "", path);
    switch (f->before[i]) {
    case BEFORE_NOTHING:
    case BEFORE_KINDS: free(copy); return;
    case BEFORE_RIGHT: break;
    case BEFORE_FOREIGN:
        for (size_t k = 0; k < len; k++) {
            copy[k] ^= 0x33;
        }
        break;
    case BEFORE_LONGER: len += (size_t)sim_between(sim, 1, 99); break;
    case BEFORE_PART:
        if (len > 0) {
            copy[sim_between(sim, 0, (int64_t)len - 1)] ^= 1;
        }
        break;
    }
    sim_say(sim, "%s was there (%d)", path, f->before[i]);
    sim_file_put(f->client->host, path, bytes_of(copy, len));
    f->foreign[i] = copy;
    f->foreign_len[i] = len;
}

/* Is a file with these bytes anywhere in the folder under the name or its ".old" kin? */
static bool
is_kept(const struct files *f, uint32_t i)
{
    static const char *const names[] = {"", ".old", ".old2"};
    for (size_t k = 0; k < 3; k++) {
        char path[PATH_SIZE];
        path_of(f, i, names[k], path);
        if (sim_file_equals(f->client->host, path, bytes_of(f->foreign[i], f->foreign_len[i]))) {
            return true;
        }
    }
    return false;
}

/* How many files the user has besides the torrent's. */
static size_t
count_others(const struct files *f)
{
    size_t n = 0;
    for (uint32_t i = 0; i < f->cast.content.torrent.file_count; i++) {
        bool foreign = f->before[i] == BEFORE_FOREIGN || f->before[i] == BEFORE_LONGER;
        bool empty = f->foreign_len[i] == 0;
        n += foreign && !empty;
        n += !f->wanted[i] && (f->before[i] == BEFORE_RIGHT || (foreign && empty));
    }
    return n;
}

static void
check_kept(struct files *f)
{
    for (uint32_t i = 0; i < f->cast.content.torrent.file_count; i++) {
        bool foreign = f->before[i] == BEFORE_FOREIGN || f->before[i] == BEFORE_LONGER;
        if (foreign && !is_kept(f, i)) {
            sim_fail(f->cast.sim, "what stood in the way of file %u is lost", i);
        }
        free(f->foreign[i]);
    }
}

void
scenario_files(struct sim *sim)
{
    struct files f = {.cast = {.sim = sim}};
    struct cast *cast = &f.cast;
    uint32_t files = (uint32_t)sim_between(sim, 1, FILES_MAX_HERE);
    cast_content(cast, 1000, 300 << 10, files);
    cast_tracker(cast, TRACKER_GOOD);
    struct client *seed = cast_client(cast, &line_good);
    content_put(&cast->content, seed->host, CLIENT_FOLDER);
    client_start(seed);
    f.client = cast_client(cast, &line_good);
    bool some = sim_chance(sim, 40), any = false;
    for (uint32_t i = 0; i < files; i++) {
        f.before[i] = sim_chance(sim, 40) ? (enum before)sim_between(sim, 0, BEFORE_KINDS - 1)
                                          : BEFORE_NOTHING;
        f.wanted[i] = !some || sim_chance(sim, 50);
        any = any || f.wanted[i];
        put_before(&f, i);
    }
    f.wanted[0] = f.wanted[0] || !any;
    f.client->wanted = f.wanted;
    f.client->other_files = count_others(&f);
    cast_start_after(cast, f.client, 0);
    cast_run(cast, 120);
    check_kept(&f);
    cast_end(cast);
    cast_free(cast);
}
