/*
 * ctl_request - the request to the control API that a command of autoscalerctl means.
 *
 * Any thread. Owns nothing. -E2BIG: an argument is too long.
 */
#ifndef ENGINE_CTL_CTL_REQUEST_H
#define ENGINE_CTL_CTL_REQUEST_H

#include "engine/base/error.h"
#include "engine/ctl/ctl_arguments.h"

#include <stdbool.h>
#include <stdint.h>

#define CTL_TARGET_SIZE 3200
#define CTL_BODY_SIZE 4096

/* What the engine had to be told, see `expect` in autoscaler-control(7); negative: nothing. */
struct ctl_guard {
    int64_t count;
    int64_t hosts;
};

struct ctl_request {
    bool is_act;
    bool has_body;
    char target[CTL_TARGET_SIZE];
    char body[CTL_BODY_SIZE]; /* of an act */
};

/* For LOG: the lines behind this one. */
void ctl_request_follow(int64_t number, struct ctl_request *ret_request);

int ctl_request_make(const struct ctl_arguments *arguments, const struct ctl_guard *guard,
                     struct ctl_request *ret_request, struct error *err);

#endif
