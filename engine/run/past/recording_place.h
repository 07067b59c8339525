/*
 * recording_place - where a recording is, for the commands that read one.
 *
 * Any thread. Errors name the path: -ENOENT: there is no recording; ERR_USAGE: there are several, or the file is
 * something else, which is said; else -errno.
 */
#ifndef ENGINE_RUN_PAST_RECORDING_PLACE_H
#define ENGINE_RUN_PAST_RECORDING_PLACE_H

#include "engine/base/error.h"
#include "engine/store/state_dir.h"

#include <stdbool.h>

/* A file is the recording itself; a directory is that of an API, or a state directory with one API. */
int recording_place_find(const char *path, char ret_file[STATE_PATH_SIZE], struct error *err);

bool recording_place_is_directory(const char *path);

/* Is it a database, by its first bytes? */
bool recording_place_is_file(const char *path);

#endif
