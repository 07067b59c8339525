/*
 * Scales with an unknown result.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include <string.h>

#define SHORT_TIMEOUT "--timeout=2s"
#define SHORT_CONFIRMATION "--set=defaults.confirm_timeout=500ms"
#define CONFIRM_MS 500

static void begin(struct api_fixture *fixture, enum trouble trouble, const char *const *arguments)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 96);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, trouble, 1);
    api_fixture_start(fixture, arguments);
}

/* The response is lost, the order is applied: the host count confirms it. */
static void run_applied(struct api_fixture *fixture, enum trouble trouble)
{
    hosts_api_set_boot_reads(fixture->hosts, 80);
    begin(fixture, trouble, (const char *const[]){ SHORT_TIMEOUT, NULL });
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=a delta=+2 ");
    neighbour_grow(fixture);
    const char *line = api_fixture_wait(fixture, " info scale_confirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "seen"), 2);
    api_fixture_wait_reads(fixture, "a", 10);
    neighbour_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
}

/* The scale is lost: after the wait, the same one is sent again. */
static void run_lost(struct api_fixture *fixture)
{
    const char *line = api_fixture_wait(fixture, " error scale_unconfirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "confirm_ms"), CONFIRM_MS);
    neighbour_grow(fixture);
    line = api_fixture_wait(fixture, " reason=repeated ");
    assert_int_equal(line_number(line, "repeat"), 1);
    api_fixture_wait(fixture, " info scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 10);
    neighbour_stop(fixture);
    assert_int_equal(
        program_count_lines(fixture->program_fixture.program, " scale_requested deployment=a "), 2);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "a"), 12);
}

void fault_60(struct api_fixture *fixture)
{
    static const enum trouble troubles[] = { TROUBLE_HUNG_APPLIED, TROUBLE_LOST,
                                             TROUBLE_ERROR_APPLIED };
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        api_fixture_renew(fixture);
        run_applied(fixture, troubles[i]);
    }
}

void fault_61(struct api_fixture *fixture)
{
    static const enum trouble troubles[] = { TROUBLE_HUNG, TROUBLE_DROPPED };
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        api_fixture_renew(fixture);
        begin(fixture, troubles[i],
              (const char *const[]){ SHORT_TIMEOUT, SHORT_CONFIRMATION, NULL });
        run_lost(fixture);
        assert_scales(fixture, "a", 2, 2);
    }
}

struct cut {
    enum fake_ending ending;
    int64_t connection; /* the first connection that is cut; earlier ones are reads */
};

static enum fake_ending cut_next(void *context, int64_t connection)
{
    struct cut *cut = context;

    return connection == cut->connection ? cut->ending : FAKE_KEEP;
}

/* Reads use their connections again, which they do not at the start. */
static int64_t wait_until_kept(struct api_fixture *fixture)
{
    int64_t before, connections = 0;
    do {
        before = connections;
        api_fixture_wait_reads(fixture, "a", 3);
        connections = fake_api_connections(fixture->program_fixture.api);
    } while (connections != before);
    return connections;
}

/* A scale always uses a new connection; this one is cut before a complete request was read. */
static void run_cut(struct api_fixture *fixture, struct cut *cut)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(fixture,
                      (const char *const[]){ SHORT_TIMEOUT, SHORT_CONFIRMATION,
                                             "--discovery-interval=1h", "--concurrency=1", NULL });
    cut->connection = wait_until_kept(fixture);
    fake_api_set_accept(fixture->program_fixture.api, cut_next, cut);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    run_lost(fixture);
    assert_scales(fixture, "a", 1, 2);
}

void fault_62(struct api_fixture *fixture)
{
    static const enum fake_ending endings[] = { FAKE_CUT, FAKE_HANG };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct cut cut = { .ending = endings[i] };
        api_fixture_renew(fixture);
        run_cut(fixture, &cut);
    }
}
