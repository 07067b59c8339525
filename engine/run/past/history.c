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
#define OVERRIDE_STATUS "NULL, NULL, NULL, NULL, NULL, NULL"

/* ?1: since when; ?2: the deployment, or "". A scale request is a decision too: it is shown once. */
static const char query[] =
    "SELECT wall_ms AS at, seq AS nr, 'scale', deployment, coalesce(outcome, 'open'), delta, NULL, " STATUS ","
    " reason, actor, detail FROM scales"
    " WHERE wall_ms >= ?1 AND (?2 = '' OR deployment = ?2)"
    " UNION ALL SELECT wall_ms, seq, 'decision', deployment, action, delta, desired, " STATUS ","
    " reason, NULL, NULL FROM decisions"
    " WHERE wall_ms >= ?1 AND action <> 'scaled' AND (?2 = '' OR deployment = ?2)"
    " UNION ALL SELECT wall_ms, number, 'override', match, kind, " OVERRIDE_STATUS ","
    " reason, author, value FROM overrides"
    " WHERE wall_ms >= ?1 AND (?2 = '' OR match = ?2 OR match = '*')"
    " UNION ALL SELECT ended_ms, number, 'override', match, kind || '_ended', " OVERRIDE_STATUS ","
    " reason, ended_by, value FROM overrides"
    " WHERE ended_ms >= ?1 AND (?2 = '' OR match = ?2 OR match = '*')"
    " ORDER BY at, nr";
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
        text_add(&rest, " by ");
        add_escaped(&rest, history->rows, COLUMN_ACTOR);
    }
    if (statement_text(history->rows, COLUMN_DETAIL)[0]) {
        text_add(&rest, ": ");
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

static int open_journal(const struct config *config, struct database **ret_database,
                        struct error *err)
{
    char path[STATE_PATH_SIZE];
    struct state_place place;
    int failed = state_place_open(config, &place, err);
    if (failed)
        return failed;
    if (place.use == STATE_UNUSED)
        return error_set(err, ERR_USAGE, "--history needs a state, and --no-state has none");
    failed = place.is_found ? state_place_journal(&place, path, err) : -ENOENT;
    failed = failed ? failed : journal_file_read(path, place.identity, false, ret_database, err);
    if (failed == -ENOENT)
        error_set(err, failed, "nothing was recorded for %s", config->api.url);
    return failed;
}

int history_run(const struct config *config, struct wall now, FILE *out, struct error *err)
{
    struct history history = { .out = out };
    struct database *database = NULL;
    int failed = open_journal(config, &database, err);
    if (failed)
        return failed;
    failed = statement_create(database, query, &history.rows, err);
    if (!failed) {
        statement_bind_integer(history.rows, 1, now.ms - config->past.since_ms);
        statement_bind_text(history.rows, 2, config->past.id);
        failed = print_rows(&history, config->output, err);
        statement_destroy(history.rows);
    }
    database_close(database, false);
    return failed;
}
