#include "tests/support/manual_text.h"

#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct span whole_of(const char *text)
{
    return (struct span){ text, text + strlen(text) };
}

const char *find_in(struct span span, const char *needle)
{
    const char *found = strstr(span.start, needle);
    return found && found + strlen(needle) <= span.end ? found : NULL;
}

size_t count_in(struct span span, const char *needle)
{
    size_t count = 0;
    for (const char *at = find_in(span, needle); at; at = find_in(span, needle)) {
        span.start = at + 1;
        count++;
    }
    return count;
}

struct span span_until(const char *start, const char *const ends[], size_t end_count)
{
    struct span span = whole_of(start);
    for (size_t i = 0; i < end_count; i++) {
        const char *end = find_in(span, ends[i]);
        span.end = end ? end : span.end;
    }
    return span;
}

bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool has_word(struct span span, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = find_in(span, word); at; at = find_in(span, word)) {
        bool is_start = at == span.start || !is_word_character(at[-1]);
        if (is_start && !is_word_character(at[length]))
            return true;
        span.start = at + 1;
    }
    return false;
}

const char *read_page(const char *path, char storage[TEXT_SIZE])
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("cannot read %s: %s (tests run from the root of the repository)", path,
                 strerror(errno));
    size_t size = fread(storage, 1, TEXT_SIZE - 1, file);
    assert_in_range(size, 1, TEXT_SIZE - 2);
    storage[size] = '\0';
    fclose(file);
    return storage;
}

static char page_storage[TEXT_SIZE];

const char *page(const char *path)
{
    return read_page(path, page_storage);
}

struct span section(const char *path, const char *name)
{
    static const char *const ends[] = { "\n.Sh " };
    char heading[LINE_SIZE];
    snprintf(heading, sizeof heading, "\n.Sh %s\n", name);
    const char *text = page(path);
    const char *start = strstr(text, heading);
    if (!start)
        fail_msg("%s has no section %s", path, name);
    return span_until(start + 1, ends, COUNT_OF(ends));
}

struct span item(struct span list, const char *line)
{
    static const char *const ends[] = { "\n.It ", "\n.El\n", "\n.Sh ", "\n.Ss " };
    char heading[LINE_SIZE];
    snprintf(heading, sizeof heading, "\n.It %s\n", line);
    const char *start = find_in(list, heading);
    if (!start)
        fail_msg("the manual does not list: .It %s", line);
    struct span text = span_until(start + strlen(heading) - 1, ends, COUNT_OF(ends));
    text.end += *text.end == '\n';
    return text;
}
