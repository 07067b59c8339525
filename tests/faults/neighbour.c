#include "tests/faults/neighbour.h"

#include "tests/support/test.h"

#include <signal.h>

void neighbour_add(struct scene *scene)
{
    hosts_api_add(scene->hosts, NEIGHBOUR, 10, 80);
}

void neighbour_grow(struct scene *scene)
{
    hosts_api_set_busy(scene->hosts, NEIGHBOUR, 96);
    program_signal(scene->stage.program, SIGUSR1); /* where passes are rare */
    scene_wait_lines(scene, " info scaled deployment=" NEIGHBOUR " delta=+2 ", 1);
}

void neighbour_check(struct scene *scene)
{
    assert_scales(scene, NEIGHBOUR, 1, 2);
}

void neighbour_stop(struct scene *scene)
{
    scene_stop(scene);
    neighbour_check(scene);
}
