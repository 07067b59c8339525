/*
 * config_argv - command line and environment: texts into a layer of settings.
 *
 * getopt_long with options from the table: long options may be abbreviated, values follow after '=' or a space, the
 * last one wins. Words that belong to no option are refused; after --backtest they are further traces. Values are
 * parsed here; texts stay borrowed from argv and the environment. Uses getopt's global state: one thread at a time.
 * Errors: ERR_USAGE, from the environment ERR_CONFIG, -ENOMEM.
 */
#ifndef ENGINE_CONFIG_CONFIG_ARGV_H
#define ENGINE_CONFIG_CONFIG_ARGV_H

#include "engine/base/error.h"
#include "engine/config/config_builder.h"

/*
 * The first --help or --version ends the reading: the layer then holds nothing else. Traces are added to *traces,
 * which the caller frees in any case.
 */
int config_argv_read(int argc, char *const argv[], struct layer *ret_layer,
                     struct path_list *traces, struct error *err);

int config_environment_read(struct layer *ret_layer, struct error *err);

#endif
