/*
 * Lists of deployments that are wrong, empty, short, or change all the time.
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

/* What discovery says of a deployment instead of its entry, and what it is held for then. */
struct sick_row {
    const char *id;
    const char *entry;
    const char *reason;
};

static void wait_until_held(struct scene *scene, const struct sick_row *row)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " warn deployment_bad deployment=%s reason=%s ", row->id,
             row->reason);
    scene_wait_lines(scene, line, 1);
}

static void wait_until_scaled(struct scene *scene, const char *id)
{
    char line[LINE_SIZE];
    snprintf(line, sizeof line, " info scaled deployment=%s ", id);
    scene_wait_lines(scene, line, 1);
}

/* All of them fall sick beside each other, are in need of hosts meanwhile, and get well again. */
static void run_sick_list(struct scene *scene, const struct sick_row *rows, size_t count)
{
    neighbour_add(scene);
    for (size_t i = 0; i < count; i++)
        hosts_api_add(scene->hosts, rows[i].id, 10, 80);
    scene_start(scene, NULL);
    scene_wait_reads(scene, rows[count - 1].id, 2);
    for (size_t i = 0; i < count; i++)
        hosts_api_say_entry(scene->hosts, rows[i].id, rows[i].entry, FOR_EVER);
    for (size_t i = 0; i < count; i++)
        wait_until_held(scene, &rows[i]);
    for (size_t i = 0; i < count; i++)
        hosts_api_set_busy(scene->hosts, rows[i].id, 96);
    neighbour_grow(scene);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(scene_scales(scene, rows[i].id), 0);
    for (size_t i = 0; i < count; i++)
        hosts_api_say_entry(scene->hosts, rows[i].id, "", 0);
    for (size_t i = 0; i < count; i++)
        wait_until_scaled(scene, rows[i].id);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    neighbour_stop(scene);
    for (size_t i = 0; i < count; i++)
        assert_scales(scene, rows[i].id, 1, 2);
}

void fault_42(struct scene *scene)
{
    static const struct sick_row rows[] = {
        { "twice", GOOD("twice") "," GOOD("twice"), "duplicate_id" },
        { "differing", GOOD("differing") "," ENTRY("differing", "20", "5"), "duplicate_id" },
        { "case", GOOD("case") "," GOOD("Case"), "duplicate_id" },
        { "escaped", GOOD("escaped") "," GOOD("\\u0065scaped"), "duplicate_id" },
        { "good-and-bad", GOOD("good-and-bad") "," ENTRY("good-and-bad", "0", "20"),
          "duplicate_id" },
    };
    run_sick_list(scene, rows, COUNT_OF(rows));
}

static void an_empty_first_list_is_waited_for(struct scene *scene)
{
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_EMPTY, FOR_EVER);
    scene_start(scene, NULL);
    assert_int_equal(line_number(scene_wait(scene, " error discovery_empty "), "known"), 0);
    assert_int_equal(hosts_api_reads(scene->hosts, "a"), 0);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    wait_until_scaled(scene, "a");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_scales(scene, "a", 1, 2);
}

void fault_44(struct scene *scene)
{
    an_empty_first_list_is_waited_for(scene);
    scene_renew(scene);
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene, NULL);
    scene_wait_reads(scene, "a", 1);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_EMPTY, FOR_EVER);
    assert_int_equal(line_number(scene_wait(scene, " error discovery_empty "), "known"), 2);
    neighbour_grow(scene);
    scene_wait(scene, " error discovery_empty ");
    scene_wait(scene, " error discovery_empty ");
    scene_wait_reads(scene, "a", 10);
    hosts_api_trouble(scene->hosts, REQUEST_DISCOVERY, TROUBLE_NONE, 0);
    scene_wait(scene, " info discovery_done deployments=2 new=0 gone=0 ");
    scene_wait_reads(scene, "a", 5);
    neighbour_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 0);
    assert_int_equal(program_count_lines(scene->stage.program, "deployment_gone"), 0);
}

/* --- lists that lose deployments ----------------------------------------------------------------------------- */

#define NO_WINDOW "--set=defaults.scale_down_window=0s"
#define RARE "--discovery-interval=1h" /* lists are read when the test says so */

/* The first one that is listed stays, those behind it go; the neighbour stays too. */
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

static void discover(struct scene *scene)
{
    int64_t before = fake_api_count(scene->stage.api, "GET", "/discover");
    program_signal(scene->stage.program, SIGUSR2);
    scene_wait_lines(scene, " info discovery_done ", before + 1);
}

static void list_lost(struct scene *scene, const struct loss_row *row, int64_t hidden)
{
    char id[ID_SIZE];
    for (int i = row->listed - row->lost; i < row->listed; i++)
        hosts_api_say_entry(scene->hosts, name_of(i, id), "", hidden);
    discover(scene);
}

static void check_shrinking(struct scene *scene, const struct loss_row *row)
{
    hosts_api_set_busy(scene->hosts, "d0", 8);
    if (row->is_latched)
        assert_non_null(strstr(scene_wait(scene, " held deployment=d0 "), "discovery_shrank"));
    else
        wait_until_scaled(scene, "d0");
}

static void run_loss(struct scene *scene, const struct loss_row *row)
{
    char id[ID_SIZE], last[ID_SIZE];
    neighbour_add(scene);
    for (int i = 0; i < row->listed; i++)
        hosts_api_add(scene->hosts, name_of(i, id), 10, 80);
    name_of(row->listed - 1, last);
    scene_start(scene, (const char *const[]){ NO_WINDOW, RARE, NULL });
    scene_wait_reads(scene, last, 1);
    list_lost(scene, row, FOR_EVER);
    hosts_api_set_busy(scene->hosts, last, 96);
    check_shrinking(scene, row);
    neighbour_grow(scene);
    int64_t reads = hosts_api_reads(scene->hosts, last);
    scene_wait_reads(scene, NEIGHBOUR, 10);
    assert_int_equal(hosts_api_reads(scene->hosts, last), reads);
    assert_int_equal(scene_scales(scene, last), 0);
    assert_int_equal(scene_scales(scene, "d0"), row->is_latched ? 0 : 1);
    list_lost(scene, row, 0);
    wait_until_scaled(scene, last);
    wait_until_scaled(scene, "d0");
    scene_wait_reads(scene, "d0", 5);
    neighbour_stop(scene);
    assert_scales(scene, "d0", 1, -9);
    assert_scales(scene, last, 1, 2);
    assert_int_equal(program_count_lines(scene->stage.program, " warn discovery_shrank "),
                     row->is_latched);
    assert_int_equal(program_count_lines(scene->stage.program, " warn deployment_gone "),
                     row->lost);
}

void fault_45(struct scene *scene)
{
    static const struct loss_row rows[] = {
        { .listed = 10, .lost = 9, .is_latched = true },
        { .listed = 10, .lost = 4, .is_latched = true },  /* of eleven */
        { .listed = 10, .lost = 3, .is_latched = false }, /* less than a third */
        { .listed = 4, .lost = 2, .is_latched = false },  /* too few to tell */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        scene_renew(scene);
        run_loss(scene, &rows[i]);
    }
}

/* --- lists that flap ----------------------------------------------------------------------------------------- */

#define FLAPS 3

static const char *const flapping[] = { "booting", "cooling", "paused", "unconfirmed" };

static void list_flapping(struct scene *scene, int64_t hidden, const char *told)
{
    for (size_t i = 0; i < COUNT_OF(flapping); i++)
        hosts_api_say_entry(scene->hosts, flapping[i], "", hidden);
    program_signal(scene->stage.program, SIGUSR2);
    scene_wait(scene, told);
}

/* One that has ordered and waits, one whose order is lost, one that cools down, and one that is paused. */
static void start_flapping(struct scene *scene)
{
    neighbour_add(scene);
    for (size_t i = 0; i < COUNT_OF(flapping); i++)
        hosts_api_add(scene->hosts, flapping[i], 10, 80);
    scene_start_with(scene,
                     "policies:\n"
                     "  - match: paused\n    paused: true\n"
                     "  - match: cooling\n    cooldown_up: 1h\n",
                     (const char *const[]){ RARE, NULL });
    scene_wait_reads(scene, "unconfirmed", 1);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_DROPPED, 1);
    hosts_api_set_busy(scene->hosts, "unconfirmed", 96);
    scene_wait(scene, " error scale_unconfirmed deployment=unconfirmed ");
    hosts_api_say_status(scene->hosts, "booting",
                         "{\"current_hosts\":10,\"total_servers\":100,\"free_servers\":4}",
                         FOR_EVER);
    hosts_api_set_busy(scene->hosts, "cooling", 96);
    hosts_api_set_busy(scene->hosts, "paused", 96);
    wait_until_scaled(scene, "booting");
    wait_until_scaled(scene, "cooling");
    hosts_api_set_busy(scene->hosts, "cooling", 120);
}

void fault_46(struct scene *scene)
{
    start_flapping(scene);
    for (int i = 0; i < FLAPS; i++) {
        list_flapping(scene, FOR_EVER, " info discovery_done deployments=1 new=0 gone=4 ");
        scene_wait_reads(scene, NEIGHBOUR, 3);
        list_flapping(scene, 0, " info discovery_done deployments=5 new=0 gone=0 ");
        scene_wait_reads(scene, "paused", 3);
    }
    neighbour_grow(scene);
    neighbour_stop(scene);
    assert_scales(scene, "booting", 1, 2);
    assert_scales(scene, "cooling", 1, 2);
    assert_scales(scene, "unconfirmed", 1, 2);
    assert_int_equal(scene_scales(scene, "paused"), 0);
    assert_int_equal(program_count_lines(scene->stage.program, "deployment_gone"),
                     FLAPS * COUNT_OF(flapping));
}

/* --- definitions --------------------------------------------------------------------------------------------- */

static void sizes_that_jump_are_asked_for_twice(struct scene *scene)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "once", 10, 80);
    hosts_api_add(scene->hosts, "lasting", 10, 80);
    scene_start(scene, (const char *const[]){ RARE, NULL });
    scene_wait_reads(scene, "lasting", 1);
    hosts_api_say_entry(scene->hosts, "once", ENTRY("once", "100", "20"), 1);
    hosts_api_say_entry(scene->hosts, "lasting", ENTRY("lasting", "100", "20"), FOR_EVER);
    discover(scene);
    scene_wait_lines(scene, " deployment_bad deployment=once reason=definition_changed ", 1);
    scene_wait_lines(scene, " deployment_bad deployment=lasting reason=definition_changed ", 1);
    neighbour_grow(scene);
    discover(scene);
    scene_wait_lines(scene, " deployment_changed deployment=lasting servers_per_host=100 ", 1);
    scene_wait_reads(scene, "lasting", 5);
    scene_wait_reads(scene, "once", 5);
    neighbour_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, "deployment_changed"), 1);
    /* Hosts that are ten times as large: nine of ten would do, but what was wanted before still counts. */
    assert_int_equal(scene_scales(scene, "once") + scene_scales(scene, "lasting"), 0);
}

void fault_47(struct scene *scene)
{
    static const struct sick_row rows[] = {
        { "no-servers", ENTRY("no-servers", "0", "20"), "bad_servers_per_host" },
        { "negative", ENTRY("negative", "-1", "20"), "bad_servers_per_host" },
        { "too-large", ENTRY("too-large", "2147483648", "20"), "bad_servers_per_host" },
        { "a-part", ENTRY("a-part", "0.5", "20"), "bad_servers_per_host" },
        { "all-free", ENTRY("all-free", "10", "100"), "bad_target" },
        { "more-than-all", ENTRY("more-than-all", "10", "101"), "bad_target" },
        { "less-than-none", ENTRY("less-than-none", "10", "-5"), "bad_target" },
    };
    sizes_that_jump_are_asked_for_twice(scene);
    scene_renew(scene);
    run_sick_list(scene, rows, COUNT_OF(rows));
}
