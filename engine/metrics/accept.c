#include "engine/metrics/accept.h"

#include "engine/base/text.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

#define WEIGHT_DECIMALS 3
#define WEIGHT_WHOLE 1000
#define SPACES " \t"

/* A part of the header, without spaces around it. */
struct part {
    const char *start;
    size_t length;
};

static struct part trim(const char *start, size_t length)
{
    size_t skipped = strspn(start, SPACES);
    skipped = skipped < length ? skipped : length;
    start += skipped;
    length -= skipped;
    while (length > 0 && strchr(SPACES, start[length - 1]))
        length--;
    return (struct part){ start, length };
}

/* The next part up to one of `ends`; *at moves behind it. */
static struct part next_part(const char **at, const char *end, char separator)
{
    const char *start = *at;
    const char *found = memchr(start, separator, (size_t)(end - start));
    *at = found ? found + 1 : end;
    return trim(start, (size_t)((found ? found : end) - start));
}

static bool is(struct part part, const char *word)
{
    return part.length == strlen(word) && strncasecmp(part.start, word, part.length) == 0;
}

static bool begins_with(struct part part, const char *word, struct part *ret_rest)
{
    size_t length = strlen(word);
    if (part.length < length || strncasecmp(part.start, word, length) != 0)
        return false;
    *ret_rest = (struct part){ part.start + length, part.length - length };
    return true;
}

/* Weights in thousandths; negative: not named. */
struct wishes {
    int64_t openmetrics;
    int64_t text;
    int64_t rest; /* for all that is not named */
};

static void keep_larger(int64_t *weight, int64_t other)
{
    if (other > *weight)
        *weight = other;
}

/* "application/openmetrics-text; version=1.0.0; q=0.5" */
static void read_range(struct part range, struct wishes *wishes)
{
    const char *at = range.start;
    const char *end = range.start + range.length;
    struct part type = next_part(&at, end, ';');
    struct part rest;
    int64_t weight = WEIGHT_WHOLE;
    bool is_known_version = true;
    while (at < end) {
        struct part parameter = next_part(&at, end, ';');
        if (begins_with(parameter, "q=", &rest) &&
            !decimal_parse(rest.start, rest.length, WEIGHT_DECIMALS, &weight))
            weight = 0;
        else if (begins_with(parameter, "version=", &rest))
            is_known_version = is(rest, "1.0.0") || is(rest, "\"1.0.0\"");
    }
    if (is(type, "application/openmetrics-text") && is_known_version)
        keep_larger(&wishes->openmetrics, weight);
    else if (is(type, "text/plain"))
        keep_larger(&wishes->text, weight);
    else if (is(type, "*/*") || is(type, "text/*"))
        keep_larger(&wishes->rest, weight);
}

bool accept_is_openmetrics(const char *header)
{
    struct wishes wishes = { -1, -1, -1 };
    if (!header)
        return false;
    const char *at = header;
    const char *end = header + strlen(header);
    while (at < end)
        read_range(next_part(&at, end, ','), &wishes);
    int64_t text = wishes.text >= 0 ? wishes.text : wishes.rest;
    return wishes.openmetrics > 0 && wishes.openmetrics >= text;
}
