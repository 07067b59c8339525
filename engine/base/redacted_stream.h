/*
 * redacted_stream - a stream that writes to another one what a redaction leaves, line by line.
 *
 * For text whose parts are printed one after the other: it is checked when a line is complete. Of a line longer than
 * REDACTION_TEXT_MAX the beginning is written.
 *
 * fclose writes what is left, and closes this stream alone. The redaction and the other stream live longer. Failures to
 * write are those of the other stream. One thread at a time, as the redaction.
 */
#ifndef ENGINE_BASE_REDACTED_STREAM_H
#define ENGINE_BASE_REDACTED_STREAM_H

#include "engine/base/redaction.h"

#include <stdio.h>

/* NULL: no memory. */
FILE *redacted_stream_open(struct redaction *redaction, FILE *to);

#endif
