/*
 * journal_acts - the acts of a script in the journal of a state directory, after the program has ended.
 *
 * Opens the file for reading. One thread.
 */
#ifndef TESTS_SOAK_JOURNAL_ACTS_H
#define TESTS_SOAK_JOURNAL_ACTS_H

#include <stdbool.h>
#include <stdint.h>

struct journal_acts {
    int64_t pauses; /* with the reason and the author */
    int64_t ended;  /* of these, by the author */
    int64_t others; /* with the reason, without the author */
};

/* `reason`: what it begins with. False: there is not exactly one journal, or it cannot be read. */
bool journal_acts_count(const char *state_directory, const char *reason, const char *author,
                        struct journal_acts *ret_acts);

#endif
