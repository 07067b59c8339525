/*
 * simulate - the simulated deployments API alone, as a mock server in the foreground (--simulate-api).
 *
 * Serves until TERM or INT. Prints the address on standard output in one line once it accepts connections.
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
