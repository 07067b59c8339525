/*
 * delta - the formula: how many hosts a deployment needs.
 *
 *     busy     B = T - F
 *     desired  D = ceil(100 B / ((100 - t) S))        exact integers, never floating point
 *
 * T, F: total and free servers; S: servers per host; t: target share in percent.
 * With D hosts, at least the share t of the servers is free. Owns nothing, keeps no state. Any thread.
 * Counts are hosts or servers; shares are parts per billion (SHARE_WHOLE is all).
 * Cannot fail: the caller has refused implausible data.
 */
#ifndef ENGINE_CORE_DELTA_H
#define ENGINE_CORE_DELTA_H

#include <stdint.h>

struct delta_input {
    int32_t servers_per_host; /* at least 1 */
    int32_t total_servers;    /* busy and free together */
    int32_t free_servers;     /* 0 .. total_servers */
    int32_t target_free_ppb;  /* share to keep free, 0 .. SHARE_WHOLE - 1 */
};

/* Servers that must exist for the target: the busy ones and their free share, rounded up. */
int64_t delta_needed_servers(const struct delta_input *in);

/* D. */
int64_t delta_desired_hosts(const struct delta_input *in);

#endif
