/*
 * Names that cannot be looked up, take for ever, mean several addresses or another one than before, or are none.
 */
#include "tests/faults/cases.h"
#include "tests/faults/fault.h"

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

/* The program with a resolver of the test's own; see tests/support/names_preload.c. */
struct names {
    struct scene *scene;
    char preload[PATH_MAX + 64];
    char file[STAGE_PATH_SIZE + 16];
    char pipe[STAGE_PATH_SIZE];
    char url[64];
    const char *environment[4];
};

/* The library is in tests/support, beside the directory of the running test program. */
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

static void init_names(struct names *names, struct scene *scene)
{
    char path[STAGE_PATH_SIZE];
    *names = (struct names){ .scene = scene };
    find_preload(names);
    snprintf(names->file, sizeof names->file, "NAMES=%s", stage_path(&scene->stage, "names", path));
    stage_path(&scene->stage, "pipe", names->pipe);
    must(mkfifo(names->pipe, 0600) == 0);
    snprintf(names->url, sizeof names->url, "--api=http://" NAME ":%d",
             fake_api_port(scene->stage.api));
    names->environment[0] = names->preload;
    names->environment[1] = names->file;
    names->environment[2] = "ASAN_OPTIONS=verify_asan_link_order=0";
    scene->stage.environment = names->environment;
}

/* What the name means from now on, at once for whoever lets addresses grow old. In place of the file, never half. */
static void write_names(const struct names *names, const char *meaning)
{
    static int written;
    char text[STAGE_PATH_SIZE + 128], from[STAGE_PATH_SIZE], to[STAGE_PATH_SIZE];
    snprintf(text, sizeof text, NAME " %s\nlater %d\n", meaning, 100 * ++written);
    stage_write(&names->scene->stage, "names.new", text, 0600);
    assert_int_equal(rename(stage_path(&names->scene->stage, "names.new", from),
                            stage_path(&names->scene->stage, "names", to)),
                     0);
}

static int64_t lookups(const struct names *names)
{
    char path[STAGE_PATH_SIZE];
    struct stat st;
    return stat(stage_path(&names->scene->stage, "names.count", path), &st) == 0 ? st.st_size : 0;
}

static void start(const struct names *names)
{
    scene_start(names->scene, (const char *const[]){ names->url, NO_RETRIES,
                                                     "--set=api.connect_timeout=200ms", NULL });
}

void fault_13(struct scene *scene)
{
    struct names names;
    init_names(&names, scene);
    add_needy(scene, "a");
    add_content(scene, "b");
    write_names(&names, "none");
    start(&names);
    wait_told(scene,
              (const char *const[]){ " discovery_failed ", "cannot look up host", NAME, NULL });
    write_names(&names, "127.0.0.1");
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "b", 3);
    write_names(&names, "none");
    hosts_api_set_busy(scene->hosts, "b", 96);
    wait_told(scene, (const char *const[]){ " scale_failed deployment=b ", "cannot look up host",
                                            " applied=no ", NULL });
    assert_scaled(scene, "b", 0);
    write_names(&names, "127.0.0.1");
    wait_event(scene, "scaled", "b", " delta=+2 ");
    scene_wait_reads(scene, "b", 5);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
    assert_scaled(scene, "b", 1);
}

/* Lets look-ups that hang end. */
static void release(const struct names *names)
{
    int fd = open(names->pipe, O_WRONLY | O_NONBLOCK);
    if (fd < 0)
        assert_int_equal(errno, ENXIO);
    else
        close(fd);
}

/* A reload is taken, and a stop is carried out, while look-ups hang. */
static void check_hanging(const struct names *names)
{
    struct scene *scene = names->scene;
    start(names);
    scene_wait(scene, "no address for " NAME " within 200ms");
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " config_reloaded ");
    scene_wait(scene, "no address for " NAME " within 200ms");
}

void fault_14(struct scene *scene)
{
    struct names names;
    char meaning[STAGE_PATH_SIZE + 8];
    init_names(&names, scene);
    add_needy(scene, "a");
    snprintf(meaning, sizeof meaning, "hang %s", names.pipe);
    write_names(&names, meaning);
    check_hanging(&names);
    scene_stop(scene);
    int64_t before = lookups(&names);
    check_hanging(&names);
    int64_t failed = program_count_lines(scene->stage.program, " discovery_failed ");
    assert_in_range(lookups(&names) - before, 1, failed + 2);
    write_names(&names, "127.0.0.1");
    release(&names);
    wait_event(scene, "scaled", "a", " delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_scaled(scene, "a", 1);
}

/* The first one refuses and is left for the second. */
static void check_refused_first(const struct names *names)
{
    struct scene *scene = names->scene;
    add_needy(scene, "refused");
    write_names(names, "127.0.0.2 127.0.0.1");
    start(names);
    wait_event(scene, "scaled", "refused", " delta=+2 ");
    scene_wait_reads(scene, "refused", 5);
    scene_stop(scene);
    assert_scaled(scene, "refused", 1);
}

static int64_t posts(const struct names *names, struct fake_api *other)
{
    return fake_api_count(names->scene->stage.api, "POST", NULL) +
           fake_api_count(other, "POST", NULL);
}

/*
 * The first one hangs. libcurl 7.88 means to try the second after half of the time, and mostly does so when all of it is
 * over. So nothing is promised here but that it is given up in time, and that it is well once the address is.
 */
static void check_hung_first(const struct names *names, struct fake_api *other)
{
    struct scene *scene = names->scene;
    int64_t before = posts(names, other);
    add_needy(scene, "hung");
    fake_api_set_answer(other, hosts_api_answer, scene->hosts);
    fake_api_set_accepting(other, false);
    start(names);
    scene_wait(scene, " discovery_");
    fake_api_set_accepting(other, true);
    wait_event(scene, "scaled", "hung", " delta=+2 ");
    scene_wait_reads(scene, "hung", 5);
    scene_stop(scene);
    assert_int_equal(posts(names, other), before + 1);
}

/* Everything moves to another address: connections end, and the name is looked up again. */
static void check_move(const struct names *names, struct fake_api *old)
{
    struct scene *scene = names->scene;
    add_content(scene, "moved");
    write_names(names, "127.0.0.2");
    start(names);
    scene_wait_reads(scene, "moved", 3);
    int64_t asked = fake_api_count(scene->stage.api, NULL, NULL);
    fake_api_set_listening(old, false);
    fake_api_drop_connections(old, FAKE_RESET);
    scene_wait(scene, "connection refused by " NAME);
    assert_int_equal(fake_api_count(scene->stage.api, NULL, NULL), asked);
    hosts_api_set_busy(scene->hosts, "moved", 96);
    write_names(names, "127.0.0.1");
    wait_event(scene, "scaled", "moved", " delta=+2 ");
    scene_wait_reads(scene, "moved", 5);
    scene_stop(scene);
    assert_scaled(scene, "moved", 1);
}

void fault_15(struct scene *scene)
{
    struct names names;
    init_names(&names, scene);
    struct fake_api *other = fake_api_create_beside(scene->stage.api);
    fake_api_set_listening(other, false);
    check_refused_first(&names);
    fake_api_set_listening(other, true);
    check_hung_first(&names, other);
    check_move(&names, other);
    fake_api_destroy(other);
}

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

static void assert_refused(struct scene *scene, const char *url)
{
    char option[512];
    size_t size;
    snprintf(option, sizeof option, "--api=%s", url);
    int code = stage_run(&scene->stage, (const char *const[]){ "--no-ui", option, NULL });
    const char *log = program_log(scene->stage.program, &size);
    if (code != USAGE)
        fail_msg("'%s' ends with %d:\n%s", url, code, log);
    assert_printable(log, size);
    assert_null(strstr(log, "secret"));
    assert_ptr_equal(strchr(log, '\n'), log + size - 1);
}

/* Refused at the start, in one line; nothing is looked up, and nothing asked. */
void fault_16(struct scene *scene)
{
    char label[400], name[400];
    snprintf(label, sizeof label, "http://%0300d.test", 1);
    snprintf(name, sizeof name, "http://%060d.%060d.%060d.%060d.%060d.test", 1, 2, 3, 4, 5);
    for (size_t i = 0; i < COUNT_OF(odd_urls); i++)
        assert_refused(scene, odd_urls[i]);
    assert_refused(scene, label);
    assert_refused(scene, name);
    assert_int_equal(fake_api_connections(scene->stage.api), 0);
}
