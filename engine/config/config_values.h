/*
 * config_values - what can be done with a configuration: free it, look up a policy, compare it with another one.
 *
 * One thread at a time.
 */
#ifndef ENGINE_CONFIG_CONFIG_VALUES_H
#define ENGINE_CONFIG_CONFIG_VALUES_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"

/* Accepts NULL. Wipes the token before its memory is freed. */
void config_destroy(struct config *config);

/* The policy of a deployment: the first rule that matches, else the defaults. Lives as long as the configuration. */
const struct policy *config_policy(const struct config *config, const char *id);

/*
 * May a running engine continue with `new`? Not when api.url, the mode or simulation.* changed: ERR_CONFIG "api.url:
 * cannot change while running; restart". The sentences of further changes are added to `more`.
 */
int config_can_replace(const struct config *old, const struct config *new, struct warnings *more,
                       struct error *err);

/* Do requests go where they went before? Another proxy may lead to another API. */
bool config_has_same_api(const struct config *old, const struct config *new);

#endif
