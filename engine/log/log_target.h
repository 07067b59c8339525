/*
 * log_target - where the log of a console goes: standard error is the screen then.
 *
 * $XDG_STATE_HOME/autoscaler/autoscaler.log, with ~/.local/state for a variable that is unset or not absolute. Folders
 * that are missing are made, for their owner alone. Any thread. -errno with a sentence.
 */
#ifndef ENGINE_LOG_LOG_TARGET_H
#define ENGINE_LOG_LOG_TARGET_H

#include "engine/base/error.h"

#include <stddef.h>

int log_target_make(char *ret_path, size_t size, struct error *err);

#endif
