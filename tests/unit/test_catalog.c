/* A folder that changes while it is offered. Time is passed in, so nothing here waits for it. */
#include "builder/catalog.h"

#include "unit/folder.h"

static const struct source_list no_sources;
static const struct make_extra plain = {.sources = &no_sources, .date = -1};

struct lab {
    struct folder folder, cache;
    struct catalog catalog;
    int64_t now_ms;
};

static sys_dir
again(const struct folder *f)
{
    sys_dir dir = SYS_NONE;
    assert_int_equal(sys_dir_open(f->path, false, &dir), SYS_OK);
    return dir;
}

static void
open_catalog(struct lab *l, bool with_cache)
{
    l->now_ms = sys_now_ms();
    assert_int_equal(catalog_open(&l->catalog, again(&l->folder),
                                  with_cache ? again(&l->cache) : SYS_NONE, 0),
                     SYS_OK);
}

static int
set_up(void **state)
{
    struct lab *l = calloc(1, sizeof *l);
    sys_init();
    folder_make(&l->folder);
    folder_make(&l->cache);
    *state = l;
    return 0;
}

static int
tear_down(void **state)
{
    struct lab *l = *state;
    catalog_close(&l->catalog);
    int failed = folder_remove(&l->folder) + folder_remove(&l->cache);
    free(l);
    return failed;
}

/* One look at all of it, `later_ms` from the last. */
static void
look(struct lab *l, int64_t later_ms)
{
    l->now_ms += later_ms;
    l->catalog.look_ms = 0;
    do {
        catalog_look(&l->catalog, l->now_ms);
        l->now_ms += 20;
    } while (l->catalog.look_at < l->catalog.count);
}

/* Hashes what is to be hashed; how many became READY or FAILED. */
static int
hash(struct lab *l)
{
    int n = 0;
    while (catalog_has_work(&l->catalog, l->now_ms)) {
        n += catalog_turn(&l->catalog, &plain, 1 << 20, l->now_ms) != NULL;
    }
    return n;
}

/* How many were withdrawn, and gives them back. */
static int
gone(struct lab *l)
{
    int n = 0;
    for (struct entry *e; (e = catalog_take_gone(&l->catalog)) != NULL; n++) {
        entry_free(e, 0);
    }
    return n;
}

static struct entry *
find(const struct lab *l, const char *slug)
{
    return catalog_by_slug(&l->catalog, bytes_of_text(slug));
}

static void
test_what_is_there_is_offered_at_once(void **state)
{
    struct lab *l = *state;
    uint32_t index;
    folder_put(&l->folder, "film", "content");
    folder_put(&l->folder, "album/one", "1");
    folder_put(&l->folder, "album/two", "22");
    folder_put(&l->folder, "empty", "");
    folder_put(&l->folder, ".hidden", "x");
    folder_put(&l->folder, "x.part", "x");
    folder_put(&l->folder, "x.torrent", "x");
    open_catalog(l, false);
    assert_int_equal(l->catalog.count, 3);
    assert_int_equal(hash(l), 3);
    assert_true(catalog_is_done(&l->catalog));
    assert_int_equal(l->catalog.ready, 2);
    assert_int_equal(l->catalog.failed, 1);
    assert_int_equal(find(l, "empty")->state, ENTRY_FAILED);
    for (uint32_t i = 0; i < l->catalog.count; i++) {
        struct entry *e = l->catalog.entries[i];
        if (e->state == ENTRY_READY) {
            assert_ptr_equal(catalog_by_hash(&l->catalog, e->torrent.info_hash), e);
        }
    }
    assert_null(catalog_by_hash(&l->catalog, (const uint8_t *)"a hash of nothing here"));
    assert_ptr_equal(catalog_by_path(&l->catalog, BYTES("album/two"), &index), find(l, "album"));
    assert_int_equal(index, 1);
    assert_null(catalog_by_path(&l->catalog, BYTES("album/three"), &index));
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(gone(l) + hash(l), 0);
}

static void
test_what_is_new_is_offered_once_it_is_left_alone(void **state)
{
    struct lab *l = *state;
    folder_put(&l->folder, "film", "content");
    open_catalog(l, false);
    hash(l);
    for (int i = 0; i < 5; i++) { /* someone copies */
        char text[16] = "part part part";
        text[4 + 2 * i] = '\0';
        folder_put(&l->folder, "copied", text);
        look(l, CATALOG_LOOK_MS);
        assert_int_equal(hash(l), 0);
        assert_false(catalog_is_done(&l->catalog));
    }
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l), 1);
    assert_int_equal(find(l, "copied")->state, ENTRY_READY);
    assert_int_equal(find(l, "copied")->torrent.size, 12);
    assert_int_equal(gone(l), 0);
}

static void
test_what_changes_is_withdrawn_and_hashed_anew(void **state)
{
    struct lab *l = *state;
    uint8_t before[SHA1_SIZE];
    folder_put(&l->folder, "film", "content");
    folder_put(&l->folder, "album/one", "1");
    open_catalog(l, true);
    hash(l);
    memcpy(before, find(l, "film")->torrent.info_hash, SHA1_SIZE);
    find(l, "film")->is_titled = true;
    folder_wait_for_clock();
    folder_put(&l->folder, "film", "CONTENT"); /* as long as before */
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(gone(l), 1);
    assert_null(catalog_by_hash(&l->catalog, before));
    assert_int_equal(find(l, "film")->state, ENTRY_WAITING);
    assert_int_equal(l->catalog.ready, 1);
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l), 1);
    assert_memory_not_equal(find(l, "film")->torrent.info_hash, before, SHA1_SIZE);
    assert_true(find(l, "film")->is_titled);
    folder_put(&l->folder, "album/two", "2");
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(gone(l), 1);
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l), 1);
    assert_int_equal(find(l, "album")->torrent.file_count, 2);
}

static void
test_what_changes_while_it_is_hashed_begins_again(void **state)
{
    struct lab *l = *state;
    static char text[3 << 20];
    memset(text, 'a', sizeof text - 1);
    folder_put(&l->folder, "film", text);
    open_catalog(l, false);
    assert_null(catalog_turn(&l->catalog, &plain, 1, l->now_ms));
    assert_int_equal(find(l, "film")->state, ENTRY_HASHING);
    folder_wait_for_clock();
    text[5] = 'b';
    folder_put(&l->folder, "film", text);
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(find(l, "film")->state, ENTRY_WAITING);
    assert_int_equal(gone(l), 1);
    assert_int_equal(hash(l), 0);
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l), 1);
    assert_int_equal(find(l, "film")->state, ENTRY_READY);
}

static void
test_what_goes_away_is_withdrawn(void **state)
{
    struct lab *l = *state;
    folder_put(&l->folder, "a", "1");
    folder_put(&l->folder, "b", "2");
    folder_put(&l->folder, "c", "");
    open_catalog(l, false);
    hash(l);
    folder_put(&l->folder, "aa", "3");
    assert_int_equal(sys_remove(l->folder.dir, "a"), SYS_OK);
    assert_int_equal(sys_remove(l->folder.dir, "c"), SYS_OK);
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(gone(l), 2);
    assert_int_equal(l->catalog.count, 2);
    assert_int_equal(l->catalog.ready, 1);
    assert_int_equal(l->catalog.failed, 0);
    assert_null(find(l, "a"));
    look(l, CATALOG_SETTLE_MS);
    hash(l);
    assert_int_equal(find(l, "aa")->state, ENTRY_READY);
}

/* What cannot be offered is tried again when it changes, not each time it is seen. */
static void
test_a_reason_is_told_once(void **state)
{
    struct lab *l = *state;
    folder_put(&l->folder, "film", "");
    open_catalog(l, false);
    assert_int_equal(hash(l), 1);
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l) + gone(l), 0);
    folder_put(&l->folder, "film", "content");
    look(l, CATALOG_LOOK_MS);
    assert_int_equal(gone(l), 1);
    look(l, CATALOG_SETTLE_MS);
    assert_int_equal(hash(l), 1);
    assert_int_equal(find(l, "film")->state, ENTRY_READY);
}

/* Slugs stay what they are while others come and go. */
static void
test_addresses_stay(void **state)
{
    struct lab *l = *state;
    folder_put(&l->folder, "my film", "1");
    open_catalog(l, false);
    folder_put(&l->folder, "my  film", "2");
    folder_put(&l->folder, "my-film", "3");
    look(l, CATALOG_LOOK_MS);
    assert_string_equal(find(l, "my-film")->name, "my film");
    assert_string_equal(find(l, "my-film-2")->name, "my  film");
    assert_string_equal(find(l, "my-film-3")->name, "my-film");
    assert_int_equal(sys_remove(l->folder.dir, "my film"), SYS_OK);
    look(l, CATALOG_LOOK_MS);
    assert_null(find(l, "my-film"));
    assert_string_equal(find(l, "my-film-3")->name, "my-film");
    gone(l);
}

static int
kept_hashes(const struct lab *l)
{
    uint8_t mem[4096];
    struct buf b = BUF(mem);
    int n = 0;
    assert_int_equal(sys_dir_list(l->cache.dir, "", &b), SYS_OK);
    for (size_t at = 0; at < b.len; at += strlen((char *)mem + at) + 1) {
        n += strstr((char *)mem + at, ".hashes") != NULL;
    }
    return n;
}

static void
test_hashes_are_kept_over_restarts_while_they_fit(void **state)
{
    struct lab *l = *state;
    static char text[3 << 20];
    uint8_t before[SHA1_SIZE];
    memset(text, 'a', sizeof text - 1);
    folder_put(&l->folder, "film", text);
    folder_put(&l->folder, "other", text);
    open_catalog(l, true);
    assert_null(catalog_turn(&l->catalog, &plain, 1, l->now_ms)); /* it takes more than a turn */
    hash(l);
    memcpy(before, find(l, "film")->torrent.info_hash, SHA1_SIZE);
    assert_int_equal(kept_hashes(l), 2);
    catalog_close(&l->catalog);

    folder_wait_for_clock();
    folder_put(&l->folder, "other", "short");
    open_catalog(l, true);
    assert_ptr_equal(catalog_turn(&l->catalog, &plain, 1, l->now_ms), find(l, "film"));
    assert_memory_equal(find(l, "film")->torrent.info_hash, before, SHA1_SIZE);
    hash(l);
    look(l, CATALOG_LOOK_MS); /* what was kept of the other is of no use any more */
    assert_int_equal(kept_hashes(l), 2);
    catalog_close(&l->catalog);

    /* Damaged ones are not believed. */
    uint8_t mem[4096];
    struct buf names = BUF(mem);
    assert_int_equal(sys_dir_list(l->cache.dir, "", &names), SYS_OK);
    for (size_t at = 0; at < names.len; at += strlen((char *)mem + at) + 1) {
        sys_file f = SYS_NONE;
        assert_int_equal(sys_file_open(l->cache.dir, (char *)mem + at, SYS_WRITE, &f), SYS_OK);
        assert_true(sys_file_write(f, 3, "x", 1) >= 0);
        sys_file_close(&f);
    }
    open_catalog(l, true);
    assert_null(catalog_turn(&l->catalog, &plain, 1, l->now_ms));
    hash(l);
    assert_memory_equal(find(l, "film")->torrent.info_hash, before, SHA1_SIZE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_there_is_offered_at_once),
        TEST(test_what_is_new_is_offered_once_it_is_left_alone),
        TEST(test_what_changes_is_withdrawn_and_hashed_anew),
        TEST(test_what_changes_while_it_is_hashed_begins_again),
        TEST(test_what_goes_away_is_withdrawn),
        TEST(test_a_reason_is_told_once),
        TEST(test_addresses_stay),
        TEST(test_hashes_are_kept_over_restarts_while_they_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
