/*
 * holdings - the resources that the process holds: allocations of the program, of libcurl and of libuv, and open
 * descriptors. If two counts are equal, nothing leaked between them.
 *
 * Replaces engine/base/heap, and is the allocator of both libraries. Any thread may allocate and free.
 */
#ifndef TESTS_TORTURE_HOLDINGS_H
#define TESTS_TORTURE_HOLDINGS_H

#include <stdint.h>

struct holdings {
    int64_t memory_pieces;
    int64_t descriptors;
};

/* Call once, before any other function. */
void holdings_begin(void);

struct holdings holdings_now(void);

#endif
