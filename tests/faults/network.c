/*
 * Connections that cannot be made, or that break.
 */
#include "tests/faults/fault.h"

#include "tests/support/test.h"

void fault_1(struct scene *scene)
{
    hosts_api_add(scene->hosts, "a", 10, 96);
    fake_api_set_listening(scene->stage.api, false);
    scene_start(scene, NULL);
    scene_wait(scene, "discovery_failed");
    assert_int_equal(scene_scales(scene, "a"), 0);
    fake_api_set_listening(scene->stage.api, true);
    scene_wait(scene, " info scaled deployment=a delta=+2 ");
    scene_wait_reads(scene, "a", 5);
    assert_int_equal(scene_scales(scene, "a"), 1);
    scene_stop(scene);
}
