#include "tui/console/log_tally.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"

static void count_levels(const struct logbook *logbook, const struct logbook_query *query,
                         struct log_tally *tally)
{
    struct logbook_query all = *query;
    all.level_min = LEVEL_DEBUG;
    for (uint64_t number = logbook_first(logbook); number < logbook_end(logbook); number++) {
        const struct logbook_line *line = logbook_at(logbook, number);
        if (!logbook_matches(logbook, number, &all))
            continue;
        tally->levels[line->level]++;
        if (line->level < query->level_min)
            continue;
        bool is_first = tally->first.ms == 0;
        tally->first.ms = is_first ? line->at.ms : min_i64(tally->first.ms, line->at.ms);
        tally->last.ms = is_first ? line->at.ms : max_i64(tally->last.ms, line->at.ms);
    }
}

size_t log_tally_bucket(const struct log_tally *tally, struct wall at)
{
    must(tally->bucket_count > 0);
    int64_t span_ms = tally->last.ms - tally->first.ms + 1;
    int64_t since_ms = clamp_i64(at.ms - tally->first.ms, 0, span_ms - 1);
    return (size_t)(since_ms * (int64_t)tally->bucket_count / span_ms);
}

static void fill_buckets(const struct logbook *logbook, const struct logbook_query *query,
                         struct log_tally *tally)
{
    uint64_t number;
    uint64_t from = logbook_first(logbook);
    for (; logbook_find(logbook, from, true, query, &number); from = number + 1) {
        const struct logbook_line *line = logbook_at(logbook, number);
        struct log_bucket *bucket = &tally->buckets[log_tally_bucket(tally, line->at)];
        bucket->count++;
        if (line->level > bucket->worst)
            bucket->worst = line->level;
        if (bucket->count > tally->highest)
            tally->highest = bucket->count;
    }
}

void log_tally_make(const struct logbook *logbook, const struct logbook_query *query,
                    size_t bucket_count, struct log_tally *ret_tally)
{
    must(bucket_count <= LOG_BUCKETS_MAX);
    *ret_tally = (struct log_tally){ .bucket_count = bucket_count };
    count_levels(logbook, query, ret_tally);
    if (bucket_count > 0 && ret_tally->first.ms != 0)
        fill_buckets(logbook, query, ret_tally);
}
