/*
 * Exhibits of plumbing: the real binary between a configuration, signals and a server that counts what it is asked.
 */
#include "tests/regressions/regressions.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ENDLESS ((int64_t)1 << 40)

/* 12 hosts are wanted and there are 10. */
static void add_growing(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 96);
}

static void add_content(struct scene *scene, const char *id)
{
    hosts_api_add(scene->hosts, id, 10, 80);
}

static int64_t posts(const struct scene *scene)
{
    return fake_api_count(scene->stage.api, "POST", NULL);
}

/* --- an API that answers one kind of request by itself ----------------------------------------------------------------- */

/* Longer than a test: one that fails leaves its server at work until the scene is left. */
static struct stubborn {
    struct hosts_api *hosts;
    const char *path; /* of what is answered so */
    struct fake_answer answer;
} stubborn;

static void answer_stubbornly(void *context, const struct fake_request *request,
                              struct fake_answer *ret_answer)
{
    const struct stubborn *own = context;
    hosts_api_answer(own->hosts, request, ret_answer);
    if (strcmp(request->path, own->path) == 0)
        *ret_answer = own->answer;
}

/* Whatever comes to this path gets this answer; texts in it outlive the server. */
static void answer_always(struct scene *scene, const char *path, const struct fake_answer *answer)
{
    fake_api_set_answer(scene->stage.api, hosts_api_answer, scene->hosts);
    stubborn = (struct stubborn){ scene->hosts, path, *answer };
    fake_api_set_answer(scene->stage.api, answer_stubbornly, &stubborn);
}

/* --- what is not to be sent ---------------------------------------------------------------------------------------------- */

/* Below its minimum, above its maximum, and in between. */
void a_dry_run_sends_nothing(struct scene *scene)
{
    hosts_api_add(scene->hosts, "below", 1, 0);
    hosts_api_add(scene->hosts, "above", 40, 0);
    add_growing(scene, "grow");
    scene_start(scene, (const char *const[]){ "--dry-run", "--set=defaults.min_hosts=5",
                                              "--set=defaults.max_hosts=20", NULL });
    scene_wait(scene, " info dry_run deployment=below delta=+4 ");
    scene_wait_reads(scene, "below", 20);
    scene_wait_reads(scene, "above", 20);
    scene_wait_reads(scene, "grow", 20);
    scene_stop(scene);
    assert_int_equal(posts(scene), 0);
    assert_true(program_count_lines(scene->stage.program, "dry_run deployment=above delta=-") > 0);
    assert_true(program_count_lines(scene->stage.program, "dry_run deployment=grow delta=+2") > 0);
}

/* A minimum that keeps them all, and one that keeps most: nothing is touched but what may go. */
void rails_come_before_deeds(struct scene *scene)
{
    hosts_api_add(scene->hosts, "kept", 20, 0);
    hosts_api_add(scene->hosts, "most", 23, 0);
    scene_start(scene, (const char *const[]){ "--set=defaults.min_hosts=20", NULL });
    scene_wait(scene, "scaled deployment=most delta=-3 ");
    scene_wait_reads(scene, "kept", 20);
    scene_wait_reads(scene, "most", 20);
    scene_stop(scene);
    assert_int_equal(posts(scene), 1);
    assert_int_equal(hosts_api_hosts(scene->hosts, "kept"), 20);
    assert_int_equal(hosts_api_hosts(scene->hosts, "most"), 20);
    int64_t all = fake_api_count(scene->stage.api, NULL, NULL);
    assert_int_equal(fake_api_count(scene->stage.api, "GET", NULL), all - 1);
}

/* --- reloads --------------------------------------------------------------------------------------------------------------- */

static void reload(struct scene *scene, const char *yaml)
{
    stage_write(&scene->stage, "autoscaler.yaml", yaml, 0600);
    program_signal(scene->stage.program, SIGHUP);
    scene_wait(scene, " info config_reloaded ");
}

/* After every reload there are discoveries, passes and scales as before. */
void a_reload_goes_on(struct scene *scene)
{
    char path[STAGE_PATH_SIZE];
    add_content(scene, "a");
    stage_write(&scene->stage, "autoscaler.yaml", "dry_run: false\n", 0600);
    stage_path(&scene->stage, "autoscaler.yaml", path);
    scene_start(scene, (const char *const[]){ "-c", path, NULL });
    for (int i = 0; i < 5; i++) {
        scene_wait_reads(scene, "a", 3);
        reload(scene, i % 2 == 0 ? "defaults:\n  max_hosts: 90\n" : "dry_run: false\n");
        int64_t lists = fake_api_count(scene->stage.api, "GET", "/discover");
        stage_wait(&scene->stage, "GET", "/discover", lists + 2);
        hosts_api_set_busy(scene->hosts, "a", 96 + 16 * i);
        scene_wait(scene, "scaled deployment=a delta=+2 ");
    }
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 5);
}

/* --- answers of an API ------------------------------------------------------------------------------------------------------ */

/* null for a status, for a whole list, and for what a scale comes to: whatever else there is goes on. */
void null_is_an_answer(struct scene *scene)
{
    static const struct fake_answer null = { .status = 200, .body = "null" };
    add_growing(scene, "nil");
    add_content(scene, "a");
    answer_always(scene, "/status/nil", &null);
    scene_start(scene, NULL);
    scene_wait(scene, " status_failed deployment=nil reason=bad_status ");
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    answer_always(scene, "/discover", &null);
    scene_start(scene, NULL);
    scene_wait(scene, " discovery_failed ");
    scene_stop(scene);
    assert_int_equal(posts(scene), 0);
    hosts_api_set_busy(scene->hosts, "a", 96);
    answer_always(scene, "/scale", &null);
    scene_start(scene, NULL);
    scene_wait(scene, " info scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 20);
    scene_stop(scene);
}

/* It is accepted, told as such, and sent once, though no host ever comes of it. */
static void check_accepted(struct scene *scene, int status)
{
    add_growing(scene, "a");
    answer_always(scene, "/scale", &(struct fake_answer){ .status = status });
    scene_start(scene, NULL);
    scene_wait(scene, " info scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 20);
    scene_stop(scene);
    assert_int_equal(posts(scene), 1);
    assert_int_equal(program_count_lines(scene->stage.program, " error "), 0);
    assert_int_equal(program_count_lines(scene->stage.program, "scale_unconfirmed"), 0);
}

void accepted_is_accepted(struct scene *scene)
{
    check_accepted(scene, 202);
}

void no_content_is_accepted(struct scene *scene)
{
    check_accepted(scene, 204);
}

/* Connections that are warm from statuses, and a scale that is read and closed upon: applied or not, nobody knows. */
static void check_unknown(struct scene *scene)
{
    scene_wait(scene, " error scale_unconfirmed deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 20);
    scene_stop(scene);
    assert_int_equal(posts(scene), 1);
    assert_int_equal(program_count_lines(scene->stage.program, " info scaled "), 0);
}

void a_scale_is_posted_once(struct scene *scene)
{
    add_content(scene, "a");
    add_content(scene, "b");
    answer_always(scene, "/scale", &(struct fake_answer){ .ending = FAKE_CLOSE });
    scene_start(scene, NULL);
    scene_wait_reads(scene, "a", 5);
    scene_wait_reads(scene, "b", 5);
    hosts_api_set_busy(scene->hosts, "a", 96);
    check_unknown(scene);
}

void no_status_is_no_success(struct scene *scene)
{
    add_growing(scene, "a");
    answer_always(scene, "/scale",
                  &(struct fake_answer){ .raw = "HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n",
                                         .ending = FAKE_CLOSE });
    scene_start(scene, NULL);
    check_unknown(scene);
}

void headers_have_an_end(struct scene *scene)
{
    add_content(scene, "endless");
    add_growing(scene, "a");
    answer_always(scene, "/status/endless",
                  &(struct fake_answer){ .raw = "HTTP/1.1 200 OK\r\n",
                                         .tail = "X-Header: and so on\r\n",
                                         .tail_count = ENDLESS,
                                         .ending = FAKE_CLOSE });
    scene_start(scene, NULL);
    const char *line = scene_wait(scene, " status_failed deployment=endless ");
    assert_non_null(strstr(line, "headers of the answer are larger"));
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    assert_int_equal(scene_scales(scene, "a"), 1);
}

/* Whoever the API names in a redirect hears nothing at all. */
void a_token_is_not_passed_on(struct scene *scene)
{
    char yaml[STAGE_PATH_SIZE + 64];
    char path[STAGE_PATH_SIZE];
    struct fake_api *thief = fake_api_create(NULL, NULL);
    add_growing(scene, "a");
    add_content(scene, "b");
    stage_write(&scene->stage, "token", "canary\n", 0600);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             stage_path(&scene->stage, "token", path));
    stage_write(&scene->stage, "autoscaler.yaml", yaml, 0600);
    stage_path(&scene->stage, "autoscaler.yaml", path);
    hosts_api_set_elsewhere(scene->hosts, fake_api_url(thief));
    hosts_api_trouble(scene->hosts, REQUEST_SCALE, TROUBLE_REDIRECT, FOR_EVER);
    hosts_api_trouble_site(scene->hosts, "b", TROUBLE_REDIRECT, FOR_EVER);
    scene_start(scene, (const char *const[]){ "-c", path, NULL });
    stage_wait(&scene->stage, "POST", "/scale", 1);
    stage_wait(&scene->stage, "GET", "/status/b", 3);
    scene_wait_reads(scene, "a", 5);
    scene_stop(scene);
    int64_t heard = fake_api_connections(thief);
    assert_header(fake_api_find(scene->stage.api, "POST", NULL, 0), "Authorization",
                  "Bearer canary");
    fake_api_destroy(thief);
    assert_int_equal(heard, 0);
}

/* What the API says about a failure is told, and every byte of it is a character to look at. */
void words_of_others_are_words(struct scene *scene)
{
    size_t size;
    add_growing(scene, "a");
    answer_always(scene, "/scale",
                  &(struct fake_answer){ .status = 400,
                                         .body = "\x1b]0;owned\x07\x1b[2J\x1b[31mred \x9b"
                                                 "1m \xe2\x80\xae right to left" });
    scene_start(scene, NULL);
    const char *line = scene_wait(scene, " error scale_failed deployment=a ");
    assert_non_null(strstr(line, "owned"));
    scene_stop(scene);
    const char *log = program_log(scene->stage.program, &size);
    assert_printable(log, size);
}
