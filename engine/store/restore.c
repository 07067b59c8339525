#include "engine/store/restore.h"

#include "engine/store/schema.h"

#include <string.h>

/*
 * Columns 0 to 3 of every query: the stamp and its origin. NULL: it is not known whether the boot is this one, for the
 * row of the run was damaged, or one of both ids could not be read.
 */
#define ORIGIN_COLUMNS                                                                             \
    "t.wall_ms, t.boot_ms, CASE WHEN r.boot_id <> '' AND ?1 <> '' THEN r.boot_id IS ?1 END,"       \
    " coalesce(r.last_boot_ms, 0)"
#define FIRST_COLUMN 4

static const char overrides_sql[] =
    "SELECT " ORIGIN_COLUMNS ", number, kind, match, value, author, reason, for_ms"
    " FROM overrides t LEFT JOIN runs r ON r.run = t.run WHERE ended_ms IS NULL ORDER BY number";

static const char deployments_sql[] =
    "SELECT " ORIGIN_COLUMNS ", id, t.version, state, gone_ms IS NOT NULL"
    " FROM deployments t LEFT JOIN runs r ON r.run = t.run ORDER BY id";

#define SCALES_SQL                                                                                 \
    "SELECT " ORIGIN_COLUMNS ", deployment, key, delta, hosts, servers, free_servers, pending,"    \
    " reason, actor, coalesce(outcome, ''), attempts"                                              \
    " FROM scales t LEFT JOIN runs r ON r.run = t.run WHERE "
#define SCALES_ORDER " ORDER BY deployment, seq"

static const char scales_sql[] = SCALES_SQL "is_live = 1" SCALES_ORDER;

/* The sums of settled scales are not checked when a file is opened. */
static const char all_scales_sql[] = SCALES_SQL
    "is_live = 1 OR (outcome IN ('accepted', 'unknown')"
    " AND NOT EXISTS (SELECT 1 FROM deployments d WHERE d.id = t.deployment)"
    " AND seq IN (SELECT seq FROM scales WHERE sum IS row_sum(" SCALE_COLUMNS ")))" SCALES_ORDER;

static const char tickets_sql[] =
    "SELECT max(coalesce((SELECT max(seq) FROM scales), 0),"
    " coalesce((SELECT max(last_seq) FROM scales WHERE is_live = 1), 0),"
    " coalesce((SELECT max(seq) FROM decisions), 0))";

struct pass {
    struct database *database;
    const char *boot_id;
    bool is_rebuilding;
    const struct stamp *now;
    const struct restore_sink *sink;
    struct restore_summary *summary;
};

static int open_query(const struct pass *pass, const char *sql, struct statement **ret_statement,
                      struct error *err)
{
    int failed = statement_create(pass->database, sql, ret_statement, err);
    if (!failed)
        statement_bind_text(*ret_statement, 1, pass->boot_id);
    return failed;
}

/* Of a boot that is not known, this one gives the smaller age, unless the instant is none of it. */
static bool is_same_boot(const struct pass *pass, struct statement *row, struct mono then)
{
    if (statement_is_null(row, 2))
        return then.ms <= pass->now->boot.ms;
    return statement_integer(row, 2) != 0;
}

static int64_t read_origin(const struct pass *pass, struct statement *row, struct stamp *ret_at)
{
    *ret_at = (struct stamp){
        .wall = { statement_integer(row, 0) },
        .boot = { statement_integer(row, 1) },
    };
    struct stamp_origin origin = {
        .is_same_boot = is_same_boot(pass, row, ret_at->boot),
        .boot_last = { statement_integer(row, 3) },
    };
    return stamp_age_ms(ret_at, &origin, pass->now);
}

static const char *text_or_null(struct statement *row, int column)
{
    return statement_is_null(row, column) ? NULL : statement_text(row, column);
}

/* --- overrides ------------------------------------------------------------------------------------------------- */

static int give_override(const struct pass *pass, struct statement *row)
{
    struct restored_act override = {
        .override = {
            .number = statement_integer(row, FIRST_COLUMN),
            .kind = statement_text(row, FIRST_COLUMN + 1),
            .match = statement_text(row, FIRST_COLUMN + 2),
            .value = text_or_null(row, FIRST_COLUMN + 3),
            .author = statement_text(row, FIRST_COLUMN + 4),
            .reason = text_or_null(row, FIRST_COLUMN + 5),
            .for_ms = statement_integer(row, FIRST_COLUMN + 6),
        },
    };
    override.age_ms = read_origin(pass, row, &override.begun);
    pass->summary->overrides++;
    return pass->sink->override(pass->sink->context, &override);
}

static int give_overrides(const struct pass *pass, struct error *err)
{
    struct statement *row;
    int failed = open_query(pass, overrides_sql, &row, err);
    if (failed)
        return failed;
    int stepped;
    while (!failed && (stepped = statement_step(row, err)) > 0)
        failed = give_override(pass, row);
    statement_destroy(row);
    return failed ? failed : stepped;
}

/* --- deployments and scales, merged ---------------------------------------------------------------------------- */

/* 1: there is a current row; 0: none is left. */
struct cursor {
    struct statement *row;
    int stepped;
};

static int advance(struct cursor *cursor, struct error *err)
{
    cursor->stepped = statement_step(cursor->row, err);
    return cursor->stepped < 0 ? cursor->stepped : 0;
}

static const char *id_at(const struct cursor *cursor)
{
    return statement_text(cursor->row, FIRST_COLUMN);
}

static int give_deployment(const struct pass *pass, struct cursor *at, struct error *err)
{
    struct statement *row = at->row;
    struct restored_deployment deployment = {
        .state = {
            .deployment = id_at(at),
            .version = (int32_t)statement_integer(row, FIRST_COLUMN + 1),
        },
        .is_gone = statement_integer(row, FIRST_COLUMN + 3) != 0,
    };
    deployment.state.blob = statement_blob(row, FIRST_COLUMN + 2, &deployment.state.blob_size);
    deployment.age_ms = read_origin(pass, row, &deployment.at);
    pass->summary->deployments++;
    int failed = pass->sink->deployment(pass->sink->context, &deployment);
    return failed ? failed : advance(at, err);
}

static int give_unknown(const struct pass *pass, const char *id)
{
    struct restored_deployment deployment = { .state = { .deployment = id } };
    pass->summary->deployments++;
    return pass->sink->deployment(pass->sink->context, &deployment);
}

static enum record_outcome find_outcome(const char *name)
{
    for (int i = 0; i < OUTCOME_COUNT; i++)
        if (strcmp(record_outcome_name((enum record_outcome)i), name) == 0)
            return (enum record_outcome)i;
    return OUTCOME_UNKNOWN;
}

static void read_intent(struct statement *row, struct intent_record *ret_intent)
{
    *ret_intent = (struct intent_record){
        .deployment = statement_text(row, FIRST_COLUMN),
        .key = statement_text(row, FIRST_COLUMN + 1),
        .delta = (int32_t)statement_integer(row, FIRST_COLUMN + 2),
        .status = {
            .hosts = (int32_t)statement_integer(row, FIRST_COLUMN + 3),
            .servers = (int32_t)statement_integer(row, FIRST_COLUMN + 4),
            .free_servers = (int32_t)statement_integer(row, FIRST_COLUMN + 5),
            .pending_hosts = (int32_t)statement_integer(row, FIRST_COLUMN + 6),
        },
        .reason = statement_text(row, FIRST_COLUMN + 7),
        .actor = statement_text(row, FIRST_COLUMN + 8),
    };
}

static int give_scale(const struct pass *pass, struct cursor *at, struct error *err)
{
    struct restored_scale scale = {
        .outcome = find_outcome(statement_text(at->row, FIRST_COLUMN + 9)),
        .attempts = (int32_t)statement_integer(at->row, FIRST_COLUMN + 10),
    };
    read_intent(at->row, &scale.intent);
    scale.age_ms = read_origin(pass, at->row, &scale.at);
    pass->summary->scales++;
    pass->summary->unconfirmed += scale.outcome == OUTCOME_OPEN || scale.outcome == OUTCOME_UNKNOWN;
    int failed = pass->sink->scale(pass->sink->context, &scale);
    return failed ? failed : advance(at, err);
}

/* The scales of the deployment that was given last; `id` is a copy, since its row has moved on. */
static int give_scales_of(const struct pass *pass, struct cursor *scales, const char *id,
                          struct error *err)
{
    int failed = 0;
    while (!failed && scales->stepped > 0 && strcmp(id_at(scales), id) == 0)
        failed = give_scale(pass, scales, err);
    return failed;
}

static int give_next(const struct pass *pass, struct cursor *deployments, struct cursor *scales,
                     struct error *err)
{
    bool is_known = deployments->stepped > 0 &&
                    (scales->stepped == 0 || strcmp(id_at(deployments), id_at(scales)) <= 0);
    char id[RECORD_TEXT_MAX + 1];
    const char *next = is_known ? id_at(deployments) : id_at(scales);
    size_t length = strnlen(next, RECORD_TEXT_MAX);
    memcpy(id, next, length);
    id[length] = '\0';
    int failed = is_known ? give_deployment(pass, deployments, err) : give_unknown(pass, id);
    return failed ? failed : give_scales_of(pass, scales, id, err);
}

static int merge(const struct pass *pass, struct cursor *deployments, struct cursor *scales,
                 struct error *err)
{
    int failed = advance(deployments, err);
    failed = failed ? failed : advance(scales, err);
    while (!failed && (deployments->stepped > 0 || scales->stepped > 0))
        failed = give_next(pass, deployments, scales, err);
    return failed;
}

static int give_deployments(const struct pass *pass, struct error *err)
{
    struct cursor deployments = { NULL, 0 };
    struct cursor scales = { NULL, 0 };
    int failed = open_query(pass, deployments_sql, &deployments.row, err);
    failed = failed ? failed
                    : open_query(pass, pass->is_rebuilding ? all_scales_sql : scales_sql,
                                 &scales.row, err);
    failed = failed ? failed : merge(pass, &deployments, &scales, err);
    statement_destroy(deployments.row);
    statement_destroy(scales.row);
    return failed;
}

int restore(struct database *database, const char *boot_id, bool is_rebuilding,
            const struct stamp *now, const struct restore_sink *sink,
            struct restore_summary *ret_summary, struct error *err)
{
    struct pass pass = { database, boot_id, is_rebuilding, now, sink, ret_summary };
    *ret_summary = (struct restore_summary){ 0 };
    int failed = give_overrides(&pass, err);
    failed = failed ? failed : give_deployments(&pass, err);
    failed = failed
                 ? failed
                 : database_read_integer(database, "SELECT coalesce(max(number), 0) FROM overrides",
                                         &ret_summary->override_number_max, err);
    return failed ? failed
                  : database_read_integer(database, tickets_sql, &ret_summary->ticket_max, err);
}
