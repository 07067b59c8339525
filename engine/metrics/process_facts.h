/*
 * process_facts - what the kernel knows of this process: processor time and memory.
 *
 * Any thread. Cannot fail: what is not known is negative.
 */
#ifndef ENGINE_METRICS_PROCESS_FACTS_H
#define ENGINE_METRICS_PROCESS_FACTS_H

#include <stdint.h>

/* User and system time in milliseconds; bytes in RAM. */
void process_facts_read(int64_t *ret_processor_ms, int64_t *ret_memory_size);

#endif
