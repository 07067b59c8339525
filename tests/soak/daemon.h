/*
 * daemon - the program as its operator sees it: started, told by signals, its log counted, its memory measured.
 *
 * The log is read and counted, not kept: a day of it is long. What has gone wrong is shown on standard error. The
 * program is killed when the soak dies. Linux: /proc tells what it costs. One thread.
 */
#ifndef TESTS_SOAK_DAEMON_H
#define TESTS_SOAK_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#define DAEMON_LINE_SIZE 4096

/* What the log told. */
struct daemon_log {
    int64_t passes;
    int64_t read;
    int64_t failed;
    int64_t scaled;
    int64_t unconfirmed;
    int64_t reloads;
    int64_t refused_reloads;
};

struct daemon_cost {
    double memory_kib; /* anonymous: what it has allocated, without the files that it maps */
    double descriptors;
    double threads;
};

struct daemon {
    int pid;
    int log_fd;
    bool has_ended; /* its log has */
    struct daemon_log log;
    char line[DAEMON_LINE_SIZE];
    int line_size;
};

void daemon_start(struct daemon *daemon, const char *program, const char *config, const char *url);

/* Reads what the log has within so many milliseconds. */
void daemon_listen(struct daemon *daemon, int wait_ms);

void daemon_signal(const struct daemon *daemon, int number);

/* False: it is gone. */
bool daemon_measure(const struct daemon *daemon, struct daemon_cost *ret_cost);

/* Waits for its end, and kills it after `patience_ms`. Its exit code, or 128 and the signal. */
int daemon_finish(struct daemon *daemon, int64_t patience_ms);

#endif
