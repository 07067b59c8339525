/*
 * delta - how many hosts a deployment needs, and how many it is short of or can spare.
 *
 *     busy     B = T - F
 *     desired  D = ceil(100 B / ((100 - t) S))        exact integers, never floating point
 *     base     H = C + P
 *     delta        D - H                              before any guard rail
 *
 * so that of D hosts' servers at least the share t is free. Owns nothing, remembers nothing. Any thread.
 * Counts are hosts or servers; shares are parts per billion (SHARE_WHOLE is all).
 * Cannot fail: implausible data was refused where it came in.
 */
#ifndef ENGINE_CORE_DELTA_H
#define ENGINE_CORE_DELTA_H

#include <stdint.h>

struct delta_input {
    int32_t servers_per_host; /* at least 1 */
    int32_t current_hosts;
    int32_t pending_hosts;   /* asked for and not yet seen; negative: leaving */
    int32_t total_servers;   /* busy and free together */
    int32_t free_servers;    /* 0 .. total_servers */
    int32_t target_free_ppb; /* share to keep free, 0 .. SHARE_WHOLE - 1 */
};

/* Hosts wanted, whatever there is. */
int64_t delta_desired_hosts(const struct delta_input *in);

/* Hosts wanted minus hosts owned or on their way, before any guard rail. */
int64_t delta_hosts(const struct delta_input *in);

#endif
