/* Host tool of the build: a Linux image as it ships, which is what the kernel loads and no more.
 *
 *     bare LINKED IMAGE
 *
 * What lies behind the last segment is left out: symbols, debugging data and the table of sections,
 * none of which anybody reads at run time. And the program header that says what is read-only after
 * start-up (PT_GNU_RELRO) is filled in: stub/sys/linux/image.ld gives those bytes a segment of
 * their own, the second that is loaded, and the linker leaves the header empty. */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 64 * 1024 * 1024 };

static void
die(const char *what, const char *name)
{
    fprintf(stderr, "bare: %s %s\n", what, name);
    exit(1);
}

/* Head and program headers of both classes; all targets and this machine are little-endian. */
#define FINISH(finish, Ehdr, Phdr) \
    static size_t finish(uint8_t *image, size_t len, const char *name) \
    { \
        Ehdr *head = (void *)image; \
        Phdr *headers = (void *)(image + head->e_phoff), *empty = NULL, *sealed = NULL; \
        size_t end = 0; \
        int loads = 0; \
        for (int i = 0; i < head->e_phnum; i++) { \
            Phdr *p = &headers[i]; \
            empty = p->p_type == PT_NULL ? p : empty; \
            if (p->p_type == PT_LOAD) { \
                sealed = ++loads == 2 ? p : sealed; \
                end = p->p_offset + p->p_filesz; \
            } \
        } \
        if (!empty || !sealed || loads != 3 || sealed->p_memsz != sealed->p_filesz || end > len) { \
            die("not as image.ld lays it out:", name); \
        } \
        *empty = *sealed; \
        empty->p_type = PT_GNU_RELRO; \
        empty->p_flags = PF_R; \
        empty->p_align = 1; \
        head->e_shoff = 0; \
        head->e_shnum = 0; \
        head->e_shentsize = 0; \
        head->e_shstrndx = SHN_UNDEF; \
        return end; \
    }
FINISH(finish_32, Elf32_Ehdr, Elf32_Phdr)
FINISH(finish_64, Elf64_Ehdr, Elf64_Phdr)

int
main(int argc, char **argv)
{
    if (argc != 3) {
        die("usage:", "bare LINKED IMAGE");
    }
    uint8_t *image = malloc(FILE_MAX);
    FILE *in = fopen(argv[1], "rb");
    size_t len = image && in ? fread(image, 1, FILE_MAX, in) : 0;
    if (len < sizeof(Elf64_Ehdr) || len == FILE_MAX || memcmp(image, ELFMAG, SELFMAG) != 0) {
        die("not a linked image:", argv[1]);
    }
    bool wide = image[EI_CLASS] == ELFCLASS64;
    size_t end = wide ? finish_64(image, len, argv[1]) : finish_32(image, len, argv[1]);
    FILE *out = fopen(argv[2], "wb"); /* may be the same file */
    if (!out || fwrite(image, 1, end, out) != end || fclose(out) != 0) {
        die("cannot write", argv[2]);
    }
    return 0;
}
