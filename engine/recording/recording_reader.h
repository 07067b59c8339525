/*
 * recording_reader - a recording, frame by frame: for what happened, and for deciding it again.
 *
 * Reads a file that an engine may be writing; holds no transaction between two calls. A frame with a wrong checksum, or
 * one that cannot be applied, is counted and left out, and with it all up to the next group.
 *
 * Owns its memory. One thread at a time; blocks for as long as the disk does. Errors have a sentence with the path:
 * those of database.h, ERR_TOO_NEW, ERR_DAMAGED, -ENOENT: there is no recording.
 */
#ifndef ENGINE_RECORDING_RECORDING_READER_H
#define ENGINE_RECORDING_RECORDING_READER_H

#include "engine/recording/frame_builder.h"
#include "engine/recording/recording_table.h"

struct recording_reader;

int recording_reader_open(const char *path, struct recording_reader **ret_reader,
                          struct error *err);
void recording_reader_close(struct recording_reader *reader);

/*
 * To a place from which frames up to `at` show the whole fleet: the last group of which a pass had ended by then, else
 * the first one.
 */
int recording_reader_seek(struct recording_reader *reader, struct wall at, struct error *err);

/*
 * Applies the next frame. 1: `ret_facts` is of it, and was so before the first visit (recording_table.h); 0: there is
 * none (yet).
 */
int recording_reader_next(struct recording_reader *reader, recording_visit *visit, void *context,
                          struct frame_facts *ret_facts, struct error *err);

/* For recording_moments.h: the file; the number of the last frame; the next frame is the first one of this group. */
struct database *recording_reader_database(const struct recording_reader *reader);
int64_t recording_reader_position(const struct recording_reader *reader);
void recording_reader_go_to_group(struct recording_reader *reader, int64_t group);

/* Rows of what has not changed are visited without their sample from now on (recording_table_skim). */
void recording_reader_skim(struct recording_reader *reader);

/* The fleet after the last frame. */
const struct recording_table *recording_reader_table(const struct recording_reader *reader);

/* Frames so far that were left out because of damage. */
int64_t recording_reader_damaged(const struct recording_reader *reader);

/* Is the last frame of this version of the program, with the same words? */
bool recording_reader_is_own(const struct recording_reader *reader);

#endif
