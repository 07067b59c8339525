/*
 * journal_stream - is standard error the journal of systemd, and what does a line begin with there?
 *
 * $JOURNAL_STREAM has device and inode of the journal's stream. It is inherited by programs whose standard error is
 * another one, so both are compared. A line in the journal may begin with its priority, as syslog(3) numbers them; the
 * journal takes it away. A value that is not of that form is not the journal: it comes from the service manager alone,
 * and nothing is lost without priorities.
 *
 * Owns nothing. One thread at a time, while the environment does not change. Cannot fail.
 */
#ifndef ENGINE_LOG_JOURNAL_STREAM_H
#define ENGINE_LOG_JOURNAL_STREAM_H

#include "engine/vocab.h"

#include <stdbool.h>

bool journal_stream_is(int fd);

/* "<3>" for an error. */
const char *journal_priority(enum level level);

/* For a line of the program itself to standard error: its priority when that is the journal, else "". */
const char *journal_mark(enum level level);

#endif
