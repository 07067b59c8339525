#include "engine/run/state_bridges.h"

static int open_journal(struct state_bridges *bridges, uv_loop_t *loop,
                        const struct state_bridges_config *config, struct error *err)
{
    bool is_batch = config->config->state.sync == STATE_SYNC_BATCH;
    struct journal_bridge_config journal = {
        .driver = config->driver,
        .overrides = config->overrides,
        .place = config->place,
        .sync = is_batch ? JOURNAL_SYNC_BATCH : JOURNAL_SYNC_ALWAYS,
        .intents_max = config->intents_max,
        .events = config->events,
        .redaction = config->redaction,
    };
    return journal_bridge_create(loop, &journal, &bridges->journal, err);
}

static int open_recording(struct state_bridges *bridges, uv_loop_t *loop,
                          const struct state_bridges_config *config, struct error *err)
{
    struct recording_bridge_config recording = {
        .driver = config->driver,
        .place = config->place,
        .limits = { config->config->recording.keep_ms, config->config->recording.size_max },
        .events = config->events,
    };
    return recording_bridge_create(loop, &recording, &bridges->recording, err);
}

int state_bridges_open(struct state_bridges *bridges, uv_loop_t *loop,
                       const struct state_bridges_config *config, struct error *err)
{
    int failed = open_journal(bridges, loop, config, err);
    return failed ? failed : open_recording(bridges, loop, config, err);
}

void state_bridges_begin(struct state_bridges *bridges)
{
    journal_bridge_begin(bridges->journal);
    recording_bridge_begin(bridges->recording);
}

void state_bridges_reload(struct state_bridges *bridges)
{
    journal_bridge_reload(bridges->journal);
    recording_bridge_reload(bridges->recording);
}

static void on_journal_finished(void *context)
{
    struct state_bridges *bridges = context;
    recording_bridge_finish(bridges->recording, bridges->finished, bridges->context);
}

void state_bridges_finish(struct state_bridges *bridges, void (*finished)(void *context),
                          void *context)
{
    bridges->finished = finished;
    bridges->context = context;
    journal_bridge_finish(bridges->journal, on_journal_finished, bridges);
}

bool state_bridges_are_over(const struct state_bridges *bridges)
{
    return journal_bridge_is_over(bridges->journal) && recording_bridge_is_over(bridges->recording);
}

void state_bridges_close(struct state_bridges *bridges)
{
    journal_bridge_close(bridges->journal);
    recording_bridge_close(bridges->recording);
}

void state_bridges_destroy(struct state_bridges *bridges)
{
    journal_bridge_destroy(bridges->journal);
    recording_bridge_destroy(bridges->recording);
}
