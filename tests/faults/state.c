/*
 * Faults of the state: the program is killed around a scale, a second engine starts, the disk is full, the journal is
 * damaged, its directory is refused.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "engine/store/database.h"
#include "tests/support/crash_program.h"
#include "tests/support/state_path.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SITE "a"
#define HOSTS 10
#define BUSY 96 /* 2 more hosts are needed */
#define NEEDED 12
#define BUSY_NOT_STARVED 88 /* one more host is needed */
#define BOOT_READS 5
#define SETTLED_READS 12
#define SLOW_CONFIRM "--set=defaults.confirm_timeout=60s" /* by the clocks of the program */
#define CONFIRM_MS 61000
#define NEVER 100000
#define CRASHES 6
#define STATE_NAME "state"
#define TRICKLE 1024 /* bytes that a file may have: less than the journal */

static int64_t posts(struct api_fixture *fixture)
{
    return fake_api_count(fixture->program_fixture.api, "POST", NULL);
}

static void kill_program(struct api_fixture *fixture)
{
    program_signal(fixture->program_fixture.program, SIGKILL);
    assert_int_equal(program_finish(fixture->program_fixture.program), 128 + SIGKILL);
}

/* --- killed around a request ----------------------------------------------------------------------------------- */

static const struct kill_row {
    enum trouble trouble; /* of the order before the kill */
    bool is_answered;
    bool counts_ordered;
    int64_t scales; /* of both programs; a repeat has the same key */
} kill_rows[] = {
    { TROUBLE_HUNG_APPLIED, false, true, 1 },  { TROUBLE_HUNG, false, true, 2 },
    { TROUBLE_HUNG_APPLIED, false, false, 1 }, { TROUBLE_NONE, true, true, 1 },
    { TROUBLE_NONE, true, false, 1 },
};

static bool has_needed_hosts(void *context)
{
    return hosts_api_hosts(context, SITE) == NEEDED;
}

/* Statuses show what was applied. What was not is sent again when its time is over; nothing follows. */
static void settle(struct api_fixture *fixture, struct clocks *clocks)
{
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    clocks_pass(clocks, CONFIRM_MS);
    program_wait_until(fixture->program_fixture.program, has_needed_hosts, fixture->hosts,
                       "the hosts that are needed");
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    clocks_pass(clocks, CONFIRM_MS);
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    api_fixture_stop(fixture);
    assert_int_equal(hosts_api_hosts(fixture->hosts, SITE), NEEDED);
}

static void run_kill(struct api_fixture *fixture, const struct kill_row *row)
{
    static const char *const arguments[] = { "--timeout=10m", SLOW_CONFIRM, NULL };
    struct crash_program program;
    if (row->counts_ordered)
        hosts_api_count_ordered(fixture->hosts);
    hosts_api_set_boot_reads(fixture->hosts, BOOT_READS);
    hosts_api_add(fixture->hosts, SITE, HOSTS, BUSY);
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, row->trouble, 1);
    crash_program_open(&program, fixture);
    crash_program_start_usual(&program, fixture, arguments);
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    if (row->is_answered)
        api_fixture_wait(fixture, " info scaled deployment=a delta=+2 ");
    kill_program(fixture);
    crash_program_start_usual(&program, fixture, arguments);
    settle(fixture, &program.clocks);
    assert_scales(fixture, SITE, row->scales, 2);
    crash_program_close(&program);
}

/* Kills at the steps before and after it are in tests/crash. */
void fault_63(struct api_fixture *fixture)
{
    for (size_t i = 0; i < COUNT_OF(kill_rows); i++) {
        api_fixture_renew(fixture);
        run_kill(fixture, &kill_rows[i]);
    }
}

/* --- killed again and again ------------------------------------------------------------------------------------ */

/* Hosts that have not booted are not counted by the API: the state alone remembers them. */
void fault_65(struct api_fixture *fixture)
{
    hosts_api_set_boot_reads(fixture->hosts, NEVER);
    hosts_api_add(fixture->hosts, SITE, HOSTS, BUSY);
    for (int i = 0; i < CRASHES; i++) {
        api_fixture_start(fixture, NULL);
        if (i == 0)
            api_fixture_wait(fixture, " info scaled deployment=a ");
        api_fixture_wait_reads(fixture, SITE, 3);
        kill_program(fixture);
    }
    neighbour_add(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    neighbour_grow(fixture);
    neighbour_stop(fixture);
    assert_scales(fixture, SITE, 1, 2);
}

/* --- a second engine ------------------------------------------------------------------------------------------- */

void state_refuses_a_second_engine(struct api_fixture *fixture)
{
    char sentence[64];
    neighbour_add(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    const char *arguments[] = { "--once", "--api", fake_api_url(fixture->program_fixture.api),
                                NULL };
    struct program_config config = { .arguments = arguments,
                                     .home = fixture->program_fixture.directory };
    fixture->program_fixture.partner = program_start(&config);
    int code = program_finish(fixture->program_fixture.partner);
    size_t size = 0;
    const char *log = program_log(fixture->program_fixture.partner, &size);
    assert_int_equal(code, 4);
    assert_int_equal(program_count_lines(fixture->program_fixture.partner, ""), 1);
    snprintf(sentence, sizeof sentence, "autoscaler: another engine runs for this API: process ");
    assert_non_null(strstr(log, sentence));
    neighbour_grow(fixture);
    neighbour_stop(fixture);
}

/* --- a full disk ----------------------------------------------------------------------------------------------- */

/* No scale without its record; what is read goes on; it resumes by itself. */
void state_survives_a_full_disk(struct api_fixture *fixture)
{
    neighbour_add(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    uint64_t before = program_set_limit(fixture->program_fixture.program, RLIMIT_FSIZE, TRICKLE);
    api_fixture_wait(fixture, " error state_unavailable ");
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, BUSY);
    api_fixture_wait(fixture, " reason=state_unavailable");
    api_fixture_wait_reads(fixture, NEIGHBOUR, 20);
    assert_int_equal(posts(fixture), 0);
    program_set_limit(fixture->program_fixture.program, RLIMIT_FSIZE, before);
    api_fixture_wait(fixture, " info state_available ");
    api_fixture_wait(fixture, " info scaled deployment=" NEIGHBOUR);
    neighbour_stop(fixture);
}

/* --- damage ---------------------------------------------------------------------------------------------------- */

enum damage { DAMAGE_CUT, DAMAGE_ZERO_TAIL, DAMAGE_GARBAGE, DAMAGE_HEADER };
#define DAMAGE_COUNT 4

static void damage_file(const char *journal_path, enum damage damage)
{
    struct stat st;
    char bytes[4096];
    assert_int_equal(stat(journal_path, &st), 0);
    memset(bytes, damage == DAMAGE_ZERO_TAIL ? 0 : 0x5a, sizeof bytes);
    if (damage == DAMAGE_CUT) {
        assert_int_equal(truncate(journal_path, st.st_size / 2 + 100), 0);
        return;
    }
    FILE *file = fopen(journal_path, "r+b");
    assert_non_null(file);
    for (long at = damage == DAMAGE_HEADER ? 0 : 4096; at < st.st_size; at += 4096) {
        fseek(file, at, SEEK_SET);
        fwrite(bytes, 1, damage == DAMAGE_HEADER ? 64 : sizeof bytes, file);
        if (damage == DAMAGE_HEADER)
            break;
    }
    assert_int_equal(fclose(file), 0);
}

/* It starts, says so in one line, shrinks nothing and grows as usual. */
static void run_damage(struct api_fixture *fixture, enum damage damage)
{
    char path[STATE_PATH_TEXT_SIZE];
    neighbour_add(fixture);
    hosts_api_add(fixture->hosts, "spare", 20, 8);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    api_fixture_stop(fixture);
    damage_file(state_path_journal(&fixture->program_fixture, path), damage);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " error state_damaged ");
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, "spare", 20);
    neighbour_stop(fixture);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " state_damaged "), 1);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "spare"), 20);
}

static void damage_rows(struct api_fixture *fixture, const char *sql)
{
    char path[STATE_PATH_TEXT_SIZE];
    struct database *database;
    struct error err = { 0 };
    int failed = database_open(state_path_journal(&fixture->program_fixture, path), DATABASE_WRITE,
                               0, &database, &err);
    failed = failed ? failed : database_run(database, sql, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(failed, 0);
    database_close(database, true);
}

/* Pending hosts are not counted by the API, and the states of all deployments are lost. */
static void run_lost_states(struct api_fixture *fixture, const char *sql, bool is_held)
{
    hosts_api_set_boot_reads(fixture->hosts, NEVER);
    hosts_api_add(fixture->hosts, SITE, HOSTS, is_held ? BUSY_NOT_STARVED : BUSY);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info scaled deployment=a ");
    api_fixture_stop(fixture);
    damage_rows(fixture, sql);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " error state_damaged ");
    if (is_held)
        api_fixture_wait(fixture, " reason=state_lost");
    api_fixture_wait_reads(fixture, SITE, SETTLED_READS);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "POST", NULL), 1);
}

void fault_77(struct api_fixture *fixture)
{
    for (int damage = 0; damage < DAMAGE_COUNT; damage++) {
        api_fixture_renew(fixture);
        run_damage(fixture, (enum damage)damage);
    }
    api_fixture_renew(fixture);
    run_lost_states(fixture, "UPDATE deployments SET state = x'00'", false);
    api_fixture_renew(fixture);
    run_lost_states(fixture,
                    "UPDATE deployments SET state = x'00';"
                    "UPDATE scales SET delta = delta + 1, is_live = 1",
                    true);
}

/* --- a directory that is refused ------------------------------------------------------------------------------- */

static void expect_refusal(struct api_fixture *fixture, const char *why)
{
    int code =
        program_fixture_run(&fixture->program_fixture, (const char *const[]){ "--no-ui", NULL });
    size_t size = 0;
    const char *log = program_log(fixture->program_fixture.program, &size);
    if (!strstr(log, why))
        fail_msg("expected \"%s\", found: %s", why, log);
    assert_int_equal(code, 2);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, ""), 1);
    assert_int_equal(posts(fixture), 0);
}

void fault_78(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE], other[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(&fixture->program_fixture, STATE_NAME, path);
    program_fixture_path(&fixture->program_fixture, "other", other);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chmod(path, 0777), 0);
    expect_refusal(fixture, "others may write it");
    assert_int_equal(chmod(path, 0700), 0);
    if (geteuid() == 0) {
        assert_int_equal(chown(path, 1, 1), 0);
        expect_refusal(fixture, "it belongs to user 1");
    } else {
        fault_leave_out("a directory of another user, for this needs root");
    }
    assert_int_equal(rmdir(path), 0);
    program_fixture_write(&fixture->program_fixture, STATE_NAME, "", 0600);
    expect_refusal(fixture, "it is not a directory");
    assert_int_equal(unlink(path), 0);
    neighbour_add(fixture);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    neighbour_grow(fixture);
    neighbour_stop(fixture);
}
