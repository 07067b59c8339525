/*
 * frame - the rows of a pass, or of a part of it, as columns: what is compressed and stored.
 *
 * A frame has the rows of slots in the order of the slots, and of the same slot in the order in which they came. All
 * numbers are those of bytes.h.
 *
 *     rows, changed, policies          counts; changed rows are DIFF, FULL and SHOWN
 *     policies                         number, size of the name, name, values
 *     kinds                            a byte for each row
 *     slots                            for each row the difference to the one before
 *     ids                              of FULL and SHOWN rows: size, bytes
 *     fields                           for each field: the count of changed rows that have it; if it is neither 0 nor
 *                                      all, a bit for each changed row; then the values of those that have it
 *
 * The order of the fields is that of the format of the frame (recording_format.h), here of this program.
 */
#ifndef ENGINE_RECORDING_FRAME_H
#define ENGINE_RECORDING_FRAME_H

#include <stddef.h>

#define FRAME_ROWS_MAX 16384
#define FRAME_INPUT_MAX ((size_t)256 * 1024) /* bytes of the rows in a frame that is written */
#define FRAME_SIZE_MAX ((size_t)4 * 1024 * 1024)
#define FRAME_SLOT_MAX 1000000 /* as many as there may be deployments */

#endif
