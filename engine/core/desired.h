/*
 * desired - the desired hosts of a deployment: by the formula, and by the rules of STAGE_DESIRED.
 *
 *     formula            hosts that keep the target share free, for the servers that are busy now (delta.h)
 *     lookahead          the formula for the busy servers expected when hosts ordered now can serve: busy now, plus
 *                        the forecast rise, plus the mean forecast error
 *     surge_reserve      hosts for the expected busy servers plus a share of the peak forecast error in free servers
 *     saturation_step    with no server free, the busy servers understate demand. From the SATURATED_PASSES_MIN-th such
 *                        pass on, a share of the hosts that serve is added, from the SATURATED_PASSES_SURE-th on a
 *                        share of the hosts of the formula, and SATURATED_HOSTS_MIN at least: a share alone would
 *                        grow a fleet of one host too slowly. A share above one SATURATED_PARTS-th counts as that: the
 *                        next step waits until these hosts serve, so growth exceeds the real need by no more than
 *                        this share. After SATURATED_PASSES_MAX passes such a demand is not plausible, and the rule
 *                        has no effect. When hosts went, the demand of before is known: its hosts are desired in
 *                        the same passes, and at once when none is left
 *     min_free_servers   hosts for the expected busy servers plus min_free_servers free ones
 *
 * The trend and the errors are expectations: together they add at most one OVERSHOOT_PARTS-th of the hosts of the
 * formula, or OVERSHOOT_HOSTS if that is more. The reserve may add as much to the hosts that the highest demand of the
 * last days would need: without that, a service with sudden peaks turns players away at each of them.
 *
 * Each gives a number of hosts; the largest is desired. Without a history only the formula and min_free_servers add
 * hosts. Pure functions of the decision's input. Any thread. Cannot fail.
 */
#ifndef ENGINE_CORE_DESIRED_H
#define ENGINE_CORE_DESIRED_H

#include "engine/core/decision_data.h"

#include <stdint.h>

#define SATURATED_PASSES_MIN 2
#define SATURATED_PASSES_SURE 4
#define SATURATED_PASSES_MAX 120
#define SATURATED_HOSTS_MIN 2
#define SATURATED_PARTS 4
#define OVERSHOOT_PARTS 5
#define OVERSHOOT_HOSTS 2

int64_t desired_by_formula(const struct decision_input *in);

/* 0: the rule has no effect. */
int64_t desired_by_lookahead(const struct decision_input *in);
int64_t desired_by_surge(const struct decision_input *in);
int64_t desired_by_saturation(const struct decision_input *in);
int64_t desired_by_min_free(const struct decision_input *in);

/* Hosts that were added, or whose removal was requested, and that were not seen yet. Neither offsets the other. */
int64_t coming_hosts(const struct decision_input *in);

/*
 * Servers that the target needs for those that are busy now; servers of hosts that stay beyond them (negative:
 * missing); hosts that can go for it.
 */
int64_t needed_servers(const struct decision_input *in);
int64_t surplus_servers(const struct decision_input *in);
int64_t surplus_hosts(const struct decision_input *in);

/* Hosts for the servers that must be free by the target and are not, beyond those that come or boot. */
int64_t short_hosts(const struct decision_input *in);

/* The most hosts that these rules may give. */
int64_t lookahead_limit(const struct decision_input *in);
int64_t surge_limit(const struct decision_input *in);

/* The parts of these rules, in servers, for explanations. */
int64_t busy_now(const struct decision_input *in);
int64_t rise_expected(const struct decision_input *in); /* bounded */
int64_t busy_expected(const struct decision_input *in); /* with this rise */
int64_t surge_servers(const struct decision_input *in); /* to keep free */
int64_t min_free_servers(const struct decision_input *in);
bool is_saturated(const struct decision_input *in);
bool is_waiting(const struct decision_input *in);              /* for hosts that went */
int64_t hosts_of_waiting(const struct decision_input *in);     /* those that it had */
int64_t hosts_when_saturated(const struct decision_input *in); /* those that a share is added to */
int64_t step_when_saturated(const struct decision_input *in);  /* the hosts that are added */

#endif
