/*
 * Each API has a state of its own. A reload does not change the API: it is refused, and the state in use stays.
 */
#include "tests/support/api_fixture.h"
#include "tests/support/state_path.h"
#include "tests/support/test.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define SITE "eu-1"
#define HOSTS 10
#define BUSY 96 /* 2 more hosts are needed */
#define LONG_BOOT 100000
#define YAML_SIZE 256

/* A second API, with a deployment of the same name. */
struct second_api {
    struct fake_api *api;
    struct hosts_api *hosts;
};

static void destroy_second(void *what)
{
    struct second_api *second = what;
    fake_api_destroy(second->api);
    hosts_api_destroy(second->hosts);
    heap_free(second);
}

static void add_site(struct hosts_api *hosts)
{
    hosts_api_add(hosts, SITE, HOSTS, BUSY);
    hosts_api_set_boot_reads(hosts, LONG_BOOT);
}

static int enter(void **state)
{
    if (api_fixture_enter(state))
        return -1;
    struct api_fixture *fixture = *state;
    struct second_api *second = heap_alloc(1, sizeof *second);
    must(second);
    second->hosts = hosts_api_create();
    second->api = fake_api_create(hosts_api_answer, second->hosts);
    fixture->clear = destroy_second;
    fixture->what = second;
    add_site(fixture->hosts);
    add_site(second->hosts);
    return 0;
}

static const char *yaml_of(const struct fake_api *api, char ret_yaml[YAML_SIZE])
{
    snprintf(ret_yaml, YAML_SIZE, "api: {url: '%s'}\n", fake_api_url(api));
    return ret_yaml;
}

static struct program *start(const struct api_fixture *fixture, const struct fake_api *api,
                             const char *mode)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE], yaml[YAML_SIZE];
    const char *name = api == fixture->program_fixture.api ? API_FIXTURE_CONFIG : "second.yaml";
    program_fixture_write(&fixture->program_fixture, name, yaml_of(api, yaml), 0600);
    const char *const arguments[] = {
        FORMULA_ALONE,
        mode,
        "--pass-interval=10ms",
        "--discovery-interval=100ms",
        "-c",
        program_fixture_path(&fixture->program_fixture, name, path),
        NULL,
    };
    return program_start(&(struct program_config){
        .arguments = arguments,
        .home = fixture->program_fixture.directory,
    });
}

static int run_beside(struct api_fixture *fixture, const struct fake_api *api)
{
    program_destroy(fixture->program_fixture.partner);
    fixture->program_fixture.partner = start(fixture, api, "--once");
    return program_finish(fixture->program_fixture.partner);
}

static void a_reload_to_another_api_is_refused_and_keeps_the_state(void **state)
{
    struct api_fixture *fixture = *state;
    struct program_fixture *program_fixture = &fixture->program_fixture;
    const struct second_api *second = fixture->what;
    char yaml[YAML_SIZE];
    program_fixture->program = start(fixture, program_fixture->api, "--no-ui");
    api_fixture_wait(fixture, " info scaled deployment=" SITE);
    program_fixture_write(program_fixture, API_FIXTURE_CONFIG, yaml_of(second->api, yaml), 0600);
    program_signal(program_fixture->program, SIGHUP);
    const char *refusal = api_fixture_wait(fixture, " config_refused ");
    assert_non_null(strstr(refusal, "api.url: cannot change while running; restart"));
    api_fixture_wait_reads(fixture, SITE, 3);
    assert_int_equal(fake_api_connections(second->api), 0);
    assert_int_equal(state_path_count(&fixture->program_fixture), 1);
    assert_int_equal(run_beside(fixture, program_fixture->api), 4);
    assert_int_equal(run_beside(fixture, second->api), 0);
    assert_int_equal(state_path_count(&fixture->program_fixture), 2);
    api_fixture_stop(fixture);
    assert_scales(fixture, SITE, 1, 2);
}

static void run_until_scaled(struct api_fixture *fixture, const struct fake_api *api)
{
    struct program_fixture *program_fixture = &fixture->program_fixture;
    program_fixture->program = start(fixture, api, "--no-ui");
    api_fixture_wait(fixture, " info scaled deployment=" SITE);
    program_signal(program_fixture->program, SIGKILL);
    assert_int_equal(program_finish(program_fixture->program), 128 + SIGKILL);
    program_destroy(program_fixture->program);
    program_fixture->program = NULL;
}

/* What was ordered of one API counts for this one alone, whatever ran in between. */
static void each_api_is_restored_from_its_own_state(void **state)
{
    struct api_fixture *fixture = *state;
    const struct second_api *second = fixture->what;
    run_until_scaled(fixture, fixture->program_fixture.api);
    run_until_scaled(fixture, second->api);
    fixture->program_fixture.program = start(fixture, fixture->program_fixture.api, "--no-ui");
    api_fixture_wait_reads(fixture, SITE, 10);
    api_fixture_stop(fixture);
    assert_scales(fixture, SITE, 1, 2);
    assert_int_equal(fake_api_count(second->api, "POST", NULL), 1);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, enter, api_fixture_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reload_to_another_api_is_refused_and_keeps_the_state),
        TEST(each_api_is_restored_from_its_own_state),
    };
    return cmocka_run_group_tests_name("state_of_api", tests, NULL, NULL);
}
