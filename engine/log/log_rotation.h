/*
 * log_rotation - old files of a log: FILE.1 is the newest, FILE.KEEP the oldest, what is older is deleted.
 *
 *     FILE.2 -> FILE.3    FILE.1 -> FILE.2    FILE -> FILE.1
 *
 * Nothing is copied and no line is lost: a descriptor goes on with its file, whatever the name of it. A step that fails
 * ends the rotation; what has been renamed until then keeps its new name, and FILE is still there. Any thread. Never
 * waits. -errno with the names and the cause.
 */
#ifndef ENGINE_LOG_LOG_ROTATION_H
#define ENGINE_LOG_LOG_ROTATION_H

#include "engine/base/error.h"

#include <stdint.h>

#define LOG_KEEP_MAX 100

/* `keep`: 1 to LOG_KEEP_MAX. A link is followed: the files are beside the one that it leads to. */
int log_rotation_rename(const char *file, int32_t keep, struct error *err);

/* Gives FILE its name back, for a new file could not be opened. What was renamed before stays. */
void log_rotation_undo(const char *file);

#endif
