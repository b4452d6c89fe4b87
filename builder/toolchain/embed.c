/* Host tool of the build: files, deflated, as C.
 *
 *     embed stubs TARGET=FILE... >embedded.c    stub images (builder/embedded.h)
 *     embed texts FILE... >long_texts.c         texts of the app (ui/long_text.h)
 *
 * The same files give the same C: no times, no paths, one compressor setting. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

enum { STUBS_MAX = 32, TEXTS_MAX = 65536 };

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

/* The contents of an array. One string: compilers take it faster than a list of numbers, by far. */
static void
emit_bytes(const unsigned char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        printf("%s\\%03o", i % 20 > 0 ? "" : i == 0 ? "\n    \"" : "\"\n    \"", data[i]);
    }
    printf("\";\n\n");
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
    printf("static const uint8_t image_%d[] =", index);
    emit_bytes(stored, len);
    *stored_len = len;
    free(stored);
    free(image);
}

static void
emit_stubs(int count, char **args)
{
    size_t stored_len[STUBS_MAX], full_len[STUBS_MAX];
    if (count > STUBS_MAX) {
        die("too many stubs for", "embed");
    }
    printf("#include \"builder/embedded.h\"\n\n");
    for (int i = 0; i < count; i++) {
        const char *path = strchr(args[i], '=');
        if (path == NULL) {
            die("not TARGET=FILE:", args[i]);
        }
        emit_image(i, path + 1, &stored_len[i], &full_len[i]);
    }
    printf("const struct embedded_stub embedded_stubs[] = {\n");
    for (int i = 0; i < count; i++) {
        printf("    {\"%.*s\", image_%d, %zu, %zu},\n", (int)strcspn(args[i], "="), args[i], i,
            stored_len[i], full_len[i]);
    }
    printf("};\nconst size_t embedded_stub_count = %d;\n", count);
}

/* All in one stream, a NUL behind each. */
static void
emit_texts(int count, char **paths)
{
    unsigned char stored[TEXTS_MAX], nul = 0;
    z_stream z = {.next_out = stored, .avail_out = sizeof stored};
    int result = deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY);
    for (int i = 0; i < count && result == Z_OK; i++) {
        size_t len;
        unsigned char *text = read_file(paths[i], &len);
        z.next_in = text;
        z.avail_in = (uInt)len;
        deflate(&z, Z_NO_FLUSH);
        z.next_in = &nul;
        z.avail_in = 1;
        deflate(&z, Z_NO_FLUSH);
        free(text);
    }
    if (result != Z_OK || deflate(&z, Z_FINISH) != Z_STREAM_END) {
        die("cannot deflate", "the texts");
    }
    printf("#include \"ui/long_text.h\"\n\nconst uint8_t long_texts[] =");
    emit_bytes(stored, z.total_out);
    printf("const size_t long_texts_len = %lu;\n", z.total_out);
    deflateEnd(&z);
}

int
main(int argc, char **argv)
{
    bool texts = argc > 2 && strcmp(argv[1], "texts") == 0;
    if (!texts && (argc < 3 || strcmp(argv[1], "stubs") != 0)) {
        die("usage:", "embed stubs TARGET=FILE... | embed texts FILE...");
    }
    printf("/* Made by builder/toolchain/embed.c. */\n");
    texts ? emit_texts(argc - 2, argv + 2) : emit_stubs(argc - 2, argv + 2);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
