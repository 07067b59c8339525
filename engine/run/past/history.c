#include "engine/run/past/history.h"

#include "engine/base/text.h"
#include "engine/run/state_place.h"
#include "engine/store/journal_file.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#define LINE_SIZE 8192
#define ID_WIDTH 28
#define CELL_SIZE 1024

/* clang-format off */
#define STATUS "hosts, servers, free_servers, pending"
#define NO_STATUS "NULL, NULL, NULL, NULL, NULL, NULL"
#define RUN_NOTE "'version ' || version || ', process ' || pid || ' on ' || host"

/*
 * ?1, ?3: from when to when; ?2: the deployment, or ""; ?4: a pattern, or ""; ?5: so many, the newest. A scale request
 * is a decision too: it is shown once, when it was sent first, with its outcome; each repeat has a row of its own. A
 * run that has not ended, and is not the last one, was killed after it has written last.
 */
static const char query_sql[] =
    "SELECT * FROM (SELECT coalesce(first_ms, wall_ms) AS at, seq AS nr, 'scale', deployment,"
    " CASE coalesce(outcome, 'open')"
    " WHEN 'open' THEN CASE WHEN run = (SELECT max(run) FROM runs) THEN 'in_flight'"
    " ELSE 'unconfirmed' END"
    " WHEN 'unknown' THEN 'unconfirmed' ELSE outcome END, delta, desired, " STATUS ","
    " reason, actor, CASE WHEN attempts > 1 THEN attempts || ' attempts' || coalesce('; ' || detail, '')"
    " ELSE detail END FROM scales"
    " WHERE at BETWEEN ?1 AND ?3 AND (?2 = '' OR deployment = ?2 OR deployment GLOB ?4)"
    " UNION ALL SELECT wall_ms, seq, 'decision', deployment, action, delta, desired, " STATUS ","
    " reason, NULL, NULL FROM decisions"
    " WHERE wall_ms BETWEEN ?1 AND ?3 AND action <> 'scaled'"
    " AND (?2 = '' OR deployment = ?2 OR deployment GLOB ?4)"
    " UNION ALL SELECT wall_ms, number, 'override', match, kind, " NO_STATUS ","
    " reason, author, value FROM overrides"
    " WHERE wall_ms BETWEEN ?1 AND ?3 AND (?2 = '' OR match = ?2 OR match = '*' OR match GLOB ?4)"
    " UNION ALL SELECT ended_ms, number, 'override', match, kind || '_ended', " NO_STATUS ","
    " reason, ended_by, value FROM overrides"
    " WHERE ended_ms BETWEEN ?1 AND ?3 AND (?2 = '' OR match = ?2 OR match = '*' OR match GLOB ?4)"
    " UNION ALL SELECT begun_ms, run, 'run', '*', 'started', " NO_STATUS ", NULL, NULL, " RUN_NOTE
    " FROM runs WHERE begun_ms BETWEEN ?1 AND ?3"
    " UNION ALL SELECT coalesce(stopped_ms, last_wall_ms), run, 'run', '*',"
    " CASE WHEN stopped_ms IS NULL THEN 'killed' ELSE 'stopped' END, " NO_STATUS ", NULL, NULL, " RUN_NOTE
    " FROM runs WHERE coalesce(stopped_ms, last_wall_ms) BETWEEN ?1 AND ?3"
    " AND (stopped_ms IS NOT NULL OR run < (SELECT max(run) FROM runs))"
    " ORDER BY at DESC, nr DESC LIMIT ?5) ORDER BY at, nr";

/* Ids that are known, those that resemble ?1 first. */
static const char known_sql[] =
    "SELECT id FROM (SELECT id FROM deployments UNION SELECT deployment FROM scales"
    " UNION SELECT deployment FROM decisions UNION SELECT match FROM overrides)"
    " WHERE id <> '' AND id <> '*'"
    " ORDER BY id = ?1 DESC, instr(lower(id), lower(?1)) > 0 DESC, instr(lower(?1), lower(id)) > 0 DESC,"
    " lower(substr(id, 1, 4)) = lower(substr(?1, 1, 4)) DESC,"
    " lower(substr(id, 1, 2)) = lower(substr(?1, 1, 2)) DESC, id LIMIT 3";
/* clang-format on */

enum history_column {
    COLUMN_AT,
    COLUMN_NUMBER,
    COLUMN_KIND,
    COLUMN_DEPLOYMENT,
    COLUMN_WHAT,
    COLUMN_DELTA,
    COLUMN_DESIRED,
    COLUMN_HOSTS,
    COLUMN_SERVERS,
    COLUMN_FREE,
    COLUMN_PENDING,
    COLUMN_REASON,
    COLUMN_ACTOR,
    COLUMN_DETAIL,
};

struct history {
    FILE *out;
    struct statement *rows;
    size_t count;
};

/* --- table ----------------------------------------------------------------------------------------------------- */

static void add_escaped(struct text *text, struct statement *row, int column)
{
    const char *value = statement_text(row, column);
    text_add_escaped(text, value, strlen(value));
}

/* "-" where there is no number. */
static void print_number(const struct history *history, int column, int width)
{
    if (statement_is_null(history->rows, column))
        fprintf(history->out, " %*s", width, "-");
    else
        fprintf(history->out, " %*" PRId64, width, statement_integer(history->rows, column));
}

static void print_delta(const struct history *history)
{
    char storage[CELL_SIZE];
    struct text cell;
    text_init(&cell, storage, sizeof storage);
    if (statement_is_null(history->rows, COLUMN_DELTA))
        text_add_char(&cell, '-');
    else
        text_add_signed(&cell, statement_integer(history->rows, COLUMN_DELTA));
    fprintf(history->out, " %6s", storage);
}

static void print_text(const struct history *history, int column, int width)
{
    char storage[CELL_SIZE];
    struct text cell;
    text_init(&cell, storage, sizeof storage);
    add_escaped(&cell, history->rows, column);
    fprintf(history->out, " %-*s", width, storage);
}

static void print_titles(FILE *out)
{
    fprintf(out, "%-24s %-*s %-16s %6s %6s %6s %6s %6s %5s  %s\n", "TIME", ID_WIDTH, "DEPLOYMENT",
            "WHAT", "DELTA", "HOSTS", "TOTAL", "FREE", "PEND", "WANT", "REASON");
}

static void print_row(const struct history *history)
{
    char time[WALL_TEXT_SIZE];
    char storage[LINE_SIZE];
    struct text rest;
    wall_format((struct wall){ statement_integer(history->rows, COLUMN_AT) }, time);
    fputs(time, history->out);
    print_text(history, COLUMN_DEPLOYMENT, ID_WIDTH);
    print_text(history, COLUMN_WHAT, 16);
    print_delta(history);
    for (int column = COLUMN_HOSTS; column <= COLUMN_PENDING; column++)
        print_number(history, column, 6);
    print_number(history, COLUMN_DESIRED, 5);
    text_init(&rest, storage, sizeof storage);
    add_escaped(&rest, history->rows, COLUMN_REASON);
    if (!statement_is_null(history->rows, COLUMN_ACTOR)) {
        text_add(&rest, rest.length > 0 ? " by " : "by ");
        add_escaped(&rest, history->rows, COLUMN_ACTOR);
    }
    if (statement_text(history->rows, COLUMN_DETAIL)[0]) {
        text_add(&rest, rest.length > 0 ? ": " : "");
        add_escaped(&rest, history->rows, COLUMN_DETAIL);
    }
    fprintf(history->out, "  %s\n", storage);
}

/* --- JSON ------------------------------------------------------------------------------------------------------ */

static const struct json_column {
    const char *key;
    bool is_number;
} json_columns[] = {
    [COLUMN_KIND] = { "kind", false },
    [COLUMN_DEPLOYMENT] = { "deployment", false },
    [COLUMN_WHAT] = { "what", false },
    [COLUMN_DELTA] = { "delta", true },
    [COLUMN_DESIRED] = { "desired", true },
    [COLUMN_HOSTS] = { "current_hosts", true },
    [COLUMN_SERVERS] = { "total_servers", true },
    [COLUMN_FREE] = { "free_servers", true },
    [COLUMN_PENDING] = { "pending_hosts", true },
    [COLUMN_REASON] = { "reason", false },
    [COLUMN_ACTOR] = { "by", false },
    [COLUMN_DETAIL] = { "detail", false },
};

static void add_json_value(struct text *text, struct statement *row, int column)
{
    const char *value = statement_text(row, column);
    if (statement_is_null(row, column))
        text_add(text, "null");
    else if (json_columns[column].is_number)
        text_addf(text, "%" PRId64, statement_integer(row, column));
    else
        text_add_json(text, value, strlen(value));
}

static void print_json_row(const struct history *history)
{
    char time[WALL_TEXT_SIZE];
    char storage[LINE_SIZE];
    struct text text;
    wall_format((struct wall){ statement_integer(history->rows, COLUMN_AT) }, time);
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%s\n{\"time\":\"%s\"", history->count > 0 ? "," : "", time);
    for (int column = COLUMN_KIND; column <= COLUMN_DETAIL; column++) {
        text_addf(&text, ",\"%s\":", json_columns[column].key);
        add_json_value(&text, history->rows, column);
    }
    fprintf(history->out, "%s}", storage);
}

/* --- the journal ----------------------------------------------------------------------------------------------- */

static int print_rows(struct history *history, enum output_format format, struct error *err)
{
    int found;
    if (format == OUTPUT_JSON)
        fputs("{\"history\":[", history->out);
    else
        print_titles(history->out);
    while ((found = statement_step(history->rows, err)) > 0) {
        if (format == OUTPUT_JSON)
            print_json_row(history);
        else
            print_row(history);
        history->count++;
    }
    if (format == OUTPUT_JSON)
        fputs("]}\n", history->out);
    return found;
}

/* An id without any record is a mistake, not an empty history. */
static int check_id(struct database *database, const char *id, struct error *err)
{
    struct statement *row;
    char storage[CELL_SIZE];
    struct text near;
    int found;
    int failed = statement_create(database, known_sql, &row, err);
    if (failed)
        return failed;
    text_init(&near, storage, sizeof storage);
    statement_bind_text(row, 1, id);
    bool is_known = false;
    while (!is_known && (found = statement_step(row, err)) > 0) {
        is_known = strcmp(statement_text(row, 0), id) == 0;
        text_add(&near, near.length > 0 ? ", " : "");
        add_escaped(&near, row, 0);
    }
    statement_destroy(row);
    if (is_known)
        return 0;
    if (found < 0)
        return found;
    return error_set(err, -ENXIO, "nothing was recorded of a deployment '%s'%s%s", id,
                     near.length > 0 ? "; there are " : "", storage);
}

static int print_history(struct history *history, struct database *database,
                         const struct history_query *query, enum output_format format,
                         struct error *err)
{
    int failed = statement_create(database, query_sql, &history->rows, err);
    if (failed)
        return failed;
    statement_bind_integer(history->rows, 1, query->since.ms);
    statement_bind_text(history->rows, 2, query->match);
    statement_bind_integer(history->rows, 3, query->until.ms);
    statement_bind_text(history->rows, 4, query->is_pattern ? query->match : "");
    statement_bind_integer(history->rows, 5, query->limit);
    failed = print_rows(history, format, err);
    statement_destroy(history->rows);
    return failed;
}

int history_print(const char *path, const char *identity, const struct history_query *query,
                  enum output_format format, FILE *out, struct error *err)
{
    struct history history = { .out = out };
    struct database *database = NULL;
    int failed = journal_file_read(path, identity, false, &database, err);
    if (failed)
        return failed;
    if (query->match[0] && !query->is_pattern)
        failed = check_id(database, query->match, err);
    failed = failed ? failed : print_history(&history, database, query, format, err);
    database_close(database, false);
    return failed;
}

int history_run(const struct config *config, struct wall now, FILE *out, struct error *err)
{
    char path[STATE_PATH_SIZE];
    struct state_place place;
    const struct history_query query = {
        .match = config->past.id ? config->past.id : "",
        .since = { now.ms - config->past.since_ms },
        .until = { INT64_MAX },
        .limit = -1,
    };
    int failed = state_place_open(config, &place, err);
    if (failed)
        return failed;
    if (place.use == STATE_UNUSED)
        return error_set(err, ERR_USAGE, "--history needs a state, and --no-state has none");
    failed = place.is_found ? state_place_journal(&place, path, err) : -ENOENT;
    failed =
        failed ? failed : history_print(path, place.identity, &query, config->output, out, err);
    return failed == -ENOENT
               ? error_set(err, failed, "nothing was recorded for %s", config->api.url)
               : failed;
}
