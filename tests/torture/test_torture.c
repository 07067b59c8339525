/*
 * For every n, the n-th call of libcurl, libuv or the thread library fails, from the start to the end of a full cycle;
 * see "Torture" in tests/README.md. The program must recover, or end with one line that states the reason and an exit
 * code that the manual lists. Nothing leaks. No deployment is scaled twice, without a status, or by another delta than
 * the formula's. Under ThreadSanitizer it is every fourth call.
 */
#include "tests/support/test.h"

#include "tests/support/document.h"
#include "tests/support/hosts_api.h"
#include "tests/support/program.h"
#include "tests/support/sanitizer.h"
#include "tests/support/scales.h"
#include "tests/torture/calls.h"
#include "tests/torture/holdings.h"
#include "tests/torture/inside.h"

#include "engine/base/panic.h"
#include "engine/config/config.h"
#include "engine/feed.h"
#include "engine/run/engine.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_OK 0
#define EXIT_TROUBLE 1
#define EXIT_NO_DISCOVERY 3

#define CALLS_MAX 20000
#define NOTHING_FAILS INT64_MAX
#define STATUS_PATH "/status/"
#define CALM_READS 6 /* two passes */

/* The formula for hosts with 10 servers and a target of 20 % free. */
static const struct site_row {
    const char *id;
    int32_t hosts;
    int64_t busy;
    int64_t delta;
} sites[] = {
    { "grows", 2, 24, 1 },
    { "stays", 4, 32, 0 },
    { "shrinks", 6, 16, -4 },
};

/* How many calls fail, starting with the n-th. */
enum spell { SPELL_ONE = 1, SPELL_BURST = 10, SPELL_FOR_GOOD = INT32_MAX };

/* One run of the program with failing calls from `first` on. */
struct trial {
    const struct scenario *scenario;
    int64_t first;
    struct fake_api *api;
    struct hosts_api *hosts;
    int code;
    int64_t calm_reads;      /* statuses since every deployment has its hosts; server thread */
    bool is_reload_due;      /* SIGHUP when settled for the first time; server thread */
    _Atomic bool is_settled; /* no change for CALM_READS statuses */
    bool stops_when_settled;
    _Atomic bool is_stop_sent;
};

struct scenario {
    const char *name;
    void (*play)(struct trial *trial);
    enum spell spell;
    bool is_stopped;   /* SIGTERM arrives during the failing calls */
    int64_t calls_min; /* minimum number of calls, so that the test is meaningful */
};

static struct trial current;

/* Sends SIGTERM once: a second one would end the program at once, without cleanup. */
static void stop_program(struct trial *trial)
{
    if (!atomic_exchange(&trial->is_stop_sent, true))
        kill(getpid(), SIGTERM);
}

/* Not at the end of the program, where it no longer handles the signal. */
static void stop_in_the_midst(int64_t count)
{
    struct sigaction action;
    must(sigaction(SIGTERM, NULL, &action) == 0);
    if (count == SPELL_BURST && action.sa_handler != SIG_DFL)
        stop_program(&current);
}

static int64_t survived_count; /* failing calls in all scenarios */

/* How the runs of a scenario ended. Each way must occur. */
static struct {
    int64_t recovered;
    int64_t refused;
} tally;

/* --- failure reports ------------------------------------------------------------------------------------------- */

static void report_failed_call(void)
{
    dprintf(STDERR_FILENO, "torture: %s: call %lld (%s) failed\n", current.scenario->name,
            (long long)current.first, calls_first_failed());
}

static void on_crash(int number)
{
    report_failed_call();
    signal(number, SIG_DFL);
    raise(number);
}

/* Functions of the sanitizers; undefined without them. */
void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void watch_for_crashes(void)
{
    panic_set_hook(report_failed_call);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(report_failed_call);
    else
        signal(SIGSEGV, on_crash);
}

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_trial(#condition, __LINE__);                                                      \
    } while (0)

static void fail_trial(const char *condition, int line)
{
    report_failed_call();
    fail_msg("line %d: not true: %s; exit code %d; it printed\n%s%s", line, condition, current.code,
             inside_output(), inside_errors());
}

/* --- the API --------------------------------------------------------------------------------------------------- */

static bool has_what_it_needs(struct hosts_api *hosts)
{
    for (size_t i = 0; i < COUNT_OF(sites); i++)
        if (hosts_api_hosts(hosts, sites[i].id) != sites[i].hosts + sites[i].delta)
            return false;
    return true;
}

/* Settled: enough statuses were read after the last change that another scale would have been sent. */
static void watch_answer(void *context, const struct fake_request *request,
                         struct fake_answer *ret_answer)
{
    struct trial *trial = context;
    hosts_api_answer(trial->hosts, request, ret_answer);
    if (strncmp(request->path, STATUS_PATH, strlen(STATUS_PATH)) != 0 ||
        !has_what_it_needs(trial->hosts))
        return;
    if (++trial->calm_reads != CALM_READS)
        return;
    if (trial->is_reload_due) {
        trial->is_reload_due = false;
        trial->calm_reads = 0;
        kill(getpid(), SIGHUP);
        return;
    }
    atomic_store(&trial->is_settled, true);
    if (trial->stops_when_settled)
        stop_program(trial);
}

static void open_api(struct trial *trial)
{
    trial->hosts = hosts_api_create();
    for (size_t i = 0; i < COUNT_OF(sites); i++)
        hosts_api_add(trial->hosts, sites[i].id, sites[i].hosts, sites[i].busy);
    trial->api = fake_api_create(watch_answer, trial);
}

static void close_api(struct trial *trial)
{
    fake_api_destroy(trial->api);
    hosts_api_destroy(trial->hosts);
}

/* --- invariants ------------------------------------------------------------------------------------------------ */

/* One line that begins with the program's name and has more text. */
static bool is_one_sentence(const char *text)
{
    static const char name[] = "autoscaler: ";
    const char *end = strchr(text, '\n');
    return end && end[1] == '\0' && strncmp(text, name, strlen(name)) == 0 &&
           end - text > (ptrdiff_t)strlen(name) + 5;
}

/* It ended before its first request, and states the reason. */
static void check_refusal(struct trial *trial, const char *message)
{
    CHECK(trial->first != NOTHING_FAILS);
    CHECK(is_one_sentence(message));
    CHECK(!trial->api || fake_api_count(trial->api, NULL, NULL) == 0);
    tally.refused++;
}

/* Was the status requested before request `index`? */
static bool was_read(struct trial *trial, const char *id, int64_t index)
{
    char path[sizeof STATUS_PATH + SCALE_ID_SIZE];
    snprintf(path, sizeof path, STATUS_PATH "%s", id);
    const struct fake_request *read = fake_api_find(trial->api, "GET", path, 0);
    return read && read->index < index;
}

static void check_scales(struct trial *trial, const struct scales *scales)
{
    for (size_t i = 0; i < COUNT_OF(sites); i++) {
        const struct scale *scale = scales_find(scales, sites[i].id, 0);
        CHECK(scales_count(scales, sites[i].id) <= 1);
        if (scale)
            CHECK(scale->delta == sites[i].delta);
    }
    for (int64_t i = 0; i < (int64_t)scales->count; i++)
        CHECK(was_read(trial, scales->items[i].id,
                       fake_api_find(trial->api, "POST", NULL, i)->index));
}

static int64_t check_ledger(struct trial *trial)
{
    struct scales scales;
    scales_init(&scales, trial->api);
    check_scales(trial, &scales);
    int64_t count = (int64_t)scales.count;
    scales_fini(&scales);
    return count;
}

static int64_t needed_scales(void)
{
    int64_t count = 0;
    for (size_t i = 0; i < COUNT_OF(sites); i++)
        count += sites[i].delta != 0;
    return count;
}

/* --- once ------------------------------------------------------------------------------------------------------ */

/* The report lists the scales that were sent. A scale without a response has an unknown result. */
static void check_report(struct trial *trial)
{
    struct document document;
    struct scales scales;
    document_init(&document, inside_output(), strlen(inside_output()));
    scales_init(&scales, trial->api);
    CHECK(document.count == COUNT_OF(sites));
    for (size_t i = 0; i < COUNT_OF(sites); i++) {
        const cJSON *row = document_find(&document, sites[i].id);
        const char *action = member_string(row, "action");
        int64_t sent = scales_count(&scales, sites[i].id);
        bool is_known = strcmp(action, "unconfirmed") != 0;
        CHECK(!is_known || sent == (strcmp(action, "scaled") == 0));
        CHECK(sent == 0 || member_number(row, "current_hosts") == sites[i].hosts);
    }
    scales_fini(&scales);
    document_fini(&document);
}

#define NO_DISCOVERY "autoscaler: discovery failed, nothing was done: "
#define INTERRUPTED "autoscaler: interrupted, "

static void play_once(struct trial *trial)
{
    trial->code = inside_run((const char *const[]){ FORMULA_ALONE, "--once", "--bare", "--no-state",
                                                    "--output=json", "--log-file=/dev/null",
                                                    "--concurrency=2", "--api",
                                                    fake_api_url(trial->api), NULL },
                             NULL);
    int64_t scales = check_ledger(trial);
    bool is_interrupted = strncmp(inside_errors(), INTERRUPTED, strlen(INTERRUPTED)) == 0;
    CHECK(!is_interrupted || (trial->scenario->is_stopped && trial->code == EXIT_TROUBLE));
    if (inside_output()[0] != '\0') {
        CHECK(trial->code == EXIT_OK || trial->code == EXIT_TROUBLE);
        CHECK(trial->code == EXIT_TROUBLE || scales == needed_scales());
        check_report(trial);
        tally.recovered += trial->code == EXIT_OK;
    } else if (trial->code == EXIT_NO_DISCOVERY) {
        CHECK(strncmp(inside_errors(), NO_DISCOVERY, strlen(NO_DISCOVERY)) == 0);
        CHECK(strlen(inside_errors()) > strlen(NO_DISCOVERY "\n"));
        CHECK(scales == 0);
    } else if (is_interrupted) {
        CHECK(scales == 0);
    } else {
        CHECK(trial->code == EXIT_TROUBLE);
        check_refusal(trial, inside_errors());
    }
}

/* --- until SIGTERM --------------------------------------------------------------------------------------------- */

/* Without a window the start hold ends with the second status. */
#define FAST_PASSES                                                                                \
    "--pass-interval=100ms", "--discovery-interval=1s", "--set=defaults.scale_down_window=0s"

static void play_headless(struct trial *trial)
{
    trial->stops_when_settled = true;
    trial->code =
        inside_run((const char *const[]){ FORMULA_ALONE, FAST_PASSES, "--no-ui", "--no-state",
                                          "--log-file=/dev/null", "--concurrency=2", "--api",
                                          fake_api_url(trial->api), NULL },
                   NULL);
    int64_t scales = check_ledger(trial);
    CHECK(inside_output()[0] == '\0');
    if (trial->code != EXIT_OK) {
        CHECK(trial->code == EXIT_TROUBLE);
        check_refusal(trial, inside_errors());
        return;
    }
    CHECK(inside_errors()[0] == '\0');
    if (trial->scenario->spell == SPELL_FOR_GOOD && trial->first != NOTHING_FAILS)
        return;
    CHECK(trial->is_settled && has_what_it_needs(trial->hosts));
    CHECK(scales == needed_scales());
    tally.recovered++;
}

static void play_reload(struct trial *trial)
{
    trial->is_reload_due = true;
    play_headless(trial);
}

/* --- with a console -------------------------------------------------------------------------------------------- */

static int refuse_reload(void *context, struct config **ret_config, struct warnings *more,
                         struct error *err)
{
    (void)context;
    (void)more;
    (void)ret_config;
    return error_set(err, ERR_CONFIG, "nothing is loaded again");
}

static int create_engine(struct trial *trial, struct engine **ret_engine, struct error *err)
{
    const char *const words[] = { "autoscaler", FORMULA_ALONE,           FAST_PASSES,
                                  "--no-state", "--log-file=/dev/null",  "--concurrency=2",
                                  "--api",      fake_api_url(trial->api) };
    char *argv[COUNT_OF(words)];
    for (size_t i = 0; i < COUNT_OF(words); i++)
        argv[i] = (char *)(uintptr_t)words[i];
    struct config *config = NULL;
    int failed = config_load(COUNT_OF(words), argv, &config, err);
    return failed ? failed : engine_create(config, refuse_reload, NULL, ret_engine, err);
}

static void on_over(void)
{
}

static void take_snapshots(struct feed *feed)
{
    const struct snapshot *snapshot;
    feed_settle(feed);
    while ((snapshot = feed_next(feed)))
        feed_release(feed, snapshot);
}

/* The console is open until the program has settled, then it quits. */
static void attend(struct trial *trial, struct feed *feed)
{
    const struct command stop = { .kind = COMMAND_STOP, .slot = SLOT_NONE };
    bool is_stopped = false;
    while (!feed_is_over(feed)) {
        struct pollfd news = { .fd = feed_descriptor(feed), .events = POLLIN };
        must(poll(&news, 1, FAKE_API_PATIENCE_MS) > 0);
        take_snapshots(feed);
        if (!is_stopped && atomic_load(&trial->is_settled))
            is_stopped = feed_send(feed, &stop) == 0;
    }
    take_snapshots(feed);
}

static void play_console(struct trial *trial)
{
    struct engine *engine = NULL;
    struct error err;
    char message[ERROR_MSG_SIZE + 16];
    int failed = create_engine(trial, &engine, &err);
    if (!failed)
        failed = engine_start(engine, on_over, &err);
    if (!failed) {
        attend(trial, engine_feed(engine));
        CHECK(engine_join(engine) == ENGINE_STOPPED);
        CHECK(trial->is_settled && has_what_it_needs(trial->hosts));
        CHECK(check_ledger(trial) == needed_scales());
        tally.recovered++;
    } else {
        snprintf(message, sizeof message, "autoscaler: %s\n", err.msg);
        check_refusal(trial, message);
    }
    engine_destroy(engine);
}

/* --- the simulated API ----------------------------------------------------------------------------------------- */

static void play_demo(struct trial *trial)
{
    trial->code =
        inside_run((const char *const[]){ "--once", "--demo=3", "--output=json",
                                          "--log-file=/dev/null", "--concurrency=2", NULL },
                   NULL);
    if (inside_output()[0] != '\0') {
        struct document document;
        CHECK(trial->code == EXIT_OK || trial->code == EXIT_TROUBLE);
        document_init(&document, inside_output(), strlen(inside_output()));
        CHECK(document.count == 3);
        document_fini(&document);
        tally.recovered += trial->code == EXIT_OK;
    } else if (trial->code == EXIT_NO_DISCOVERY) {
        CHECK(is_one_sentence(inside_errors()));
    } else {
        CHECK(trial->code == EXIT_TROUBLE);
        check_refusal(trial, inside_errors());
    }
}

static void play_simulation(struct trial *trial)
{
    trial->code = inside_run((const char *const[]){ "--simulate-api=127.0.0.1:0", NULL },
                             "simulated deployments API");
    if (trial->code == EXIT_OK) {
        CHECK(inside_errors()[0] == '\0');
        tally.recovered++;
    } else {
        CHECK(trial->code == EXIT_TROUBLE);
        CHECK(inside_output()[0] == '\0');
        check_refusal(trial, inside_errors());
    }
}

/* --- every n --------------------------------------------------------------------------------------------------- */

/* Returns the number of failed calls; 0: `first` is beyond the last call. */
static int64_t try_with(const struct scenario *scenario, int64_t first)
{
    bool is_for_good = scenario->spell == SPELL_FOR_GOOD;
    int64_t last = is_for_good || first == NOTHING_FAILS ? INT64_MAX : first + scenario->spell - 1;
    current = (struct trial){ .scenario = scenario, .first = first };
    watch_for_crashes();
    open_api(&current);
    calls_fail(first, last, scenario->is_stopped ? stop_in_the_midst : NULL);
    scenario->play(&current);
    int64_t failed = calls_end();
    close_api(&current);
    return failed;
}

static void check_holdings(const struct holdings *before)
{
    struct holdings now = holdings_now();
    CHECK(now.memory_pieces == before->memory_pieces);
    CHECK(now.descriptors == before->descriptors);
}

/* For debugging: TORTURE=137 fails call 137 of each scenario and prints the result. */
static void try_by_hand(const struct scenario *scenario, int64_t first)
{
    int64_t failed = try_with(scenario, first);
    printf("%s: %lld failed, first %s; exit code %d; it printed\n%s%s\n", scenario->name,
           (long long)failed, calls_first_failed(), current.code, inside_output(), inside_errors());
}

static void every_call_fails(void **state)
{
    const struct scenario *scenario = *state;
    const char *by_hand = getenv("TORTURE");
    /* The first run allocates what is never released, so it is not measured. */
    try_with(scenario, NOTHING_FAILS);
    try_with(scenario, NOTHING_FAILS);
    struct holdings before = holdings_now();
    memset(&tally, 0, sizeof tally);
    if (by_hand) {
        try_by_hand(scenario, strtoll(by_hand, NULL, 10));
        return;
    }
    int64_t first = 1;
    for (int64_t failed; (failed = try_with(scenario, first)) > 0; first += SLOWER) {
        survived_count += failed;
        check_holdings(&before);
        CHECK(first < CALLS_MAX);
    }
    check_holdings(&before);
    CHECK(first > scenario->calls_min);
    CHECK(tally.refused > 0);
    CHECK(tally.recovered > 0 || scenario->spell == SPELL_FOR_GOOD);
}

static const struct scenario scenarios[] = {
    /* clang-format off */
    { "once: one call fails",                           play_once,       SPELL_ONE,      false, 150 },
    { "once: all fail from one on",                     play_once,       SPELL_FOR_GOOD, false, 150 },
    { "once: all fail from one on, and it is stopped",  play_once,       SPELL_FOR_GOOD, true,  150 },
    { "no-ui: one call fails",                          play_headless,   SPELL_ONE,      false, 200 },
    { "no-ui: ten in a row fail",                       play_headless,   SPELL_BURST,    false, 200 },
    { "no-ui: all fail from one on, and it is stopped", play_headless,   SPELL_FOR_GOOD, true,  200 },
    { "no-ui with a reload: one call fails",            play_reload,     SPELL_ONE,      false, 300 },
    { "console: one call fails",                        play_console,    SPELL_ONE,      false, 200 },
    { "demo: one call fails",                           play_demo,       SPELL_ONE,      false, 150 },
    { "simulated API: one call fails",                  play_simulation, SPELL_ONE,      false,   5 },
    /* clang-format on */
};

/* Removes settings of the local machine. */
static int prepare(void **state)
{
    (void)state;
    holdings_begin();
    return setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

static int conclude(void **state)
{
    (void)state;
    printf("count: %lld failing calls survived\n", (long long)survived_count);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[COUNT_OF(scenarios)];
    TESTS_FROM_ROWS(tests, scenarios, every_call_fails);
    return cmocka_run_group_tests_name("torture", tests, prepare, conclude);
}
