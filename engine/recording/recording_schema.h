/*
 * recording_schema - the tables of recording.db.
 *
 *     meta      the schema and the API, as in the journal
 *     formats   format, version of the program, names of fields, reasons and actions (recording_format.h)
 *     groups    grp: the number of its first frame; when it began
 *     frames    seq, its group, format, is_end (of its pass), pass, begun_ms, ended_ms, deployments (rows),
 *               bytes (before compression), sum (file_sum of all other columns), data (a frame.h, zstd)
 *
 * A group is the frames from its number to the next group's. The view v_passes is for people. Any thread.
 */
#ifndef ENGINE_RECORDING_RECORDING_SCHEMA_H
#define ENGINE_RECORDING_RECORDING_SCHEMA_H

#include "engine/recording/recording_format.h"
#include "engine/store/database.h"

#define RECORDING_FILE_NAME "recording.db"
#define RECORDING_SCHEMA_VERSION 1
#define RECORDING_APPLICATION_ID 0x61757372 /* "ausr" */

/* The columns under the checksum, in its order. */
#define FRAME_COLUMNS "seq, grp, format, is_end, pass, begun_ms, ended_ms, deployments, bytes, data"

/* The tables of an empty file, which is for the API `identity`. */
int recording_schema_create(struct database *database, const char *identity, struct error *err);

/*
 * Is this a recording that this program can read? ERR_DAMAGED, ERR_TOO_NEW. `identity` NULL: that of any API.
 */
int recording_schema_check(struct database *database, const char *identity, struct error *err);

/* The number of the format with these names, which is added if there is none. */
int recording_schema_put_format(struct database *database, const struct recording_names *names,
                                int64_t *ret_format, struct error *err);

/* ERR_DAMAGED: there is no such format. */
int recording_schema_get_format(struct database *database, int64_t number,
                                struct recording_names *ret_names, struct error *err);

#endif
