/*
 * ctl_yaml - a JSON document of the engine as YAML.
 *
 * Texts are quoted and everything beyond ASCII in them is escaped, so that nothing of it reaches the terminal. One
 * thread. ERR_BAD_JSON: it is no JSON; -ENOMEM.
 */
#ifndef ENGINE_CTL_CTL_YAML_H
#define ENGINE_CTL_CTL_YAML_H

#include "engine/base/error.h"

#include <stddef.h>
#include <stdio.h>

int ctl_yaml_print(const char *json, size_t size, FILE *out, struct error *err);

#endif
