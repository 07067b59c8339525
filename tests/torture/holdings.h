/*
 * holdings - what the process holds at a moment: pieces of memory of the program, of libcurl and of libuv, and open
 * descriptors. Two equal moments have nothing between them that leaked.
 *
 * Stands in for engine/base/heap, and is the allocator of both libraries. Any thread may take and give back.
 */
#ifndef TESTS_TORTURE_HOLDINGS_H
#define TESTS_TORTURE_HOLDINGS_H

#include <stdint.h>

struct holdings {
    int64_t memory_pieces;
    int64_t descriptors;
};

/* Once, before anything else is called. */
void holdings_begin(void);

struct holdings holdings_now(void);

#endif
