/*
 * compression - blocks of bytes, each compressed by itself: the only user of zstd.
 *
 * A compressor owns its memory, which stays for the next block. One thread at a time.
 */
#ifndef ENGINE_RECORDING_COMPRESSION_H
#define ENGINE_RECORDING_COMPRESSION_H

#include <stddef.h>

struct compressor;

/* `size_max` is that of a block. -ENOMEM. */
int compressor_create(size_t size_max, struct compressor **ret_compressor);
void compressor_destroy(struct compressor *compressor);

/* The compressed block is valid until the next call. -ENOMEM. */
int compress_block(struct compressor *compressor, const void *bytes, size_t size,
                   const void **ret_block, size_t *ret_size);

/* The block as it was, at most `size_max` bytes, valid until the next call. ERR_DAMAGED, -ENOMEM. */
int decompress_block(struct compressor *compressor, const void *block, size_t size,
                     const void **ret_bytes, size_t *ret_size);

#endif
