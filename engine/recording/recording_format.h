/*
 * recording_format - which fields, reasons and actions a recording has, by their names.
 *
 * A recording of another version of the program is read through its format: a field that this program does not have is
 * left out, one that it lacks is 0, and reasons and actions are those of the same name.
 *
 * Plain values. Any thread.
 */
#ifndef ENGINE_RECORDING_RECORDING_FORMAT_H
#define ENGINE_RECORDING_RECORDING_FORMAT_H

#include "engine/recording/sample.h"

#include <stdbool.h>

#define FORMAT_FIELDS_MAX 64
#define FORMAT_WORDS_MAX 256
#define FORMAT_TEXT_SIZE 8192
#define FORMAT_NONE (-1)

/* The names, separated by spaces, in the order of their numbers. */
struct recording_names {
    char fields[FORMAT_TEXT_SIZE];
    char policy_fields[FORMAT_TEXT_SIZE];
    char reasons[FORMAT_TEXT_SIZE];
    char actions[FORMAT_TEXT_SIZE];
};

struct recording_format {
    size_t field_count;
    size_t policy_field_count;
    int fields[FORMAT_FIELDS_MAX]; /* the index of sample_field; FORMAT_NONE: it is left out */
    int policy_fields[FORMAT_FIELDS_MAX];
    int reasons[FORMAT_WORDS_MAX]; /* FORMAT_NONE: not known */
    int actions[FORMAT_WORDS_MAX];
    bool is_own; /* all of it is that of this program */
};

/* Those of this program. */
void recording_names_own(struct recording_names *ret_names);

/* False: too many names. */
bool recording_format_read(const struct recording_names *names,
                           struct recording_format *ret_format);

/*
 * The value of this program for a stored one: words are translated. False: there is no such word. `row` is a field of a
 * sample or a policy.
 */
bool recording_format_translate(const struct recording_format *format, const struct field_row *row,
                                int64_t *value);

#endif
