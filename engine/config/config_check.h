/*
 * config_check - checks across values: contradictions, files that are named, and where the token may be sent.
 *
 * Runs last, on a builder with all values. Reads the token file into config->api.token, except in modes that contact
 * nothing with the token (the demo, the simulated API, a backtest). One thread at a time. Errors: from place_refuse,
 * -ENOMEM.
 */
#ifndef ENGINE_CONFIG_CONFIG_CHECK_H
#define ENGINE_CONFIG_CONFIG_CHECK_H

#include "engine/base/error.h"
#include "engine/config/config_builder.h"

int config_check(struct config_builder *builder, struct error *err);

/* The part of it that the caller of the builder understands: notes each mistake. -ENOMEM, else 0. */
int config_check_examine(struct config_builder *builder, struct error *err);

#endif
