/*
 * ctl_print - what the engine has sent, as tables and sentences for people.
 *
 * Foreign text is printed escaped. One thread. ERR_BAD_JSON: not what the control API sends.
 */
#ifndef ENGINE_CTL_CTL_PRINT_H
#define ENGINE_CTL_CTL_PRINT_H

#include "engine/base/error.h"
#include "engine/ctl/ctl_arguments.h"
#include "engine/ctl/ctl_client.h"
#include "engine/ctl/ctl_request.h"

#include <stdio.h>

/* A response with status 200 to this command. */
int ctl_print(enum ctl_command command, const struct ctl_response *response, FILE *out,
              struct error *err);

/* The number of the last line in a response to LOG; -1: there is none. */
int64_t ctl_read_next(const struct ctl_response *response);

/* The sentence of any other response, and the numbers that it asks for. Printable. */
int ctl_read_refusal(const struct ctl_response *response, struct ctl_guard *ret_guard,
                     struct error *ret_refusal);

#endif
