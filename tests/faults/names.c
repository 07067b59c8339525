/*
 * Host names that are not found, take too long, have several addresses, change their address, or are invalid.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

#include "tests/support/clocks.h"
#include "tests/support/test.h"

#include "engine/base/panic.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "api.test"
#define PRELOAD "/../support/names_preload.so"
#define USAGE 2

/* Starts the program with a scripted resolver; see tests/support/names_preload.c. */
struct names {
    struct api_fixture *fixture;
    char preload[2 * PATH_MAX];
    char file[PROGRAM_FIXTURE_PATH_SIZE + 16];
    char pipe[PROGRAM_FIXTURE_PATH_SIZE];
    char url[64];
    const char *environment[5];
};

/* The library is in tests/support, next to the directory of the test program. */
static void find_preload(struct names *names)
{
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    must(length > 0);
    path[length] = '\0';
    *strrchr(path, '/') = '\0';
    snprintf(names->preload, sizeof names->preload, "LD_PRELOAD=%s" PRELOAD, path);
    if (access(names->preload + strlen("LD_PRELOAD="), R_OK) != 0)
        fault_skip("no library to preload in tests/support");
}

static void init_names(struct names *names, struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    *names = (struct names){ .fixture = fixture };
    find_preload(names);
    snprintf(names->file, sizeof names->file, "NAMES=%s",
             program_fixture_path(&fixture->program_fixture, "names", path));
    program_fixture_path(&fixture->program_fixture, "pipe", names->pipe);
    must(mkfifo(names->pipe, 0600) == 0);
    snprintf(names->url, sizeof names->url, "--api=http://" NAME ":%d",
             fake_api_port(fixture->program_fixture.api));
    names->environment[0] = names->preload;
    names->environment[1] = names->file;
    names->environment[2] = "ASAN_OPTIONS=verify_asan_link_order=0";
    fixture->program_fixture.environment = names->environment;
}

/* Sets the addresses of the name and expires cached ones. Replaces the file atomically. */
static void write_names(const struct names *names, const char *meaning)
{
    static int written;
    char text[PROGRAM_FIXTURE_PATH_SIZE + 128], from[PROGRAM_FIXTURE_PATH_SIZE],
        to[PROGRAM_FIXTURE_PATH_SIZE];
    snprintf(text, sizeof text, NAME " %s\nlater %d\n", meaning, 100 * ++written);
    program_fixture_write(&names->fixture->program_fixture, "names.new", text, 0600);
    assert_int_equal(
        rename(program_fixture_path(&names->fixture->program_fixture, "names.new", from),
               program_fixture_path(&names->fixture->program_fixture, "names", to)),
        0);
}

static int64_t lookups(const struct names *names)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    struct stat st;
    return stat(program_fixture_path(&names->fixture->program_fixture, "names.count", path), &st) ==
                   0
               ? st.st_size
               : 0;
}

static void start(const struct names *names)
{
    api_fixture_start(
        names->fixture,
        (const char *const[]){ names->url, NO_RETRIES, "--set=api.connect_timeout=200ms", NULL });
}

void fault_13(struct api_fixture *fixture)
{
    struct names names;
    init_names(&names, fixture);
    add_short(fixture, "a");
    add_sufficient(fixture, "b");
    write_names(&names, "none");
    start(&names);
    wait_logged(fixture,
                (const char *const[]){ " discovery_failed ", "cannot look up host", NAME, NULL });
    write_names(&names, "127.0.0.1");
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "b", 3);
    write_names(&names, "none");
    hosts_api_set_busy(fixture->hosts, "b", 96);
    wait_logged(fixture, (const char *const[]){ " scale_failed deployment=b ",
                                                "cannot look up host", " applied=no ", NULL });
    assert_scaled(fixture, "b", 0);
    write_names(&names, "127.0.0.1");
    wait_event(fixture, "scaled", "b", " delta=+2 ");
    api_fixture_wait_reads(fixture, "b", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
    assert_scaled(fixture, "b", 1);
}

/* Ends the hanging look-ups. */
static void release(const struct names *names)
{
    int fd = open(names->pipe, O_WRONLY | O_NONBLOCK);
    if (fd < 0)
        assert_int_equal(errno, ENXIO);
    else
        close(fd);
}

/* Reload and stop work while look-ups hang. */
static void check_hanging(const struct names *names)
{
    struct api_fixture *fixture = names->fixture;
    start(names);
    api_fixture_wait(fixture, "no address for " NAME " within 200ms");
    program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, " config_reloaded ");
    api_fixture_wait(fixture, "no address for " NAME " within 200ms");
}

void fault_14(struct api_fixture *fixture)
{
    struct names names;
    char meaning[PROGRAM_FIXTURE_PATH_SIZE + 8];
    init_names(&names, fixture);
    add_short(fixture, "a");
    snprintf(meaning, sizeof meaning, "hang %s", names.pipe);
    write_names(&names, meaning);
    check_hanging(&names);
    api_fixture_stop(fixture);
    int64_t before = lookups(&names);
    check_hanging(&names);
    int64_t failed = program_count_lines(fixture->program_fixture.program, " discovery_failed ");
    assert_in_range(lookups(&names) - before, 1, failed + 2);
    write_names(&names, "127.0.0.1");
    release(&names);
    wait_event(fixture, "scaled", "a", " delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "a", 1);
}

/* The first address refuses connections; the second is used. */
static void check_refused_first(const struct names *names)
{
    struct api_fixture *fixture = names->fixture;
    add_short(fixture, "refused");
    write_names(names, "127.0.0.2 127.0.0.1");
    start(names);
    wait_event(fixture, "scaled", "refused", " delta=+2 ");
    api_fixture_wait_reads(fixture, "refused", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "refused", 1);
}

static int64_t posts(const struct names *names, struct fake_api *other)
{
    return fake_api_count(names->fixture->program_fixture.api, "POST", NULL) +
           fake_api_count(other, "POST", NULL);
}

/*
 * The first address hangs. libcurl 7.88 should try the second after half of the timeout, but often does not. So the
 * test checks only that the request times out, and that the program recovers when the address works.
 */
static void check_hung_first(const struct names *names, struct fake_api *other)
{
    struct api_fixture *fixture = names->fixture;
    int64_t before = posts(names, other);
    add_short(fixture, "hung");
    fake_api_set_answer(other, hosts_api_answer, fixture->hosts);
    fake_api_set_accepting(other, false);
    start(names);
    api_fixture_wait(fixture, " discovery_");
    fake_api_set_accepting(other, true);
    wait_event(fixture, "scaled", "hung", " delta=+2 ");
    api_fixture_wait_reads(fixture, "hung", 5);
    api_fixture_stop(fixture);
    assert_int_equal(posts(names, other), before + 1);
}

/* The server moves to another address: connections end, and the name is looked up again. */
static void check_move(const struct names *names, struct fake_api *old)
{
    struct api_fixture *fixture = names->fixture;
    add_sufficient(fixture, "moved");
    write_names(names, "127.0.0.2");
    start(names);
    api_fixture_wait_reads(fixture, "moved", 3);
    int64_t before = fake_api_count(fixture->program_fixture.api, NULL, NULL);
    fake_api_set_listening(old, false);
    fake_api_drop_connections(old, FAKE_RESET);
    api_fixture_wait(fixture, "connection refused by " NAME);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, NULL, NULL), before);
    hosts_api_set_busy(fixture->hosts, "moved", 96);
    write_names(names, "127.0.0.1");
    wait_event(fixture, "scaled", "moved", " delta=+2 ");
    api_fixture_wait_reads(fixture, "moved", 5);
    api_fixture_stop(fixture);
    assert_scaled(fixture, "moved", 1);
}

void fault_15(struct api_fixture *fixture)
{
    struct names names;
    init_names(&names, fixture);
    struct fake_api *other = fake_api_create_beside(fixture->program_fixture.api);
    fake_api_set_listening(other, false);
    check_refused_first(&names);
    fake_api_set_listening(other, true);
    check_hung_first(&names, other);
    check_move(&names, other);
    fake_api_destroy(other);
}

/* --- a name that moves ----------------------------------------------------------------------------------------- */

#define TRIAL_MS 2000 /* after it, connections are used again */
#define STEP_MS 16000 /* none becomes idle for long; after four steps, it has its maximum age */

/* The scripted resolver, and clocks that the test moves. */
static void add_clocks(struct names *names, struct clocks *clocks)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    struct program_fixture *program_fixture = &names->fixture->program_fixture;
    if (!clocks_open(clocks, program_fixture_path(program_fixture, "clocks", path)))
        fault_skip("there is no library to shift the clocks");
    size_t length = strlen(names->preload);
    snprintf(names->preload + length, sizeof names->preload - length, ":%s",
             strchr(clocks->preload, '=') + 1);
    names->environment[3] = clocks->file;
}

static int64_t status_requests(struct fake_api *api)
{
    return fake_api_count(api, "GET", "/status/moved");
}

static void wait_statuses(struct fake_api *api, int64_t more)
{
    fake_api_wait(api, "GET", "/status/moved", status_requests(api) + more);
}

/*
 * The old server lives on, with the world as it was, and only the new one needs hosts. Reads stay on connections that
 * were kept, until these reach their maximum age.
 */
static void check_kept_connections(struct names *names, struct clocks *clocks, struct fake_api *old)
{
    struct api_fixture *fixture = names->fixture;
    struct fake_api *new = fixture->program_fixture.api;
    start(names);
    wait_statuses(old, 3);
    clocks_pass(clocks, TRIAL_MS);
    wait_statuses(old, 5);
    int64_t connections = fake_api_connections(old);
    hosts_api_set_busy(fixture->hosts, "moved", 96);
    write_names(names, "127.0.0.1");
    for (int i = 0; i < 3; i++) {
        wait_statuses(old, 5);
        clocks_pass(clocks, STEP_MS);
    }
    wait_statuses(old, 5);
    assert_int_equal(fake_api_connections(old), connections);
    assert_int_equal(status_requests(new), 0);
    clocks_pass(clocks, STEP_MS);
    wait_event(fixture, "scaled", "moved", " delta=+2 ");
    int64_t before = status_requests(old);
    wait_statuses(new, 20);
    assert_int_equal(status_requests(old), before);
    api_fixture_stop(fixture);
    assert_int_equal(fake_api_count(old, "POST", NULL), 0);
    assert_scaled(fixture, "moved", 1);
}

void fault_102(struct api_fixture *fixture)
{
    static struct clocks clocks;
    struct names names;
    init_names(&names, fixture);
    add_clocks(&names, &clocks);
    struct hosts_api *old_hosts = hosts_api_create();
    struct fake_api *old = fake_api_create_beside(fixture->program_fixture.api);
    fake_api_set_answer(old, hosts_api_answer, old_hosts);
    hosts_api_add(old_hosts, "moved", 10, 80);
    hosts_api_add(fixture->hosts, "moved", 10, 80);
    write_names(&names, "127.0.0.2");
    check_kept_connections(&names, &clocks, old);
    fake_api_destroy(old);
    hosts_api_destroy(old_hosts);
    clocks_close(&clocks);
}

/* --- invalid names --------------------------------------------------------------------------------------------- */

static const char *const odd_urls[] = {
    "http://",
    "http://:80",
    "http://a..b",
    "http://.a",
    "http://a b",
    "http://a\tb",
    "http://a\x1b[2J",
    "http://a\r\nb",
    "http://a%00b",
    "http://a\xc3\xa9",
    "http://\xff",
    "http://a:0",
    "http://a:65536",
    "http://a:x",
    "http://user:secret@a",
    "http://a?x",
    "http://a#x",
    "http://[::1",
    "http://a_b!",
    "ftp://a",
    "file:///etc/passwd",
    "a",
    "",
};

static void assert_refused(struct api_fixture *fixture, const char *url)
{
    char option[512];
    size_t size;
    snprintf(option, sizeof option, "--api=%s", url);
    int code = program_fixture_run(&fixture->program_fixture,
                                   (const char *const[]){ "--no-ui", option, NULL });
    const char *log = program_log(fixture->program_fixture.program, &size);
    if (code != USAGE)
        fail_msg("'%s' ends with %d:\n%s", url, code, log);
    assert_printable(log, size);
    assert_null(strstr(log, "secret"));
    assert_ptr_equal(strchr(log, '\n'), log + size - 1);
}

/* Rejected at start in one line, without look-ups or requests. */
void fault_16(struct api_fixture *fixture)
{
    char label[400], name[400];
    snprintf(label, sizeof label, "http://%0300d.test", 1);
    snprintf(name, sizeof name, "http://%060d.%060d.%060d.%060d.%060d.test", 1, 2, 3, 4, 5);
    for (size_t i = 0; i < COUNT_OF(odd_urls); i++)
        assert_refused(fixture, odd_urls[i]);
    assert_refused(fixture, label);
    assert_refused(fixture, name);
    assert_int_equal(fake_api_connections(fixture->program_fixture.api), 0);
}
