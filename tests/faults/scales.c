/*
 * Scales whose fate nobody knows.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include <string.h>

#define SHORT_TIMEOUT "--timeout=500ms"
#define SHORT_CONFIRMATION "--set=defaults.confirm_timeout=500ms"
#define CONFIRM_MS 500

static void begin(struct scene *scene, enum trouble trouble, const char *const *arguments)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 96);
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, trouble, 1);
    scene_start(scene, arguments);
}

/* The answer is lost, the order is not: the hosts themselves tell. */
static void run_applied(struct scene *scene, enum trouble trouble)
{
    hosts_api_set_boot_reads(scene->hosts, 80);
    begin(scene, trouble, (const char *const[]){ SHORT_TIMEOUT, NULL });
    scene_wait(scene, " error scale_unconfirmed deployment=a delta=+2 ");
    neighbour_grow(scene);
    const char *line = scene_wait(scene, " info scale_confirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "seen"), 2);
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    assert_scales(scene, "a", 1, 2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
}

/* Nobody will ever carry it out: it is given up first, and asked for with another key then. */
static void run_lost(struct scene *scene)
{
    const char *line = scene_wait(scene, " error scale_unconfirmed deployment=a delta=+2 ");
    assert_int_equal(line_number(line, "confirm_ms"), CONFIRM_MS);
    neighbour_grow(scene);
    line = scene_wait(scene, " warn scale_not_applied deployment=a delta=+2 ");
    assert_true(line_number(line, "age_ms") >= CONFIRM_MS);
    scene_wait(scene, " info scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 10);
    neighbour_stop(scene);
    assert_int_equal(program_count_lines(scene->stage.program, " scale_requested deployment=a "),
                     2);
    assert_int_equal(hosts_api_hosts(scene->hosts, "a"), 12);
}

void fault_60(struct scene *scene)
{
    static const enum trouble troubles[] = { TROUBLE_HUNG_APPLIED, TROUBLE_LOST,
                                             TROUBLE_ERROR_APPLIED };
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        scene_renew(scene);
        run_applied(scene, troubles[i]);
    }
}

void fault_61(struct scene *scene)
{
    static const enum trouble troubles[] = { TROUBLE_HUNG, TROUBLE_DROPPED };
    for (size_t i = 0; i < COUNT_OF(troubles); i++) {
        scene_renew(scene);
        begin(scene, troubles[i], (const char *const[]){ SHORT_TIMEOUT, SHORT_CONFIRMATION, NULL });
        run_lost(scene);
        assert_scales(scene, "a", 2, 2); /* with keys that differ */
    }
}

struct cut {
    enum fake_ending ending;
    int64_t connection; /* the first one that is cut; those before it are reads */
};

static enum fake_ending cut_next(void *context, int64_t connection)
{
    struct cut *cut = context;

    return connection == cut->connection ? cut->ending : FAKE_KEEP;
}

/* The connection of a scale is always a new one: of this one no whole request is ever read. */
static void run_cut(struct scene *scene, struct cut *cut)
{
    neighbour_add(scene);
    hosts_api_add(scene->hosts, "a", 10, 80);
    scene_start(scene, (const char *const[]){ SHORT_TIMEOUT, SHORT_CONFIRMATION,
                                              "--discovery-interval=1h", "--concurrency=1", NULL });
    scene_wait_reads(scene, "a", 3);
    cut->connection = fake_api_connections(scene->stage.api);
    fake_api_set_accept(scene->stage.api, cut_next, cut);
    hosts_api_set_busy(scene->hosts, "a", 96);
    run_lost(scene);
    assert_scales(scene, "a", 1, 2);
}

void fault_62(struct scene *scene)
{
    static const enum fake_ending endings[] = { FAKE_CUT, FAKE_HANG };
    for (size_t i = 0; i < COUNT_OF(endings); i++) {
        struct cut cut = { .ending = endings[i] };
        scene_renew(scene);
        run_cut(scene, &cut);
    }
}
