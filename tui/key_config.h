/*
 * key_config - the keys of a configuration, checked.
 *
 * The configuration has words with their places, and the console knows the commands. Plain values. One thread at a
 * time.
 */
#ifndef TUI_KEY_CONFIG_H
#define TUI_KEY_CONFIG_H

#include "engine/config/config_data.h"
#include "tui/console/key_bindings.h"

/*
 * A config_examine: adds "autoscaler.yaml:12:5: console.keys.copy: no such key 'Foo'" to `mistakes`, and what is odd to
 * `warnings`.
 */
bool key_config_check(const struct config *config, struct warnings *warnings,
                      struct warnings *mistakes);

/* Of a configuration that key_config_check has accepted before. */
struct key_bindings key_config_bindings(const struct config *config);

#endif
