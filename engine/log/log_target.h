/*
 * log_target - the log file of a console, where standard error is the screen.
 *
 * $XDG_STATE_HOME/autoscaler/autoscaler.log, with ~/.local/state for a variable that is unset or not absolute.
 * Missing directories are created for their owner alone. Any thread. -errno with a sentence.
 */
#ifndef ENGINE_LOG_LOG_TARGET_H
#define ENGINE_LOG_LOG_TARGET_H

#include "engine/base/error.h"

#include <stddef.h>

int log_target_make(char *ret_path, size_t size, struct error *err);

#endif
