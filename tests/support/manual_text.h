/*
 * manual_text - pages of the manual and the README, and spans of their text.
 *
 * Pages are read from the root of the repository. A span is valid until the next page is read. One thread. Errors fail
 * the test.
 */
#ifndef TESTS_SUPPORT_MANUAL_TEXT_H
#define TESTS_SUPPORT_MANUAL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_PAGE "man/autoscaler.1"
#define CONFIGURATION_PAGE "man/autoscaler.yaml.5"
#define API_PAGE "man/autoscaler-api.7"
#define CONSOLE_PAGE "man/autoscaler-console.7"
#define README "README.md"

#define TEXT_SIZE ((size_t)256 * 1024)
#define LINE_SIZE 512

struct span {
    const char *start;
    const char *end;
};

struct span whole_of(const char *text);

/* The first `needle` inside; NULL: none. */
const char *find_in(struct span span, const char *needle);

size_t count_in(struct span span, const char *needle);

/* From `start` to the first of `ends`, or to the end of the text. */
struct span span_until(const char *start, const char *const ends[], size_t end_count);

bool is_word_character(char c);
bool has_word(struct span span, const char *word);

/* Valid until the next call with the same storage. */
const char *read_page(const char *path, char storage[TEXT_SIZE]);

/* The same in a storage of its own. */
const char *page(const char *path);

struct span section(const char *path, const char *name);

/* The text of the list item ".It `line`". */
struct span item(struct span list, const char *line);

#endif
