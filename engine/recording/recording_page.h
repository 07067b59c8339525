/*
 * recording_page - a page of memory with rows, which passes from the engine's thread to the recorder's and back.
 *
 *     SAME      slot                            decided again: nothing has changed
 *     DIFF      slot, changed fields, diffs     decided again
 *     FULL      slot, id, fields, values        decided: the difference to a sample of zeros
 *     SHOWN     slot, id, fields, values        not decided in this pass
 *     GONE      slot                            not listed any more
 *     POLICY    number, name, values
 *     GROUP                                     what follows does not depend on what came before
 *     BEGIN     pass, wall clock                a pass has begun
 *     END       pass, wall clock                it is over
 *
 * A writer makes sure of ROW_SIZE_MAX bytes of room before it puts a row. One thread at a time.
 */
#ifndef ENGINE_RECORDING_RECORDING_PAGE_H
#define ENGINE_RECORDING_RECORDING_PAGE_H

#include "engine/base/clock.h"
#include "engine/recording/bytes.h"
#include "engine/recording/sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORDING_PAGE_SIZE ((size_t)32 * 1024)
#define POLICY_NAME_MAX 1024
#define ROW_SIZE_MAX ((size_t)2048)

enum row_kind {
    ROW_SAME,
    ROW_DIFF,
    ROW_FULL,
    ROW_SHOWN,
    ROW_GONE,
    ROW_POLICY,
    ROW_GROUP,
    ROW_BEGIN,
    ROW_END,
};
#define ROW_KIND_COUNT 9
#define ROW_OF_SLOT_COUNT 5 /* the first of them */

struct recording_page {
    size_t used;
    unsigned char bytes[RECORDING_PAGE_SIZE];
};

static inline bool recording_page_has_room(const struct recording_page *page)
{
    return page->used + ROW_SIZE_MAX <= sizeof page->bytes;
}

/* SAME, GONE, GROUP; `slot` is not used by the last. */
void recording_page_put(struct recording_page *page, enum row_kind kind, uint32_t slot);

/* BEGIN, END. */
void recording_page_put_pass(struct recording_page *page, enum row_kind kind, uint32_t pass,
                             struct wall at);

/* DIFF, or SAME when no field differs. */
void recording_page_put_diff(struct recording_page *page, uint32_t slot,
                             const struct sample *before, const struct sample *after);

/* FULL, SHOWN. */
void recording_page_put_full(struct recording_page *page, enum row_kind kind, uint32_t slot,
                             const char *id, const struct sample *sample);

void recording_page_put_policy(struct recording_page *page, int32_t number,
                               const struct policy *policy);

#endif
