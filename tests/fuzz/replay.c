/* Runs one fuzz target over saved inputs, without a fuzzing engine.
 *
 *     replay NAME FOLDER...     every file in these folders, in the order of their names
 *
 * Each input is copied to memory of exactly its size, so that the sanitizer sees a read of one
 * byte too many. The name goes to standard error first: a crash then tells its input. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        fprintf(stderr, "cannot read %s\n", path);
        return 1;
    }
    size_t size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL || fread(data, 1, size, f) != size) {
        fprintf(stderr, "cannot read %s\n", path);
        fclose(f);
        return 1;
    }
    fclose(f);
    fprintf(stderr, "input %s\n", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int
not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns the number of inputs run, or -1. */
static int
run_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, not_hidden, alphasort);
    int failed = 0;
    for (int i = 0; i < count; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        failed |= run_file(path);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return failed ? -1 : count;
}

int
main(int argc, char **argv)
{
    int inputs = 0;
    if (argc < 3) {
        fprintf(stderr, "usage: replay NAME FOLDER...\n");
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        int count = run_folder(argv[i]);
        if (count <= 0) {
            printf("not ok %s: no inputs in %s\n", argv[1], argv[i]);
            return 1;
        }
        inputs += count;
    }
    printf("ok %s with %d inputs\n", argv[1], inputs);
    return 0;
}
