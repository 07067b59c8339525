/*
 * config_doubts - values that are valid and probably not meant: they become warnings of the configuration.
 *
 * A policy that no deployment can reach, because an entry before it matches all of its ids; a target that looks like
 * a share instead of a percentage, or that asks for many times the busy servers; a high target without max_hosts.
 *
 * Runs on a builder with all values. One thread at a time. Cannot fail.
 */
#ifndef ENGINE_CONFIG_CONFIG_DOUBTS_H
#define ENGINE_CONFIG_CONFIG_DOUBTS_H

#include "engine/config/config_builder.h"

void config_doubt(struct config_builder *builder);

#endif
