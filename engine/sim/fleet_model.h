/*
 * fleet_model - a simulated fleet: deployments with a demand that rises and falls, hosts that boot and leave.
 *
 * Pure and deterministic: time is an argument (milliseconds of simulated time from 0, never backwards for one
 * deployment). The same seed gives the same fleet to the bit, whatever the order and number of calls for other
 * deployments. No I/O, no clock, no thread. One thread at a time. Allocation may fail at creation and when a scale
 * makes more hosts boot or drain than ever at once before: -ENOMEM, nothing changed.
 *
 * Each deployment is a host_pool; this module adds its id, its demand and what its API reports. The sessions follow
 * the demand in steps of FLEET_STEP_MS from time 0; boots and drains are exact in between. After a gap of more than
 * FLEET_FORGET_MS between two calls for a deployment, the steps in between are skipped: one step moves it to the
 * current demand and places its sessions anew. So a gap may change the random values of that deployment, but of no
 * other.
 *
 * The API may report less than the real state: `counts_when` says whether current_hosts counts a host from the order
 * on or only once it has booted. Servers are counted once booted. Removal takes empty hosts at once; hosts with
 * sessions drain (they take no new sessions) and leave when their sessions end, after two minutes at most. An order
 * takes draining hosts back before it boots new ones.
 */
#ifndef ENGINE_SIM_FLEET_MODEL_H
#define ENGINE_SIM_FLEET_MODEL_H

#include "engine/base/error.h"
#include "engine/core/api_result.h"

#include <stddef.h>
#include <stdint.h>

#define FLEET_STEP_MS ((int64_t)30 * 1000)
#define FLEET_FORGET_MS ((int64_t)2 * 3600 * 1000)

enum counts_when { COUNTS_ORDERED, COUNTS_BOOTED };

struct fleet_model_config {
    size_t deployment_count; /* 1 .. DEPLOYMENT_COUNT_MAX */
    uint64_t seed;
    int64_t boot_ms; /* median; see host_pool */
    int64_t day_ms;  /* length of a day curve: 24 h */
};

struct fleet_model;

int fleet_model_create(const struct fleet_model_config *config, struct fleet_model **ret_model,
                       struct error *err);
void fleet_model_destroy(struct fleet_model *model);

size_t fleet_model_count(const struct fleet_model *model);

/* The definition of deployment `index`; the strings live as long as the model. Ids are unique. */
void fleet_model_definition(const struct fleet_model *model, size_t index,
                            struct definition *ret_definition);

/* The index of an id, or -1. */
ptrdiff_t fleet_model_find(const struct fleet_model *model, const char *id);

/* Advances the deployment to `now_ms` and returns what its API would report then. */
void fleet_model_status(struct fleet_model *model, size_t index, int64_t now_ms,
                        struct status *ret_status);

/* Orders (+) or removes (-) hosts at `now_ms`. -EINVAL with a sentence: delta 0, fewer than 0 hosts, too many. */
int fleet_model_scale(struct fleet_model *model, size_t index, int64_t now_ms, int32_t delta,
                      struct error *err);

#endif
