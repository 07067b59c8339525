#include "engine/config/suggest.h"

#include <string.h>

#define DISTANCE_MAX 2
#define WORD_SIZE_MAX 64 /* a longer one is near to nothing */

/* Levenshtein: letters added, dropped or changed. One row of the table is kept. */
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

void nearest_init(struct nearest *nearest, const char *wanted)
{
    *nearest = (struct nearest){
        .wanted = wanted,
        .wanted_size = strlen(wanted),
        .distance = DISTANCE_MAX + 1,
    };
}

/* Changing every letter is no resemblance. */
void nearest_offer(struct nearest *nearest, const char *candidate, size_t size)
{
    if (nearest->wanted_size > WORD_SIZE_MAX || size > WORD_SIZE_MAX)
        return;
    size_t distance = edit_distance(nearest->wanted, nearest->wanted_size, candidate, size);
    if (distance >= nearest->distance || distance >= size)
        return;
    nearest->distance = distance;
    nearest->found = candidate;
    nearest->found_size = size;
}

bool nearest_add(const struct nearest *nearest, struct text *text)
{
    if (!nearest->found)
        return false;
    text_add_bytes(text, nearest->found, nearest->found_size);
    return true;
}
