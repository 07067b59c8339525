#include "tui/list/regex_cost.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_MAX_COUNTED 100000
#define DEPTH_MAX 256

/* A group, or the whole: what it has so far, and the last part of it, which a repetition repeats. */
struct group {
    size_t size;
    size_t last;
};

static size_t at_most(size_t size)
{
    return size < SIZE_MAX_COUNTED ? size : SIZE_MAX_COUNTED;
}

static void add(struct group *group, size_t size)
{
    group->last = at_most(size);
    group->size = at_most(group->size + size);
}

/* The last part becomes so large. */
static void resize_last(struct group *group, size_t size)
{
    size_t before = group->last;
    group->last = at_most(size);
    group->size =
        at_most(group->size - (before < group->size ? before : group->size) + group->last);
}

/* "{2}", "{2,}", "{,5}" or "{2,5}": the larger number, and one more for what may follow. */
static size_t read_bounds(const char *at, size_t *ret_times)
{
    size_t length = 1 + strspn(at + 1, "0123456789,");
    size_t times = 0;
    for (size_t i = 1; i < length; i++) {
        size_t number = (size_t)strtoul(at + i, NULL, 10);
        times = number > times ? number : times;
        i += strcspn(at + i, ",");
    }
    *ret_times = at_most(times) + 1;
    return at[length] == '}' ? length + 1 : length;
}

/* From the bracket to behind the one that closes it; a first "]" stands for itself. */
static size_t bracket_size(const char *at)
{
    size_t length = 1 + (at[1] == '^');
    length += at[length] == ']';
    length += strcspn(at + length, "]");
    return at[length] == ']' ? length + 1 : length;
}

/* What has no depth of its own; its size. */
static size_t take_part(struct group *group, const char *at)
{
    size_t length = 1;
    size_t times;
    switch (*at) {
    case '{':
        length = read_bounds(at, &times);
        resize_last(group, group->last * times);
        return length;
    case '+':
        resize_last(group, 2 * group->last);
        return 1;
    case '*':
    case '?':
        resize_last(group, group->last + 1);
        return 1;
    case '[':
        add(group, 1);
        return bracket_size(at);
    case '\\':
        add(group, 1);
        return at[1] == '\0' ? 1 : 2;
    default:
        add(group, 1);
        return 1;
    }
}

bool regex_cost_is_high(const char *expression)
{
    struct group groups[DEPTH_MAX] = { { 0 } };
    size_t depth = 0;
    const char *at = expression;
    while (*at) {
        if (*at == '(' && depth + 1 < DEPTH_MAX) {
            groups[++depth] = (struct group){ 0 };
            at++;
        } else if (*at == ')' && depth > 0) {
            depth--;
            add(&groups[depth], groups[depth + 1].size + 1);
            at++;
        } else {
            at += take_part(&groups[depth], at);
        }
    }
    size_t size = 0;
    for (size_t i = 0; i <= depth; i++)
        size = at_most(size + groups[i].size);
    return size > (size_t)(at - expression) + REGEX_COST_MAX;
}
