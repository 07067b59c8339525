/*
 * operator_fixture - an operator's commands to a reconciler in a simulated world.
 *
 * Include it in one .c file of a test: the functions and the world belong to that file. Time is simulated. One thread.
 * Errors fail the test.
 */
#ifndef TESTS_SUPPORT_OPERATOR_FIXTURE_H
#define TESTS_SUPPORT_OPERATOR_FIXTURE_H

#include "tests/support/test.h"
#include "tests/support/world.h"

#include <stdio.h>

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define ALL SIZE_MAX

static struct world world;
static struct command_ack ack;

/* Ninety busy servers need eleven hosts. */
static inline void sites(size_t count, int32_t hosts)
{
    world_init(&world, 1);
    world_add_sites(&world, count, true, hosts, 90);
}

static inline void run_on(int64_t ms)
{
    world_start(&world);
    world_run(&world, ms);
}

static inline struct command about(enum command_kind kind, size_t site)
{
    const struct deployment *deployment = world_deployment(&world, site);
    struct command command = { .kind = kind, .serial = 7, .slot = deployment->slot };
    snprintf(command.id, sizeof command.id, "%s", deployment->id);
    return command;
}

static inline bool give(const struct command *command)
{
    return world_command(&world, command, &ack);
}

static inline bool send_command(enum command_kind kind)
{
    struct command command = { .kind = kind, .serial = 9, .slot = SLOT_NONE };
    return give(&command);
}

static inline bool send_command_about(enum command_kind kind, size_t site)
{
    struct command command = about(kind, site);
    return give(&command);
}

static inline bool scale_by(size_t site, int32_t delta, bool is_forced)
{
    struct command command = about(COMMAND_SCALE, site);
    command.delta = delta;
    command.is_forced = is_forced;
    bool is_accepted = give(&command);
    if (is_accepted && delta > 0)
        world.sites[site].allowed_hosts += delta;
    return is_accepted;
}

static inline int32_t scales_of(size_t site)
{
    return world_count(&world, EFFECT_SCALE, site, 0);
}

#endif
