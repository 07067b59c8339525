#include "engine/core/read_rate.h"

#include "engine/base/arith.h"

#include <stdlib.h>

#define US_PER_MS 1000

static int64_t part(int64_t whole, int64_t parts)
{
    return max_i64(1, floor_div(whole, parts));
}

static int64_t least_limit(const struct read_rate *rate)
{
    int64_t least = max_i64(READ_RATE_LEAST, part(rate->deployments, READ_RATE_LEAST_PART));
    return min_i64(least, rate->deployments);
}

static int64_t reads_of(const struct read_counts *counts)
{
    return counts->answered + counts->refused;
}

/* By an eighth more reads in an interval: the difference says something. */
static bool are_comparable(const struct read_counts *a, const struct read_counts *b)
{
    int64_t reads_a = reads_of(a) * b->intervals;
    int64_t reads_b = reads_of(b) * a->intervals;
    return llabs((long long)(reads_a - reads_b)) * READ_RATE_REFUSALS_PART >=
           max_i64(reads_a, reads_b);
}

/*
 * A limit answers as many reads in an interval, however many are sent; without one, the same share is answered. Is it
 * nearer to the share?
 */
static bool is_same_share(const struct read_counts *before, const struct read_counts *now)
{
    int64_t as_many = min_i64(before->answered * now->intervals, reads_of(now) * before->intervals);
    int64_t as_share = before->answered * reads_of(now) * before->intervals;
    int64_t answered = now->answered * reads_of(before) * before->intervals;
    int64_t difference = as_many * reads_of(before) - as_share;
    return before->answered > 0 && are_comparable(before, now) &&
           2 * llabs((long long)(answered - as_share)) <= llabs((long long)difference);
}

/* Refusals of a limit that is used up follow one another. Of those by chance, as many as by chance do. */
static bool are_scattered(const struct read_counts *counts)
{
    return 2 * counts->turns * reads_of(counts) >= counts->answered * counts->refused;
}

/* Of the reads since the limit was moved, when they are enough. Without a sign there is nothing to compare. */
static void judge(struct read_rate *rate)
{
    struct read_counts *counts = &rate->counts;
    bool has_signs = rate->signs > 0;
    counts->intervals++;
    rate->ignored = are_scattered(counts) ? (int32_t)max_i64(0, rate->ignored - 1) : 0;
    rate->is_judged = !has_signs || reads_of(counts) >= READ_RATE_COMPARED_MIN;
    if (!rate->is_judged)
        return;
    bool is_useless = has_signs && are_scattered(counts) && is_same_share(&rate->before, counts);
    rate->useless = is_useless ? rate->useless + 1 : 0;
    rate->before = has_signs ? *counts : (struct read_counts){ 0 };
    *counts = (struct read_counts){ 0 };
}

static void begin_interval(struct read_rate *rate, struct mono now)
{
    rate->since = now;
    rate->signs = 0;
    rate->paused_ms = 0;
    rate->answered /= 2;
    rate->refused /= 2;
}

/* Each time twice as long, as long as no limit has been of use. */
static void ignore_refusals(struct read_rate *rate)
{
    int32_t intervals = (int32_t)max_i64(rate->ignored_last, READ_RATE_IGNORED_MIN / 2);
    rate->ignored_last = (int32_t)min_i64(2 * (int64_t)intervals, READ_RATE_IGNORED_MAX);
    rate->ignored = rate->ignored_last;
    rate->useless = 0;
    rate->before = (struct read_counts){ 0 };
}

/* True: the limit has ended. */
static bool move_interval(struct read_rate *rate, bool is_quiet)
{
    if (is_quiet) {
        rate->limit += part(rate->deployments, READ_RATE_STEP_PART);
        rate->ignored_last = 0;
    }
    rate->limit = max_i64(rate->limit, least_limit(rate));
    bool is_useless = rate->useless >= READ_RATE_USELESS_MAX;
    if (is_useless)
        ignore_refusals(rate);
    else if (rate->limit < READ_RATE_TIMES_MAX * rate->deployments)
        return false;
    rate->limit = 0;
    return true;
}

bool read_rate_advance(struct read_rate *rate, int64_t deployments, int64_t pass_interval_ms,
                       struct mono now)
{
    rate->deployments = max_i64(1, deployments);
    rate->interval_ms = min_i64(pass_interval_ms, READ_RATE_INTERVAL_MS_MAX);
    if (now.ms - rate->since.ms < rate->interval_ms)
        return false;
    bool is_quiet = rate->signs == 0;
    judge(rate);
    begin_interval(rate, now);
    return read_rate_is_limited(rate) && move_interval(rate, is_quiet);
}

static int64_t spacing_us(const struct read_rate *rate)
{
    return floor_div(rate->interval_ms * US_PER_MS, rate->limit);
}

struct mono read_rate_due(const struct read_rate *rate)
{
    if (!read_rate_is_limited(rate))
        return (struct mono){ 0 };
    int64_t burst_us = spacing_us(rate) * (part(rate->limit, READ_RATE_BURST_PART) - 1);
    int64_t due_ms = ceil_div(rate->next_us - burst_us, US_PER_MS);
    return (struct mono){ max_i64(due_ms, rate->paused_until.ms) };
}

void read_rate_note_started(struct read_rate *rate, struct mono now)
{
    if (read_rate_is_limited(rate))
        rate->next_us = max_i64(rate->next_us, now.ms * US_PER_MS) + spacing_us(rate);
}

void read_rate_note_answered(struct read_rate *rate)
{
    rate->answered++;
    rate->counts.answered++;
    rate->counts.turns += rate->was_refused;
    rate->was_refused = false;
}

static bool is_sign(const struct read_rate *rate)
{
    return rate->refused >= READ_RATE_REFUSALS_MIN &&
           rate->refused * READ_RATE_REFUSALS_PART >= rate->answered + rate->refused;
}

/* Only the first pause of an interval may be longer than half of it, with Retry-After: reads go on. */
static int64_t pause_ms(const struct read_rate *rate, int64_t retry_after_ms)
{
    int64_t most_ms = rate->interval_ms;
    if (rate->paused_ms > 0)
        most_ms = max_i64(0, rate->interval_ms / 2 - rate->paused_ms);
    int64_t wait_ms = part(rate->interval_ms, READ_RATE_BURST_PART);
    for (int32_t i = 0; i < rate->signs && wait_ms < most_ms; i++)
        wait_ms *= 2;
    return min_i64(most_ms, max_i64(wait_ms, retry_after_ms));
}

static void pause_reads(struct read_rate *rate, int64_t wait_ms, struct mono now)
{
    if (wait_ms == 0)
        return;
    rate->paused_ms += wait_ms;
    rate->paused_until = mono_after(now, wait_ms);
    rate->next_us = rate->paused_until.ms * US_PER_MS;
}

static void raise_limit(struct read_rate *rate)
{
    int64_t raised = min_i64(rate->deployments, READ_RATE_RAISE * rate->limit);
    rate->limit = max_i64(rate->limit, raised);
}

/*
 * Once in an interval: the refusals that follow are of the same excess. Higher after a comparison that shows a share,
 * and from the lowest limit, for a comparison.
 */
static void move_limit(struct read_rate *rate)
{
    int64_t least = least_limit(rate);
    if (!read_rate_is_limited(rate))
        rate->limit = rate->deployments;
    else if (rate->signs > 0 || !rate->is_judged)
        return;
    else if (rate->useless > 0 || rate->limit <= least)
        raise_limit(rate);
    else
        rate->limit = max_i64(least, rate->limit - ceil_div(rate->limit, 4));
}

bool read_rate_note_refused(struct read_rate *rate, struct mono sent, int64_t retry_after_ms,
                            struct mono now)
{
    rate->counts.refused++;
    rate->was_refused = true;
    if (rate->ignored > 0 || (rate->signs > 0 && sent.ms <= rate->sign_at.ms))
        return false;
    rate->refused++;
    if (!is_sign(rate))
        return false;
    bool was_limited = read_rate_is_limited(rate);
    move_limit(rate);
    pause_reads(rate, pause_ms(rate, retry_after_ms), now);
    rate->sign_at = now;
    rate->signs++;
    return !was_limited;
}
