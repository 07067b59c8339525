#include "engine/ctl/ctl_arguments.h"

#include "engine/ctl/ctl_request.h"
#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PAGE_SIZE ((size_t)32 * 1024)
#define WORDS_MAX 8

static int parse(const char *const *words, struct ctl_arguments *arguments, struct error *err)
{
    char *argv[WORDS_MAX + 2] = { (char *)(uintptr_t) "autoscalerctl" };
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return ctl_arguments_parse(argc, argv, arguments, err);
}

static const struct request_row {
    const char *name;
    const char *words[WORDS_MAX];
    struct ctl_guard guard;
    const char *target;
    const char *body; /* NULL: a GET */
} request_rows[] = {
    /* clang-format off */
    { "status", { "status" }, { -1, -1 }, "/v1/state", NULL },
    { "a list", { "list" }, { -1, -1 }, "/v1/deployments", NULL },
    { "a list of some", { "list", "eu-*", "--state=held" }, { -1, -1 }, "/v1/deployments?match=eu-%2A&state=held", NULL },
    { "a list of a state", { "--state=held", "list" }, { -1, -1 }, "/v1/deployments?state=held", NULL },
    { "an id", { "explain", "a/b?c" }, { -1, -1 }, "/v1/deployments/a%2Fb%3Fc", NULL },
    { "an id that begins with a dash", { "explain", "--", "-x" }, { -1, -1 }, "/v1/deployments/-x", NULL },
    { "a pause of one", { "pause", "eu-1" }, { -1, -1 }, "/v1/pause", "{\"ids\":[\"eu-1\"]}" },
    { "a pause of some", { "pause", "eu-?" }, { 3, -1 }, "/v1/pause", "{\"match\":\"eu-?\",\"expect\":{\"count\":3}}" },
    { "a pause of all", { "pause", "--all", "--reason=a \"b\"" }, { -1, -1 },
      "/v1/pause", "{\"all\":true,\"reason\":\"a \\\"b\\\"\"}" },
    { "values behind spaces", { "--reason", "a b", "pause", "--for", "2h", "eu-1", "--yes" }, { -1, -1 },
      "/v1/pause", "{\"ids\":[\"eu-1\"],\"for\":\"2h\",\"reason\":\"a b\"}" },
    { "a resume", { "resume", "--all" }, { 0, -1 }, "/v1/resume", "{\"all\":true,\"expect\":{\"count\":0}}" },
    { "more hosts", { "scale", "eu-1", "+5" }, { -1, -1 }, "/v1/scale", "{\"ids\":[\"eu-1\"],\"delta\":5}" },
    { "fewer hosts", { "scale", "--force", "eu-1", "-5" }, { -1, 20 },
      "/v1/scale", "{\"ids\":[\"eu-1\"],\"delta\":-5,\"force\":true,\"expect\":{\"hosts\":20}}" },
    { "one whose id is a pattern", { "scale", "eu-*", "1" }, { -1, -1 }, "/v1/scale", "{\"ids\":[\"eu-*\"],\"delta\":1}" },
    { "dry-run off", { "dry-run", "off" }, { -1, -1 }, "/v1/dry-run", "{\"on\":false}" },
    { "a pass", { "pass" }, { -1, -1 }, "/v1/pass", "{}" },
    { "a discovery", { "discover" }, { -1, -1 }, "/v1/discovery", "{}" },
    { "a reload", { "reload", "--reason=x" }, { -1, -1 }, "/v1/reload", "{\"reason\":\"x\"}" },
    /* clang-format on */
};

static void row_is_requested(void **state)
{
    const struct request_row *row = *state;
    struct ctl_arguments arguments;
    struct ctl_request request;
    struct error err;
    assert_int_equal(parse(row->words, &arguments, &err), 0);
    assert_int_equal(ctl_request_make(&arguments, &row->guard, &request, &err), 0);
    assert_string_equal(request.target, row->target);
    assert_int_equal(request.is_act, row->body != NULL);
    if (row->body)
        assert_string_equal(request.body, row->body);
}

static void a_request_has_a_maximum(void **state)
{
    (void)state;
    static char pattern[CTL_BODY_SIZE];
    struct ctl_arguments arguments = { .command = CTL_PAUSE, .subject = pattern };
    struct ctl_guard guard = { -1, -1 };
    struct ctl_request request;
    struct error err;
    memset(pattern, '*', sizeof pattern - 1);
    assert_int_equal(ctl_request_make(&arguments, &guard, &request, &err), -E2BIG);
}

static void the_manual_has_every_command(void **state)
{
    (void)state;
    static char page[PAGE_SIZE];
    static const char *const lines[] = {
#define CTL(id, name, arguments, meaning) "\n.It Cm " name " " arguments "\n",
#include "engine/ctl/ctl.def"
#undef CTL
    };
    FILE *file = fopen("man/autoscalerctl.1", "r");
    assert_non_null(file);
    size_t size = fread(page, 1, sizeof page - 1, file);
    fclose(file);
    page[size] = '\0';
    const char *at = page;
    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        char line[256];
        size_t length = strlen(lines[i]);
        /* A command without arguments ends with its name. */
        bool is_bare = lines[i][length - 2] == ' ';
        snprintf(line, sizeof line, "%.*s\n", (int)(length - (is_bare ? 2 : 1)), lines[i]);
        at = strstr(at, line);
        if (!at)
            fail_msg("autoscalerctl(1) does not have, in this order:%s", line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_a_maximum),
        cmocka_unit_test(the_manual_has_every_command),
    };
    struct CMUnitTest rows[COUNT_OF(request_rows)];
    TESTS_FROM_ROWS(rows, request_rows, row_is_requested);
    int failed = cmocka_run_group_tests_name("ctl_arguments", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("ctl_request", rows, NULL, NULL);
    return failed;
}
