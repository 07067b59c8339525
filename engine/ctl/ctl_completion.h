/*
 * ctl_completion - completions for shells, made from the tables of commands and options.
 *
 * The scripts ask `autoscalerctl completion ids` for the ids of the deployments that are listed now. One thread.
 */
#ifndef ENGINE_CTL_CTL_COMPLETION_H
#define ENGINE_CTL_CTL_COMPLETION_H

#include "engine/ctl/ctl_arguments.h"

#include <stdbool.h>
#include <stdio.h>

/* False: the shell is not bash, zsh or fish. */
bool ctl_completion_print(const char *shell, FILE *out);

#endif
