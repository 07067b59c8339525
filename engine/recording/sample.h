/*
 * sample - what is recorded of one deployment: the input of its decision, and the outcome.
 *
 * The fields are the rows of recording_fields.def. Plain values. Any thread. Cannot fail.
 */
#ifndef ENGINE_RECORDING_SAMPLE_H
#define ENGINE_RECORDING_SAMPLE_H

#include "engine/core/decision_data.h"
#include "engine/core/fleet.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample {
    struct decision_input input; /* its policy is recorded as a number */
    int32_t policy;              /* of its group, from 1; 0: none */
    int32_t desired_hosts;       /* the outcome, as in struct deployment */
    int32_t raw_delta;
    int32_t delta;
    enum action action;
    enum reason reason;
};

#define RECORDED(kind, name, member) +1
enum {
    SAMPLE_FIELD_COUNT = 0
#include "engine/recording/recording_fields.def"
};
#undef RECORDED
#define POLICY_FIELD(kind, name, member) +1
enum {
    POLICY_FIELD_COUNT = 0
#include "engine/recording/recording_fields.def"
};
#undef POLICY_FIELD

enum field_kind { FIELD_NUMBER, FIELD_FLAG, FIELD_REASON, FIELD_ACTION, FIELD_LIMIT };

struct field_row {
    enum field_kind kind;
    const char *name;
    size_t offset;
    size_t size; /* 1 (unsigned), 4 or 8 (signed) */
};

const struct field_row *sample_field(size_t index);
const struct field_row *policy_field(size_t index);

/* `object` is the struct sample or the struct policy. */
int64_t field_get(const struct field_row *row, const void *object);

/* False: the member cannot have this value; nothing was changed. */
bool field_set(const struct field_row *row, void *object, int64_t value);

/* Copies input and outcome; the number of the policy is the caller's. */
void sample_of(const struct deployment *deployment, struct sample *ret_sample);

/* Has it a decision: not only that its status could not be read? */
bool sample_is_decision(const struct sample *sample);

/* The fields that differ, a bit each, lowest first; and for each of them, after - before. */
uint64_t sample_diff(const struct sample *before, const struct sample *after,
                     int64_t ret_diffs[SAMPLE_FIELD_COUNT]);

#endif
