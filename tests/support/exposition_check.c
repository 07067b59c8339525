#include "tests/support/exposition_check.h"

#include "engine/base/heap.h"
#include "tests/support/test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_SIZE 128
#define FAMILIES_MAX 64
#define VALUE_SIZE 64

struct check {
    bool is_openmetrics;
    char families[FAMILIES_MAX][NAME_SIZE];
    size_t family_count;
    char type[16];
    char unit[16];
    const char **series; /* of the family that is read, for those that are there twice */
    size_t *lengths;
    size_t series_count;
    size_t series_room;
    size_t total;
};

static void refuse(const char *line, const char *problem)
{
    fail_msg("%s: %.*s", problem, (int)strcspn(line, "\n"), line);
}

static bool is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (is_name(at[length]))
        length++;
    return length;
}

static const char *family(const struct check *check)
{
    return check->families[check->family_count - 1];
}

/* "# HELP name text": a new family. */
static void read_help(struct check *check, const char *line)
{
    const char *name = line + strlen("# HELP ");
    size_t length = name_length(name);
    if (length == 0 || length >= NAME_SIZE || name[length] != ' ')
        refuse(line, "no name");
    for (size_t i = 0; i < check->family_count; i++)
        if (strlen(check->families[i]) == length && strncmp(check->families[i], name, length) == 0)
            refuse(line, "a family twice");
    assert_true(check->family_count < FAMILIES_MAX);
    memcpy(check->families[check->family_count], name, length);
    check->families[check->family_count++][length] = '\0';
    check->type[0] = '\0';
    check->unit[0] = '\0';
    check->series_count = 0;
}

/* "# TYPE name word" */
static void read_word(const struct check *check, const char *line, const char *start,
                      char *ret_word, size_t size)
{
    const char *name = line + strlen(start);
    size_t length = name_length(name);
    if (check->family_count == 0 || strlen(family(check)) != length ||
        strncmp(family(check), name, length) != 0)
        refuse(line, "of another family");
    if (ret_word[0] != '\0' || check->series_count > 0)
        refuse(line, "not in the head");
    snprintf(ret_word, size, "%.*s", (int)strcspn(name + length + 1, "\n"), name + length + 1);
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* What may follow the name of the family in a line. */
static bool is_suffix(const struct check *check, const char *suffix)
{
    bool is_plain = suffix[0] == '\0';
    bool is_created = check->is_openmetrics && strcmp(suffix, "_created") == 0;
    if (strcmp(check->type, "histogram") == 0)
        return is_created || strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_sum") == 0 ||
               strcmp(suffix, "_count") == 0;
    if (!check->is_openmetrics || strcmp(check->type, "gauge") == 0)
        return is_plain;
    if (strcmp(check->type, "counter") == 0)
        return is_created || strcmp(suffix, "_total") == 0;
    return strcmp(check->type, "info") == 0 && strcmp(suffix, "_info") == 0;
}

/* From '{'; returns behind '}'. */
static const char *read_labels(const char *line, const char *at)
{
    do {
        at++;
        size_t length = name_length(at);
        if (length == 0 || strncmp(at + length, "=\"", 2) != 0)
            refuse(line, "no label");
        at += length + 2;
        while (*at != '"') {
            if (*at == '\n' || *at == '\0')
                refuse(line, "an open label");
            if (*at == '\\' && at[1] != '\\' && at[1] != '"' && at[1] != 'n')
                refuse(line, "an unknown escape");
            at += *at == '\\' ? 2 : 1;
        }
        at++;
    } while (*at == ',');
    if (*at != '}')
        refuse(line, "labels do not end");
    return at + 1;
}

static void keep_series(struct check *check, const char *line, size_t length)
{
    if (check->series_count == check->series_room) {
        check->series_room = 2 * check->series_room + 64;
        check->series = realloc(check->series, check->series_room * sizeof *check->series);
        check->lengths = realloc(check->lengths, check->series_room * sizeof *check->lengths);
        assert_non_null(check->series);
        assert_non_null(check->lengths);
    }
    /* Of a large fleet, the neighbours only: each series with each other would take minutes. */
    size_t first = check->series_count > 1000 ? check->series_count - 16 : 0;
    for (size_t i = first; i < check->series_count; i++)
        if (check->lengths[i] == length && memcmp(check->series[i], line, length) == 0)
            refuse(line, "a series twice");
    check->series[check->series_count] = line;
    check->lengths[check->series_count++] = length;
    check->total++;
}

static void read_sample(struct check *check, const char *line)
{
    char suffix[NAME_SIZE];
    size_t length = name_length(line);
    if (check->family_count == 0 || check->type[0] == '\0' || length < strlen(family(check)) ||
        strncmp(line, family(check), strlen(family(check))) != 0)
        refuse(line, "of another family");
    snprintf(suffix, sizeof suffix, "%.*s", (int)(length - strlen(family(check))),
             line + strlen(family(check)));
    if (!is_suffix(check, suffix))
        refuse(line, "a suffix that its type does not have");
    const char *at = line + length;
    if (*at == '{')
        at = read_labels(line, at);
    if (*at != ' ')
        refuse(line, "no space before the value");
    char *end;
    double value = strtod(at + 1, &end);
    if (end == at + 1 || *end != '\n' || isnan(value))
        refuse(line, "no number");
    keep_series(check, line, (size_t)(at - line));
}

static void check_head(const struct check *check, const char *line)
{
    static const char *const types[] = { "gauge", "counter", "histogram", "info" };
    bool is_known = false;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        is_known = is_known || strcmp(check->type, types[i]) == 0;
    if (!is_known || (!check->is_openmetrics && strcmp(check->type, "info") == 0))
        refuse(line, "an unknown type");
    if (!check->is_openmetrics && strcmp(check->type, "counter") == 0 &&
        !ends_with(family(check), "_total"))
        refuse(line, "a counter without _total");
}

size_t exposition_check(const char *text, bool is_openmetrics)
{
    struct check check = { .is_openmetrics = is_openmetrics };
    bool is_over = false;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        if (is_over)
            refuse(line, "behind the end");
        if (!strchr(line, '\n'))
            refuse(line, "no end of the line");
        if (strncmp(line, "# HELP ", 7) == 0) {
            read_help(&check, line);
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            read_word(&check, line, "# TYPE ", check.type, sizeof check.type);
            check_head(&check, line);
        } else if (is_openmetrics && strncmp(line, "# UNIT ", 7) == 0) {
            read_word(&check, line, "# UNIT ", check.unit, sizeof check.unit);
            if (!ends_with(family(&check), check.unit))
                refuse(line, "not the unit of the name");
        } else if (is_openmetrics && strcmp(line, "# EOF\n") == 0) {
            is_over = true;
        } else {
            read_sample(&check, line);
        }
    }
    assert_int_equal(is_over, is_openmetrics);
    free(check.series);
    free(check.lengths);
    return check.total;
}

const char *exposition_value(const char *text, const char *series)
{
    static char value[VALUE_SIZE];
    size_t length = strlen(series);
    for (const char *at = strstr(text, series); at; at = strstr(at + 1, series)) {
        if ((at != text && at[-1] != '\n') || at[length] != ' ')
            continue;
        snprintf(value, sizeof value, "%.*s", (int)strcspn(at + length + 1, "\n"), at + length + 1);
        return value;
    }
    return NULL;
}

void assert_series(const char *text, const char *series, const char *value)
{
    const char *found = exposition_value(text, series);
    if (!found)
        fail_msg("there is no series %s", series);
    if (strcmp(found, value) != 0)
        fail_msg("%s is %s, expected %s", series, found, value);
}
