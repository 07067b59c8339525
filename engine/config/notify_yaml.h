/*
 * notify_yaml - the list `notify` of a configuration file.
 *
 * One thread at a time. Errors: those of yaml_reader.h. No error repeats a URL.
 */
#ifndef ENGINE_CONFIG_NOTIFY_YAML_H
#define ENGINE_CONFIG_NOTIFY_YAML_H

#include "engine/config/yaml_reader.h"

/* The event is the key. */
int notify_yaml_read(struct yaml_reader *reader, const struct option_row *row);

#endif
