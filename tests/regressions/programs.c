/*
 * Regressions of the whole program: the real binary with a configuration, signals and a server that counts requests.
 */
#include "tests/regressions/regressions.h"

#include "tests/support/scales.h"
#include "tests/support/test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ENDLESS ((int64_t)1 << 40)
#define NO_WINDOW "--set=defaults.scale_down_window=0s" /* hosts can go with the second status */

/* 12 hosts are needed; there are 10. */
static void add_growing(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 96);
}

static void add_content(struct api_fixture *fixture, const char *id)
{
    hosts_api_add(fixture->hosts, id, 10, 80);
}

static int64_t posts(const struct api_fixture *fixture)
{
    return fake_api_count(fixture->program_fixture.api, "POST", NULL);
}

/* --- a server with a fixed response for one path ------------------------------------------------- */

/* Static, because a failed test leaves its server running until the fixture ends. */
static struct fixed_response {
    struct hosts_api *hosts;
    const char *path; /* requests to this path get the fixed response */
    struct fake_answer answer;
} fixed_response;

static void respond_from_fixed(void *context, const struct fake_request *request,
                               struct fake_answer *ret_answer)
{
    const struct fixed_response *own = context;
    hosts_api_answer(own->hosts, request, ret_answer);
    if (strcmp(request->path, own->path) == 0)
        *ret_answer = own->answer;
}

/* Every request to this path gets this response. Its strings must outlive the server. */
static void respond_always(struct api_fixture *fixture, const char *path,
                           const struct fake_answer *answer)
{
    fake_api_set_answer(fixture->program_fixture.api, hosts_api_answer, fixture->hosts);
    fixed_response = (struct fixed_response){ fixture->hosts, path, *answer };
    fake_api_set_answer(fixture->program_fixture.api, respond_from_fixed, &fixed_response);
}

/* --- requests that must not be sent -------------------------------------------------------------- */

/* Below the minimum, above the maximum, and between them. */
void a_dry_run_sends_nothing(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "below", 1, 0);
    hosts_api_add(fixture->hosts, "above", 40, 0);
    add_growing(fixture, "grow");
    api_fixture_start(fixture,
                      (const char *const[]){ "--dry-run", "--set=defaults.min_hosts=5",
                                             "--set=defaults.max_hosts=20", NO_WINDOW, NULL });
    api_fixture_wait(fixture, " info dry_run deployment=below delta=+4 ");
    api_fixture_wait_reads(fixture, "below", 20);
    api_fixture_wait_reads(fixture, "above", 20);
    api_fixture_wait_reads(fixture, "grow", 20);
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), 0);
    assert_true(program_count_lines(fixture->program_fixture.program,
                                    "dry_run deployment=above delta=-") > 0);
    assert_true(program_count_lines(fixture->program_fixture.program,
                                    "dry_run deployment=grow delta=+2") > 0);
}

/* One minimum keeps all hosts, the other most of them. Only the hosts above the minimum are removed. */
void min_hosts_limits_a_removal(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, "kept", 20, 0);
    hosts_api_add(fixture->hosts, "most", 23, 0);
    api_fixture_start(fixture,
                      (const char *const[]){ "--set=defaults.min_hosts=20", NO_WINDOW, NULL });
    api_fixture_wait(fixture, "scaled deployment=most delta=-3 ");
    api_fixture_wait_reads(fixture, "kept", 20);
    api_fixture_wait_reads(fixture, "most", 20);
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), 1);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "kept"), 20);
    assert_int_equal(hosts_api_hosts(fixture->hosts, "most"), 20);
    int64_t all = fake_api_count(fixture->program_fixture.api, NULL, NULL);
    assert_int_equal(fake_api_count(fixture->program_fixture.api, "GET", NULL), all - 1);
}

/* --- reloads ------------------------------------------------------------------------------------- */

static void reload(struct api_fixture *fixture, const char *yaml)
{
    program_fixture_write(&fixture->program_fixture, "autoscaler.yaml", yaml, 0600);
    program_signal(fixture->program_fixture.program, SIGHUP);
    api_fixture_wait(fixture, " info config_reloaded ");
}

/* Discoveries, passes and scales continue after every reload. */
void passes_continue_after_a_reload(struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    add_content(fixture, "a");
    program_fixture_write(&fixture->program_fixture, "autoscaler.yaml", "dry_run: false\n", 0600);
    program_fixture_path(&fixture->program_fixture, "autoscaler.yaml", path);
    api_fixture_start(fixture, (const char *const[]){ "-c", path, NULL });
    for (int i = 0; i < 5; i++) {
        api_fixture_wait_reads(fixture, "a", 3);
        reload(fixture, i % 2 == 0 ? "defaults:\n  max_hosts: 90\n" : "dry_run: false\n");
        int64_t lists = fake_api_count(fixture->program_fixture.api, "GET", "/discover");
        program_fixture_wait(&fixture->program_fixture, "GET", "/discover", lists + 2);
        hosts_api_set_busy(fixture->hosts, "a", 96 + 16 * i);
        api_fixture_wait(fixture, "scaled deployment=a delta=+2 ");
    }
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 5);
}

/* --- responses of an API ------------------------------------------------------------------------- */

/* null as a status, as a list and as the response to a scale. Other deployments are not affected. */
void null_is_a_bad_response(struct api_fixture *fixture)
{
    static const struct fake_answer null = { .status = 200, .body = "null" };
    add_growing(fixture, "nil");
    add_content(fixture, "a");
    respond_always(fixture, "/status/nil", &null);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " status_failed deployment=nil reason=bad_status ");
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    respond_always(fixture, "/discover", &null);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " discovery_failed ");
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), 0);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    respond_always(fixture, "/scale", &null);
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 20);
    api_fixture_stop(fixture);
}

/* The scale is accepted, logged as accepted and sent once, although no host appears. */
static void check_accepted(struct api_fixture *fixture, int status)
{
    add_growing(fixture, "a");
    respond_always(fixture, "/scale", &(struct fake_answer){ .status = status });
    api_fixture_start(fixture, NULL);
    api_fixture_wait(fixture, " info scaled deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 20);
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " error "), 0);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, "scale_unconfirmed"), 0);
}

void status_202_is_accepted(struct api_fixture *fixture)
{
    check_accepted(fixture, 202);
}

void status_204_is_accepted(struct api_fixture *fixture)
{
    check_accepted(fixture, 204);
}

/* Status requests leave open connections. The server reads the scale and closes: it is unknown if it was applied. */
static void check_unknown(struct api_fixture *fixture)
{
    api_fixture_wait(fixture, " error scale_unconfirmed deployment=a delta=+2 ");
    api_fixture_wait_reads(fixture, "a", 20);
    api_fixture_stop(fixture);
    assert_int_equal(posts(fixture), 1);
    assert_int_equal(program_count_lines(fixture->program_fixture.program, " info scaled "), 0);
}

void a_scale_is_posted_once(struct api_fixture *fixture)
{
    add_content(fixture, "a");
    add_content(fixture, "b");
    respond_always(fixture, "/scale", &(struct fake_answer){ .ending = FAKE_CLOSE });
    api_fixture_start(fixture, NULL);
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_wait_reads(fixture, "b", 5);
    hosts_api_set_busy(fixture->hosts, "a", 96);
    check_unknown(fixture);
}

void status_000_is_an_error(struct api_fixture *fixture)
{
    add_growing(fixture, "a");
    respond_always(fixture, "/scale",
                   &(struct fake_answer){ .raw = "HTTP/1.1 000 \r\nContent-Length: 0\r\n\r\n",
                                          .ending = FAKE_CLOSE });
    api_fixture_start(fixture, NULL);
    check_unknown(fixture);
}

void headers_have_a_maximum(struct api_fixture *fixture)
{
    add_content(fixture, "endless");
    add_growing(fixture, "a");
    respond_always(fixture, "/status/endless",
                   &(struct fake_answer){ .raw = "HTTP/1.1 200 OK\r\n",
                                          .tail = "X-Header: and so on\r\n",
                                          .tail_count = ENDLESS,
                                          .ending = FAKE_CLOSE });
    api_fixture_start(fixture, NULL);
    const char *line = api_fixture_wait(fixture, " status_failed deployment=endless ");
    assert_non_null(strstr(line, "headers of the response are larger"));
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    assert_int_equal(api_fixture_scales(fixture, "a"), 1);
}

/* The target of a redirect receives no request. */
void a_token_is_not_sent_after_a_redirect(struct api_fixture *fixture)
{
    char yaml[PROGRAM_FIXTURE_PATH_SIZE + 64];
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    struct fake_api *other_host = fake_api_create(NULL, NULL);
    add_growing(fixture, "a");
    add_content(fixture, "b");
    program_fixture_write(&fixture->program_fixture, "token", "canary\n", 0600);
    snprintf(yaml, sizeof yaml, "api:\n  token_file: %s\n",
             program_fixture_path(&fixture->program_fixture, "token", path));
    program_fixture_write(&fixture->program_fixture, "autoscaler.yaml", yaml, 0600);
    program_fixture_path(&fixture->program_fixture, "autoscaler.yaml", path);
    hosts_api_set_elsewhere(fixture->hosts, fake_api_url(other_host));
    hosts_api_trouble(fixture->hosts, REQUEST_SCALE, TROUBLE_REDIRECT, FOR_EVER);
    hosts_api_trouble_site(fixture->hosts, "b", TROUBLE_REDIRECT, FOR_EVER);
    api_fixture_start(fixture, (const char *const[]){ "-c", path, NULL });
    program_fixture_wait(&fixture->program_fixture, "POST", "/scale", 1);
    program_fixture_wait(&fixture->program_fixture, "GET", "/status/b", 3);
    api_fixture_wait_reads(fixture, "a", 5);
    api_fixture_stop(fixture);
    int64_t connections = fake_api_connections(other_host);
    assert_header(fake_api_find(fixture->program_fixture.api, "POST", NULL, 0), "Authorization",
                  "Bearer canary");
    fake_api_destroy(other_host);
    assert_int_equal(connections, 0);
}

/* The API's error text is logged, and every byte of it is shown as a printable character. */
void foreign_bytes_are_escaped(struct api_fixture *fixture)
{
    size_t size;
    add_growing(fixture, "a");
    respond_always(fixture, "/scale",
                   &(struct fake_answer){ .status = 400,
                                          .body = "\x1b]0;owned\x07\x1b[2J\x1b[31mred \x9b"
                                                  "1m \xe2\x80\xae right to left" });
    api_fixture_start(fixture, NULL);
    const char *line = api_fixture_wait(fixture, " error scale_failed deployment=a ");
    assert_non_null(strstr(line, "owned"));
    api_fixture_stop(fixture);
    const char *log = program_log(fixture->program_fixture.program, &size);
    assert_printable(log, size);
}
