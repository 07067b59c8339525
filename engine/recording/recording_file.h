/*
 * recording_file - recording.db, for the thread that writes it.
 *
 * A file that is damaged is renamed to recording.db.damaged-TIME, and a new one is begun. A new file is built under
 * another name first. What is written is on the disk within seconds, not at once: it may be lost with the machine, and
 * nothing depends on it.
 *
 * One thread at a time; blocks for as long as the disk does. Errors are those of database.h, with the path.
 */
#ifndef ENGINE_RECORDING_RECORDING_FILE_H
#define ENGINE_RECORDING_RECORDING_FILE_H

#include "engine/recording/frame_builder.h"
#include "engine/recording/recording_schema.h"
#include "engine/store/state_dir.h"

struct recording_file;

struct recording_opening {
    bool is_damaged; /* it was replaced */
    char damage[ERROR_MSG_SIZE];
    char quarantine[STATE_PATH_SIZE]; /* where the damaged file is */
};

int recording_file_open(const char *path, const char *identity, struct wall now,
                        struct recording_file **ret_file, struct recording_opening *ret_opening,
                        struct error *err);

/* Accepts NULL. */
void recording_file_close(struct recording_file *file, bool with_checkpoint);

/* Stores a frame; `size` bytes before compression. The first one after opening begins a group. */
int recording_file_put(struct recording_file *file, const struct frame_facts *facts,
                       const void *block, size_t block_size, size_t size, struct error *err);

struct recording_limits {
    int64_t keep_ms;
    int64_t size_max; /* bytes of the file */
};

struct recording_trim {
    bool has_more;   /* another step would delete more */
    bool is_cut;     /* a group was deleted for the size before its time */
    int64_t kept_ms; /* then: how long it was kept */
    bool
        needs_group; /* the size is exceeded by the group that is being written: begin another one */
};

/* Deletes at most one group, and returns its pages to the file system. */
int recording_file_trim(struct recording_file *file, const struct recording_limits *limits,
                        struct wall now, struct recording_trim *ret_trim, struct error *err);

#endif
