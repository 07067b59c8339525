#include "engine/recording/recording_page.h"

#include "engine/base/arith.h"

#include <string.h>

_Static_assert(8 + ID_SIZE_MAX + (SAMPLE_FIELD_COUNT + 2) * BYTES_NUMBER_MAX <= ROW_SIZE_MAX,
               "a row with all fields");
_Static_assert(16 + POLICY_NAME_MAX + POLICY_FIELD_COUNT * BYTES_NUMBER_MAX <= ROW_SIZE_MAX,
               "a policy");

static const struct sample zeros;

static unsigned char *begin_row(struct recording_page *page, enum row_kind kind)
{
    must(recording_page_has_room(page));
    unsigned char *to = page->bytes + page->used;
    *to++ = (unsigned char)kind;
    return to;
}

static void end_row(struct recording_page *page, const unsigned char *to)
{
    page->used = (size_t)(to - page->bytes);
}

static unsigned char *put_text(unsigned char *to, const char *text, size_t size_max)
{
    size_t size = strnlen(text, size_max);
    to = bytes_put(to, size);
    for (size_t i = 0; i < size; i++)
        *to++ = (unsigned char)text[i];
    return to;
}

static unsigned char *put_fields(unsigned char *to, uint64_t changed, const int64_t *diffs)
{
    to = bytes_put(to, changed);
    for (int i = 0; i < __builtin_popcountll(changed); i++)
        to = bytes_put_signed(to, diffs[i]);
    return to;
}

void recording_page_put(struct recording_page *page, enum row_kind kind, uint32_t slot)
{
    unsigned char *to = begin_row(page, kind);
    end_row(page, kind == ROW_GROUP ? to : bytes_put(to, slot));
}

void recording_page_put_pass(struct recording_page *page, enum row_kind kind, uint32_t pass,
                             struct wall at)
{
    unsigned char *to = bytes_put(begin_row(page, kind), pass);
    end_row(page, bytes_put_signed(to, at.ms));
}

void recording_page_put_diff(struct recording_page *page, uint32_t slot,
                             const struct sample *before, const struct sample *after)
{
    int64_t diffs[SAMPLE_FIELD_COUNT];
    uint64_t changed = sample_diff(before, after, diffs);
    if (changed == 0) {
        recording_page_put(page, ROW_SAME, slot);
        return;
    }
    unsigned char *to = bytes_put(begin_row(page, ROW_DIFF), slot);
    end_row(page, put_fields(to, changed, diffs));
}

void recording_page_put_full(struct recording_page *page, enum row_kind kind, uint32_t slot,
                             const char *id, const struct sample *sample)
{
    int64_t values[SAMPLE_FIELD_COUNT];
    uint64_t changed = sample_diff(&zeros, sample, values);
    unsigned char *to = bytes_put(begin_row(page, kind), slot);
    to = put_text(to, id, ID_SIZE_MAX);
    end_row(page, put_fields(to, changed, values));
}

void recording_page_put_policy(struct recording_page *page, int32_t number,
                               const struct policy *policy)
{
    unsigned char *to = bytes_put(begin_row(page, ROW_POLICY), (uint64_t)number);
    to = put_text(to, policy->match ? policy->match : "", POLICY_NAME_MAX);
    for (size_t i = 0; i < POLICY_FIELD_COUNT; i++)
        to = bytes_put_signed(to, field_get(policy_field(i), policy));
    end_row(page, to);
}
