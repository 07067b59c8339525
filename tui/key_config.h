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
 * ERR_CONFIG "autoscaler.yaml:12:5: console.keys.copy: no such key 'Foo'"; the sentences of further errors are added to
 * `more`, and what is odd to `warnings`.
 */
int key_config_read(const struct config *config, struct key_bindings *ret_bindings,
                    struct warnings *warnings, struct warnings *more, struct error *err);

/* Of a configuration that key_config_read has accepted before. */
struct key_bindings key_config_bindings(const struct config *config);

#endif
