/*
 * Exposition: a label that is escaped has no quote, no line feed and no open escape, and reads back as it was. The
 * choice of a format does not depend on the case of the header, and a client that names only OpenMetrics gets it.
 */
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/metrics/accept.h"
#include "engine/metrics/exposition.h"

/* As a scraper reads it; returns the size. */
static size_t read_back(const char *escaped, char *ret_bytes)
{
    size_t size = 0;
    for (const char *at = escaped; *at != '\0'; at++) {
        must(*at != '"' && *at != '\n');
        if (*at != '\\') {
            ret_bytes[size++] = *at;
            continue;
        }
        at++;
        must(*at == '\\' || *at == '"' || *at == 'n');
        ret_bytes[size++] = *at == 'n' ? '\n' : *at;
    }
    return size;
}

static void check_label(const char *label)
{
    size_t length = strlen(label);
    char *escaped = malloc(2 * length + 1);
    char *back = malloc(length + 1);
    struct text text;
    must(escaped && back);
    text_init(&text, escaped, 2 * length + 1);
    exposition_escape(&text, label, length);
    must(!text.was_cut);
    must(read_back(escaped, back) == length);
    must(memcmp(back, label, length) == 0);
    free(back);
    free(escaped);
}

static void check_header(char *header)
{
    bool is_openmetrics = accept_is_openmetrics(header);
    for (char *at = header; *at != '\0'; at++)
        *at = (char)(*at >= 'a' && *at <= 'z' ? *at - 'a' + 'A' : *at);
    must(accept_is_openmetrics(header) == is_openmetrics);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *text = supply_text(&supply);
    check_label(text);
    check_header(text);
    free(text);
    return 0;
}
