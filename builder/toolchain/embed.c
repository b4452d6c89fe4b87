/* Host tool of the build: stub images, deflated, as a C table (builder/embedded.h).
 *
 *     embed TARGET=FILE... >embedded.c
 *
 * The same images give the same text: no times, no paths, one compressor setting. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "embed: %s %s\n", what, name);
    exit(1);
}

/* The whole file in malloc'd memory. */
static unsigned char *
read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
        die("cannot read", path);
    }
    long size = ftell(f);
    rewind(f);
    unsigned char *data = malloc((size_t)size + 1);
    if (size <= 0 || data == NULL || fread(data, 1, (size_t)size, f) != (size_t)size) {
        die("cannot read", path);
    }
    fclose(f);
    *len = (size_t)size;
    return data;
}

/* Writes one array and returns its length through stored_len. */
static void
emit_image(int index, const char *path, size_t *stored_len, size_t *full_len)
{
    unsigned char *image = read_file(path, full_len);
    uLongf len = compressBound((uLong)*full_len);
    unsigned char *stored = malloc(len);
    if (stored == NULL || compress2(stored, &len, image, (uLong)*full_len, 9) != Z_OK) {
        die("cannot deflate", path);
    }
    /* One string: compilers take it faster than a list of numbers, by far. */
    printf("static const uint8_t image_%d[] =", index);
    for (size_t i = 0; i < len; i++) {
        printf("%s\\%03o", i % 20 > 0 ? "" : i == 0 ? "\n    \"" : "\"\n    \"", stored[i]);
    }
    printf("\";\n\n");
    *stored_len = len;
    free(stored);
    free(image);
}

int
main(int argc, char **argv)
{
    size_t stored_len[32], full_len[32];
    if (argc < 2 || argc > 32) {
        die("usage:", "embed TARGET=FILE...");
    }
    printf("/* Made by builder/toolchain/embed.c. */\n#include \"builder/embedded.h\"\n\n");
    for (int i = 1; i < argc; i++) {
        const char *path = strchr(argv[i], '=');
        if (path == NULL) {
            die("not TARGET=FILE:", argv[i]);
        }
        emit_image(i, path + 1, &stored_len[i], &full_len[i]);
    }
    printf("const struct embedded_stub embedded_stubs[] = {\n");
    for (int i = 1; i < argc; i++) {
        printf("    {\"%.*s\", image_%d, %zu, %zu},\n", (int)strcspn(argv[i], "="), argv[i], i,
            stored_len[i], full_len[i]);
    }
    printf("};\nconst size_t embedded_stub_count = %d;\n", argc - 1);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
