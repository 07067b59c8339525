#include "engine/base/suggest.h"

#include <string.h>

#define DISTANCE_MAX 2
#define WORD_SIZE_MAX 64 /* a longer one is similar to nothing */

/* Levenshtein distance: letters added, dropped or changed. One row of the table is stored. */
static size_t edit_distance(const char *a, size_t a_size, const char *b, size_t b_size)
{
    size_t row[WORD_SIZE_MAX + 1];
    for (size_t i = 0; i <= a_size; i++)
        row[i] = i;
    for (size_t j = 1; j <= b_size; j++) {
        size_t diagonal = row[0];
        row[0] = j;
        for (size_t i = 1; i <= a_size; i++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = row[i] < row[i - 1] ? row[i] : row[i - 1];
            diagonal = row[i];
            row[i] = changed < shorter + 1 ? changed : shorter + 1;
        }
    }
    return row[a_size];
}

void suggest_init(struct suggest *suggest, const char *wanted)
{
    *suggest = (struct suggest){
        .wanted = wanted,
        .wanted_size = strlen(wanted),
        .distance = DISTANCE_MAX + 1,
    };
}

/* A change of every letter is no similarity. */
void suggest_offer(struct suggest *suggest, const char *candidate, size_t size)
{
    if (suggest->wanted_size > WORD_SIZE_MAX || size > WORD_SIZE_MAX)
        return;
    size_t distance = edit_distance(suggest->wanted, suggest->wanted_size, candidate, size);
    if (distance >= suggest->distance || distance >= size)
        return;
    suggest->distance = distance;
    suggest->found = candidate;
    suggest->found_size = size;
}

bool suggest_add(const struct suggest *suggest, struct text *text)
{
    if (!suggest->found)
        return false;
    text_add_bytes(text, suggest->found, suggest->found_size);
    return true;
}
