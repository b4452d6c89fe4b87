/* Where things are: pieces, blocks and files as ranges of the torrent's byte stream.
 *
 * Vocabulary: a piece is what has a hash; a block is BLOCK_SIZE bytes of a piece, the
 * last one shorter; blocks never cross pieces. All numbers are checked once, when the
 * torrent is parsed, so these functions only need indices in range. */
#ifndef META_GEOMETRY_H
#define META_GEOMETRY_H

#include "meta/torrent.h"

/* First byte and length of a piece. */
int64_t geometry_piece_offset(const struct torrent *t, uint32_t piece);
uint32_t geometry_piece_size(const struct torrent *t, uint32_t piece);

/* Blocks in a piece; blocks in every piece but possibly the last. */
uint32_t geometry_block_count(const struct torrent *t, uint32_t piece);
uint32_t geometry_blocks_per_piece(const struct torrent *t);

/* Length of a block. */
uint32_t geometry_block_size(const struct torrent *t, uint32_t piece, uint32_t block);

/* First file (of length > 0) that holds the byte at `offset`, by binary search. */
uint32_t geometry_file_at(const struct torrent *t, int64_t offset);

/* Pieces that touch a file: first and one past the last; equal for an empty file. */
void geometry_file_pieces(const struct torrent *t, uint32_t file, uint32_t *first, uint32_t *end);

#endif
