#include "engine/store/record_writer.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/store/schema.h"

#include <sys/utsname.h>
#include <unistd.h>

/* The checksum of a row of scales with new values in some columns. */
#define SCALE_SUM(outcome, detail, ended, live)                                                    \
    "row_sum(seq, key, last_seq, attempts, deployment, delta, hosts, servers, free_servers, "      \
    "pending, reason, actor, run, wall_ms, boot_ms, " outcome ", " detail ", " ended ", " live ")"

#define UNSENT_OUTCOME "CASE WHEN attempts > 1 THEN 'unknown' ELSE 'not_sent' END"

enum statement_id {
    PUT_INTENT,
    PUT_OUTCOME,
    PUT_UNSENT,
    PUT_OVERRIDE,
    END_OVERRIDE,
    PUT_STATE,
    COVER_SCALES,
    PUT_GONE,
    PUT_DECISION,
    PUT_BEAT,
    PUT_END,
    PUT_COMMITS,
};

#define STATEMENT_COUNT 12

/* clang-format off */
static const char *const sql[STATEMENT_COUNT] = {
    /* A repeat of a request has its key. */
    [PUT_INTENT] =
        "INSERT INTO scales (" SCALE_COLUMNS ", sum, desired, first_ms)"
        " VALUES (?1, ?2, ?1, 1, ?3, ?4, ?5, ?6, ?7, ?8,"
        " ?9, ?10, ?11, ?12, ?13, NULL, NULL, NULL, 1, row_sum(?1, ?2, ?1, 1, ?3, ?4, ?5, ?6, ?7,"
        " ?8, ?9, ?10, ?11, ?12, ?13, NULL, NULL, NULL, 1), ?14, ?12)"
        " ON CONFLICT (key) DO UPDATE SET last_seq = ?1, attempts = attempts + 1, run = ?11,"
        " wall_ms = ?12, boot_ms = ?13, outcome = NULL, detail = NULL, ended_ms = NULL,"
        " is_live = 1, sum = row_sum(seq, key, ?1, attempts + 1, deployment, delta, hosts, servers,"
        " free_servers, pending, reason, actor, ?11, ?12, ?13, NULL, NULL, NULL, 1)",
    [PUT_OUTCOME] =
        "UPDATE scales SET outcome = ?2, detail = ?3, ended_ms = ?4, is_live = 1,"
        " sum = " SCALE_SUM("?2", "?3", "?4", "1") " WHERE key = ?1",
    /* Only if this attempt was written, after all. */
    [PUT_UNSENT] =
        "UPDATE scales SET outcome = " UNSENT_OUTCOME ", ended_ms = ?3,"
        " sum = " SCALE_SUM(UNSENT_OUTCOME, "detail", "?3", "is_live")
        " WHERE key = ?1 AND last_seq = ?2 AND outcome IS NULL",
    [PUT_OVERRIDE] =
        "INSERT OR REPLACE INTO overrides (" OVERRIDE_COLUMNS ", sum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, NULL,"
        " row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL, NULL))",
    [END_OVERRIDE] =
        "UPDATE overrides SET ended_ms = ?2, ended_by = ?3, sum = row_sum(number, kind, match,"
        " value, author, reason, run, wall_ms, boot_ms, for_ms, ?2, ?3)"
        " WHERE number = ?1 AND ended_ms IS NULL",
    [PUT_STATE] =
        "INSERT INTO deployments (" DEPLOYMENT_COLUMNS ", sum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, row_sum(?1, ?2, ?3, ?4, ?5, ?6, NULL))"
        " ON CONFLICT (id) DO UPDATE SET run = ?2, wall_ms = ?3, boot_ms = ?4, version = ?5,"
        " state = ?6, gone_ms = NULL, sum = excluded.sum",
    [COVER_SCALES] =
        "UPDATE scales SET is_live = 0, sum = " SCALE_SUM("outcome", "detail", "ended_ms", "0")
        " WHERE deployment = ?1 AND is_live = 1"
        " AND outcome IN ('accepted', 'refused', 'not_sent')",
    [PUT_GONE] =
        "UPDATE deployments SET gone_ms = ?2, sum = row_sum(id, run, wall_ms, boot_ms, version,"
        " state, ?2) WHERE id = ?1 AND gone_ms IS NULL",
    [PUT_DECISION] =
        "INSERT OR REPLACE INTO decisions"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    [PUT_BEAT] =
        "UPDATE runs SET last_wall_ms = ?2, last_boot_ms = ?3, sum = row_sum(run, boot_id, pid,"
        " host, version, begun_ms, ?2, ?3) WHERE run = ?1",
    [PUT_END] = "UPDATE runs SET stopped_ms = ?2 WHERE run = ?1",
    [PUT_COMMITS] = SCHEMA_PUT_COMMITS,
};
/* clang-format on */

struct record_writer {
    struct database *database;
    int64_t run;
    struct statement *statements[STATEMENT_COUNT];
};

/* --- the run --------------------------------------------------------------------------------------------------- */

static int bind_and_run(struct statement *statement, const struct run *run, struct error *err)
{
    struct utsname names;
    statement_bind_integer(statement, 1, run->number);
    statement_bind_text(statement, 2, run->boot_id);
    statement_bind_integer(statement, 3, getpid());
    statement_bind_text(statement, 4, uname(&names) == 0 ? names.nodename : "");
    statement_bind_text(statement, 5, AUTOSCALER_VERSION);
    statement_bind_integer(statement, 6, run->begun.wall.ms);
    statement_bind_integer(statement, 7, run->begun.boot.ms);
    return statement_run(statement, err);
}

static int record_run(struct database *database, struct run *run, struct error *err)
{
    int failed = database_set_sync(database, true, err);
    if (!failed && run->number == 0)
        failed = database_read_integer(database, "SELECT coalesce(max(run), 0) + 1 FROM runs",
                                       &run->number, err);
    struct statement *statement = NULL;
    failed = failed ? failed
                    : statement_create(database,
                                       "INSERT OR REPLACE INTO runs (" RUN_COLUMNS ", sum)"
                                       " VALUES (?1, ?2, ?3, ?4, ?5, ?6,"
                                       " ?6, ?7, row_sum(?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7))",
                                       &statement, err);
    failed = failed ? failed : bind_and_run(statement, run, err);
    statement_destroy(statement);
    return failed;
}

int record_writer_create(struct database *database, struct run *run,
                         struct record_writer **ret_writer, struct error *err)
{
    int failed = record_run(database, run, err);
    if (failed)
        return failed;
    struct record_writer *writer = heap_alloc(1, sizeof *writer);
    if (!writer)
        return error_no_memory(err);
    writer->database = database;
    writer->run = run->number;
    for (size_t i = 0; !failed && i < STATEMENT_COUNT; i++)
        failed = statement_create(database, sql[i], &writer->statements[i], err);
    if (failed) {
        record_writer_destroy(writer);
        return failed;
    }
    *ret_writer = writer;
    return 0;
}

void record_writer_destroy(struct record_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        statement_destroy(writer->statements[i]);
    heap_free(writer);
}

int record_writer_beat(struct record_writer *writer, const struct stamp *now, struct error *err)
{
    struct statement *statement = writer->statements[PUT_BEAT];
    statement_bind_integer(statement, 1, writer->run);
    statement_bind_integer(statement, 2, now->wall.ms);
    statement_bind_integer(statement, 3, now->boot.ms);
    return statement_run(statement, err);
}

int record_writer_end(struct record_writer *writer, struct wall now, struct error *err)
{
    struct statement *statement = writer->statements[PUT_END];
    statement_bind_integer(statement, 1, writer->run);
    statement_bind_integer(statement, 2, now.ms);
    return statement_run(statement, err);
}

int record_writer_count(struct record_writer *writer, int64_t commits, struct error *err)
{
    struct statement *statement = writer->statements[PUT_COMMITS];
    statement_bind_integer(statement, 1, commits);
    return statement_run(statement, err);
}

/* --- records --------------------------------------------------------------------------------------------------- */

static void bind_status(struct statement *statement, int index, const struct record_status *status)
{
    statement_bind_integer(statement, index, status->hosts);
    statement_bind_integer(statement, index + 1, status->servers);
    statement_bind_integer(statement, index + 2, status->free_servers);
    statement_bind_integer(statement, index + 3, status->pending_hosts);
}

static void bind_origin(const struct record_writer *writer, struct statement *statement, int index,
                        const struct stamp *at)
{
    statement_bind_integer(statement, index, writer->run);
    statement_bind_integer(statement, index + 1, at->wall.ms);
    statement_bind_integer(statement, index + 2, at->boot.ms);
}

/* A row for people: the scale has one row, whatever number of times it is sent. */
static int put_repeat(struct record_writer *writer, const struct page_record *record,
                      struct error *err)
{
    const struct intent_record *intent = &record->record.intent;
    struct statement *statement = writer->statements[PUT_DECISION];
    statement_bind_integer(statement, 1, (int64_t)record->ticket);
    statement_bind_integer(statement, 2, record->record.at.wall.ms);
    statement_bind_text(statement, 3, intent->deployment);
    bind_status(statement, 4, &intent->status);
    statement_bind_integer(statement, 8, intent->desired_hosts);
    statement_bind_integer(statement, 9, intent->delta);
    statement_bind_integer(statement, 10, intent->delta);
    statement_bind_text(statement, 11, "repeated");
    statement_bind_text(statement, 12, intent->reason);
    return statement_run(statement, err);
}

static int put_intent(struct record_writer *writer, const struct page_record *record,
                      struct error *err)
{
    const struct intent_record *intent = &record->record.intent;
    struct statement *statement = writer->statements[PUT_INTENT];
    statement_bind_integer(statement, 1, (int64_t)record->ticket);
    statement_bind_text(statement, 2, intent->key);
    statement_bind_text(statement, 3, intent->deployment);
    statement_bind_integer(statement, 4, intent->delta);
    bind_status(statement, 5, &intent->status);
    statement_bind_text(statement, 9, intent->reason);
    statement_bind_text(statement, 10, intent->actor);
    bind_origin(writer, statement, 11, &record->record.at);
    statement_bind_integer(statement, 14, intent->desired_hosts);
    int failed = statement_run(statement, err);
    return failed || !intent->is_repeat ? failed : put_repeat(writer, record, err);
}

static int put_outcome(struct record_writer *writer, const struct record *record, struct error *err)
{
    struct statement *statement = writer->statements[PUT_OUTCOME];
    statement_bind_text(statement, 1, record->outcome.key);
    statement_bind_text(statement, 2, record_outcome_name(record->outcome.outcome));
    statement_bind_text(statement, 3, record->outcome.detail);
    statement_bind_integer(statement, 4, record->at.wall.ms);
    return statement_run(statement, err);
}

static int put_unsent(struct record_writer *writer, const struct page_record *record,
                      struct error *err)
{
    struct statement *statement = writer->statements[PUT_UNSENT];
    statement_bind_text(statement, 1, record->record.outcome.key);
    statement_bind_integer(statement, 2, (int64_t)record->ticket);
    statement_bind_integer(statement, 3, record->record.at.wall.ms);
    return statement_run(statement, err);
}

static int put_override(struct record_writer *writer, const struct record *record,
                        struct error *err)
{
    const struct override_record *override = &record->override;
    struct statement *statement = writer->statements[PUT_OVERRIDE];
    statement_bind_integer(statement, 1, override->number);
    statement_bind_text(statement, 2, override->kind);
    statement_bind_text(statement, 3, override->match);
    statement_bind_text(statement, 4, override->value);
    statement_bind_text(statement, 5, override->author);
    statement_bind_text(statement, 6, override->reason);
    bind_origin(writer, statement, 7, &record->at);
    statement_bind_integer(statement, 10, override->for_ms);
    return statement_run(statement, err);
}

static int end_override(struct record_writer *writer, const struct record *record,
                        struct error *err)
{
    struct statement *statement = writer->statements[END_OVERRIDE];
    statement_bind_integer(statement, 1, record->override.number);
    statement_bind_integer(statement, 2, record->at.wall.ms);
    statement_bind_text(statement, 3, record->override.author);
    return statement_run(statement, err);
}

static int put_state(struct record_writer *writer, const struct record *record, struct error *err)
{
    const struct state_record *state = &record->state;
    struct statement *statement = writer->statements[PUT_STATE];
    statement_bind_text(statement, 1, state->deployment);
    bind_origin(writer, statement, 2, &record->at);
    statement_bind_integer(statement, 5, state->version);
    statement_bind_blob(statement, 6, state->blob, state->blob_size);
    int failed = statement_run(statement, err);
    if (failed)
        return failed;
    statement = writer->statements[COVER_SCALES];
    statement_bind_text(statement, 1, state->deployment);
    return statement_run(statement, err);
}

static int put_gone(struct record_writer *writer, const struct record *record, struct error *err)
{
    struct statement *statement = writer->statements[PUT_GONE];
    statement_bind_text(statement, 1, record->gone);
    statement_bind_integer(statement, 2, record->at.wall.ms);
    return statement_run(statement, err);
}

static int put_decision(struct record_writer *writer, const struct page_record *record,
                        struct error *err)
{
    const struct decision_record *decision = &record->record.decision;
    struct statement *statement = writer->statements[PUT_DECISION];
    statement_bind_integer(statement, 1, (int64_t)record->ticket);
    statement_bind_integer(statement, 2, record->record.at.wall.ms);
    statement_bind_text(statement, 3, decision->deployment);
    bind_status(statement, 4, &decision->status);
    statement_bind_integer(statement, 8, decision->desired_hosts);
    statement_bind_integer(statement, 9, decision->raw_delta);
    statement_bind_integer(statement, 10, decision->delta);
    statement_bind_text(statement, 11, decision->action);
    statement_bind_text(statement, 12, decision->reason);
    return statement_run(statement, err);
}

int record_writer_put(struct record_writer *writer, const struct page_record *record,
                      struct error *err)
{
    switch (record->record.kind) {
    case RECORD_NONE:
        return 0;
    case RECORD_INTENT:
        return put_intent(writer, record, err);
    case RECORD_OUTCOME:
        return put_outcome(writer, &record->record, err);
    case RECORD_UNSENT:
        return put_unsent(writer, record, err);
    case RECORD_OVERRIDE:
        return put_override(writer, &record->record, err);
    case RECORD_OVERRIDE_END:
        return end_override(writer, &record->record, err);
    case RECORD_STATE:
        return put_state(writer, &record->record, err);
    case RECORD_GONE:
        return put_gone(writer, &record->record, err);
    case RECORD_DECISION:
        return put_decision(writer, record, err);
    }
    must(false);
    return ERR_BAD_VALUE;
}
