/*
 * JSON, compared with a recursive reader: strict accepts exactly what it accepts, cJSON reads that too, and tolerant
 * accepts it too. Spans are nested and in order; the number of elements equals the count.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include <cjson/cJSON.h>

static void check_span(struct json_span inner, struct json_span outer)
{
    must(inner.start < inner.end);
    must(outer.start <= inner.start && inner.end <= outer.end);
}

static void check_elements(const char *bytes, struct json_span array, bool is_strict)
{
    struct json_span element = { 0 };
    struct json_fault fault;
    size_t count = 0;
    size_t end = array.start;
    for (; json_scan_next_element(bytes, array, &element); count++) {
        check_span(element, array);
        must(element.start > end);
        end = element.end;
        if (is_strict)
            must(json_scan_check(bytes, element, &fault));
    }
    must(count == array.child_count || bytes[array.start] != '[');
}

static void check_fault(const struct json_fault *fault, size_t size)
{
    must(fault->text && fault->text[0]);
    must(fault->offset <= size);
}

static bool check_tolerant(const char *bytes, size_t size, bool is_strict)
{
    struct json_span value = { 0 };
    struct json_fault fault = { 0 };
    if (!json_scan_check_around(bytes, size, "x", &value, &fault)) {
        check_fault(&fault, size);
        return false;
    }
    if (value.start == value.end)
        return true;
    check_span(value, (struct json_span){ .end = size });
    check_elements(bytes, value, is_strict);
    struct json_span found;
    must(json_scan_find_member(bytes, (struct json_span){ .end = size }, "x", &found));
    must(found.start == value.start && found.end == value.end);
    return true;
}

static void check_cjson(const char *bytes, size_t size)
{
    const char *end = NULL;
    cJSON *tree = cJSON_ParseWithLengthOpts(bytes, size, &end, false);
    must(tree);
    for (; end < bytes + size; end++)
        must(memchr(" \t\r\n", *end, 4));
    cJSON_Delete(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *bytes = supply_rest(&supply);
    struct json_fault fault = { 0 };
    bool is_strict = json_scan_check(bytes, (struct json_span){ .end = size }, &fault);
    bool is_tolerable = check_tolerant(bytes, size, is_strict);
    must(is_strict == oracle_is_json(bytes, size));
    must(is_tolerable || !is_strict);
    if (is_strict)
        check_cjson(bytes, size);
    else
        check_fault(&fault, size);
    free(bytes);
    return 0;
}
