/*
 * state_file - the file of what the console keeps between runs: saved views and the last view. Nothing secret.
 *
 * $XDG_STATE_HOME/autoscaler/console, or ~/.local/state/autoscaler/console; read and written by this user only. It is
 * replaced as a whole, so that a reader finds the old or the new one; a symbolic link stays one. Plain functions: the
 * caller owns all memory. Console thread; blocks for as long as the disk does.
 */
#ifndef TUI_STATE_FILE_H
#define TUI_STATE_FILE_H

#include "tui/console/saved_views.h"

#define STATE_PATH_SIZE 1024

/* False: there is no directory for it (HOME is not set), or its name is too long. */
bool state_file_path(char ret_path[STATE_PATH_SIZE]);

/* MISSING: there is none yet. BAD: it cannot be read, or it is damaged. Only READ changes *ret_views. */
enum state_file_end { STATE_FILE_READ, STATE_FILE_MISSING, STATE_FILE_BAD };
enum state_file_end state_file_read(const char *path, struct saved_views *ret_views);

/* Makes the directories above it that are missing. Returns 0, or a negative errno. */
int state_file_write(const char *path, const struct saved_views *views);

#endif
