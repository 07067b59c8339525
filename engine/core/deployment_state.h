/*
 * deployment_state - the state of a deployment (states.def) and the delta that only a hold keeps back.
 *
 * Pure. Any thread, while the deployment does not change. Cannot fail.
 */
#ifndef ENGINE_CORE_DEPLOYMENT_STATE_H
#define ENGINE_CORE_DEPLOYMENT_STATE_H

#include "engine/core/fleet.h"

/* A status is current for so many passes of the deployment. */
#define STATE_PASSES_MAX 2

/* The input of a state. */
struct state_facts {
    bool is_listed;
    bool is_current; /* read at least once, and in one of the last STATE_PASSES_MAX passes */
    bool is_starved; /* by its last status */
    bool is_paused;  /* by an operator, by the pause of all, or by its policy */
    bool is_unconfirmed;
    enum action action;
    enum reason reason;
    int32_t delta;
    int32_t wanted_delta;
};

/*
 * A listed deployment that is starved by its last usable status is STARVED, whatever was decided, sent or paused, and
 * however old that status is: when reads fail, the worst ones must not look like all others. It ends with a status
 * that says so. All others have the state of base_state_of_facts.
 */
enum state state_of_facts(const struct state_facts *facts);

/*
 * The worst true state beside STARVED, in the order of states.def, with two exceptions. A deployment that is not listed
 * is always GONE. Bad data is always HELD, however old: its reason is more specific than "not read".
 *
 * When only a pause, read-only or a dry-run suppressed the delta, and nothing is paused any more, the state shows the
 * direction of the suppressed delta.
 */
enum state base_state_of_facts(const struct state_facts *facts);

/*
 * Are too few servers free? No server is free beside busy ones, or the free share is below half of the target. Hosts
 * without a server have no share: with a target, they are starved too. A target below 0 is unknown.
 */
bool status_is_starved(const struct status *status, int32_t target_free_ppb);

/* `wanted_delta` is that of the deployment. */
void deployment_state_facts(const struct deployment *deployment, bool is_all_paused,
                            int32_t wanted_delta, struct state_facts *ret_facts);

/* state_of_facts of these facts. */
enum state deployment_state(const struct deployment *deployment, bool is_all_paused,
                            int32_t wanted_delta);

/* Is its state STARVED? */
bool deployment_is_starved(const struct deployment *deployment);

/* The target of its policy, else of the API; below 0: unknown. */
int32_t deployment_target_ppb(const struct deployment *deployment);

/*
 * The delta that the last decision would send without holds. It counts the hosts that are pending now, so that hosts
 * ordered in the meantime are not wanted twice.
 */
int32_t deployment_wanted_delta(const struct deployment *deployment);

/*
 * The input of that decision; false: nothing is wanted, and there is none. `ret_is_last`: it is that of the last
 * decision, so that the two are equal.
 */
bool deployment_wanted_input(const struct deployment *deployment, struct decision_input *ret_input,
                             bool *ret_is_last);

/* The last pass in which the deployment had its turn and the turn is over. 0: none. */
uint32_t deployment_last_turn(const struct deployment *deployment);

#endif
