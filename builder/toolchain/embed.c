/* Host tool of the build: files, deflated, as C.
 *
 *     embed stubs TARGET=FILE... >embedded.c    stub images (builder/embedded.h)
 *     embed texts FILE... >long_texts.c         texts of the app (ui/long_text.h)
 *     embed languages DE.txt... >languages.c    what it says in other languages (ui/language.h)
 *
 * The same files give the same C: no times, no paths, one compressor setting. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>

#include "ui/text_english.h"

enum { STUBS_MAX = 32, TEXTS_MAX = 65536, KINDS_MAX = 32 };

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

/* ---- Languages. A line is "ID text", "# comment" or empty; in a text "\n" is a line feed and "\_"
 * a space at which no line may be broken. What does not fit the English text is refused here: at
 * run time nothing looks whether an argument is what a placeholder takes. */

#define TEXT_ROW(id, text) {#id, text},
static const struct text {
    const char *id, *english;
} english[] = {TEXT_ENGLISH(TEXT_ROW)};
enum { TEXT_COUNT = sizeof english / sizeof *english };

struct place {
    const char *path;
    int line;
};

static void
die_at(struct place at, const char *what, const char *id)
{
    fprintf(stderr, "%s:%d: %s: %s\n", at.path, at.line, id, what);
    exit(1);
}

/* The letters of the placeholders, in order. */
static void
kinds_of(const char *text, char kinds[KINDS_MAX])
{
    size_t n = 0;
    for (const char *p = strchr(text, '%'); p && p[1] && n < KINDS_MAX - 1;
         p = strchr(p + 2, '%')) {
        kinds[n++] = p[1];
    }
    kinds[n] = '\0';
}

/* How many forms a language has; 0: no such rule (ui/language.h names them). */
static int
forms_of(const char *rule)
{
    static const char *const rules[] = {"none", "one", "zero-one", "slavic"};
    static const int forms[] = {1, 2, 2, 3};
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (strcmp(rule, rules[i]) == 0) {
            return forms[i];
        }
    }
    return 0;
}

static void
check_forms(const char *text, int forms, struct place at, const char *id)
{
    while (text[strcspn(text, "{}")]) {
        const char *open = text + strcspn(text, "{}");
        const char *close = open + 1 + strcspn(open + 1, "{}");
        int found = 1;
        for (const char *p = open; p < close; p++) {
            found += *p == '|';
        }
        if (*open != '{' || *close != '}' || found != forms) {
            die_at(at, "not as many forms as this language has, or braces without partner", id);
        }
        text = close + 1;
    }
}

/* Replaces the escapes in place. */
static void
unescape(char *text, struct place at, const char *id)
{
    char *to = text;
    for (const char *p = text; *p; p++) {
        if (*p != '\\') {
            *to++ = *p;
            continue;
        }
        p++;
        if (*p == 'n') {
            *to++ = '\n';
        } else if (*p == '_') {
            *to++ = '\xc2';
            *to++ = '\xa0';
        } else {
            die_at(at, "only \\n and \\_ may follow a backslash", id);
        }
    }
    *to = '\0';
}

static void
take_line(char *line, struct place at, const char *texts[TEXT_COUNT])
{
    char kinds[KINDS_MAX], english_kinds[KINDS_MAX];
    size_t id_len = strcspn(line, " ");
    if (*line == '\0' || *line == '#') {
        return;
    }
    char *text = line + id_len + strspn(line + id_len, " ");
    line[id_len] = '\0';
    int i = 0;
    while (i < TEXT_COUNT && strcmp(english[i].id, line) != 0) {
        i++;
    }
    if (i == TEXT_COUNT || texts[i] || !*text) {
        die_at(at, i == TEXT_COUNT ? "no such text" : *text ? "twice" : "empty", line);
    }
    unescape(text, at, line);
    kinds_of(text, kinds);
    kinds_of(english[i].english, english_kinds);
    if (strcmp(kinds, english_kinds) != 0) {
        die_at(at, "not the placeholders of the English text, in that order", line);
    }
    int forms = texts[0] ? forms_of(texts[0]) : i == 0 ? forms_of(text) : 0;
    if (forms == 0) {
        die_at(at, "the first text has to be PLURAL with the name of a rule", line);
    }
    check_forms(text, forms, at, line);
    texts[i] = text;
}

static void
put(z_stream *z, const char *text, size_t len, int flush)
{
    z->next_in = (z_const Bytef *)(uintptr_t)text;
    z->avail_in = (uInt)len;
    if (deflate(z, flush) == Z_STREAM_ERROR || z->avail_out == 0) {
        die("cannot deflate", "the languages");
    }
}

/* A block each, so that each alphabet has codes of its own, but one window: kin share words. */
static void
put_language(z_stream *z, const char *path)
{
    const char *texts[TEXT_COUNT] = {NULL};
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct place at = {.path = path};
    size_t len;
    char *rest = (char *)read_file(path, &len);
    char *start = rest;
    rest[len] = '\0';
    while (*rest) {
        char *line = rest;
        rest += strcspn(rest, "\n");
        rest += *rest ? (*rest = '\0', 1) : 0;
        at.line++;
        take_line(line, at, texts);
    }
    put(z, name, strcspn(name, "."), Z_NO_FLUSH);
    put(z, "", 1, Z_NO_FLUSH);
    for (int i = 0; i < TEXT_COUNT; i++) {
        put(z, texts[i] ? texts[i] : "", texts[i] ? strlen(texts[i]) + 1 : 1, Z_NO_FLUSH);
    }
    put(z, "", 0, Z_BLOCK);
    free(start);
}

static void
emit_languages(int count, char **paths)
{
    unsigned char stored[TEXTS_MAX];
    z_stream z = {.next_out = stored, .avail_out = sizeof stored};
    if (deflateInit2(&z, 9, Z_DEFLATED, -MAX_WBITS, 9, Z_DEFAULT_STRATEGY) != Z_OK) {
        die("cannot deflate", "the languages");
    }
    for (int i = 0; i < count; i++) {
        put_language(&z, paths[i]);
    }
    put(&z, "", 0, Z_FINISH);
    printf("#include \"ui/language.h\"\n\nconst uint8_t languages[] =");
    emit_bytes(stored, z.total_out);
    printf("const size_t languages_len = %lu;\n", z.total_out);
    deflateEnd(&z);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *mode;
        void (*emit)(int count, char **args);
    } modes[] = {{"stubs", emit_stubs}, {"texts", emit_texts}, {"languages", emit_languages}};
    size_t i = 0;
    while (i < 3 && (argc < 3 || strcmp(argv[1], modes[i].mode) != 0)) {
        i++;
    }
    if (i == 3) {
        die("usage:", "embed stubs TARGET=FILE... | embed texts|languages FILE...");
    }
    printf("/* Made by builder/toolchain/embed.c. */\n");
    modes[i].emit(argc - 2, argv + 2);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
