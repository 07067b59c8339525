#include "tui/panels/status_words.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <inttypes.h>
#include <string.h>

#define HOST_COLUMNS_MAX 24

struct word word_of_time(struct wall at)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_time(&text, at);
    return word;
}

struct word word_of_minute(struct wall at)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_minute(&text, at);
    return word;
}

struct word word_of_end(struct wall at, struct wall now)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_end(&text, at, now);
    return word;
}

struct word word_of_share(int64_t part, int64_t whole)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_share(&text, part, whole);
    return word;
}

struct word word_of_took(int64_t ms)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_took(&text, ms);
    return word;
}

struct word word_of_speed(int32_t millis)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    text_add_percent(&text, INT64_C(10000) * millis);
    return word;
}

struct word word_of_count(int64_t count)
{
    struct word word;
    struct text text;
    text_init(&text, word.text, sizeof word.text);
    format_thousands(&text, count);
    return word;
}

struct word word_of_host(const char *url)
{
    struct word word;
    struct word host;
    struct text text;
    const char *scheme = strstr(url, "://");
    const char *start = scheme ? scheme + 3 : url;
    text_init(&text, host.text, sizeof host.text);
    text_add_bytes(&text, start, strcspn(start, "/"));
    text_init(&text, word.text, sizeof word.text);
    format_cut_middle(&text, host.text, HOST_COLUMNS_MAX);
    return word;
}

struct word word_of_state(const struct fleet_totals *totals, enum state state, int columns)
{
    struct word word;
    struct text text;
    int32_t count = totals->states[state];
    text_init(&text, word.text, sizeof word.text);
    if (count > 0 && columns < STATUS_WORDS_COLUMNS)
        text_addf(&text, "%c%" PRId32, state_row(state)->glyph, count);
    else if (count > 0)
        text_addf(&text, "%s %s", state_row(state)->name, word_of_count(count).text);
    return word;
}

const char *word_plural(int64_t count)
{
    return count == 1 ? "" : "s";
}
