#include "ui/show.h"

#include "base/version.h"
#include "sys/sys.h"
#include "ui/format.h"
#include "ui/long_text.h"

enum { LINE_MAX = PATH_LEN_MAX * 3 + 256 };

static void
print(const struct buf *b)
{
    sys_print(SYS_OUT, buf_bytes(b));
}

/* "Title:       text", nothing for an empty text. */
static void
show_field(const char *label, struct bytes text, bool foreign)
{
    uint8_t mem[TEXT_LEN_MAX * 3 + 64];
    struct buf b = BUF(mem);
    if (text.len == 0) {
        return;
    }
    buf_text(&b, label);
    while (b.len < 14) {
        buf_byte(&b, ' ');
    }
    if (foreign) {
        format_foreign(&b, bytes_first(text, TEXT_LEN_MAX), true);
    } else {
        buf_add(&b, text);
    }
    buf_byte(&b, '\n');
    print(&b);
}

static void
show_hash(const char *label, const uint8_t *hash, size_t len)
{
    uint8_t mem[128];
    struct buf b = BUF(mem);
    buf_hex(&b, bytes_of(hash, len));
    show_field(label, buf_bytes(&b), false);
}

void
show_about(const struct payload *p, const struct torrent *t)
{
    uint8_t mem[128];
    struct buf b = BUF(mem);
    show_field("Title:", p->title, true);
    show_field("Name:", bytes_of_text(t->name), false);
    show_field("Publisher:", p->publisher, true);
    format_size(&b, NULL, t->size);
    buf_text(&b, " in ");
    buf_u64(&b, t->file_count);
    buf_text(&b, t->file_count == 1 ? " file" : " files");
    show_field("Size:", buf_bytes(&b), false);
    b.len = 0;
    buf_u64(&b, t->piece_count);
    buf_text(&b, " of ");
    format_size(&b, NULL, t->piece_length);
    show_field("Pieces:", buf_bytes(&b), false);
    show_hash("Info-hash:", t->info_hash, SHA1_SIZE);
    show_field("Private:", t->is_private ? BYTES("yes") : BYTES(""), false);
    for (uint32_t i = 0; i < p->tracker_count; i++) {
        show_field("Tracker:", p->trackers[i], true);
    }
    for (uint32_t i = 0; i < t->tracker_count; i++) {
        show_field("Tracker:", t->trackers[i].url, true);
    }
    for (uint32_t i = 0; i < p->webseed_count; i++) {
        show_field("Web seed:", p->webseeds[i], true);
    }
    for (uint32_t i = 0; i < t->webseed_count; i++) {
        show_field("Web seed:", t->webseeds[i], true);
    }
    show_field("Comment:", t->comment, true);
    show_field("Message:", p->message, true);
    if (p->target.len > 0) {
        b.len = 0;
        buf_text(&b, SAMARA_VERSION " for ");
        format_foreign(&b, bytes_first(p->target, 32), false);
        show_field("samara:", buf_bytes(&b), false);
    }
}

static void
show_file(const struct torrent_file *f)
{
    uint8_t mem[LINE_MAX];
    struct buf b = BUF(mem), size = buf_over(mem, 64);
    format_size(&size, NULL, f->length);
    size_t pad = size.len < 11 ? 11 - size.len : 0; /* right-aligned */
    b.len = 0;
    for (size_t i = 0; i < pad; i++) {
        buf_byte(&b, ' ');
    }
    format_size(&b, NULL, f->length);
    buf_text(&b, "  ");
    buf_text(&b, f->path);
    buf_text(&b, f->link ? " -> " : "");
    buf_text(&b, f->link ? f->link : "");
    buf_byte(&b, '\n');
    print(&b);
}

static void
put_files(struct buf *b, uint64_t count)
{
    buf_u64(b, count);
    buf_text(b, count == 1 ? " file" : " files");
}

void
show_list(const struct torrent *t, const bool *wanted)
{
    uint8_t mem[256];
    struct buf b = BUF(mem);
    uint64_t files = 0;
    int64_t bytes = 0;
    for (uint32_t i = 0; i < t->file_count; i++) {
        if (!t->files[i].pad && (!wanted || wanted[i])) {
            show_file(&t->files[i]);
            files++;
            bytes += t->files[i].length;
        }
    }
    put_files(&b, files);
    buf_text(&b, ", ");
    format_size(&b, NULL, bytes);
    buf_text(&b, " in all\n");
    print(&b);
}

/* Prints a long text from elsewhere in slices that fit a buffer. */
static void
print_foreign(struct bytes text)
{
    uint8_t mem[4096];
    while (text.len > 0) {
        struct buf b = BUF(mem);
        size_t n = text.len < 1024 ? text.len : 1024;
        while (n < text.len && n > 1020 && (text.ptr[n] & 0xc0) == 0x80) {
            n--; /* not inside a character */
        }
        format_foreign(&b, bytes_first(text, n), true);
        print(&b);
        text = bytes_skip(text, n);
    }
}

void
show_licenses(const struct payload *p)
{
    if (p && p->license.len > 0) {
        sys_print(SYS_OUT, BYTES("The publisher's licence for the content\n\n"));
        print_foreign(p->license);
        sys_print(SYS_OUT, BYTES("\n\nThe licence of this program\n\n"));
    }
    long_text_print(LONG_TEXT_LICENSE);
}
