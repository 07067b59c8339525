/*
 * yaml_setting - the value of an option in a configuration file.
 *
 * For the readers of the file and its lists. Owns nothing. One thread at a time. Errors: those of yaml_reader.h.
 */
#ifndef ENGINE_CONFIG_YAML_SETTING_H
#define ENGINE_CONFIG_YAML_SETTING_H

#include "engine/config/yaml_reader.h"

/* The event is a scalar that the option accepts; it is borrowed from the event. `key` is the key as errors show it. */
int yaml_setting_take(struct yaml_reader *reader, const struct option_row *row, const char *key,
                      struct setting *ret_setting);

/* The event is a key that was set in this line already. */
int yaml_setting_refuse_repeated(struct yaml_reader *reader, const char *key, size_t line);

#endif
