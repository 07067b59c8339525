/*
 * remote_act - a command of the console as a request to the control API, and its response as an acknowledgement.
 *
 * The guards of the request are what the console shows: the number of deployments of an act on all of them, and of
 * hosts before a scale. An engine that has others by now refuses.
 *
 * Plain functions. One thread (cJSON).
 */
#ifndef ENGINE_REMOTE_REMOTE_ACT_H
#define ENGINE_REMOTE_REMOTE_ACT_H

#include "engine/command.h"

#include <stdbool.h>
#include <stddef.h>

#define REMOTE_BODY_SIZE 2048

/* As shown; -1: not known, and no guard. */
struct remote_guards {
    int32_t deployments;
    int32_t hosts;
};

struct remote_request {
    const char *path;
    char body[REMOTE_BODY_SIZE];
};

/* False: not a command that an engine elsewhere takes. */
bool remote_act_make(const struct command *command, const struct remote_guards *guards,
                     struct remote_request *ret_request);

/* The request for the deployment that is explained in a stream. */
void remote_focus_make(const char *stream, const struct command *focus,
                       struct remote_request *ret_request);

/* What the engine has said: the sentence of its response, or that it has said nothing that can be read. */
void remote_act_read(const struct command *command, long status, const char *body, size_t size,
                     struct command_ack *ret_ack);

/* An acknowledgement of this program. */
void remote_act_refuse(const struct command *command, const char *sentence,
                       struct command_ack *ret_ack);

#endif
