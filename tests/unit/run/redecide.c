/*
 * Deciding again: an outcome that does not follow from its input is found, and what is not a decision is not one.
 */
#include "engine/run/past/redecide.h"

#include "engine/base/arith.h"
#include "engine/core/decision.h"
#include "engine/recording/recorder.h"

#include "tests/support/test.h"

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEPLOYMENTS 3

struct fixture {
    char directory[64];
    char path[128];
    struct fleet *fleet;
    struct policy policy;
    struct recorder *recorder;
    int wakes[2];
    uint32_t pass;
    char *output;
    size_t output_size;
};

static struct fixture fixture;

static void wake(void *context)
{
    struct fixture *f = context;
    char byte = 0;
    assert_int_equal(write(f->wakes[1], &byte, 1), 1);
}

static int set_up(void **state)
{
    struct fixture *f = &fixture;
    struct error err;
    *state = f;
    *f = (struct fixture){ .directory = "/tmp/autoscaler-redecide-XXXXXX",
                           .policy = policy_formula };
    if (!mkdtemp(f->directory) || pipe(f->wakes) || fleet_create(&f->fleet))
        return -1;
    snprintf(f->path, sizeof f->path, "%s/recording.db", f->directory);
    struct recorder_config config = {
        .path = f->path,
        .identity = "rest http://a",
        .limits = { INT64_MAX, INT64_MAX },
        .retry_ms = 1000,
        .wake = wake,
        .context = f,
    };
    return recorder_create(&config, &f->recorder, &err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    fleet_destroy(f->fleet);
    free(f->output);
    close(f->wakes[0]);
    close(f->wakes[1]);
    return nftw(f->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- recording -------------------------------------------------------------------------------------------------- */

static void decide_on(struct fixture *f, struct deployment *deployment, int32_t free_servers)
{
    struct decision decision;
    deployment->input = (struct decision_input){
        .policy = &f->policy,
        .servers_per_host = 10,
        .target_free_ppb = SHARE_WHOLE / 10,
        .status = { .current_hosts = 10, .total_servers = 100, .free_servers = free_servers },
    };
    decide(&deployment->input, &decision);
    deployment->action = decision.action;
    deployment->reason = decision.reason;
    deployment->delta = decision.delta;
    deployment->raw_delta = (int32_t)decision.raw_delta;
    deployment->desired_hosts = (int32_t)decision.desired_hosts;
}

static void fail_on(struct fixture *f, struct deployment *deployment)
{
    deployment->input =
        (struct decision_input){ .policy = &f->policy, .fault = REASON_READ_FAILED };
    deployment->action = ACTION_FAILED;
    deployment->reason = REASON_READ_FAILED;
    deployment->delta = 0;
}

static void add_deployments(struct fixture *f)
{
    for (int i = 0; i < DEPLOYMENTS; i++) {
        char id[16];
        struct deployment *deployment;
        snprintf(id, sizeof id, "eu-%d", i);
        assert_int_equal(fleet_add(f->fleet, id, false, &deployment), 0);
        deployment->is_listed = true;
    }
}

/* Of slot 0, the delta is recorded with a mistake of this size. */
static void record_pass(struct fixture *f, int32_t mistake, bool has_failed)
{
    struct sampler *sampler = recorder_sampler(f->recorder);
    struct wall at = { 1000 * (int64_t)++f->pass };
    sampler_begin_pass(sampler, f->pass, at);
    for (uint32_t slot = 0; slot < DEPLOYMENTS; slot++) {
        struct deployment *deployment = fleet_at(f->fleet, slot);
        sampler_before(sampler, deployment);
        if (has_failed && slot == 1)
            fail_on(f, deployment);
        else
            decide_on(f, deployment, 3 * (int32_t)slot);
        deployment->delta += slot == 0 ? mistake : 0;
        sampler_after(sampler, deployment);
    }
    sampler_end_pass(sampler, f->fleet, at);
}

static struct redecide_result redecide(struct fixture *f, const char *pattern)
{
    struct redecide_result result = { 0 };
    struct error err;
    char byte;
    recorder_stop(f->recorder);
    while (!recorder_is_stopped(f->recorder))
        assert_int_equal(read(f->wakes[0], &byte, 1), 1);
    recorder_destroy(f->recorder);
    FILE *out = open_memstream(&f->output, &f->output_size);
    assert_int_equal(redecide_run(f->directory, pattern, out, &result, &err), 0);
    fclose(out);
    return result;
}

/* --- tests ------------------------------------------------------------------------------------------------------ */

static void decisions_that_follow_from_their_input_are_the_same(void **state)
{
    struct fixture *f = *state;
    add_deployments(f);
    record_pass(f, 0, false);
    record_pass(f, 0, false);
    struct redecide_result result = redecide(f, NULL);
    assert_int_equal(result.passes, 2);
    assert_int_equal(result.decisions, 2 * DEPLOYMENTS);
    assert_int_equal(result.different, 0);
}

static void one_that_does_not_follow_is_found_and_printed(void **state)
{
    struct fixture *f = *state;
    add_deployments(f);
    record_pass(f, 0, false);
    record_pass(f, 1, false);
    struct redecide_result result = redecide(f, NULL);
    assert_int_equal(result.different, 1);
    assert_non_null(strstr(f->output,
                           "1970-01-01T00:00:02.000Z eu-0: was scaled below_target delta "
                           "+3 of +2, desired 12; is now scaled below_target delta +2 of "
                           "+2, desired 12\n"));
}

static void only_what_matches_is_decided(void **state)
{
    struct fixture *f = *state;
    add_deployments(f);
    record_pass(f, 1, false);
    struct redecide_result result = redecide(f, "eu-[12]");
    assert_int_equal(result.decisions, 2);
    assert_int_equal(result.different, 0);
}

static void a_status_that_was_not_read_is_no_decision(void **state)
{
    struct fixture *f = *state;
    add_deployments(f);
    record_pass(f, 0, true);
    struct redecide_result result = redecide(f, NULL);
    assert_int_equal(result.decisions, DEPLOYMENTS - 1);
    assert_int_equal(result.unread, 1);
    assert_int_equal(result.different, 0);
}

#define RUN_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(decisions_that_follow_from_their_input_are_the_same),
        RUN_TEST(one_that_does_not_follow_is_found_and_printed),
        RUN_TEST(only_what_matches_is_decided),
        RUN_TEST(a_status_that_was_not_read_is_no_decision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
