/*
 * frame_builder - collects the rows of pages, and makes a frame of them.
 *
 *     frame_builder_add   takes rows from a page until a frame is complete; call it again for the rest of the page
 *     frame_builder_make  the columns of what was taken; then frame_builder_reset
 *
 * Owns its memory, which does not grow. One thread at a time.
 */
#ifndef ENGINE_RECORDING_FRAME_BUILDER_H
#define ENGINE_RECORDING_FRAME_BUILDER_H

#include "engine/base/clock.h"
#include "engine/recording/frame.h"
#include "engine/recording/recording_page.h"

struct frame_builder;

/* What a frame is, beside its columns. */
struct frame_facts {
    bool is_group_first; /* it begins a group */
    bool is_pass_end;
    uint32_t pass;
    struct wall begun; /* of the pass */
    struct wall ended; /* of the pass, or the same as `begun` in a part of it */
    size_t row_count;
};

/* -ENOMEM. */
int frame_builder_create(struct frame_builder **ret_builder);
void frame_builder_destroy(struct frame_builder *builder);

/*
 * Takes rows from `*from` on, an offset in the page, and moves it. True: a frame is complete, and the rest of the page
 * waits. The page is one of this program; a row that is not as it must be is a bug.
 */
bool frame_builder_add(struct frame_builder *builder, const struct recording_page *page,
                       size_t *from);

/* Nothing to make: no pass, and no row. */
bool frame_builder_is_empty(const struct frame_builder *builder);

/* The columns, valid until the next call; at most FRAME_SIZE_MAX bytes. */
void frame_builder_make(struct frame_builder *builder, struct frame_facts *ret_facts,
                        const unsigned char **ret_bytes, size_t *ret_size);

/* Begins the next frame; of the same pass, unless that was over. */
void frame_builder_reset(struct frame_builder *builder);

#endif
