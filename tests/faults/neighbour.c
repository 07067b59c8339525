#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include <signal.h>

void neighbour_add(struct api_fixture *fixture)
{
    hosts_api_add(fixture->hosts, NEIGHBOUR, 10, 80);
}

void neighbour_grow(struct api_fixture *fixture)
{
    hosts_api_set_busy(fixture->hosts, NEIGHBOUR, 96);
    program_signal(fixture->program_fixture.program,
                   SIGUSR1); /* requests a pass, for tests with rare passes */
    api_fixture_wait_lines(fixture, " info scaled deployment=" NEIGHBOUR " delta=+2 ", 1);
}

void neighbour_check(struct api_fixture *fixture)
{
    assert_scales(fixture, NEIGHBOUR, 1, 2);
}

void neighbour_stop(struct api_fixture *fixture)
{
    api_fixture_stop(fixture);
    neighbour_check(fixture);
}
