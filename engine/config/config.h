/*
 * config - options.def made into command line, environment and YAML: one table, one meaning.
 *
 * Loading touches only files and the environment; it happens before anything is contacted. A load returns either a
 * complete configuration or an error and nothing else. One thread at a time.
 *
 * Errors: ERR_USAGE for the command line ("unknown option '--foo' (see --help)"), ERR_CONFIG for the rest. The
 * sentence names the place and the cause: "autoscaler.yaml:12:5: defaults.max_hosts: expected ..., found ...". One
 * line each, escaped.
 */
#ifndef ENGINE_CONFIG_CONFIG_H
#define ENGINE_CONFIG_CONFIG_H

#include "engine/base/error.h"
#include "engine/config/config_data.h"

#include <stdio.h>

/*
 * Reads argv, the environment and the configuration file. A --help or --version anywhere overrides later errors. The
 * caller frees *ret_config with config_destroy.
 */
int config_load(int argc, char *const argv[], struct config **ret_config, struct error *err);

/* The same, with the sentences of all further errors; the caller frees *ret_more with warnings_fini. */
int config_load_or_list(int argc, char *const argv[], config_examine *examine,
                        struct config **ret_config, struct warnings *ret_more, struct error *err);

/* The whole configuration as YAML that config_load reads back; secrets are shown as "(set)" in a comment only. */
void config_print(const struct config *config, FILE *out);

void config_print_help(FILE *out);

#endif
