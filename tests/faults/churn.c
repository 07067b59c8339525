/*
 * Ids that come and go: lists with ids that were never there before, and the memory for those that are gone.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/clocks.h"
#include "tests/support/sanitizer.h"
#include "tests/support/test.h"

#include "engine/base/text.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define MINUTE_MS ((long long)60 * 1000)
/* A sanitizer keeps memory, so that it is not measured, and is slow. */
#define LISTED (HAS_SANITIZER ? 400 : 4000)
#define LISTED_AT_LAST (HAS_SANITIZER ? 300 : 3000)
#define LISTS 8
#define GONE_KEEP_MS_MIN (11 * MINUTE_MS)
#define ENTRY_SIZE 80
#define LIST_SIZE ((size_t)(LISTED + 1) * ENTRY_SIZE)

/* Every list has ids of its own; the statuses of all are the same. The API reads the texts until the fixture ends. */
struct names {
    struct fake_answer lists[LISTS + 1];
    char texts[LISTS + 1][LIST_SIZE];
    atomic_int current;
};

static void make_list(char *bytes, int number, int count)
{
    struct text text;
    text_init(&text, bytes, LIST_SIZE);
    text_add(&text, "{\"deployments\":[");
    for (int i = 0; i < count; i++)
        text_addf(&text, "%s{\"id\":\"id-%d-%d\",\"servers_per_host\":10,\"target_free_pct\":15}",
                  i ? "," : "", number, i);
    text_add(&text, "]}");
}

static void answer(void *context, const struct fake_request *request,
                   struct fake_answer *ret_answer)
{
    struct names *names = context;
    if (strcmp(request->path, "/discover") == 0)
        *ret_answer = names->lists[atomic_load(&names->current)];
    else
        ret_answer->body = "{\"current_hosts\":1,\"total_servers\":10,\"free_servers\":9}";
}

/* The list is in use, and its last id was read. */
static void list(struct api_fixture *fixture, struct names *names, int number, int count)
{
    char done[64], path[64];
    snprintf(done, sizeof done, " deployments=%d new=%d ", count, count);
    atomic_store(&names->current, number);
    wait_logged(fixture, (const char *const[]){ " discovery_done ", done, NULL });
    snprintf(path, sizeof path, "/status/id-%d-%d", number, count - 1);
    fake_api_wait(fixture->program_fixture.api, "GET", path, 1);
}

static void start(struct api_fixture *fixture, struct names *names, struct clocks *clocks)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    if (!clocks_open(clocks, program_fixture_path(&fixture->program_fixture, "clocks", path)))
        fault_skip("there is no library to shift the clocks");
    for (int i = 0; i <= LISTS; i++) {
        make_list(names->texts[i], i, i < LISTS ? LISTED : LISTED_AT_LAST);
        names->lists[i] = (struct fake_answer){ .status = 200, .body = names->texts[i] };
    }
    fixture->program_fixture.environment = clocks->environment;
    fake_api_set_answer(fixture->program_fixture.api, answer, names);
    api_fixture_start(fixture, (const char *const[]){ "--pass-interval=1h", NULL });
}

/* Later lists forget those that have been gone for a while: the first one when they are gone, the next one by age. */
void fault_103(struct api_fixture *fixture)
{
    static struct names names;
    static struct clocks clocks;
    start(fixture, &names, &clocks);
    list(fixture, &names, 0, LISTED);
    int64_t first_kib = program_memory_kib(fixture->program_fixture.program);
    for (int i = 1; i < LISTS; i++)
        list(fixture, &names, i, LISTED);
    int64_t most_kib = program_memory_kib(fixture->program_fixture.program);
    clocks_pass(&clocks, GONE_KEEP_MS_MIN);
    list(fixture, &names, LISTS, LISTED_AT_LAST);
    clocks_pass(&clocks, GONE_KEEP_MS_MIN);
    api_fixture_wait(fixture, " discovery_done ");
    api_fixture_wait(fixture, " discovery_done ");
    int64_t last_kib = program_memory_kib(fixture->program_fixture.program);
    if (HAS_SANITIZER)
        fault_leave_out("memory, which a sanitizer keeps");
    else if (most_kib <= 2 * first_kib || last_kib > 2 * first_kib)
        fail_msg("%lld KiB with the first list, %lld with all of them, %lld at last",
                 (long long)first_kib, (long long)most_kib, (long long)last_kib);
    api_fixture_stop(fixture);
    clocks_close(&clocks);
}
