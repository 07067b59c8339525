#include "tests/support/control_fixture.h"

#include "tests/support/test.h"

#include <string.h>

const char *socket_path(const struct api_fixture *fixture)
{
    static char path[PROGRAM_FIXTURE_PATH_SIZE];
    return program_fixture_path(&fixture->program_fixture, "control.sock", path);
}

struct control_reply ask(const struct api_fixture *fixture, const char *method, const char *target,
                         const char *body)
{
    return control_client_ask(socket_path(fixture), method, target, NULL, body);
}

void assert_has(const struct control_reply *reply, const char *text)
{
    if (!strstr(reply->body, text))
        fail_msg("'%s' is not in: %.600s", text, reply->body);
}

void control_fixture_start(struct api_fixture *fixture, const char *const *arguments)
{
    hosts_api_add(fixture->hosts, "eu-arena-1", 10, 80);
    hosts_api_add(fixture->hosts, "eu-duel-2", 20, 160);
    hosts_api_add(fixture->hosts, "us-siege-3", 30, 240);
    api_fixture_start(fixture, arguments);
    api_fixture_wait(fixture, "pass_done pass=2");
}

int ctl(struct api_fixture *fixture, const char *const *arguments)
{
    struct program_fixture *programs = &fixture->program_fixture;
    program_destroy(programs->partner);
    programs->partner = program_start(&(struct program_config){
        .arguments = arguments, .home = programs->directory, .is_ctl = true });
    return program_finish(programs->partner);
}
