/*
 * The requests of the program, recorded by a fake API, against the OpenAPI file of the deployments API, and what the
 * fake API sent.
 */
#include "tests/support/openapi.h"
#include "tests/support/once_fixture.h"

#include "engine/base/heap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_PATH "man/autoscaler-api.openapi.yaml"
#define WHY_SIZE 512
#define SENT_MAX 4096

/* What the server has sent; the test reads it when the server does not use it any more. */
struct sent {
    char *path;
    char *body;
    int status;
    bool is_scale;
};

struct recorder {
    fake_api_answer *answer;
    void *context;
    struct sent sent[SENT_MAX];
    size_t count;
};

static void record_answer(void *context, const struct fake_request *request,
                          struct fake_answer *ret_answer)
{
    struct recorder *recorder = context;
    recorder->answer(recorder->context, request, ret_answer);
    if (recorder->count == SENT_MAX)
        abort();
    recorder->sent[recorder->count++] = (struct sent){
        .path = strdup(request->path),
        .body = strdup(ret_answer->body ? ret_answer->body : ""),
        .status = ret_answer->status,
        .is_scale = strcmp(request->method, "POST") == 0,
    };
}

static struct recorder *start_recorder(struct fake_api *api, fake_api_answer *answer, void *context)
{
    struct recorder *recorder = heap_alloc(1, sizeof *recorder);
    assert_non_null(recorder);
    recorder->answer = answer;
    recorder->context = context;
    fake_api_set_answer(api, record_answer, recorder);
    return recorder;
}

static void end_recorder(struct fake_api *api, struct recorder *recorder)
{
    fake_api_set_answer(api, NULL, NULL);
    for (size_t i = 0; i < recorder->count; i++) {
        free(recorder->sent[i].path);
        free(recorder->sent[i].body);
    }
    heap_free(recorder);
}

/* --- checks ------------------------------------------------------------------------------------------------------- */

/* The number of requests that do not fit, each of which has `expected` as its body. */
static int64_t count_other_requests(const struct openapi *openapi, struct fake_api *api,
                                    const char *expected)
{
    int64_t others = 0;
    for (int64_t i = 0; i < fake_api_count(api, NULL, NULL); i++) {
        const struct fake_request *seen = fake_api_find(api, NULL, NULL, i);
        const struct openapi_request request = { seen->method, seen->path, seen->headers,
                                                 seen->body };
        char storage[WHY_SIZE];
        struct text why;
        text_init(&why, storage, sizeof storage);
        if (openapi_takes_request(openapi, &request, &why))
            continue;
        others++;
        if (!expected || strcmp(seen->body, expected) != 0)
            fail_msg("%s %s %s: %s", seen->method, seen->path, seen->body, storage);
    }
    return others;
}

static void assert_responses(const struct openapi *openapi, const struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->count; i++) {
        const struct sent *sent = &recorder->sent[i];
        char storage[WHY_SIZE];
        struct text why;
        text_init(&why, storage, sizeof storage);
        if (!openapi_takes_response(openapi, sent->is_scale ? "POST" : "GET", sent->path,
                                    sent->status, sent->body, &why))
            fail_msg("%s %d %s: %s", sent->path, sent->status, sent->body, storage);
    }
}

/* Ids that need escaping, statuses, and scale requests in both directions. */
static void a_pass_is_described(void **state)
{
    struct once_fixture *fixture = *state;
    struct fake_api *api = fixture->program_fixture.api;
    struct openapi *openapi = openapi_open(FILE_PATH);
    struct recorder *recorder = start_recorder(api, listing_answer, fixture->listing);
    program_fixture_run(&fixture->program_fixture, JSON_BARE);
    assert_int_equal(count_other_requests(openapi, api, NULL), 0);
    assert_true(fake_api_count(api, "GET", NULL) > ID_ROW_COUNT);
    assert_true(fake_api_count(api, "POST", NULL) > 5);
    fake_api_set_answer(api, listing_answer, fixture->listing);
    assert_true(recorder->count > ID_ROW_COUNT);
    assert_responses(openapi, recorder);
    end_recorder(api, recorder);
    openapi_close(openapi);
}

/* --- a check that scales ------------------------------------------------------------------------------------------ */

#define LIST "{\"deployments\":[{\"id\":\"eu 1\",\"servers_per_host\":10,\"target_free_pct\":15}]}"
#define NO_DELTA "{\"deployment_id\":\"eu 1\"}"

struct fleet {
    int hosts;
    char key[64];
    char status[128];
};

static void answer_scale(struct fleet *fleet, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    const char *delta = strstr(request->body, "\"delta\":");
    bool is_known = strstr(request->body, "\"eu 1\"") && delta;
    bool is_new = request->key && strcmp(request->key, fleet->key) != 0;
    ret_answer->status = is_known ? 202 : 422;
    ret_answer->body = is_known ? "" : "{\"message\":\"it cannot be carried out\"}";
    if (is_known && is_new)
        fleet->hosts += (int)strtol(delta + strlen("\"delta\":"), NULL, 10);
    if (is_known && is_new)
        snprintf(fleet->key, sizeof fleet->key, "%s", request->key);
}

static void answer_fleet(void *context, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    struct fleet *fleet = context;
    ret_answer->status = 200;
    if (strcmp(request->path, "/discover") == 0) {
        ret_answer->body = LIST;
    } else if (strcmp(request->path, "/status/eu%201") == 0) {
        snprintf(fleet->status, sizeof fleet->status,
                 "{\"id\":\"eu 1\",\"current_hosts\":%d,\"total_servers\":%d,\"free_servers\":1}",
                 fleet->hosts, 10 * fleet->hosts);
        ret_answer->body = fleet->status;
    } else if (strcmp(request->path, "/scale") == 0) {
        answer_scale(fleet, request, ret_answer);
    } else {
        ret_answer->status = 410;
        ret_answer->body = "{\"error\":{\"message\":\"no such deployment\"}}";
    }
}

/* The one request that must be refused has no delta. */
static void a_check_is_described(void **state)
{
    struct program_fixture *fixture = *state;
    struct openapi *openapi = openapi_open(FILE_PATH);
    struct fleet fleet = { .hosts = 3 };
    struct recorder *recorder = start_recorder(fixture->api, answer_fleet, &fleet);
    size_t size;
    int code =
        program_fixture_run(fixture, (const char *const[]){ "--check-api", "--check-api-scale=eu 1",
                                                            "--pass-interval=20ms", NULL });
    if (code != 0)
        fail_msg("%s", program_output(fixture->program, &size));
    assert_non_null(strstr(program_output(fixture->program, &size), ": 33 ok, 0 broken, 1 not"));
    assert_int_equal(count_other_requests(openapi, fixture->api, NO_DELTA), 1);
    fake_api_set_answer(fixture->api, NULL, NULL);
    assert_int_equal(fleet.hosts, 3);
    assert_responses(openapi, recorder);
    end_recorder(fixture->api, recorder);
    openapi_close(openapi);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONCE_FIXTURE_TEST(a_pass_is_described),
        { "a_check_is_described", a_check_is_described, program_fixture_enter,
          program_fixture_leave, NULL },
    };
    return cmocka_run_group_tests_name("openapi", tests, NULL, NULL);
}
