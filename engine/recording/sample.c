#include "engine/recording/sample.h"

#include "engine/base/panic.h"

#include <string.h>

_Static_assert(SAMPLE_FIELD_COUNT <= 64, "a bit for each field");

/* clang-format off */
#define RECORDED(kind, name, member)                                                               \
    { FIELD_##kind, name, offsetof(struct sample, member), sizeof(((struct sample *)0)->member) },
static const struct field_row sample_fields[] = {
#include "engine/recording/recording_fields.def"
};
#undef RECORDED

#define POLICY_FIELD(kind, name, member)                                                           \
    { FIELD_##kind, name, offsetof(struct policy, member), sizeof(((struct policy *)0)->member) },
static const struct field_row policy_fields[] = {
#include "engine/recording/recording_fields.def"
};
#undef POLICY_FIELD
/* clang-format on */

const struct field_row *sample_field(size_t index)
{
    must(index < SAMPLE_FIELD_COUNT);
    return &sample_fields[index];
}

const struct field_row *policy_field(size_t index)
{
    must(index < POLICY_FIELD_COUNT);
    return &policy_fields[index];
}

int64_t field_get(const struct field_row *row, const void *object)
{
    const unsigned char *bytes = (const unsigned char *)object + row->offset;
    int32_t word;
    int64_t wide;
    if (row->size == sizeof(uint8_t))
        return bytes[0];
    if (row->size == sizeof word) {
        memcpy(&word, bytes, sizeof word);
        return word;
    }
    must(row->size == sizeof wide);
    memcpy(&wide, bytes, sizeof wide);
    return wide;
}

/* The largest value; the smallest one is 0 for all but numbers. */
static int64_t value_max(const struct field_row *row)
{
    switch (row->kind) {
    case FIELD_NUMBER:
        return row->size == 1 ? UINT8_MAX : row->size == 4 ? INT32_MAX : INT64_MAX;
    case FIELD_FLAG:
        return 1;
    case FIELD_REASON:
        return REASON_COUNT - 1;
    case FIELD_ACTION:
        return ACTION_COUNT - 1;
    case FIELD_LIMIT:
        return STEP_SHARE;
    }
    return 0;
}

static int64_t value_min(const struct field_row *row)
{
    if (row->kind != FIELD_NUMBER || row->size == 1)
        return 0;
    return row->size == 4 ? INT32_MIN : INT64_MIN;
}

bool field_set(const struct field_row *row, void *object, int64_t value)
{
    if (value < value_min(row) || value > value_max(row))
        return false;
    unsigned char *bytes = (unsigned char *)object + row->offset;
    int32_t word = (int32_t)value;
    if (row->size == sizeof(uint8_t))
        bytes[0] = (uint8_t)value;
    else if (row->size == sizeof word)
        memcpy(bytes, &word, sizeof word);
    else
        memcpy(bytes, &value, sizeof value);
    return true;
}

void sample_of(const struct deployment *deployment, struct sample *ret_sample)
{
    memcpy(&ret_sample->input, &deployment->input, sizeof ret_sample->input);
    ret_sample->desired_hosts = deployment->desired_hosts;
    ret_sample->raw_delta = deployment->raw_delta;
    ret_sample->delta = deployment->delta;
    ret_sample->action = deployment->action;
    ret_sample->reason = deployment->reason;
}

bool sample_is_decision(const struct sample *sample)
{
    return sample->action != ACTION_FAILED && sample->policy > 0;
}

/* Without branches: it runs on the engine's thread for each deployment and pass, and changes follow no pattern. */
uint64_t sample_diff(const struct sample *before, const struct sample *after,
                     int64_t ret_diffs[SAMPLE_FIELD_COUNT])
{
    uint64_t changed = 0;
    size_t index = 0;
    size_t count = 0;
#define RECORDED(kind, name, member)                                                               \
    ret_diffs[count] = (int64_t)after->member - (int64_t)before->member;                           \
    changed |= (uint64_t)(ret_diffs[count] != 0) << index++;                                       \
    count += ret_diffs[count] != 0;
#include "engine/recording/recording_fields.def"
#undef RECORDED
    return changed;
}
