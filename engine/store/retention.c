#include "engine/store/retention.h"

#include "engine/store/failpoint.h"

#define STRING_OF(x) #x
#define NUMBER_STRING(x) STRING_OF(x)
#define LIMIT " LIMIT " NUMBER_STRING(RETENTION_ROWS)

/* Rows are in the order of time: only the oldest are looked at, so that a step takes equally long in any journal. */
#define OLDEST(table, columns) "(SELECT seq, " columns " FROM " table " ORDER BY seq" LIMIT ")"

/* clang-format off */
static const char *const by_age[] = {
    "DELETE FROM decisions WHERE seq IN"
    " (SELECT seq FROM " OLDEST("decisions", "wall_ms") " WHERE wall_ms < ?1)",
    "DELETE FROM scales WHERE seq IN"
    " (SELECT seq FROM " OLDEST("scales", "wall_ms") " WHERE wall_ms < ?1)",
    "DELETE FROM overrides WHERE number IN"
    " (SELECT number FROM overrides WHERE ended_ms < ?1" LIMIT ")",
    "DELETE FROM deployments WHERE id IN"
    " (SELECT id FROM deployments WHERE gone_ms < ?1" LIMIT ")",
    "DELETE FROM runs WHERE run IN (SELECT run FROM runs WHERE last_wall_ms < ?1"
    " AND run < (SELECT max(run) FROM runs)"
    " AND run NOT IN (SELECT run FROM deployments)"
    " AND run NOT IN (SELECT run FROM overrides WHERE ended_ms IS NULL)" LIMIT ")",
};

/* The second only when the first has deleted nothing. */
static const char *const by_size[] = {
    "DELETE FROM decisions WHERE ?1 = ?1"
    " AND seq IN (SELECT seq FROM decisions ORDER BY seq" LIMIT ")",
    "DELETE FROM scales WHERE ?1 = ?1"
    " AND seq IN (SELECT seq FROM scales WHERE is_live = 0 ORDER BY seq" LIMIT ")",
};
/* clang-format on */

#define BY_AGE_COUNT (sizeof by_age / sizeof by_age[0])
#define BY_SIZE_COUNT (sizeof by_size / sizeof by_size[0])

static int delete_rows(struct database *database, const char *sql, int64_t before_ms,
                       int64_t *ret_count, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(database, sql, &statement, err);
    if (failed)
        return failed;
    statement_bind_integer(statement, 1, before_ms);
    failed = statement_run(statement, err);
    *ret_count = failed ? 0 : database_change_count(database);
    statement_destroy(statement);
    return failed;
}

static int delete_old(struct database *database, int64_t before_ms, bool *has_more,
                      struct error *err)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < BY_AGE_COUNT; i++) {
        int64_t count = 0;
        failed = delete_rows(database, by_age[i], before_ms, &count, err);
        *has_more = *has_more || count >= RETENTION_ROWS;
    }
    return failed;
}

static int measure(struct database *database, int64_t *ret_size, struct error *err)
{
    int64_t pages = 0;
    int64_t free_pages = 0;
    int64_t page_size = 0;
    int failed = database_read_integer(database, "PRAGMA page_count", &pages, err);
    failed = failed ? failed
                    : database_read_integer(database, "PRAGMA freelist_count", &free_pages, err);
    failed = failed ? failed : database_read_integer(database, "PRAGMA page_size", &page_size, err);
    *ret_size = (pages - free_pages) * page_size;
    return failed;
}

static int delete_excess(struct database *database, int64_t size_max, bool *has_more,
                         struct error *err)
{
    int64_t size = 0;
    int failed = measure(database, &size, err);
    if (failed || size <= size_max)
        return failed;
    int64_t count = 0;
    for (size_t i = 0; !failed && count == 0 && i < BY_SIZE_COUNT; i++)
        failed = delete_rows(database, by_size[i], 0, &count, err);
    *has_more = *has_more || count > 0;
    return failed;
}

static int delete_all(struct database *database, const struct retention_limits *limits,
                      struct wall now, bool *has_more, struct error *err)
{
    int failed = database_run(database, "BEGIN IMMEDIATE", err);
    failed = failed ? failed : delete_old(database, now.ms - limits->keep_ms, has_more, err);
    failed = failed ? failed : delete_excess(database, limits->size_max, has_more, err);
    failpoint(FAILPOINT_RETENTION_BEGUN);
    return failed ? failed : database_run(database, "COMMIT", err);
}

int retention_step(struct database *database, const struct retention_limits *limits,
                   struct wall now, bool *ret_has_more, struct error *err)
{
    *ret_has_more = false;
    int failed = delete_all(database, limits, now, ret_has_more, err);
    if (failed) {
        database_roll_back(database);
        return failed;
    }
    failpoint(FAILPOINT_RETENTION_DONE);
    return database_run(database, "PRAGMA incremental_vacuum(500)", err);
}
