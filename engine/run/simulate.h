/*
 * simulate - the simulated deployments API by itself, as a mock server in the foreground (--simulate-api).
 *
 * Serves until TERM or INT. The address is printed on standard output in one line once connections are accepted.
 */
#ifndef ENGINE_RUN_SIMULATE_H
#define ENGINE_RUN_SIMULATE_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"
#include "engine/mock/sim_server.h"

/* The server that the configuration describes, at `listen`. */
struct sim_server_config simulate_config(const struct config *config, const char *listen);

int simulate_run(const struct config *config, struct error *err);

#endif
