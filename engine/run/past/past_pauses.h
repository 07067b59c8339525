/*
 * past_pauses - the pauses of operators at a moment of the past, from the journal beside the recording.
 *
 * The journal may be missing, damaged, of another version, or shorter than the recording: nothing is known then. Reads
 * the file while an engine writes it. Owns its connection and the texts that it returns, until the
 * next moment. The pauses of a moment are read once. One thread at a time.
 */
#ifndef ENGINE_RUN_PAST_PAST_PAUSES_H
#define ENGINE_RUN_PAST_PAST_PAUSES_H

#include "engine/base/clock.h"
#include "engine/view/pause_source.h"

struct past_pauses;

/* Of the API with this identity; the journal is in the directory of `recording_path`. NULL: nothing is known. */
struct past_pauses *past_pauses_open(const char *recording_path, const char *identity);
void past_pauses_close(struct past_pauses *pauses);

/* The moment of the source. Its instants are those of the wall clock: a struct mono has the same number. */
void past_pauses_look_at(struct past_pauses *pauses, struct wall at);
struct pause_source past_pauses_source(struct past_pauses *pauses);

#endif
