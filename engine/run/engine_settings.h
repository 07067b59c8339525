/*
 * engine_settings - the settings of reconciler and back end that follow from a configuration.
 *
 * Owns nothing: what is returned borrows from the configuration, which lives until it is replaced. Engine thread only.
 */
#ifndef ENGINE_RUN_ENGINE_SETTINGS_H
#define ENGINE_RUN_ENGINE_SETTINGS_H

#include "engine/backend/backend.h"
#include "engine/config/config_data.h"
#include "engine/core/reconciler.h"

#include <stdint.h>

/*
 * As many concurrent requests as there are descriptors for; raises the soft limit of descriptors. The demo has both
 * ends of every connection.
 */
int32_t engine_concurrency(const struct config *config);

/* `is_recording`: see reconciler_config. */
struct reconciler_config engine_reconciler_config(const struct config *config, int32_t concurrency,
                                                  bool is_recording);

/* `url` is the address in use, which in the demo is not that of the configuration. */
struct backend_config engine_backend_config(const struct config *config, int32_t concurrency,
                                            const char *url);

#endif
