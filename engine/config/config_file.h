/*
 * config_file - finds the configuration file and reads its bytes.
 *
 * A file named by the user must exist; a file on the search path may be missing. Any thread that may read the
 * environment. Errors: ERR_CONFIG "path: what is wrong", -ENOMEM.
 */
#ifndef ENGINE_CONFIG_CONFIG_FILE_H
#define ENGINE_CONFIG_CONFIG_FILE_H

#include "engine/base/error.h"

#include <stddef.h>

#define CONFIG_FILE_SIZE_MAX ((size_t)1024 * 1024)
#define CONFIG_FILE_SYSTEM "/etc/autoscaler/autoscaler.yaml"

struct config_file {
    char *path; /* NULL: there is none */
    char *bytes;
    size_t size;
    const char *doubt; /* why it is to be trusted less; NULL: no reason */
};

/*
 * Reads `named`. When that is NULL, reads the first file that exists of $XDG_CONFIG_HOME/autoscaler/autoscaler.yaml
 * (without the variable: $HOME/.config/...) and CONFIG_FILE_SYSTEM.
 */
int config_file_init(struct config_file *file, const char *named, struct error *err);
void config_file_fini(struct config_file *file);

#endif
