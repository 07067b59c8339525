/*
 * hostile_clients - a process with clients of a control socket that misbehave, for benches.
 *
 * HOSTILE_CONNECTIONS connections in HOSTILE_MS, the usual interval of passes, and again: half of them are closed at once,
 * the others send garbage. Beside them are clients that never read what they ask for, that send half a request and shut down, and whose headers never end.
 * The process ends with its parent.
 */
#ifndef TESTS_BENCH_HOSTILE_CLIENTS_H
#define TESTS_BENCH_HOSTILE_CLIENTS_H

#include <sys/types.h>

#define HOSTILE_CONNECTIONS 10000
#define HOSTILE_MS 30000

pid_t hostile_clients_start(const char *socket);
void hostile_clients_stop(pid_t pid);

#endif
