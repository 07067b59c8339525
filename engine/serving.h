/*
 * serving - how many of the counted hosts have servers, as a number and in words.
 *
 * Owns nothing. Any thread. Counts are hosts or servers of one status. Cannot fail.
 */
#ifndef ENGINE_SERVING_H
#define ENGINE_SERVING_H

#include "engine/base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* As few hosts as can run the servers, at most `hosts`. `servers_per_host` is at least 1. */
int32_t serving_hosts(int32_t hosts, int32_t servers, int32_t servers_per_host);

/* "27 of 43 hosts serve" */
void serving_add(struct text *text, int64_t serving, int64_t hosts);

#endif
