/*
 * trace_file - a file of recorded demand, or standard input, made into a trace.
 *
 * Pipes are allowed. Blocks until the end of the file. One thread at a time. Errors: ERR_CONFIG "traces/eu.csv: line
 * 12: ..." with the path escaped, -ENOMEM.
 */
#ifndef ENGINE_RUN_BACKTEST_TRACE_FILE_H
#define ENGINE_RUN_BACKTEST_TRACE_FILE_H

#include "engine/base/error.h"
#include "engine/sim/trace.h"

#define TRACE_FILE_STDIN "-"
#define TRACE_FILE_SIZE_MAX ((size_t)256 * 1024 * 1024)

/* The caller frees *ret_trace with trace_fini. */
int trace_file_read(const char *path, struct trace *ret_trace, struct error *err);

/* Prefixes the sentence in `err` with the path and returns the code that is already set; -ENOMEM stays as it is. */
int trace_file_refuse(const char *path, struct error *err);

#endif
