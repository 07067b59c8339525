#include "tests/faults/cases.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

#include <stdio.h>
#include <string.h>

/* The log suppresses an event after 50 times in 10 seconds. */
#define BATCH_MAX 40
#define CASE_ID_SIZE 48

/* Consecutive failed reads open the breaker, so healthy deployments are placed between them. */
#define FAULTY_PER_HEALTHY 8
#define DISCOVERIES_MAX 20
#define SCALES_MAX 30
#define ROUNDS 5 /* long enough for a second scale */

const char *const no_retries[] = { NO_RETRIES, NULL };
const char *const short_confirmation[] = { "--set=defaults.confirm_timeout=300ms", NULL };

void add_short(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 96);
}

void add_sufficient(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 80);
}

/* --- log lines --------------------------------------------------------------------------------------------------- */

struct logged {
    const struct program *program;
    const char *const *words;
};

/* The line around `at` is complete and has the other words too. */
static bool holds_all(const char *log, const char *at, const char *const *words)
{
    const char *end = strchr(at, '\n');
    while (at > log && at[-1] != '\n')
        at--;
    for (; end && *words; words++) {
        const char *found = strstr(at, *words);
        if (!found || found > end)
            return false;
    }
    return end;
}

static bool is_logged(void *context)
{
    const struct logged *logged = context;
    size_t size;
    const char *log = program_log(logged->program, &size);
    for (const char *at = log; at && (at = strstr(at, logged->words[0])); at++)
        if (holds_all(log, at, logged->words + 1))
            return true;
    return false;
}

void wait_logged(struct api_fixture *fixture, const char *const *words)
{
    struct logged logged = { fixture->program_fixture.program, words };
    char what[256];
    snprintf(what, sizeof what, "a line with '%s', '%s', '%s'", words[0], words[1] ? words[1] : "",
             words[1] && words[2] ? words[2] : "");
    program_wait_until(fixture->program_fixture.program, is_logged, &logged, what);
}

void wait_event(struct api_fixture *fixture, const char *event, const char *id, const char *text)
{
    char name[64], deployment[192];
    snprintf(name, sizeof name, " %s ", event);
    snprintf(deployment, sizeof deployment, " deployment=%s ", id);
    wait_logged(fixture, (const char *const[]){ deployment, name, text, NULL });
}

/* Two hosts are missing. After a refusal, one may be asked at a time. */
static bool is_asked_in_parts(const struct scales *scales, const char *id)
{
    return scales_count(scales, id) == 3 && scales_find(scales, id, 0)->delta == 2 &&
           scales_find(scales, id, 1)->delta == 1 && scales_find(scales, id, 2)->delta == 1;
}

static void assert_scaled_in(const struct scales *scales, const char *id, int64_t count)
{
    if (count == 2 && is_asked_in_parts(scales, id))
        return;
    if (scales_count(scales, id) != count)
        fail_msg("%lld scales of %s, not %lld", (long long)scales_count(scales, id), id,
                 (long long)count);
    for (int64_t i = 0; i < count; i++)
        assert_int_equal(scales_find(scales, id, i)->delta, 2);
}

void assert_scaled(struct api_fixture *fixture, const char *id, int64_t count)
{
    struct scales scales;
    scales_init(&scales, fixture->program_fixture.api);
    assert_scaled_in(&scales, id, count);
    scales_fini(&scales);
}

/* --- faulty deployments ------------------------------------------------------------------------------------------ */

struct batch {
    struct api_fixture *fixture;
    const struct fault_case *cases;
    size_t count;
    int64_t first_request; /* in the names: the server keeps the scales of all batches */
};

static struct batch make_batch(struct api_fixture *fixture, const struct fault_case *cases,
                               size_t count)
{
    return (struct batch){ fixture, cases, count,
                           fake_api_count(fixture->program_fixture.api, NULL, NULL) };
}

static const char *faulty_id(const struct batch *batch, size_t at, char ret_id[CASE_ID_SIZE])
{
    snprintf(ret_id, CASE_ID_SIZE, "faulty%lld-%zu", (long long)batch->first_request, at);
    return ret_id;
}

static const char *healthy_id(const struct batch *batch, size_t at, char ret_id[CASE_ID_SIZE])
{
    snprintf(ret_id, CASE_ID_SIZE, "healthy%lld-%zu", (long long)batch->first_request, at);
    return ret_id;
}

/* Removes the deployments of the last batch; its program has ended. */
static void empty_fleet(struct api_fixture *fixture)
{
    fake_api_set_answer(fixture->program_fixture.api, NULL, NULL);
    hosts_api_destroy(fixture->hosts);
    fixture->hosts = hosts_api_create();
    fake_api_set_answer(fixture->program_fixture.api, hosts_api_answer, fixture->hosts);
}

static void admit(const struct batch *batch)
{
    struct api_fixture *fixture = batch->fixture;
    char id[CASE_ID_SIZE];
    empty_fleet(fixture);
    for (size_t at = 0; at < batch->count; at++) {
        if (at % FAULTY_PER_HEALTHY == 0)
            add_short(fixture, healthy_id(batch, at, id));
        add_short(fixture, faulty_id(batch, at, id));
    }
}

static void assert_faulty_scaled(const struct batch *batch, int64_t count)
{
    struct scales scales;
    char id[CASE_ID_SIZE];
    scales_init(&scales, batch->fixture->program_fixture.api);
    for (size_t at = 0; at < batch->count; at++)
        assert_scaled_in(&scales, faulty_id(batch, at, id), count);
    scales_fini(&scales);
}

static void assert_all_scaled(const struct batch *batch, int64_t faulty_count)
{
    char id[CASE_ID_SIZE];
    assert_faulty_scaled(batch, faulty_count);
    for (size_t at = 0; at < batch->count; at += FAULTY_PER_HEALTHY)
        assert_scaled(batch->fixture, healthy_id(batch, at, id), 1);
}

static void wait_for_faulty(const struct batch *batch, const char *event, const char *text)
{
    char id[CASE_ID_SIZE];
    for (size_t at = 0; at < batch->count; at++)
        wait_event(batch->fixture, event, faulty_id(batch, at, id), text);
}

/* Checks the log for each case. */
static void wait_for_log(const struct batch *batch, const char *event)
{
    char id[CASE_ID_SIZE];
    for (size_t at = 0; at < batch->count; at++)
        wait_event(batch->fixture, event, faulty_id(batch, at, id), batch->cases[at].logged);
}

/* Waits for more rounds of the last faulty deployment, which is read after all others. */
static void wait_rounds(const struct batch *batch)
{
    char id[CASE_ID_SIZE];
    api_fixture_wait_reads(batch->fixture, healthy_id(batch, 0, id), ROUNDS);
    api_fixture_wait_reads(batch->fixture, faulty_id(batch, batch->count - 1, id), ROUNDS);
}

static void check_batch(const struct batch *batch, const char *const *arguments)
{
    struct api_fixture *fixture = batch->fixture;
    char id[CASE_ID_SIZE];
    admit(batch);
    for (size_t at = 0; at < batch->count; at++)
        hosts_api_script_status(fixture->hosts, faulty_id(batch, at, id), &batch->cases[at].answer);
    api_fixture_start(fixture, arguments);
    wait_for_log(batch, "status_failed");
    wait_event(fixture, "scaled", healthy_id(batch, 0, id), NULL);
    api_fixture_wait_reads(fixture, healthy_id(batch, 0, id), ROUNDS);
    assert_faulty_scaled(batch, 0);
    hosts_api_heal(fixture->hosts);
    wait_for_faulty(batch, "status_recovered", NULL);
    wait_for_faulty(batch, "scaled", NULL);
    wait_rounds(batch);
    api_fixture_stop(fixture);
    assert_all_scaled(batch, 1);
}

void check_statuses(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                    const char *const *arguments)
{
    for (size_t at = 0; at < count; at += BATCH_MAX) {
        size_t rest = count - at;
        struct batch batch = make_batch(fixture, cases + at, rest < BATCH_MAX ? rest : BATCH_MAX);
        check_batch(&batch, arguments);
    }
}

/* --- discoveries ------------------------------------------------------------------------------------------------- */

void check_discoveries(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments)
{
    must(count <= DISCOVERIES_MAX);
    empty_fleet(fixture);
    add_sufficient(fixture, "listed");
    api_fixture_start(fixture, arguments);
    api_fixture_wait_reads(fixture, "listed", 1);
    for (size_t i = 0; i < count; i++) {
        hosts_api_script_discovery(fixture->hosts, &cases[i].answer);
        wait_logged(fixture, (const char *const[]){ " discovery_failed ", cases[i].logged, NULL });
    }
    hosts_api_set_busy(fixture->hosts, "listed", 96);
    wait_event(fixture, "scaled", "listed", " delta=+2 ");
    add_short(fixture, "new");
    hosts_api_heal(fixture->hosts);
    wait_event(fixture, "scaled", "new", " delta=+2 ");
    api_fixture_wait_reads(fixture, "listed", ROUNDS);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "listed", 1);
    assert_scaled(fixture, "new", 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " deployment_gone "), 0);
}

/* --- scales ------------------------------------------------------------------------------------------------------ */

static void start_scales(const struct batch *batch, bool is_applied, const char *const *arguments)
{
    char id[CASE_ID_SIZE];
    must(batch->count <= SCALES_MAX);
    admit(batch);
    hosts_api_set_boot_reads(batch->fixture->hosts, ROUNDS);
    for (size_t at = 0; at < batch->count; at++)
        hosts_api_script_scale(batch->fixture->hosts, faulty_id(batch, at, id),
                               &batch->cases[at].answer, is_applied, 1);
    api_fixture_start(batch->fixture, arguments);
}

/* The changed host count confirms the scale. */
static void check_kept_scales(const struct batch *batch, const char *symptom,
                              const char *const *arguments)
{
    start_scales(batch, true, arguments);
    wait_for_log(batch, symptom);
    wait_rounds(batch);
    wait_rounds(batch);
    api_fixture_stop(batch->fixture);
    assert_all_scaled(batch, 1);
    assert_int_equal(
        program_count_lines(batch->fixture->program_fixture.program, " scale_not_applied "), 0);
}

/* A scale that was finally not applied is sent once more. */
static void check_repeated_scales(const struct batch *batch, const char *symptom,
                                  const char *const *arguments)
{
    start_scales(batch, false, arguments);
    wait_for_log(batch, symptom);
    wait_for_faulty(batch, "scaled", NULL);
    wait_rounds(batch);
    api_fixture_stop(batch->fixture);
    assert_all_scaled(batch, 2);
}

void check_applied_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments)
{
    struct batch batch = make_batch(fixture, cases, count);
    check_kept_scales(&batch, "scale_unconfirmed", arguments);
}

void check_lost_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                       const char *const *arguments)
{
    struct batch batch = make_batch(fixture, cases, count);
    check_repeated_scales(&batch, "scale_unconfirmed", arguments);
    wait_for_faulty(&batch, "scale_requested", " repeat=1 ");
}

void check_refused_scales(struct api_fixture *fixture, const struct fault_case *cases, size_t count,
                          const char *const *arguments)
{
    struct batch batch = make_batch(fixture, cases, count);
    check_repeated_scales(&batch, "scale_failed", arguments);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " scale_unconfirmed "),
                     0);
}

void check_accepted_scales(struct api_fixture *fixture, const struct fault_case *cases,
                           size_t count, const char *const *arguments)
{
    struct batch batch = make_batch(fixture, cases, count);
    check_kept_scales(&batch, "scaled", arguments);
}
