/*
 * config_check - what no single value can tell: contradictions, files that are named, and who may see the token.
 *
 * Runs last, on a builder whose values are all in. Reads the token file into config->api.token, unless nothing will be
 * contacted that the token is for (the demo, the simulated API, a backtest). One thread at a time. Errors: as
 * place_refuse makes them, -ENOMEM.
 */
#ifndef ENGINE_CONFIG_CONFIG_CHECK_H
#define ENGINE_CONFIG_CONFIG_CHECK_H

#include "engine/base/error.h"
#include "engine/config/config_builder.h"

int config_check(struct config_builder *builder, struct error *err);

#endif
