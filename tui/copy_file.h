/*
 * copy_file - what was copied, as a new file of its owner, beside the log of the console.
 */
#ifndef TUI_COPY_FILE_H
#define TUI_COPY_FILE_H

#include "engine/base/clock.h"
#include "engine/base/error.h"

#define COPY_FILE_PATH_SIZE 4096

/* A new file with mode 0600; an existing one is never overwritten. -errno with a sentence. */
int copy_file_write(const char *content, struct wall now, char ret_path[COPY_FILE_PATH_SIZE],
                    struct error *err);

#endif
