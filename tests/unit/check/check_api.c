/*
 * A check of the simulated API with each of its promises broken in turn: the broken one is named, no other. All of them
 * run at once, each with a server of its own, on one loop.
 */
#include "engine/check/check_api.h"

#include "engine/base/text.h"
#include "engine/mock/sim_server.h"
#include "tests/support/fake_api.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define SCALED "ap-southeast-deathmatch-01" /* counts hosts when they are ordered */
#define PATIENT_MS 60000
#define WAIT_MS 1500 /* of real time for hosts: the simulated one is a thousand times as fast */
#define SHORT_MS 1000
#define QUIET_MS 1100

struct trial {
    struct sim_server *server;
    struct check_api *check;
    struct check_verdicts verdicts;
    struct error unreached;
    size_t listed;
    bool is_done;
};

static uv_loop_t loop;
static struct trial trials[PROMISE_COUNT + 1]; /* by the promise that is broken */
static struct trial reader;                    /* without scale requests */

static void on_done(void *context)
{
    struct trial *trial = context;
    assert_false(trial->is_done);
    trial->is_done = true;
    check_api_result(trial->check, &trial->unreached);
    trial->verdicts = *check_api_verdicts(trial->check);
    trial->listed = check_api_listed(trial->check);
}

static struct check_api_config make_config(struct trial *trial, const char *url,
                                           const char *scale_id)
{
    return (struct check_api_config){
        .api = { .url = url,
                 .user_agent = "autoscaler/test",
                 .connect_timeout_ms = PATIENT_MS,
                 .timeout_ms = PATIENT_MS },
        .retries = 1,
        .retry_wait_ms = 1,
        .quiet_ms = QUIET_MS,
        .scale_id = scale_id,
        .poll_ms = 50,
        .come_timeout_ms = WAIT_MS,
        .leave_timeout_ms = WAIT_MS,
        .context = trial,
        .done = on_done,
    };
}

static void start_check(struct trial *trial, const struct check_api_config *config)
{
    struct error err;
    if (check_api_create(&loop, config, &trial->check, &err))
        fail_msg("%s", err.msg);
}

static void start_server(struct trial *trial, enum promise broken)
{
    const struct sim_server_config server = {
        .listen = "127.0.0.1:0",
        .model = { .deployment_count = 3,
                   .seed = 1,
                   .boot_ms = (int64_t)120 * 1000,
                   .day_ms = (int64_t)24 * 3600 * 1000 },
        .speed_millis = 1000 * 1000,
        .broken = broken,
    };
    struct error err;
    if (sim_server_create(&loop, &server, &trial->server, &err))
        fail_msg("%s", err.msg);
}

static bool is_about_time(enum promise promise)
{
    return promise == PROMISE_DISCOVERY_IN_TIME || promise == PROMISE_STATUS_IN_TIME ||
           promise == PROMISE_SCALE_IN_TIME;
}

static void start(struct trial *trial, enum promise broken, const char *scale_id)
{
    start_server(trial, broken);
    struct check_api_config config = make_config(trial, sim_server_url(trial->server), scale_id);
    if (is_about_time(broken))
        config.api.timeout_ms = SHORT_MS;
    start_check(trial, &config);
}

static bool are_done(void)
{
    for (int i = 0; i <= PROMISE_COUNT; i++)
        if (!trials[i].is_done)
            return false;
    return reader.is_done;
}

static int run_all(void **state)
{
    (void)state;
    assert_int_equal(uv_loop_init(&loop), 0);
    for (int i = 0; i <= PROMISE_COUNT; i++)
        start(&trials[i], (enum promise)i, SCALED);
    start(&reader, PROMISE_NONE, NULL);
    while (!are_done())
        uv_run(&loop, UV_RUN_ONCE);
    return 0;
}

static void end(struct trial *trial)
{
    check_api_close(trial->check);
    sim_server_close(trial->server, NULL, NULL);
}

static int end_all(void **state)
{
    (void)state;
    for (int i = 0; i <= PROMISE_COUNT; i++)
        end(&trials[i]);
    end(&reader);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    return 0;
}

/* --- each promise ----------------------------------------------------------------------------------------------- */

static void assert_evidence(const struct check_verdict *verdict)
{
    assert_true(verdict->broken_count > 0);
    assert_true(strlen(verdict->fault) > 10);
    assert_true(strncmp(verdict->sent, "GET http://127.0.0.1:", 21) == 0 ||
                strncmp(verdict->sent, "POST http://127.0.0.1:", 22) == 0);
    assert_true(strlen(verdict->came) > 10);
}

/* A machine that stands still for a while makes other responses late, too, where the time is short. */
static void the_broken_promise_is_named_and_no_other(void **state)
{
    enum promise broken = promise_find(*state);
    const struct check_verdicts *verdicts = &trials[broken].verdicts;
    assert_string_equal(trials[broken].unreached.msg, "");
    for (int i = 1; i <= PROMISE_COUNT; i++) {
        const struct check_verdict *verdict = &verdicts->rows[i];
        bool is_expected = i == (int)broken;
        if (is_about_time(broken) && is_about_time((enum promise)i) && !is_expected)
            continue;
        if ((verdict->judgement == JUDGEMENT_BROKEN) != is_expected)
            fail_msg("with %s broken, %s is %s: %s, %s, %s", (const char *)*state,
                     promise_row((enum promise)i)->name, is_expected ? "not named" : "named",
                     verdict->fault, verdict->sent, verdict->came);
        if (verdict->judgement == JUDGEMENT_NONE)
            assert_true(strlen(verdict->fault) > 10);
    }
    assert_evidence(&verdicts->rows[broken]);
}

static const struct evidence_row {
    const char *name;
    const char *sent;
    const char *came;
    const char *fault;
} evidence_rows[] = {
    /* clang-format off */
    { "no_redirect", "/status/", "302\nLocation: /elsewhere\n", "a redirect" },
    { "retry_after", "/discover\nAccept: application/json\n", "503\nRetry-After: soon\n", "neither seconds nor" },
    { "status_counts", "/status/", "{\"current_hosts\":\"", "expected a whole number from 0 to 2147483647" },
    { "status_in_time", "/status/", "no response: ", "within 1s" },
    { "discovery_size", "/discover", "no response: ", "headers of the response are larger" },
    { "id_encoding", "/status/a%20b%2Fc", "404\n", "HTTP 404, expected 200" },
    { "unique_ids", "/discover", "200\n", "letter case" },
    { "scale_refusal", "\nbody: {\"deployment_id\":\"" SCALED "\"}", "200\n", "expected a refusal" },
    { "key_response", "\"delta\":1}", "409\n", "HTTP 409, expected 2xx" },
    { "key_once", "/status/" SCALED, "200\n", "current_hosts 18 before and 20 now" },
    { "scale_accepted", "\nIdempotency-Key: ", "500\n", "HTTP 500, expected 2xx" },
    /* clang-format on */
};

static void a_broken_promise_has_its_evidence(void **state)
{
    const struct evidence_row *row = *state;
    const struct check_verdict *verdict =
        &trials[promise_find(row->name)].verdicts.rows[promise_find(row->name)];
    if (!strstr(verdict->sent, row->sent) || !strstr(verdict->came, row->came) ||
        !strstr(verdict->fault, row->fault))
        fail_msg("%s: %s, %s, %s", row->name, verdict->fault, verdict->sent, verdict->came);
}

/* --- an API that keeps them ------------------------------------------------------------------------------------- */

static bool is_never_shown(enum promise promise)
{
    return promise == PROMISE_STATUS_ID || promise == PROMISE_ID_ENCODING ||
           promise == PROMISE_RETRY_AFTER;
}

static void a_good_api_keeps_all_that_it_shows(void **state)
{
    (void)state;
    for (int i = 1; i <= PROMISE_COUNT; i++) {
        const struct check_verdict *verdict = &trials[PROMISE_NONE].verdicts.rows[i];
        enum judgement expected = is_never_shown((enum promise)i) ? JUDGEMENT_NONE : JUDGEMENT_KEPT;
        if (verdict->judgement != expected)
            fail_msg("%s: %s", promise_row((enum promise)i)->name, verdict->fault);
    }
    assert_int_equal(trials[PROMISE_NONE].listed, 3);
    assert_int_equal(sim_server_scales_applied(trials[PROMISE_NONE].server), 2);
}

static void without_a_deployment_nothing_is_scaled(void **state)
{
    (void)state;
    for (int i = 1; i <= PROMISE_COUNT; i++)
        if (promise_row((enum promise)i)->acts) {
            const struct check_verdict *verdict = &reader.verdicts.rows[i];
            assert_int_equal(verdict->judgement, JUDGEMENT_NONE);
            assert_non_null(strstr(verdict->fault, "--check-api-scale"));
        }
    assert_int_equal(check_count(&reader.verdicts, JUDGEMENT_BROKEN), 0);
    assert_int_equal(sim_server_scales_applied(reader.server), 0);
}

/* --- other lists ------------------------------------------------------------------------------------------------ */

static void check_fake(struct trial *trial, const char *url, const char *scale_id)
{
    assert_int_equal(uv_loop_init(&loop), 0);
    struct check_api_config config = make_config(trial, url, scale_id);
    config.quiet_ms = 1;
    start_check(trial, &config);
    while (!trial->is_done)
        uv_run(&loop, UV_RUN_ONCE);
    check_api_close(trial->check);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void an_empty_list_leaves_the_rest_unjudged(void **state)
{
    (void)state;
    struct fake_answer answer = { .status = 200, .body = "{\"deployments\":[]}" };
    struct fake_api *api = fake_api_create(fake_api_always, &answer);
    struct trial trial = { 0 };
    check_fake(&trial, fake_api_url(api), NULL);
    assert_int_equal(trial.verdicts.rows[PROMISE_DISCOVERY_FORM].judgement, JUDGEMENT_KEPT);
    assert_int_equal(trial.verdicts.rows[PROMISE_STATUS_FORM].judgement, JUDGEMENT_NONE);
    assert_string_equal(trial.verdicts.rows[PROMISE_STATUS_FORM].fault,
                        "the list has no usable entry");
    fake_api_destroy(api);
}

#define MANY 1000
static char many[MANY * 80];

static void answer_many(void *context, const struct fake_request *request,
                        struct fake_answer *ret_answer)
{
    (void)context;
    bool is_unknown = strstr(request->path, "/status/no-such");
    ret_answer->status = is_unknown ? 404 : 200;
    ret_answer->body = strcmp(request->path, "/discover") == 0
                           ? many
                           : "{\"current_hosts\":1,\"total_servers\":1,\"free_servers\":0}";
}

static void a_long_list_is_sampled(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, many, sizeof many);
    text_add(&text, "{\"deployments\":[");
    for (int i = 0; i < MANY; i++)
        text_addf(&text, "%s{\"id\":\"%s%d\",\"servers_per_host\":1,\"target_free_pct\":1}",
                  i > 0 ? "," : "", i == 777 ? "e " : "d", i);
    text_add(&text, "]}");
    struct fake_api *api = fake_api_create(answer_many, NULL);
    struct trial trial = { 0 };
    check_fake(&trial, fake_api_url(api), NULL);
    assert_int_equal(check_count(&trial.verdicts, JUDGEMENT_BROKEN), 0);
    assert_int_equal(trial.listed, MANY);
    assert_int_equal(fake_api_count(api, "GET", "/status/e%20777"), 1);
    assert_int_equal(fake_api_count(api, "GET", NULL), 2 + CHECK_SAMPLE_MAX + 2);
    assert_int_equal(fake_api_count(api, "POST", NULL), 0);
    fake_api_destroy(api);
}

static void a_deployment_that_is_not_listed_is_not_scaled(void **state)
{
    (void)state;
    struct fake_api *api = fake_api_create(answer_many, NULL);
    struct trial trial = { 0 };
    snprintf(many, sizeof many,
             "{\"deployments\":[{\"id\":\"a\",\"servers_per_host\":1,\"target_free_pct\":1}]}");
    check_fake(&trial, fake_api_url(api), "A");
    assert_non_null(strstr(trial.verdicts.rows[PROMISE_KEY_ONCE].fault, "no usable entry"));
    assert_int_equal(fake_api_count(api, "POST", NULL), 0);
    fake_api_destroy(api);
}

static void an_api_that_is_not_there_is_not_judged(void **state)
{
    (void)state;
    struct fake_api *api = fake_api_create(NULL, NULL);
    struct trial trial = { 0 };
    fake_api_set_listening(api, false);
    check_fake(&trial, fake_api_url(api), NULL);
    assert_non_null(strstr(trial.unreached.msg, "refused"));
    assert_int_equal(check_count(&trial.verdicts, JUDGEMENT_NONE), PROMISE_COUNT);
    fake_api_destroy(api);
}

int main(void)
{
    struct CMUnitTest rows[PROMISE_COUNT];
    for (int i = 1; i <= PROMISE_COUNT; i++) {
        const char *name = promise_row((enum promise)i)->name;
        rows[i - 1] = (struct CMUnitTest){ .name = name,
                                           .test_func = the_broken_promise_is_named_and_no_other,
                                           .initial_state = (void *)(uintptr_t)name };
    }
    const struct CMUnitTest good[] = {
        cmocka_unit_test(a_good_api_keeps_all_that_it_shows),
        cmocka_unit_test(without_a_deployment_nothing_is_scaled),
    };
    const struct CMUnitTest lists[] = {
        cmocka_unit_test(an_empty_list_leaves_the_rest_unjudged),
        cmocka_unit_test(a_long_list_is_sampled),
        cmocka_unit_test(a_deployment_that_is_not_listed_is_not_scaled),
        cmocka_unit_test(an_api_that_is_not_there_is_not_judged),
    };
    struct CMUnitTest evidence[COUNT_OF(evidence_rows)];
    TESTS_FROM_ROWS(evidence, evidence_rows, a_broken_promise_has_its_evidence);
    int failed = run_all(NULL);
    failed += cmocka_run_group_tests_name("check_api: broken", rows, NULL, NULL);
    failed += cmocka_run_group_tests_name("check_api: evidence", evidence, NULL, NULL);
    failed += cmocka_run_group_tests_name("check_api: kept", good, NULL, NULL);
    end_all(NULL);
    failed += cmocka_run_group_tests_name("check_api: lists", lists, NULL, NULL);
    return failed;
}
