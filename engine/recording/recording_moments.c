#include "engine/recording/recording_moments.h"

#include "engine/base/arith.h"
#include "engine/store/database.h"

#define MOMENT "SELECT seq, grp, ended_ms FROM frames WHERE is_end = 1"

/* One row, with up to two arguments. */
static int find(struct recording_reader *reader, const char *sql, int64_t first, int64_t second,
                struct recorded_moment *ret_moment, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(recording_reader_database(reader), sql, &statement, err);
    if (failed)
        return failed;
    statement_bind_integer(statement, 1, first);
    statement_bind_integer(statement, 2, second);
    int found = statement_step(statement, err);
    if (found > 0)
        *ret_moment = (struct recorded_moment){
            .seq = statement_integer(statement, 0),
            .group = statement_integer(statement, 1),
            .ended = { statement_integer(statement, 2) },
        };
    statement_destroy(statement);
    return found;
}

int recording_moments_first(struct recording_reader *reader, struct recorded_moment *ret_moment,
                            struct error *err)
{
    return find(reader, MOMENT " AND seq > ?1 AND seq > ?2 ORDER BY seq LIMIT 1", 0, 0, ret_moment,
                err);
}

int recording_moments_last(struct recording_reader *reader, struct recorded_moment *ret_moment,
                           struct error *err)
{
    return find(reader, MOMENT " AND seq > ?1 AND seq > ?2 ORDER BY seq DESC LIMIT 1", 0, 0,
                ret_moment, err);
}

/* Groups have few frames: the last group in which a pass had ended by then, and then its last such pass. */
int recording_moments_at(struct recording_reader *reader, struct wall at,
                         struct recorded_moment *ret_moment, struct error *err)
{
    struct recorded_moment group = { 0 };
    int found = find(reader,
                     "SELECT grp, grp, begun_ms FROM groups WHERE begun_ms <= ?1 AND grp > ?2"
                     " AND EXISTS (SELECT 1 FROM frames WHERE seq >= groups.grp AND is_end = 1"
                     " AND ended_ms <= ?1 ORDER BY seq LIMIT 1) ORDER BY grp DESC LIMIT 1",
                     at.ms, 0, &group, err);
    if (found > 0)
        found = find(reader,
                     MOMENT " AND ended_ms <= ?1 AND seq >= ?2 AND seq <"
                            " coalesce((SELECT min(grp) FROM groups WHERE grp > ?2), 1 << 62)"
                            " ORDER BY seq DESC LIMIT 1",
                     at.ms, group.group, ret_moment, err);
    return found == 0 ? recording_moments_first(reader, ret_moment, err) : found;
}

int recording_moments_step(struct recording_reader *reader, int64_t seq, int64_t steps,
                           struct recorded_moment *ret_moment, struct error *err)
{
    int64_t skipped = (steps < 0 ? -steps : steps) - 1;
    int found = find(reader,
                     steps < 0 ? MOMENT " AND seq < ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2"
                               : MOMENT " AND seq > ?1 ORDER BY seq LIMIT 1 OFFSET ?2",
                     seq, max_i64(0, skipped), ret_moment, err);
    if (found != 0)
        return found;
    return steps < 0 ? recording_moments_first(reader, ret_moment, err)
                     : recording_moments_last(reader, ret_moment, err);
}

int recording_moments_group_before(struct recording_reader *reader,
                                   const struct recorded_moment *moment, int64_t passes,
                                   int64_t *ret_group, struct error *err)
{
    struct recorded_moment before = { .group = moment->group };
    struct recorded_moment own = { 0 };
    int found = find(reader, MOMENT " AND seq < ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2",
                     moment->seq, max_i64(0, passes - 1), &own, err);
    if (found > 0 && own.group != moment->group)
        found = find(reader,
                     "SELECT grp, grp, begun_ms FROM groups WHERE grp < ?1 AND grp > ?2"
                     " ORDER BY grp DESC LIMIT 1",
                     moment->group, 0, &before, err);
    if (found < 0)
        return found;
    *ret_group = before.group;
    return 0;
}
