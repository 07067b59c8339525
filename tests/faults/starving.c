/*
 * APIs that serve a part of the deployments at a time: a rate limit, and deployments that hang.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/test.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT 48
#define ENTRY_SIZE 80
#define STATUS "{\"current_hosts\":1,\"total_servers\":10,\"free_servers\":9}"

/* Of the rate limit: statuses from one list to the next, and lists until each deployment was read. */
#define BUDGET 9
#define LISTS_MAX 400

#define HANGING_EVERY 4
#define PASSES 8

/* One of so many hangs, for so many passes; then it responds. */
#define FEW 20
#define HUNG_PASSES 6
#define RESPONSE "HTTP/1.1 200 OK\r\nContent-Length: 55\r\n\r\n" STATUS

/* `reads` are those that were answered; `tries` are all. */
struct crowd {
    char list[(COUNT + 1) * ENTRY_SIZE];
    int count;
    int hanging_every; /* 0: none */
    bool is_limited;
    atomic_bool is_healed;
    atomic_int budget;
    atomic_int reads[COUNT];
    atomic_int tries[COUNT];
};

static void make_list(struct crowd *crowd)
{
    size_t length = (size_t)snprintf(crowd->list, sizeof crowd->list, "{\"deployments\":[");
    for (int i = 0; i < crowd->count; i++)
        length += (size_t)snprintf(
            crowd->list + length, sizeof crowd->list - length,
            "%s{\"id\":\"c-%d\",\"servers_per_host\":10,\"target_free_pct\":15}", i ? "," : "", i);
    snprintf(crowd->list + length, sizeof crowd->list - length, "]}");
}

static bool is_hanging(const struct crowd *crowd, long index)
{
    return crowd->hanging_every > 0 && index % crowd->hanging_every == 0;
}

static void answer_status(struct crowd *crowd, long index, struct fake_answer *ret_answer)
{
    atomic_fetch_add(&crowd->tries[index], 1);
    if (is_hanging(crowd, index) && !atomic_load(&crowd->is_healed)) {
        *ret_answer = (struct fake_answer){ .ending = FAKE_HANG };
    } else if (crowd->is_limited && atomic_fetch_sub(&crowd->budget, 1) <= 0) {
        *ret_answer = (struct fake_answer){ .status = 429, .body = "{}" };
    } else {
        ret_answer->body = STATUS;
        atomic_fetch_add(&crowd->reads[index], 1);
    }
}

static void answer(void *context, const struct fake_request *request,
                   struct fake_answer *ret_answer)
{
    static const char prefix[] = "/status/c-";
    struct crowd *crowd = context;
    if (strcmp(request->path, "/discover") == 0) {
        atomic_store(&crowd->budget, BUDGET);
        ret_answer->body = crowd->list;
    } else if (strncmp(request->path, prefix, sizeof prefix - 1) == 0) {
        answer_status(crowd, strtol(request->path + sizeof prefix - 1, NULL, 10), ret_answer);
    }
}

static void start(struct api_fixture *fixture, struct crowd *crowd, const char *const *arguments)
{
    make_list(crowd);
    fake_api_set_answer(fixture->program_fixture.api, answer, crowd);
    api_fixture_start(fixture, arguments);
}

static int fewest(const atomic_int *counts, const struct crowd *crowd, bool are_hanging)
{
    int least = INT32_MAX;
    for (long i = 0; i < crowd->count; i++) {
        int count = atomic_load(&counts[i]);
        if (is_hanging(crowd, i) == are_hanging && count < least)
            least = count;
    }
    return least;
}

void fault_104(struct api_fixture *fixture)
{
    static struct crowd crowd;
    crowd = (struct crowd){ .count = COUNT, .is_limited = true };
    start(fixture, &crowd, (const char *const[]){ "--log-level=debug", NULL });
    int lists = 0;
    while (fewest(crowd.reads, &crowd, false) < 2 && lists++ < LISTS_MAX)
        api_fixture_wait(fixture, " discovery_done ");
    assert_in_range(lists, 2 * COUNT / BUDGET - 1, LISTS_MAX);
    api_fixture_wait_lines(fixture, " rate_limited ", 1);
    api_fixture_stop(fixture);
}

/* After the first pass, two of eight slots are for those that hang: as many are tried in a pass. */
static int tries_max(int passes)
{
    return COUNT / HANGING_EVERY + 2 * passes;
}

/* Each of the others is read in every pass. */
void fault_105(struct api_fixture *fixture)
{
    static struct crowd crowd;
    crowd = (struct crowd){ .count = COUNT, .hanging_every = HANGING_EVERY };
    start(fixture, &crowd,
          (const char *const[]){ SHORT_TIMEOUT, NO_RETRIES, "--set=api.concurrency=8",
                                 "--set=discovery_interval=1h", "--log-level=debug", NULL });
    for (int i = 0; i < PASSES; i++)
        api_fixture_wait(fixture, " pass_done ");
    int tries = 0;
    for (int i = 0; i < COUNT; i += HANGING_EVERY)
        tries += atomic_load(&crowd.tries[i]);
    assert_in_range(tries, COUNT / HANGING_EVERY, tries_max(PASSES));
    assert_true(fewest(crowd.reads, &crowd, false) >= PASSES);
    while (fewest(crowd.tries, &crowd, true) < 2)
        api_fixture_wait(fixture, " pass_done ");
    api_fixture_stop(fixture);
}

/* The request goes on beside the passes, and its response is used when it comes. */
void fault_107(struct api_fixture *fixture)
{
    static const char path[] = "/status/c-0";
    static struct crowd crowd;
    crowd = (struct crowd){ .count = FEW, .hanging_every = FEW };
    struct fake_api *api = fixture->program_fixture.api;
    start(fixture, &crowd, (const char *const[]){ "--timeout=10m", "--log-level=debug", NULL });
    program_fixture_wait(&fixture->program_fixture, "GET", path, 1);
    while (fewest(crowd.reads, &crowd, false) < HUNG_PASSES)
        api_fixture_wait(fixture, " pass_done ");
    assert_int_equal(atomic_load(&crowd.tries[0]), 1);
    atomic_store(&crowd.is_healed, true);
    fake_api_send(api, fake_api_find(api, "GET", path, 0)->connection, RESPONSE,
                  sizeof RESPONSE - 1, FAKE_KEEP);
    while (atomic_load(&crowd.reads[0]) < 2)
        api_fixture_wait(fixture, " pass_done ");
    api_fixture_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " status_failed "), 0);
}
