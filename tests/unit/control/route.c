#include "engine/control/route.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define PAGE_SIZE ((size_t)64 * 1024)

static const struct find_row {
    const char *name;
    const char *method;
    const char *path;
    enum route route;
    const char *segment; /* NULL: none */
    const char *allowed; /* NULL: none */
} find_rows[] = {
    { "a path", "GET", "/v1/state", ROUTE_STATE, NULL, NULL },
    { "an id", "GET", "/v1/deployments/eu%2F1", ROUTE_DEPLOYMENT, "eu%2F1", NULL },
    { "the list", "GET", "/v1/deployments", ROUTE_DEPLOYMENTS, NULL, NULL },
    { "an act", "POST", "/v1/scale", ROUTE_SCALE, NULL, NULL },
    { "an act by GET", "GET", "/v1/scale", ROUTE_WRONG_METHOD, NULL, "POST" },
    { "an id by POST", "POST", "/v1/deployments/a", ROUTE_WRONG_METHOD, "a", "GET" },
    { "a method in lower case", "get", "/v1/state", ROUTE_WRONG_METHOD, NULL, "GET" },
    { "no id", "GET", "/v1/deployments/", ROUTE_NONE, NULL, NULL },
    { "two segments", "GET", "/v1/deployments/a/b", ROUTE_NONE, NULL, NULL },
    { "a segment in the middle", "POST", "/v1/overrides/3/end", ROUTE_END, "3/end", NULL },
    { "another one after it", "POST", "/v1/overrides/3/extend", ROUTE_EXTEND, "3/extend", NULL },
    { "no segment in the middle", "POST", "/v1/overrides//end", ROUTE_NONE, NULL, NULL },
    { "a segment too many", "POST", "/v1/overrides/3/4/end", ROUTE_NONE, NULL, NULL },
    { "half of the end", "POST", "/v1/overrides/3/en", ROUTE_NONE, NULL, NULL },
    { "a slash at the end", "GET", "/v1/state/", ROUTE_NONE, NULL, NULL },
    { "another version", "GET", "/v2/state", ROUTE_NONE, NULL, NULL },
    { "the root", "GET", "/", ROUTE_NONE, NULL, NULL },
    { "nothing", "GET", "", ROUTE_NONE, NULL, NULL },
};

static void row_is_found(void **state)
{
    const struct find_row *row = *state;
    const char *segment;
    const char *allowed;
    assert_int_equal(route_find(row->method, row->path, &segment, &allowed), row->route);
    if (row->segment)
        assert_string_equal(segment, row->segment);
    if (row->allowed)
        assert_string_equal(allowed, row->allowed);
    else
        assert_null(allowed);
}

static const char *read_page(const char *path)
{
    static char page[PAGE_SIZE];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    assert_true(size < sizeof page - 1);
    page[size] = '\0';
    return page;
}

/* In the order of the table, each with its meaning as the first sentence. */
static void the_manual_has_every_route(void **state)
{
    (void)state;
    const char *at = read_page("man/autoscaler-control.7");
    for (enum route route = 0; route < ROUTE_COUNT; route++) {
        const struct route_row *row = route_row(route);
        char item[256];
        snprintf(item, sizeof item, "\n.It Li %s %s\n%c%s", row->method, row->path,
                 row->meaning[0] - 'a' + 'A', row->meaning + 1);
        at = strstr(at, item);
        if (!at)
            fail_msg("autoscaler-control(7) does not have, in this order:%s", item);
    }
}

static size_t count_of(const char *page, const char *text)
{
    size_t count = 0;
    for (const char *at = page; (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* Each path with its method and its meaning, and no other path. */
static void the_description_has_every_route(void **state)
{
    (void)state;
    const char *page = read_page("man/autoscaler-control.openapi.yaml");
    for (enum route route = 0; route < ROUTE_COUNT; route++) {
        const struct route_row *row = route_row(route);
        char path[256];
        char summary[256];
        snprintf(path, sizeof path, "\n  %s:\n    %s:\n", row->path,
                 strcmp(row->method, "GET") == 0 ? "get" : "post");
        snprintf(summary, sizeof summary, "\n      summary: \"%s\"\n", row->meaning);
        const char *at = strstr(page, path);
        if (!at || !strstr(at, summary) || strstr(at, summary) > strstr(at, "\n      responses:"))
            fail_msg("the OpenAPI description does not have:%s%s", path, summary);
    }
    assert_int_equal(count_of(page, "\n  /"), ROUTE_COUNT);
    assert_int_equal(count_of(page, "\n      operationId: "), ROUTE_COUNT);
}

/* What changes something may only be done by those that may act. A focus changes what its own stream has. */
static void posts_need_the_right_to_act(void **state)
{
    (void)state;
    for (enum route route = 0; route < ROUTE_COUNT; route++) {
        bool is_act = strcmp(route_row(route)->method, "POST") == 0;
        /* These have a body, and change nothing of the engine. */
        is_act = is_act && route != ROUTE_WHAT_IF && route != ROUTE_FOCUS;
        assert_int_equal(route_row(route)->right, is_act ? RIGHT_ACT : RIGHT_READ);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_manual_has_every_route),
        cmocka_unit_test(the_description_has_every_route),
        cmocka_unit_test(posts_need_the_right_to_act),
    };
    struct CMUnitTest rows[COUNT_OF(find_rows)];
    TESTS_FROM_ROWS(rows, find_rows, row_is_found);
    int failed = cmocka_run_group_tests_name("route", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("route: rows", rows, NULL, NULL);
    return failed;
}
