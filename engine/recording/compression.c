#include "engine/recording/compression.h"

#include "engine/base/error.h"
#include "engine/base/heap.h"

#include <errno.h>
#include <zstd.h>

/* Higher levels take three times as long for a tenth less. */
#define LEVEL 3

struct compressor {
    ZSTD_CCtx *writer; /* made when it is needed */
    ZSTD_DCtx *reader;
    size_t size_max;
    size_t capacity;
    unsigned char *bytes;
};

int compressor_create(size_t size_max, struct compressor **ret_compressor)
{
    struct compressor *compressor = heap_alloc(1, sizeof *compressor);
    size_t capacity = ZSTD_compressBound(size_max);
    unsigned char *bytes = heap_alloc(capacity, 1);
    if (!compressor || !bytes) {
        heap_free(compressor);
        heap_free(bytes);
        return -ENOMEM;
    }
    compressor->size_max = size_max;
    compressor->capacity = capacity;
    compressor->bytes = bytes;
    *ret_compressor = compressor;
    return 0;
}

void compressor_destroy(struct compressor *compressor)
{
    if (!compressor)
        return;
    ZSTD_freeCCtx(compressor->writer);
    ZSTD_freeDCtx(compressor->reader);
    heap_free(compressor->bytes);
    heap_free(compressor);
}

int compress_block(struct compressor *compressor, const void *bytes, size_t size,
                   const void **ret_block, size_t *ret_size)
{
    if (!compressor->writer)
        compressor->writer = ZSTD_createCCtx();
    if (!compressor->writer)
        return -ENOMEM;
    size_t written = ZSTD_compressCCtx(compressor->writer, compressor->bytes, compressor->capacity,
                                       bytes, size, LEVEL);
    if (ZSTD_isError(written))
        return -ENOMEM;
    *ret_block = compressor->bytes;
    *ret_size = written;
    return 0;
}

int decompress_block(struct compressor *compressor, const void *block, size_t size,
                     const void **ret_bytes, size_t *ret_size)
{
    if (!compressor->reader)
        compressor->reader = ZSTD_createDCtx();
    if (!compressor->reader)
        return -ENOMEM;
    size_t read = ZSTD_decompressDCtx(compressor->reader, compressor->bytes, compressor->size_max,
                                      block, size);
    if (ZSTD_isError(read))
        return ERR_DAMAGED;
    *ret_bytes = compressor->bytes;
    *ret_size = read;
    return 0;
}
