/*
 * Lists of deployments that are wrong, empty, incomplete, or change constantly.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ID_SIZE 32
#define LINE_SIZE 128

#define ENTRY(id, size, target)                                                                    \
    "{\"id\":\"" id "\",\"servers_per_host\":" size ",\"target_free_pct\":" target "}"
#define GOOD(id) ENTRY(id, "10", "20")

/* The replaced entry of a deployment, and the expected hold reason. */
struct faulty_row {
    const char *id;
    const char *entry;
    const char *reason;
};

static void wait_until_held(struct api_fixture *fixture, const struct faulty_row *row)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " warn deployment_bad deployment=%s reason=%s ", row->id,
             row->reason);
    api_fixture_wait_lines(fixture, line, 1);
}

static void wait_until_scaled(struct api_fixture *fixture, const char *id)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " info scaled deployment=%s ", id);
    api_fixture_wait_lines(fixture, line, 1);
}

/* Held ones are scaled after the fault; others, with their last good definition, during it. */
static void wait_for_growth(struct api_fixture *fixture, const struct faulty_row *rows,
                            size_t count, bool is_held)
{
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    for (size_t i = 0; is_held && i < count; i++)
        assert_int_equal(api_fixture_scales(fixture, rows[i].id), 0);
    for (size_t i = 0; !is_held && i < count; i++)
        wait_until_scaled(fixture, rows[i].id);
}

/* All cases at the same time: the deployments need hosts during the fault and recover after it. */
static void run_faulty_list(struct api_fixture *fixture, const struct faulty_row *rows,
                            size_t count, bool is_held)
{
    neighbour_add(fixture);
    for (size_t i = 0; i < count; i++)
        hosts_api_add(fixture->hosts, rows[i].id, 10, 80);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, rows[count - 1].id, 2);
    for (size_t i = 0; i < count; i++)
        hosts_api_say_entry(fixture->hosts, rows[i].id, rows[i].entry, FOR_EVER);
    for (size_t i = 0; i < count; i++)
        wait_until_held(fixture, &rows[i]);
    for (size_t i = 0; i < count; i++)
        hosts_api_set_busy(fixture->hosts, rows[i].id, 96);
    neighbour_grow(fixture);
    wait_for_growth(fixture, rows, count, is_held);
    for (size_t i = 0; i < count; i++)
        hosts_api_say_entry(fixture->hosts, rows[i].id, "", 0);
    for (size_t i = 0; i < count; i++)
        wait_until_scaled(fixture, rows[i].id);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    neighbour_stop(fixture);
    for (size_t i = 0; i < count; i++)
        assert_scales(fixture, rows[i].id, 1, 2);
}

void fault_42(struct api_fixture *fixture)
{
    static const struct faulty_row rows[] = {
        { "twice", GOOD("twice") "," GOOD("twice"), "duplicate_id" },
        { "differing", GOOD("differing") "," ENTRY("differing", "20", "5"), "duplicate_id" },
        { "case", GOOD("case") "," GOOD("Case"), "duplicate_id" },
        { "escaped", GOOD("escaped") "," GOOD("\\u0065scaped"), "duplicate_id" },
        { "good-and-bad", GOOD("good-and-bad") "," ENTRY("good-and-bad", "0", "20"),
          "duplicate_id" },
    };
    run_faulty_list(fixture, rows, COUNT_OF(rows), true);
}

static void an_empty_first_list_is_repeated(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "a", 10, 96);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_EMPTY, FOR_EVER);
    api_fixture_start(fixture, NULL);
    assert_int_equal(line_number(api_fixture_wait(fixture, " error discovery_empty "), "known"), 0);
    assert_int_equal(hosts_api_reads(fixture->hosts, "a"), 0);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    wait_until_scaled(fixture, "a");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scales(fixture, "a", 1, 2);
}

void fault_44(struct api_fixture *fixture)
{
    an_empty_first_list_is_repeated(fixture);
    api_fixture_renew(fixture);
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "a", 10, 80);
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "a", 1);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_EMPTY, FOR_EVER);
    assert_int_equal(line_number(api_fixture_wait(fixture, " error discovery_empty "), "known"), 2);
    neighbour_grow(fixture);
    api_fixture_wait(fixture, " error discovery_empty ");
    api_fixture_wait(fixture, " error discovery_empty ");
    api_fixture_wait_reads(fixture, "a", 10);
    hosts_api_trouble(fixture->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    api_fixture_wait(fixture, " info discovery_done deployments=2 new=0 gone=0 ");
    api_fixture_wait_reads(fixture, "a", 5);
    neighbour_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "deployment_gone"), 0);
}

/* --- lists that lose deployments ----------------------------------------------------------------------------- */

#define NO_WINDOW "--set=defaults.scale_down_window=0s"
#define RARE "--discovery-interval=1h" /* lists are read on request only */

/* Keeps the first deployment and the neighbour, and removes the others. */
struct loss_row {
    int listed;
    int lost;
    bool is_latched;
};

static const char *name_of(int number, char ret_id[ID_SIZE])
{
    snprintf(ret_id, ID_SIZE, "d%d", number);
    return ret_id;
}

static void discover(struct api_fixture *fixture)
{
    int64_t before = fake_api_count(fixture->program_fixture.api, "GET", "/discover");
    program_signal(fixture->program_fixture.program, SIGUSR2);
    api_fixture_wait_lines(fixture, " info discovery_done ", before + 1);
}

static void list_lost(struct api_fixture *fixture, const struct loss_row *row, int64_t hidden)
{
    char id[ID_SIZE];
    for (int i = row->listed - row->lost; i < row->listed; i++)
        hosts_api_say_entry(fixture->hosts, name_of(i, id), "", hidden);
    discover(fixture);
}

static void check_shrinking(struct api_fixture *fixture, const struct loss_row *row)
{
    hosts_api_set_busy(fixture->hosts, "d0", 8);
    if (row->is_latched)
        assert_non_null(
            strstr(api_fixture_wait(fixture, " held deployment=d0 "), "discovery_shrank"));
    else
        wait_until_scaled(fixture, "d0");
}

static void run_loss(struct api_fixture *fixture, const struct loss_row *row)
{
    char id[ID_SIZE], last[ID_SIZE];
    neighbour_add(fixture);
    for (int i = 0; i < row->listed; i++)
        hosts_api_add(fixture->hosts, name_of(i, id), 10, 80);
    name_of(row->listed - 1, last);
    api_fixture_start(fixture, (const char *const[]){ NO_WINDOW, RARE, NULL });
    api_fixture_wait_reads(fixture, last, 1);
    list_lost(fixture, row, FOR_EVER);
    hosts_api_set_busy(fixture->hosts, last, 96);
    check_shrinking(fixture, row);
    neighbour_grow(fixture);
    int64_t reads = hosts_api_reads(fixture->hosts, last);
    api_fixture_wait_reads(fixture, NEIGHBOUR, 10);
    assert_int_equal(hosts_api_reads(fixture->hosts, last), reads);
    assert_int_equal(api_fixture_scales(fixture, last), 0);
    assert_int_equal(api_fixture_scales(fixture, "d0"), row->is_latched ? 0 : 1);
    list_lost(fixture, row, 0);
    wait_until_scaled(fixture, last);
    wait_until_scaled(fixture, "d0");
    api_fixture_wait_reads(fixture, "d0", 5);
    neighbour_stop(fixture);
    assert_scales(fixture, "d0", 1, -9);
    assert_scales(fixture, last, 1, 2);
    assert_int_equal(
        program_count_lines(fixture->program_fixture.program, " warn discovery_shrank "),
        row->is_latched);
    assert_int_equal(
        program_count_lines(fixture->program_fixture.program, " warn deployment_gone "), row->lost);
}

void fault_45(struct api_fixture *fixture)
{
    static const struct loss_row rows[] = {
        { .listed = 10, .lost = 9, .is_latched = true },
        { .listed = 10, .lost = 4, .is_latched = true },  /* of eleven */
        { .listed = 10, .lost = 3, .is_latched = false }, /* less than a third */
        { .listed = 4, .lost = 2, .is_latched = false },  /* below the minimum of three */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        api_fixture_renew(fixture);
        run_loss(fixture, &rows[i]);
    }
}

/* --- lists that flap ----------------------------------------------------------------------------------------- */

#define FLAPS 3

static const char *const flapping[] = { "booting", "cooling", "paused", "unconfirmed" };

static void list_flapping(struct api_fixture *fixture, int64_t hidden, const char *logged)
{
    for (size_t i = 0; i < COUNT_OF(flapping); i++)
        hosts_api_say_entry(fixture->hosts, flapping[i], "", hidden);
    program_signal(fixture->program_fixture.program, SIGUSR2);
    api_fixture_wait(fixture, logged);
}

/* Four deployments: a pending order, a lost order, a cooldown, a pause. */
static void start_flapping(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    for (size_t i = 0; i < COUNT_OF(flapping); i++)
        hosts_api_add(fixture->hosts, flapping[i], 10, 80);
    api_fixture_start_with(fixture,
                           "policies:\n"
                           "  - match: paused\n    paused: true\n"
                           "  - match: cooling\n    cooldown_up: 1h\n",
                           (const char *const[]){ RARE, NULL });
    api_fixture_wait_reads(fixture, "unconfirmed", 1);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_set_busy(fixture->hosts, "unconfirmed", 96);
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=unconfirmed ");
    hosts_api_say_status(fixture->hosts, "booting",
                         "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4}",
                         FOR_EVER);
    hosts_api_set_busy(fixture->hosts, "cooling", 96);
    hosts_api_set_busy(fixture->hosts, "paused", 96);
    wait_until_scaled(fixture, "booting");
    wait_until_scaled(fixture, "cooling");
    hosts_api_set_busy(fixture->hosts, "cooling", 120);
}

void fault_46(struct api_fixture *fixture)
{
    start_flapping(fixture);
    for (int i = 0; i < FLAPS; i++) {
        list_flapping(fixture, FOR_EVER, " info discovery_done deployments=1 new=0 gone=4 ");
        api_fixture_wait_reads(fixture, NEIGHBOUR, 3);
        list_flapping(fixture, 0, " info discovery_done deployments=5 new=0 gone=0 ");
        api_fixture_wait_reads(fixture, "paused", 3);
    }
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    assert_scales(fixture, "booting", 1, 2);
    assert_scales(fixture, "cooling", 1, 2);
    assert_scales(fixture, "unconfirmed", 1, 2);
    assert_int_equal(api_fixture_scales(fixture, "paused"), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "deployment_gone"),
                     FLAPS * COUNT_OF(flapping));
}

/* --- definitions --------------------------------------------------------------------------------------------- */

static void a_large_change_of_size_needs_two_lists(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "once", 10, 80);
    hosts_api_add(fixture->hosts, "lasting", 10, 80);
    api_fixture_start(fixture, (const char *const[]){ RARE, NULL });
    api_fixture_wait_reads(fixture, "lasting", 1);
    hosts_api_say_entry(fixture->hosts, "once", ENTRY("once", "100", "20"), 1);
    hosts_api_say_entry(fixture->hosts, "lasting", ENTRY("lasting", "100", "20"), FOR_EVER);
    discover(fixture);
    api_fixture_wait_lines(fixture, " deployment_bad deployment=once reason=definition_changed ",
                           1);
    api_fixture_wait_lines(fixture, " deployment_bad deployment=lasting reason=definition_changed ",
                           1);
    neighbour_grow(fixture);
    discover(fixture);
    api_fixture_wait_lines(fixture, " deployment_changed deployment=lasting servers_per_host=100 ",
                           1);
    api_fixture_wait_reads(fixture, "lasting", 5);
    api_fixture_wait_reads(fixture, "once", 5);
    neighbour_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "deployment_changed"),
                     1);
    /* Hosts ten times as large: fewer are needed, but earlier desired values of the window still count. */
    assert_int_equal(api_fixture_scales(fixture, "once") + api_fixture_scales(fixture, "lasting"),
                     0);
}

void fault_47(struct api_fixture *fixture)
{
    static const struct faulty_row rows[] = {
        { "no-servers", ENTRY("no-servers", "0", "20"), "bad_servers_per_host" },
        { "negative", ENTRY("negative", "-1", "20"), "bad_servers_per_host" },
        { "too-large", ENTRY("too-large", "2147483648", "20"), "bad_servers_per_host" },
        { "a-part", ENTRY("a-part", "0.5", "20"), "bad_servers_per_host" },
        { "all-free", ENTRY("all-free", "10", "100"), "bad_target" },
        { "more-than-all", ENTRY("more-than-all", "10", "101"), "bad_target" },
        { "less-than-none", ENTRY("less-than-none", "10", "-5"), "bad_target" },
        { "a-word", ENTRY("a-word", "10", "\"abc\""), "bad_target" },
        { "missing", "{\"id\":\"missing\",\"servers_per_host\":10}", "bad_target" },
        { "a-key-twice", ENTRY("a-key-twice", "10", "20,\"x\":1,\"x\":1"), "bad_entry" },
    };
    a_large_change_of_size_needs_two_lists(fixture);
    api_fixture_renew(fixture);
    run_faulty_list(fixture, rows, COUNT_OF(rows), false);
}
