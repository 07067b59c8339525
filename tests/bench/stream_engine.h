/*
 * stream_engine - a process with the control API and a fleet of which 1 % changes in each pass, for benches.
 *
 * The fleet is read_fleet.h; there is no API to read, so that what is measured is what clients cost. A pass is
 * STREAM_ENGINE_PASS_MS long, and its changes are spread over it. The process ends with its parent.
 */
#ifndef TESTS_BENCH_STREAM_ENGINE_H
#define TESTS_BENCH_STREAM_ENGINE_H

#include <sys/types.h>

#define STREAM_ENGINE_PASS_MS 1000

/* Returns when it listens. -1: it did not start. */
pid_t stream_engine_start(const char *socket);

void stream_engine_stop(pid_t pid);

#endif
