/* The resource section of a PE image (Microsoft's "PE Format"): a tree of three levels, kind, name
 * and language, whose leaves point at bytes. It is read into a list and written anew; the sections
 * behind it (relocations) move, which nothing but the head knows of.
 *
 * Only trees as resource compilers make them are read: kinds and names that are numbers. */
#include "builder/pe_resources.h"

#include "base/check.h"
#include "builder/files.h"

#include <stdlib.h>
#include <string.h>

enum {
    KIND_ICON = 3,
    KIND_ICON_GROUP = 14,
    KIND_VERSION = 16,
    LEAVES_MAX = 128,
    SECTIONS_MAX = 32,
    SECTION_SIZE = 40, /* of a section's entry in the table */
    DIRECTORY_RESOURCES = 2,
    DIRECTORY_CERTIFICATES = 4,
    DIRECTORY_RELOCATIONS = 5,
    TABLE_SIZE = 16, /* of the head of a table of the tree */
    ENTRY_SIZE = 8,
    LEAF_SIZE = 16,
    DATA_ALIGNMENT = 8,
    ICO_HEAD_SIZE = 6,
    ICO_ENTRY_SIZE = 16,
    GROUP_ENTRY_SIZE = 14,
    ENGLISH = 0x409,
    STRING_HEAD = 6, /* before the key of a string of the version resource */
};

/* Places in an image; all are checked against its length when it is opened. */
struct pe {
    uint8_t *image;
    size_t len;
    size_t optional;    /* the "optional" header */
    size_t directories; /* its table of places */
    size_t sections;    /* the section table */
    uint32_t section_count;
    size_t resources; /* the entry of .rsrc in the section table */
};

struct leaf {
    uint32_t kind, name, language;
    struct bytes data;
};

struct leaves {
    struct leaf v[LEAVES_MAX];
    uint32_t count;
};

static void
add_le(uint8_t *p, uint32_t delta)
{
    put_le32(p, le32(p) + delta);
}

static size_t
align(size_t n, size_t unit)
{
    return (n + unit - 1) / unit * unit;
}

/* --- the image -------------------------------------------------------------------------------- */

static uint8_t *
directory(const struct pe *pe, unsigned which)
{
    return pe->image + pe->directories + 8 * (size_t)which;
}

/* Finds head and section table; false: no PE image, or a damaged one. */
static bool
pe_open(struct pe *pe, uint8_t *image, size_t len)
{
    *pe = (struct pe){.image = image, .len = len};
    if (len < 64 || image[0] != 'M' || image[1] != 'Z') {
        return false;
    }
    size_t head = le32(image + 60);
    if (head > len || len - head < 24 || memcmp(image + head, "PE\0\0", 4) != 0) {
        return false;
    }
    pe->section_count = le16(image + head + 6);
    size_t optional_size = le16(image + head + 20);
    pe->optional = head + 24;
    if (optional_size < 128 || pe->section_count > SECTIONS_MAX ||
        len - pe->optional < optional_size + pe->section_count * SECTION_SIZE) {
        return false;
    }
    bool wide = le16(image + pe->optional) == 0x20b;
    pe->directories = pe->optional + (wide ? 112 : 96);
    pe->sections = pe->optional + optional_size;
    return optional_size >= (wide ? 112u : 96u) + 8 * (DIRECTORY_RELOCATIONS + 1);
}

/* The bytes of the resource section, or empty. */
static struct bytes
find_resources(struct pe *pe)
{
    for (uint32_t i = 0; i < pe->section_count; i++) {
        size_t at = pe->sections + i * SECTION_SIZE;
        const uint8_t *entry = pe->image + at;
        size_t size = le32(entry + 16), start = le32(entry + 20);
        if (memcmp(entry, ".rsrc\0\0", 8) == 0 && start <= pe->len && size <= pe->len - start) {
            pe->resources = at;
            return bytes_of(pe->image + start, size);
        }
    }
    return (struct bytes){0};
}

void
pe_clear_signature(uint8_t *image, size_t len)
{
    struct pe pe;
    if (pe_open(&pe, image, len)) {
        put_le32(image + pe.optional + 64, 0); /* CheckSum */
        memset(directory(&pe, DIRECTORY_CERTIFICATES), 0, 8);
    }
}

/* --- reading the tree ------------------------------------------------------------------------- */

/* Number of entries of the table at `at`, or 0. */
static uint32_t
table_count(struct bytes tree, size_t at)
{
    if (at > tree.len || tree.len - at < TABLE_SIZE) {
        return 0;
    }
    uint32_t count = le16(tree.ptr + at + 12) + le16(tree.ptr + at + 14);
    return count <= (tree.len - at - TABLE_SIZE) / ENTRY_SIZE ? count : 0;
}

/* Entry `i` of the table at `at`: its number, and where it leads. */
static size_t
table_entry(struct bytes tree, size_t at, uint32_t i, uint32_t *number)
{
    const uint8_t *entry = tree.ptr + at + TABLE_SIZE + i * ENTRY_SIZE;
    *number = le32(entry);
    return le32(entry + 4) & 0x7fffffff;
}

static void
add_leaf(struct leaves *out, struct bytes tree, size_t at, uint32_t address, struct leaf leaf)
{
    if (at > tree.len || tree.len - at < LEAF_SIZE || out->count == LEAVES_MAX) {
        return;
    }
    size_t start = (size_t)le32(tree.ptr + at) - address, size = le32(tree.ptr + at + 4);
    if (start <= tree.len && size <= tree.len - start) {
        leaf.data = bytes_of(tree.ptr + start, size);
        out->v[out->count++] = leaf;
    }
}

/* `address`: where the section is loaded. */
static void
read_leaves(struct leaves *out, struct bytes tree, uint32_t address)
{
    struct leaf leaf;
    for (uint32_t i = 0, kinds = table_count(tree, 0); i < kinds; i++) {
        size_t names_at = table_entry(tree, 0, i, &leaf.kind);
        for (uint32_t k = 0, names = table_count(tree, names_at); k < names; k++) {
            size_t languages_at = table_entry(tree, names_at, k, &leaf.name);
            if (table_count(tree, languages_at) > 0) {
                size_t at = table_entry(tree, languages_at, 0, &leaf.language);
                add_leaf(out, tree, at, address, leaf);
            }
        }
    }
}

static bool
open_leaves(struct pe *pe, uint8_t *image, size_t len, struct leaves *out)
{
    out->count = 0;
    if (!pe_open(pe, image, len)) {
        return false;
    }
    struct bytes tree = find_resources(pe);
    if (tree.len > 0) {
        read_leaves(out, tree, le32(image + pe->resources + 12));
    }
    return out->count > 0;
}

static const struct leaf *
find_leaf(const struct leaves *l, uint32_t kind, uint32_t name)
{
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->v[i].kind == kind && (name == 0 || l->v[i].name == name)) {
            return &l->v[i];
        }
    }
    return NULL;
}

/* --- writing the tree ------------------------------------------------------------------------- */

static bool
is_before(const struct leaf *a, const struct leaf *b)
{
    return a->kind != b->kind ? a->kind < b->kind : a->name < b->name;
}

static void
insert_leaf(struct leaves *l, struct leaf leaf)
{
    check(l->count < LEAVES_MAX);
    uint32_t at = l->count++;
    for (; at > 0 && is_before(&leaf, &l->v[at - 1]); at--) {
        l->v[at] = l->v[at - 1];
    }
    l->v[at] = leaf;
}

/* Where the parts of the tree go: tables of kinds, then of names, leaves, bytes. */
struct layout {
    uint32_t kinds;
    size_t names_at, languages_at, leaves_at, data_at, len;
};

static struct layout
lay_out(const struct leaves *l)
{
    struct layout y = {0};
    for (uint32_t i = 0; i < l->count; i++) {
        y.kinds += i == 0 || l->v[i].kind != l->v[i - 1].kind;
    }
    y.names_at = TABLE_SIZE + y.kinds * ENTRY_SIZE;
    y.languages_at = y.names_at + y.kinds * TABLE_SIZE + l->count * ENTRY_SIZE;
    y.leaves_at = y.languages_at + l->count * (TABLE_SIZE + ENTRY_SIZE);
    y.data_at = align(y.leaves_at + l->count * LEAF_SIZE, DATA_ALIGNMENT);
    y.len = y.data_at;
    for (uint32_t i = 0; i < l->count; i++) {
        y.len += align(l->v[i].data.len, DATA_ALIGNMENT);
    }
    return y;
}

/* One entry of a table whose head is at `table`, and one more in its count. */
static void
put_entry(uint8_t *tree, size_t table, uint32_t number, size_t target, bool is_table)
{
    uint32_t count = le16(tree + table + 14);
    uint8_t *entry = tree + table + TABLE_SIZE + count * ENTRY_SIZE;
    put_le16(tree + table + 14, (uint16_t)(count + 1));
    put_le32(entry, number);
    put_le32(entry + 4, (uint32_t)target | (is_table ? 0x80000000u : 0));
}

/* Into zeroed memory of y->len bytes. */
static void
write_leaves(uint8_t *tree, const struct leaves *l, const struct layout *y, uint32_t address)
{
    size_t names = y->names_at, next = y->names_at, data = y->data_at;
    for (uint32_t i = 0; i < l->count; i++) {
        const struct leaf *leaf = &l->v[i];
        size_t languages = y->languages_at + i * (TABLE_SIZE + ENTRY_SIZE);
        size_t at = y->leaves_at + i * LEAF_SIZE;
        if (i == 0 || leaf->kind != l->v[i - 1].kind) {
            names = next;
            next = names + TABLE_SIZE;
            put_entry(tree, 0, leaf->kind, names, true);
        }
        put_entry(tree, names, leaf->name, languages, true);
        next += ENTRY_SIZE;
        put_entry(tree, languages, leaf->language, at, false);
        put_le32(tree + at, address + (uint32_t)data);
        put_le32(tree + at + 4, (uint32_t)leaf->data.len);
        memcpy(tree + data, leaf->data.ptr, leaf->data.len);
        data += align(leaf->data.len, DATA_ALIGNMENT);
    }
}

/* A copy of the image with the leaves as its resources. The sections behind move. */
static struct bytes
rebuild(const struct pe *old, const struct leaves *l)
{
    const uint8_t *entry = old->image + old->resources;
    uint32_t address = le32(entry + 12), size = le32(entry + 16), start = le32(entry + 20);
    size_t memory_unit = le32(old->image + old->optional + 32);
    size_t file_unit = le32(old->image + old->optional + 36);
    struct layout y = lay_out(l);
    uint32_t new_size = (uint32_t)align(y.len, file_unit);
    uint32_t grown = new_size - size; /* modulo 2^32, as all sums below */
    uint32_t moved = (uint32_t)(align(y.len, memory_unit) - align(le32(entry + 8), memory_unit));
    size_t len = old->len - size + new_size;
    uint8_t *image = files_memory(len, 1);
    memset(image, 0, len);
    memcpy(image, old->image, start);
    memcpy(image + start + new_size, old->image + start + size, old->len - start - size);
    struct pe pe = *old;
    pe.image = image;
    write_leaves(image + start, l, &y, address);
    for (uint32_t i = 0; i < pe.section_count; i++) {
        uint8_t *section = image + pe.sections + i * SECTION_SIZE;
        if (le32(section + 20) > start) {
            add_le(section + 12, moved);
            add_le(section + 20, grown);
        }
    }
    put_le32(image + pe.resources + 8, (uint32_t)y.len);
    put_le32(image + pe.resources + 16, new_size);
    put_le32(directory(&pe, DIRECTORY_RESOURCES) + 4, (uint32_t)y.len);
    if (le32(directory(&pe, DIRECTORY_RELOCATIONS)) > address) {
        add_le(directory(&pe, DIRECTORY_RELOCATIONS), moved);
    }
    add_le(image + pe.optional + 8, grown);  /* SizeOfInitializedData */
    add_le(image + pe.optional + 56, moved); /* SizeOfImage */
    return bytes_of(image, len);
}

/* --- icons ------------------------------------------------------------------------------------ */

const char *
pe_icon_fault(struct bytes ico)
{
    if (ico.len < ICO_HEAD_SIZE || le16(ico.ptr) != 0 || le16(ico.ptr + 2) != 1) {
        return "it is no .ico file";
    }
    uint32_t count = le16(ico.ptr + 4);
    if (count == 0 || count > ICONS_MAX) {
        return "it must hold 1 to 32 pictures";
    }
    if (ico.len < ICO_HEAD_SIZE + count * ICO_ENTRY_SIZE) {
        return "its end is missing";
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = ico.ptr + ICO_HEAD_SIZE + i * ICO_ENTRY_SIZE;
        size_t size = le32(entry + 8), start = le32(entry + 12);
        if (size == 0 || start > ico.len || size > ico.len - start) {
            return "a picture in it is cut short";
        }
    }
    return NULL;
}

/* Replaces the icons of the list by those of the file. `group` takes the list of pictures. */
static void
set_icons(struct leaves *l, struct bytes ico, uint8_t *group)
{
    struct leaves kept = {.count = 0};
    uint32_t count = le16(ico.ptr + 4);
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->v[i].kind != KIND_ICON && l->v[i].kind != KIND_ICON_GROUP) {
            kept.v[kept.count++] = l->v[i];
        }
    }
    *l = kept;
    memcpy(group, ico.ptr, ICO_HEAD_SIZE);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *entry = ico.ptr + ICO_HEAD_SIZE + i * ICO_ENTRY_SIZE;
        uint8_t *own = group + ICO_HEAD_SIZE + i * GROUP_ENTRY_SIZE;
        memcpy(own, entry, 12);
        put_le16(own + 12, (uint16_t)(i + 1));
        insert_leaf(l, (struct leaf){KIND_ICON, i + 1, ENGLISH,
                                     bytes_of(ico.ptr + le32(entry + 12), le32(entry + 8))});
    }
    insert_leaf(l, (struct leaf){KIND_ICON_GROUP, 1, ENGLISH,
                                 bytes_of(group, ICO_HEAD_SIZE + count * GROUP_ENTRY_SIZE)});
}

struct bytes
pe_resources_icon(struct bytes image)
{
    struct pe pe;
    struct leaves l;
    /* Nothing is written to it. */
    if (!open_leaves(&pe, (uint8_t *)(uintptr_t)image.ptr, image.len, &l)) {
        return (struct bytes){0};
    }
    const struct leaf *group = find_leaf(&l, KIND_ICON_GROUP, 0);
    if (!group || group->data.len < ICO_HEAD_SIZE) {
        return (struct bytes){0};
    }
    uint32_t count = le16(group->data.ptr + 4);
    if (count == 0 || count > ICONS_MAX ||
        group->data.len < ICO_HEAD_SIZE + count * GROUP_ENTRY_SIZE) {
        return (struct bytes){0};
    }
    size_t room = ICO_HEAD_SIZE + count * ICO_ENTRY_SIZE + image.len * count;
    uint8_t *ico = files_memory(room, 1);
    size_t len = ICO_HEAD_SIZE + count * ICO_ENTRY_SIZE;
    put_le16(ico, 0);
    put_le16(ico + 2, 1);
    put_le16(ico + 4, (uint16_t)count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *own = group->data.ptr + ICO_HEAD_SIZE + i * GROUP_ENTRY_SIZE;
        const struct leaf *picture = find_leaf(&l, KIND_ICON, le16(own + 12));
        if (!picture || picture->data.len == 0) {
            free(ico);
            return (struct bytes){0};
        }
        uint8_t *entry = ico + ICO_HEAD_SIZE + i * ICO_ENTRY_SIZE;
        memcpy(entry, own, 8);
        put_le32(entry + 8, (uint32_t)picture->data.len);
        put_le32(entry + 12, (uint32_t)len);
        memcpy(ico + len, picture->data.ptr, picture->data.len);
        len += picture->data.len;
    }
    return bytes_of(ico, len);
}

/* --- the title -------------------------------------------------------------------------------- */

/* UTF-8 as at most TITLE_UNITS_MAX units of UTF-16, little-endian. Returns the number of units. */
static size_t
title_units(struct bytes title, uint8_t *out)
{
    size_t count = 0;
    while (title.len > 0) {
        uint32_t code;
        size_t len = bytes_utf8_next(title, &code);
        code = len == 0 ? 0xfffd : code < 0x20 ? ' ' : code;
        size_t units = code > 0xffff ? 2 : 1;
        if (count + units > TITLE_UNITS_MAX) {
            break;
        }
        if (units == 2) {
            put_le16(out + 2 * count, (uint16_t)(0xd7c0 + (code >> 10)));
            put_le16(out + 2 * count + 2, 0xdc00 | (code & 0x3ff));
        } else {
            put_le16(out + 2 * count, (uint16_t)code);
        }
        count += units;
        title = bytes_skip(title, len ? len : 1);
    }
    return count;
}

/* The value of FileDescription in the version resource has room for TITLE_UNITS_MAX units and a NUL
 * (stub/sys/windows/app.rc). */
static void
set_title(uint8_t *version, size_t len, struct bytes title)
{
    static const uint8_t key[] = "F\0i\0l\0e\0D\0e\0s\0c\0r\0i\0p\0t\0i\0o\0n\0\0";
    size_t at = bytes_find_part(bytes_of(version, len), bytes_of(key, sizeof key));
    size_t value = align(at + sizeof key, 4), head = at - STRING_HEAD;
    if (at < STRING_HEAD || value > len) {
        return;
    }
    size_t end = head + le16(version + head); /* of the string's record, by its own length */
    if (end <= len && end >= value && end - value >= 2 * (TITLE_UNITS_MAX + 1)) {
        memset(version + value, 0, 2 * TITLE_UNITS_MAX);
        title_units(title, version + value);
    }
}

struct bytes
pe_resources_set(struct bytes image, struct bytes ico, struct bytes title)
{
    struct pe pe;
    struct leaves l;
    uint8_t group[ICO_HEAD_SIZE + ICONS_MAX * GROUP_ENTRY_SIZE];
    uint8_t *copy = files_memory(image.len, 1);
    memcpy(copy, image.ptr, image.len);
    if (!open_leaves(&pe, copy, image.len, &l)) {
        return bytes_of(copy, image.len);
    }
    const struct leaf *version = find_leaf(&l, KIND_VERSION, 0);
    if (title.len > 0 && version) {
        set_title(copy + (version->data.ptr - copy), version->data.len, title);
    }
    if (ico.len == 0) {
        return bytes_of(copy, image.len);
    }
    set_icons(&l, ico, group);
    struct bytes made = rebuild(&pe, &l);
    free(copy);
    return made;
}
