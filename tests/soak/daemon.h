/*
 * daemon - the program from outside: starts it, sends signals, counts events in its log, measures its resources.
 *
 * The log is counted and not stored, because a day of it is long. Errors are copied to standard error. The program is
 * killed when the soak process ends. Linux only: resources come from /proc. One thread.
 */
#ifndef TESTS_SOAK_DAEMON_H
#define TESTS_SOAK_DAEMON_H

#include <stdbool.h>
#include <stdint.h>

#define DAEMON_LINE_SIZE 4096

/* Counts from the log. */
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
    double memory_kib; /* anonymous memory, without mapped files */
    double descriptors;
    double threads;
};

struct daemon {
    int pid;
    int log_fd;
    bool has_ended; /* end of file on the log */
    struct daemon_log log;
    char line[DAEMON_LINE_SIZE];
    int line_size;
};

/* `arguments`: the program first, ended by NULL. */
void daemon_start(struct daemon *daemon, char *const *arguments);

/* Reads the log for at most `wait_ms` milliseconds. */
void daemon_listen(struct daemon *daemon, int wait_ms);

void daemon_signal(const struct daemon *daemon, int number);

/* Of a process; false: it has ended. */
bool daemon_measure(int pid, struct daemon_cost *ret_cost);

/* Waits for its end, and kills it after `patience_ms`. Returns the exit code, or 128 plus the signal. */
int daemon_finish(struct daemon *daemon, int64_t patience_ms);

#endif
