#include "tests/torture/holdings.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <curl/curl.h>
#include <dirent.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static _Atomic int64_t pieces;

static void *count_taken(void *memory)
{
    atomic_fetch_add(&pieces, memory != NULL);
    return memory;
}

static void *take(size_t size)
{
    return count_taken(malloc(size));
}

static void *take_zeroed(size_t count, size_t size)
{
    return count_taken(calloc(count, size));
}

static void *resize(void *old, size_t size)
{
    bool is_new = !old;
    void *memory = realloc(old, size);
    return is_new ? count_taken(memory) : memory;
}

static char *take_copy(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = take(size);
    return copy ? memcpy(copy, text, size) : NULL;
}

static void release(void *memory)
{
    atomic_fetch_sub(&pieces, memory != NULL);
    free(memory);
}

/* --- engine/base/heap ------------------------------------------------------------------------------------------ */

void *heap_alloc(size_t count, size_t size)
{
    return size_mul(count, size) > PTRDIFF_MAX ? NULL : take_zeroed(count, size);
}

void *heap_resize(void *old, size_t count, size_t size)
{
    return size_mul(count, size) > PTRDIFF_MAX ? NULL : resize(old, size_mul(count, size));
}

char *heap_copy_text(const char *text, size_t length)
{
    char *copy = heap_alloc(size_add(length, 1), 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

void heap_free(void *memory)
{
    release(memory);
}

void heap_trim(void)
{
}

/* --- the libraries --------------------------------------------------------------------------------------------- */

void holdings_begin(void)
{
    must(uv_replace_allocator(take, resize, take_zeroed, release) == 0);
    /* Never released. Later initializations by the program only change libcurl's counter. */
    must(curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, release, resize, take_copy, take_zeroed) ==
         CURLE_OK);
}

static int64_t count_descriptors(void)
{
    int64_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    must(directory);
    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

struct holdings holdings_now(void)
{
    return (struct holdings){ atomic_load(&pieces), count_descriptors() };
}
