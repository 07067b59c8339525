/*
 * config_yaml - the configuration file: YAML text into a builder.
 *
 * The table of options is the schema; nothing else is accepted: no unknown or repeated keys, no anchors, aliases,
 * tags, no second document, no tab as indentation. The text is interpreted here alone, so that a fuzzer can call it.
 * Errors: ERR_CONFIG "file:line:column: key: expected ..., found ...", -ENOMEM. One thread at a time.
 */
#ifndef ENGINE_CONFIG_CONFIG_YAML_H
#define ENGINE_CONFIG_CONFIG_YAML_H

#include "engine/base/error.h"
#include "engine/config/config_builder.h"

#include <stddef.h>

/* `path` is for errors. After an error the builder may hold a part of the values. */
int config_yaml_read(struct config_builder *builder, const char *path, const char *bytes,
                     size_t size, struct error *err);

#endif
