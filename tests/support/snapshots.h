/*
 * snapshots - makes snapshots like those of an engine, for tests of the console.
 *
 * A maker has one fleet that a test changes; snapshots_take makes an immutable copy, valid until it is released.
 * Unchanged pages are shared, as in the publisher. The clock moves only on request.
 * One thread. Fails the test (cmocka) without memory.
 */
#ifndef TESTS_SUPPORT_SNAPSHOTS_H
#define TESTS_SUPPORT_SNAPSHOTS_H

#include "engine/snapshot.h"

#define SNAPSHOTS_ROWS_MAX 200000

/* 2026-01-02 14:03:33.104 UTC: the instant of the screens in the tests. */
#define SNAPSHOTS_AT ((struct wall){ 1767362613104 })

/* A step of a decision: the rule, what it made of the delta, the phrase and its numbers. */
#define STEP(rule_id, result, from, to, phrase_id, ...)                                            \
    {                                                                                              \
        .rule = RULE_##rule_id, .verdict = VERDICT_##result, .before = (from), .after = (to),      \
        .phrase = PHRASE_##phrase_id, .numbers = {                                                 \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

struct snapshots;

struct snapshots *snapshots_create(void);
void snapshots_destroy(struct snapshots *maker);

/* The content of the next snapshot; may be changed. Totals are computed when it is taken. */
struct snapshot_engine *snapshots_engine(struct snapshots *maker);
struct snapshot_pass *snapshots_pass(struct snapshots *maker);
struct wall *snapshots_at(struct snapshots *maker);

/* The next snapshots are of a recording, with this; NULL: of an engine again. Copied; its difference is borrowed. */
void snapshots_set_past(struct snapshots *maker, const struct snapshot_past *past);

/* The next snapshots are of an engine elsewhere; NULL: of this process again. Copied; its texts are borrowed. */
void snapshots_set_remote(struct snapshots *maker, const struct snapshot_remote *remote);

/* A new deployment on target: 10 hosts of 10 servers, 15 free, target 15 %, read 18 s ago. Its slot. */
uint32_t snapshots_add(struct snapshots *maker, const char *id);
void snapshots_remove(struct snapshots *maker, uint32_t slot);

/* May be changed until the next snapshot is taken; marks its page as changed. */
struct snapshot_row *snapshots_row(struct snapshots *maker, uint32_t slot);

/* Adds a log line to the next snapshot. `id` may be NULL. */
void snapshots_line(struct snapshots *maker, enum level level, enum event_id event, const char *id,
                    const char *text);
void snapshots_lose_lines(struct snapshots *maker, int64_t count);
void snapshots_acknowledge(struct snapshots *maker, const struct command_ack *ack);

/* The detail in the next snapshots; NULL: none. Copied. */
void snapshots_set_detail(struct snapshots *maker, const struct snapshot_detail *detail);

const struct snapshot *snapshots_take(struct snapshots *maker);
void snapshots_give_back(struct snapshots *maker, const struct snapshot *snapshot);

/* Snapshots that are not released. */
size_t snapshots_out(const struct snapshots *maker);

/* The fleet of the screens in the manual: fourteen deployments in every state, and log lines (snapshots_showcase.c). */
void snapshots_fill_showcase(struct snapshots *maker);

/* `count` deployments in all states, drawn from the seed, with ids like "eu-west-arena-00042". */
void snapshots_fill_random(struct snapshots *maker, size_t count, uint64_t seed);

/* Changes `count` random rows, drawn from the seed. */
void snapshots_stir(struct snapshots *maker, size_t count, uint64_t seed);

/* A detail of this slot with every part filled. */
void snapshots_example_detail(struct snapshots *maker, uint32_t slot,
                              struct snapshot_detail *ret_detail);

#endif
