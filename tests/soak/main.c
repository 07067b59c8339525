/*
 * soak - runs the program through a simulated day of a fleet in minutes, and checks for leaks and broken invariants.
 *
 *     soak [-c AUTOSCALERCTL] PROGRAM [MINUTES [SAMPLES]]
 *
 * Runs PROGRAM --no-ui against a fleet_day on loopback: 100 deployments, a pass every 100 ms, a discovery every 200
 * ms, every window at the same scale. One minute is 4.8 hours of the fleet, 5 minutes are a day. At regular intervals
 * the configuration changes and the program receives SIGHUP. Memory, descriptors and threads are read from /proc every
 * second and written to the file SAMPLES. At the end it prints a table. Exit 0 requires that
 *
 *   - memory does not grow steadily by more than MEMORY_LIMIT over the second half (see leak_trend.h; in the first
 *     half slabs, pools and caches grow to their final size),
 *   - descriptors and threads do not grow,
 *   - no invariant of fleet_day_laws.def was broken,
 *   - passes were made, every reload was accepted, and SIGTERM ended the program with 0.
 *
 * With -c, the program has a state directory and a control socket, and clients (clients.h): two consoles, a script with
 * autoscalerctl, and a scraper. Then it is also required that no console ended by itself, that every response was
 * whole, and that the journal has each pause and resume of the script with its author.
 */
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tests/soak/clients.h"
#include "tests/soak/daemon.h"
#include "tests/soak/fleet_day.h"
#include "tests/soak/journal_acts.h"
#include "tests/soak/leak_trend.h"

#include <ftw.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MINUTES_USUAL 5.0
#define MINUTES_USUAL_CLIENTS 60.0
#define MINUTES_MAX (24.0 * 60)
#define LOOK_MS 5
#define SAMPLE_MS 1000
#define RELOAD_MS 6250 /* half an hour of the fleet */
#define PATIENCE_MS ((int64_t)30 * 1000)
#define PATH_SIZE 256
#define ARGUMENT_SIZE (PATH_SIZE + 64)
#define WALK_DESCRIPTORS 8
#define SAMPLES_MIN 8

#define MEMORY_LIMIT 1.0       /* KiB an hour */
#define MEMORY_GRAIN 8.0       /* two pages are noise */
#define MEMORY_GRAIN_WARM 64.0 /* before memory has its steady size: see memory_grain() */
#define DESCRIPTOR_GRAIN 2.0   /* two connections are noise */
#define THREAD_GRAIN 0.5

struct soak {
    double minutes;
    char dir[PATH_SIZE];
    char config[PATH_SIZE + 16];
    char state[PATH_SIZE + 16];
    char socket[PATH_SIZE + 16];
    const char *ctl; /* NULL: without clients */
    struct clients *clients;
    bool consoles_ended_well;
    struct fleet_day *day;
    struct fake_api *api;
    struct daemon daemon;
    bool is_out;
    int64_t outages;
    int64_t reloads;
    struct leak_trend_sample *memory;
    struct leak_trend_sample *descriptors;
    struct leak_trend_sample *threads;
    struct leak_trend_sample *console; /* memory of the first console */
    size_t sample_count;
    size_t sample_max;
    int exit_code;
};

/* --- the configuration ----------------------------------------------------------------------------------------- */

/*
 * Fleet times divided by 288: the default windows of 15 and 30 minutes, a boot timeout of ten. Request timeouts and
 * waits are not scaled. Constants of the core, such as the length of the demand history, are not scaled either: they
 * change the decisions, not the resources.
 */
static void write_config(const struct soak *soak, bool is_other)
{
    FILE *file = fopen(soak->config, "w");
    must(file);
    fprintf(file,
            "api: {timeout: %dms, connect_timeout: 250ms, retries: %d}\n"
            "discovery_interval: 200ms\n"
            "pass_interval: 100ms\n"
            "log: {level: %s}\n"
            "defaults:\n"
            "  scale_down_window: 3125ms\n"
            "  outage_hold: 6250ms\n"
            "  boot_timeout: 2083ms\n"
            "  confirm_timeout: %dms\n"
            "  cooldown_down: %s\n"
            "policies:\n"
            "  - match: \"%s\"\n"
            "    lookahead: off\n"
            "    surge_reserve: 0%%\n"
            "    saturation_step: 0%%\n"
            "    outage_hold: 0s\n"
            "%s",
            FLEET_DAY_TIMEOUT_MS, is_other ? 1 : 2, is_other ? "debug" : "info",
            FLEET_DAY_CONFIRM_MS, is_other ? "1s" : "0s", FLEET_DAY_FORMULA,
            is_other ? "  - match: \"ap-*\"\n    max_step_up: 20%\n    max_step_down: 10%\n" : "");
    must(fclose(file) == 0);
}

static void reload(struct soak *soak)
{
    soak->reloads++;
    write_config(soak, soak->reloads % 2 == 1);
    daemon_signal(&soak->daemon, SIGHUP);
}

/* --- the run --------------------------------------------------------------------------------------------------- */

static void send_late_answers(struct soak *soak)
{
    struct day_late late;
    while (fleet_day_take_late(soak->day, &late))
        fake_api_send(soak->api, late.connection, late.bytes, late.size, FAKE_KEEP);
}

static void begin_or_end_outage(struct soak *soak)
{
    bool is_out = fleet_day_is_out(soak->day);
    if (is_out == soak->is_out)
        return;
    soak->is_out = is_out;
    soak->outages += is_out;
    fake_api_set_listening(soak->api, !is_out);
    if (is_out)
        fake_api_drop_connections(soak->api, FAKE_RESET);
}

static void take_sample(struct soak *soak)
{
    struct daemon_cost cost;
    double hours = fleet_day_hours(soak->day);
    if (soak->sample_count == soak->sample_max || !daemon_measure(soak->daemon.pid, &cost))
        return;
    size_t at = soak->sample_count++;
    soak->memory[at] = (struct leak_trend_sample){ hours, cost.memory_kib };
    soak->descriptors[at] = (struct leak_trend_sample){ hours, cost.descriptors };
    soak->threads[at] = (struct leak_trend_sample){ hours, cost.threads };
    if (!soak->clients || !daemon_measure(clients_console_pid(soak->clients), &cost))
        cost.memory_kib = 0;
    soak->console[at] = (struct leak_trend_sample){ hours, cost.memory_kib };
}

static void live(struct soak *soak)
{
    int64_t begun_ms = mono_now().ms;
    int64_t end_ms = begun_ms + (int64_t)(soak->minutes * 60000);
    int64_t sample_ms = begun_ms + SAMPLE_MS;
    int64_t reload_ms = begun_ms + RELOAD_MS;
    for (int64_t now_ms = begun_ms; now_ms < end_ms && !soak->daemon.has_ended;
         now_ms = mono_now().ms) {
        daemon_listen(&soak->daemon, LOOK_MS);
        send_late_answers(soak);
        begin_or_end_outage(soak);
        if (soak->clients)
            clients_look(soak->clients);
        if (now_ms >= sample_ms) {
            take_sample(soak);
            sample_ms += SAMPLE_MS;
        }
        if (now_ms >= reload_ms) {
            reload(soak);
            reload_ms += RELOAD_MS;
        }
    }
}

static struct leak_trend_sample *make_samples(size_t count)
{
    struct leak_trend_sample *samples = heap_alloc(count, sizeof *samples);
    must(samples);
    return samples;
}

static void start_daemon(struct soak *soak, const char *program)
{
    static char no_ui[] = "--no-ui";
    char config[ARGUMENT_SIZE], api[ARGUMENT_SIZE], state[ARGUMENT_SIZE], socket[ARGUMENT_SIZE];
    snprintf(config, sizeof config, "--config=%s", soak->config);
    snprintf(api, sizeof api, "--api=%s", fake_api_url(soak->api));
    snprintf(state, sizeof state, soak->ctl ? "--state-dir=%s" : "--no-state", soak->state);
    snprintf(socket, sizeof socket, "--set=control.socket=%s", soak->ctl ? soak->socket : "off");
    char *arguments[] = { (char *)(uintptr_t)program, no_ui, config, api, state, socket, NULL };
    daemon_start(&soak->daemon, arguments);
}

static void open_clients(struct soak *soak, const char *program)
{
    const struct clients_config config = {
        .program = program,
        .ctl = soak->ctl,
        .socket = soak->socket,
    };
    if (soak->ctl)
        soak->clients = clients_create(&config);
}

static void open_soak(struct soak *soak, const char *program)
{
    snprintf(soak->dir, sizeof soak->dir, "/tmp/autoscaler-soak-XXXXXX");
    must(mkdtemp(soak->dir));
    snprintf(soak->config, sizeof soak->config, "%s/soak.yaml", soak->dir);
    snprintf(soak->state, sizeof soak->state, "%s/state", soak->dir);
    snprintf(soak->socket, sizeof soak->socket, "%s/socket", soak->dir);
    soak->sample_max = (size_t)(soak->minutes * 60) + SAMPLES_MIN;
    soak->memory = make_samples(soak->sample_max);
    soak->descriptors = make_samples(soak->sample_max);
    soak->threads = make_samples(soak->sample_max);
    soak->console = make_samples(soak->sample_max);
    write_config(soak, false);
    soak->day = fleet_day_create();
    soak->api = fake_api_create(fleet_day_answer, soak->day);
    fake_api_keep_no_ledger(soak->api);
    start_daemon(soak, program);
    open_clients(soak, program);
}

/* Before the engine: the consoles would say that it is lost, and wait for it. */
static void end_clients(struct soak *soak)
{
    if (soak->clients)
        soak->consoles_ended_well = clients_finish(soak->clients);
}

static void end_daemon(struct soak *soak)
{
    bool was_alive = !soak->daemon.has_ended;
    daemon_signal(&soak->daemon, SIGTERM);
    soak->exit_code = daemon_finish(&soak->daemon, PATIENCE_MS);
    if (!was_alive)
        fprintf(stderr, "soak: it ended by itself, with %d\n", soak->exit_code);
    if (!was_alive && soak->exit_code == 0)
        soak->exit_code = -1;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void close_soak(struct soak *soak)
{
    clients_destroy(soak->clients);
    fake_api_destroy(soak->api);
    fleet_day_destroy(soak->day);
    heap_free(soak->memory);
    heap_free(soak->descriptors);
    heap_free(soak->threads);
    heap_free(soak->console);
    nftw(soak->dir, remove_entry, WALK_DESCRIPTORS, FTW_DEPTH | FTW_PHYS);
}

/* --- the table ------------------------------------------------------------------------------------------------- */

static struct leak_trend second_half(const struct soak *soak,
                                     const struct leak_trend_sample *samples)
{
    size_t half = soak->sample_count / 2;
    return leak_trend_measure(samples + half, soak->sample_count - half);
}

static void print_work(const struct soak *soak, const struct day_counts *counts)
{
    const struct daemon_log *log = &soak->daemon.log;
    printf("soak: %.1f hours of %d deployments in %.1f minutes\n", fleet_day_hours(soak->day),
           FLEET_DAY_DEPLOYMENTS, soak->minutes);
    printf("  passes       %8lld   statuses read %lld, discoveries %lld, reloads %lld\n",
           (long long)log->passes, (long long)log->read, (long long)counts->discoveries,
           (long long)log->reloads);
    printf("  scales       %8lld   applied %lld (+%lld -%lld hosts), unconfirmed %lld\n",
           (long long)counts->scales, (long long)counts->scales_applied,
           (long long)counts->hosts_added, (long long)counts->hosts_removed,
           (long long)log->unconfirmed);
}

static void print_faults(const struct soak *soak, const struct day_counts *counts)
{
    int64_t total = soak->outages;
    for (int i = DAY_WELL + 1; i < DAY_FAULT_COUNT; i++)
        total += counts->faults[i];
    printf("  failures     %8lld   outage %lld", (long long)total, (long long)soak->outages);
    for (int i = DAY_WELL + 1; i < DAY_FAULT_COUNT; i++)
        printf(", %s %lld", day_fault_name((enum day_fault)i), (long long)counts->faults[i]);
    printf("\n");
}

static void print_clients(const struct soak *soak)
{
    struct clients_counts counts = clients_counts(soak->clients);
    int64_t acts = counts.pauses + counts.resumes;
    printf("  clients      %8lld   acts: pauses %lld, resumes %lld, refused %lld, plans %lld\n",
           (long long)acts, (long long)counts.pauses, (long long)counts.resumes,
           (long long)counts.refused, (long long)counts.plans);
    printf("                          scrapes %lld, broken %lld; two consoles drew %.1f MB\n",
           (long long)counts.scrapes, (long long)counts.broken, (double)counts.drawn_bytes / 1e6);
}

static void print_series(const struct soak *soak, const char *name,
                         const struct leak_trend_sample *samples)
{
    struct leak_trend trend = second_half(soak, samples);
    size_t last = soak->sample_count - 1;
    double lowest = samples[0].value, highest = samples[0].value;
    for (size_t i = 0; i <= last; i++) {
        lowest = samples[i].value < lowest ? samples[i].value : lowest;
        highest = samples[i].value > highest ? samples[i].value : highest;
    }
    printf("  %-11s %8.0f %8.0f %8.0f %8.0f %8.0f %8.0f %+10.2f %+10.2f\n", name,
           samples[last / 4].value, samples[last / 2].value, samples[last * 3 / 4].value,
           samples[last].value, lowest, highest, trend.least_squares, trend.steady);
}

/* One line for each sample: hours, KiB, descriptors. */
static void write_samples(const struct soak *soak, const char *path)
{
    FILE *file = fopen(path, "w");
    for (size_t i = 0; file && i < soak->sample_count; i++)
        fprintf(file, "%.3f,%.0f,%.0f\n", soak->memory[i].hours, soak->memory[i].value,
                soak->descriptors[i].value);
    if (!file || fclose(file) != 0)
        fprintf(stderr, "soak: cannot write %s\n", path);
}

static void print_table(const struct soak *soak, const struct day_counts *counts)
{
    print_work(soak, counts);
    print_faults(soak, counts);
    if (soak->clients)
        print_clients(soak);
    if (soak->sample_count < SAMPLES_MIN)
        return;
    printf("                   1/4      1/2      3/4      end      min      max   "
           "squares/h   steady/h\n");
    print_series(soak, "memory KiB", soak->memory);
    print_series(soak, "descriptors", soak->descriptors);
    print_series(soak, "threads", soak->threads);
    if (soak->clients)
        print_series(soak, "console KiB", soak->console);
}

/* --- the result ------------------------------------------------------------------------------------------------ */

/* Prints every failure; true: there is none. */
static bool agree(bool is_well, const char *complaint)
{
    if (!is_well)
        printf("soak: %s\n", complaint);
    return is_well;
}

static bool is_steady(const struct soak *soak, const struct leak_trend_sample *samples,
                      double limit, double grain)
{
    struct leak_trend trend = second_half(soak, samples);
    return !leak_trend_is_growth(&trend, limit, grain);
}

/*
 * Memory reaches its steady size after several periods of every kind of fault. In a run of the usual length, the
 * second half is after that point. With clients this takes longer: the state, the lines of the log and the buffers of
 * connections grow to their final size, too. A shorter run finds only large leaks.
 */
static double memory_grain(const struct soak *soak)
{
    double usual = soak->clients ? MINUTES_USUAL_CLIENTS : MINUTES_USUAL;
    return soak->minutes < usual ? MEMORY_GRAIN_WARM : MEMORY_GRAIN;
}

/* Clients that come and go have connections, too. */
static double descriptor_grain(const struct soak *soak)
{
    return soak->clients ? DESCRIPTOR_GRAIN + CLIENTS_CONSOLES + 2 : DESCRIPTOR_GRAIN;
}

static void print_threshold(const struct soak *soak)
{
    double hours = second_half(soak, soak->memory).hours;
    double limit = memory_grain(soak) / hours;
    printf("  (growth of memory is found from %.1f KiB an hour on)\n",
           limit > MEMORY_LIMIT ? limit : MEMORY_LIMIT);
}

static bool costs_are_steady(const struct soak *soak)
{
    if (!agree(soak->sample_count >= SAMPLES_MIN, "too short to say anything about its costs"))
        return false;
    print_threshold(soak);
    bool is_well =
        agree(is_steady(soak, soak->memory, MEMORY_LIMIT, memory_grain(soak)), "memory grows");
    is_well &=
        agree(is_steady(soak, soak->descriptors, 0, descriptor_grain(soak)), "descriptors grow");
    return agree(is_steady(soak, soak->threads, 0, THREAD_GRAIN), "threads grow") && is_well;
}

static bool laws_hold(const struct day_counts *counts)
{
    bool is_well = true;
    for (int i = 0; i < DAY_LAW_COUNT; i++) {
        if (counts->breaches[i] > 0)
            printf("soak: broken %lld times: %s\n", (long long)counts->breaches[i],
                   day_law_name((enum day_law)i));
        is_well &= counts->breaches[i] == 0;
    }
    return is_well;
}

/* Passes take longer when requests fail or the machine is busy, so a tenth of the usual number is enough. */
static bool has_worked(const struct soak *soak, const struct day_counts *counts)
{
    const struct daemon_log *log = &soak->daemon.log;
    bool is_well = agree((double)log->passes >= soak->minutes * 60, "there were hardly any passes");
    is_well &= agree(counts->scales_applied > 0, "nothing was scaled");
    is_well &= agree(log->refused_reloads == 0 && log->reloads == soak->reloads,
                     "not every reload was taken");
    return agree(soak->exit_code == 0, "SIGTERM did not end it with 0") && is_well;
}

/* A resume ends a pause, unless the pause before it was refused. */
static bool acts_are_recorded(const struct soak *soak, const struct clients_counts *counts)
{
    struct journal_acts acts;
    const struct passwd *user = getpwuid(geteuid());
    if (!agree(user && journal_acts_count(soak->state, CLIENTS_REASON, user->pw_name, &acts),
               "the journal cannot be read"))
        return false;
    printf("  (in the journal: %lld pauses by %s, %lld of them ended by %s, %lld by others)\n",
           (long long)acts.pauses, user->pw_name, (long long)acts.ended, user->pw_name,
           (long long)acts.others);
    bool is_well = agree(acts.pauses == counts->pauses, "the journal lacks pauses");
    is_well &= agree(acts.others == 0, "acts in the journal have another author");
    return agree(acts.ended <= counts->resumes && counts->resumes - acts.ended <= counts->refused,
                 "the journal lacks resumes") &&
           is_well;
}

static bool clients_are_well(const struct soak *soak)
{
    if (!soak->clients)
        return true;
    struct clients_counts counts = clients_counts(soak->clients);
    bool is_well = agree(counts.pauses > 0 && counts.resumes > 0 && counts.plans > 0,
                         "the script did nothing");
    is_well &= agree(counts.scrapes > 0 && counts.broken == 0, "not every response was whole");
    is_well &= agree(counts.console_exits == 0 && soak->consoles_ended_well,
                     "a console did not go on to the end");
    return acts_are_recorded(soak, &counts) && is_well;
}

static bool judge(const struct soak *soak, const struct day_counts *counts)
{
    bool is_well = has_worked(soak, counts);
    is_well &= laws_hold(counts);
    is_well &= clients_are_well(soak);
    is_well &= costs_are_steady(soak);
    if (is_well)
        printf("soak: no growth, every law held, ended by SIGTERM with 0\n");
    return is_well;
}

/* The first of the other arguments; 0: a usage error. */
static int parse_options(struct soak *soak, int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "c:")) != -1) {
        if (option != 'c')
            return 0;
        soak->ctl = optarg;
    }
    soak->minutes = argc > optind + 1 ? strtod(argv[optind + 1], NULL) : MINUTES_USUAL;
    bool is_usable = optind < argc && soak->minutes > 0 && soak->minutes <= MINUTES_MAX;
    return is_usable ? optind : 0;
}

int main(int argc, char **argv)
{
    struct soak soak = { 0 };
    int first = parse_options(&soak, argc, argv);
    if (first == 0) {
        fprintf(stderr, "usage: soak [-c AUTOSCALERCTL] PROGRAM [MINUTES [SAMPLES]]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    open_soak(&soak, argv[first]);
    live(&soak);
    end_clients(&soak);
    end_daemon(&soak);
    struct day_counts counts = fleet_day_counts(soak.day);
    print_table(&soak, &counts);
    if (argc > first + 2)
        write_samples(&soak, argv[first + 2]);
    bool is_well = judge(&soak, &counts);
    close_soak(&soak);
    return is_well ? 0 : 1;
}
