/*
 * recorder_config - the settings and limits of the recorder.
 *
 * Plain values. Texts are copied by recorder_create.
 */
#ifndef ENGINE_RECORDING_RECORDER_CONFIG_H
#define ENGINE_RECORDING_RECORDER_CONFIG_H

#include "engine/recording/recording_file.h"

#include <stdint.h>

#define RECORDER_PAGES 32
#define RECORDER_RETRY_MS ((int64_t)60 * 1000)
#define RECORDER_TRIM_MS ((int64_t)60 * 1000)
/* A part of a pass that takes longer is stored after this time. */
#define RECORDER_PART_MS 10000

struct recorder_config {
    const char *path;     /* of the file */
    const char *identity; /* of api_identity */
    struct recording_limits limits;
    int64_t retry_ms;
    void (*wake)(void *context); /* on the recorder's thread */
    void *context;
};

#endif
