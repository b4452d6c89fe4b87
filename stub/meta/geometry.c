/* Pieces, blocks and files as ranges: see geometry.h. */
#include "meta/geometry.h"

#include "base/check.h"
#include "base/limits.h"

static uint32_t
blocks_in(uint32_t size)
{
    return size / BLOCK_SIZE + (size % BLOCK_SIZE != 0);
}

int64_t
geometry_piece_offset(const struct torrent *t, uint32_t piece)
{
    return (int64_t)piece * t->piece_length;
}

uint32_t
geometry_piece_size(const struct torrent *t, uint32_t piece)
{
    check(piece < t->piece_count);
    int64_t left = t->size - geometry_piece_offset(t, piece);
    return left < t->piece_length ? (uint32_t)left : t->piece_length;
}

uint32_t
geometry_block_count(const struct torrent *t, uint32_t piece)
{
    return blocks_in(geometry_piece_size(t, piece));
}

uint32_t
geometry_blocks_per_piece(const struct torrent *t)
{
    return blocks_in(t->piece_length);
}

uint32_t
geometry_block_size(const struct torrent *t, uint32_t piece, uint32_t block)
{
    uint32_t size = geometry_piece_size(t, piece);
    check(block < blocks_in(size));
    uint32_t left = size - block * BLOCK_SIZE;
    return left < BLOCK_SIZE ? left : BLOCK_SIZE;
}

uint32_t
geometry_file_at(const struct torrent *t, int64_t offset)
{
    check(offset >= 0);
    check(offset < t->size);
    /* The last file that begins at or before `offset`: an empty file begins where the
     * next one does, so the last of several is the one with content. */
    uint32_t low = 0, high = t->file_count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (t->files[middle].offset <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

void
geometry_file_pieces(const struct torrent *t, uint32_t file, uint32_t *first, uint32_t *end)
{
    check(file < t->file_count);
    const struct torrent_file *f = &t->files[file];
    *first = (uint32_t)(f->offset / t->piece_length);
    *end = *first;
    if (f->length) {
        *end = (uint32_t)((f->offset + f->length - 1) / t->piece_length) + 1;
    }
}
