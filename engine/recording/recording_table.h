/*
 * recording_table - the fleet of a recording at one moment: a sample for each slot, moved on by frames.
 *
 * After a frame that cannot be applied the table is empty, and the next frame that fits is the first one of a group.
 * The policies of a group stay until the next group.
 *
 * Values are those of the recording's format (recording_format.h) as differences; the samples are translated. Owns its
 * memory, which grows with the slots; frames are not trusted. One thread at a time. Errors: ERR_DAMAGED with a
 * sentence, -ENOMEM.
 */
#ifndef ENGINE_RECORDING_RECORDING_TABLE_H
#define ENGINE_RECORDING_RECORDING_TABLE_H

#include "engine/base/error.h"
#include "engine/recording/frame.h"
#include "engine/recording/recording_format.h"
#include "engine/recording/recording_page.h"

struct recorded {
    const char *id; /* valid until the next frame */
    uint32_t slot;
    bool is_named;        /* its row has the id: in its slot was none, or another one */
    bool is_decided;      /* in this frame; else it is only shown */
    bool is_same;         /* decided as in the frame before: see recording_table_skim */
    bool is_gone;         /* not listed any more: the sample is empty */
    bool is_translatable; /* false: a reason or an action is of another version */
    struct sample sample; /* `policy` of the input points to the recorded one; NULL: none */
};

/* One row of a frame, in its order. A code other than 0 ends the frame with it. */
typedef int recording_visit(void *context, const struct recorded *recorded);

struct recording_table;

int recording_table_create(struct recording_table **ret_table);
void recording_table_destroy(struct recording_table *table);

/* Nothing is known; before the first frame of a group. */
void recording_table_clear(struct recording_table *table);

/* From now on, a row of a deployment that has not changed is visited without its id and its sample: that is quick. */
void recording_table_skim(struct recording_table *table);

/*
 * Applies the columns of a frame (frame.h). `visit` is called for each row; NULL: not.
 */
int recording_table_apply(struct recording_table *table, const struct recording_format *format,
                          const void *bytes, size_t size, recording_visit *visit, void *context,
                          struct error *err);

/* The deployments as they are now: `slot` from 0 to below the count; false: none is there. */
size_t recording_table_slot_count(const struct recording_table *table);
bool recording_table_get(const struct recording_table *table, uint32_t slot,
                         struct recorded *ret_recorded);

#endif
