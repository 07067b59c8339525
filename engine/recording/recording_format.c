#include "engine/recording/recording_format.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <string.h>

typedef const char *name_function(size_t index);

static const char *name_of_field(size_t index)
{
    return sample_field(index)->name;
}

static const char *name_of_policy_field(size_t index)
{
    return policy_field(index)->name;
}

static const char *name_of_reason(size_t index)
{
    return reason_row((enum reason)index)->name;
}

static const char *name_of_action(size_t index)
{
    return action_name((enum action)index);
}

static void join(char ret_text[FORMAT_TEXT_SIZE], name_function *name_of, size_t count)
{
    struct text text;
    text_init(&text, ret_text, FORMAT_TEXT_SIZE);
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "%s%s", i > 0 ? " " : "", name_of(i));
    must(!text.was_cut);
}

void recording_names_own(struct recording_names *ret_names)
{
    join(ret_names->fields, name_of_field, SAMPLE_FIELD_COUNT);
    join(ret_names->policy_fields, name_of_policy_field, POLICY_FIELD_COUNT);
    join(ret_names->reasons, name_of_reason, REASON_COUNT);
    join(ret_names->actions, name_of_action, ACTION_COUNT);
}

static int find_name(const char *name, size_t length, name_function *name_of, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(name_of(i)) == length && memcmp(name_of(i), name, length) == 0)
            return (int)i;
    return FORMAT_NONE;
}

/* The number of names; SIZE_MAX: more than `max`. */
static size_t split(const char *text, name_function *name_of, size_t own_count, int *ret_indices,
                    size_t max)
{
    size_t count = 0;
    while (*text) {
        size_t length = strcspn(text, " ");
        if (count == max)
            return SIZE_MAX;
        ret_indices[count++] = find_name(text, length, name_of, own_count);
        text += length + (text[length] == ' ');
    }
    return count;
}

static void forget(int *indices, size_t count)
{
    for (size_t i = 0; i < count; i++)
        indices[i] = FORMAT_NONE;
}

static bool is_own(const struct recording_names *names)
{
    struct recording_names own;
    recording_names_own(&own);
    return strcmp(names->fields, own.fields) == 0 &&
           strcmp(names->policy_fields, own.policy_fields) == 0 &&
           strcmp(names->reasons, own.reasons) == 0 && strcmp(names->actions, own.actions) == 0;
}

bool recording_format_read(const struct recording_names *names, struct recording_format *ret_format)
{
    struct recording_format *format = ret_format;
    forget(format->reasons, FORMAT_WORDS_MAX);
    forget(format->actions, FORMAT_WORDS_MAX);
    format->field_count =
        split(names->fields, name_of_field, SAMPLE_FIELD_COUNT, format->fields, FORMAT_FIELDS_MAX);
    format->policy_field_count =
        split(names->policy_fields, name_of_policy_field, POLICY_FIELD_COUNT, format->policy_fields,
              FORMAT_FIELDS_MAX);
    size_t reasons =
        split(names->reasons, name_of_reason, REASON_COUNT, format->reasons, FORMAT_WORDS_MAX);
    size_t actions =
        split(names->actions, name_of_action, ACTION_COUNT, format->actions, FORMAT_WORDS_MAX);
    format->is_own = is_own(names);
    return format->field_count != SIZE_MAX && format->policy_field_count != SIZE_MAX &&
           reasons != SIZE_MAX && actions != SIZE_MAX;
}

static bool translate(const int *words, int64_t *value)
{
    if (*value < 0 || *value >= FORMAT_WORDS_MAX || words[*value] == FORMAT_NONE)
        return false;
    *value = words[*value];
    return true;
}

bool recording_format_translate(const struct recording_format *format, const struct field_row *row,
                                int64_t *value)
{
    if (row->kind == FIELD_REASON)
        return translate(format->reasons, value);
    return row->kind == FIELD_ACTION ? translate(format->actions, value) : true;
}
