#include "tests/support/past_steps.h"

#include "tests/support/test.h"

struct snapshot_past past_steps_of(int32_t speed_millis)
{
    struct snapshot_past past = { .first = { SNAPSHOTS_AT.ms - 86400000 },
                                  .last = SNAPSHOTS_AT,
                                  .speed_millis = speed_millis,
                                  .is_jump = true,
                                  .sums_count = 40 };
    for (size_t i = 0; i < past.sums_count; i++)
        past.sums[i] = (struct snapshot_sums){
            .at = { PAST_AT.ms - (int64_t)(past.sums_count - 1 - i) * MINUTE_MS },
            .hosts = 700 + 2 * (int64_t)i,
            .pending_hosts = (int64_t)i % 7 * 4,
            .servers = 6672,
            .free_servers = 900 + 10 * (int64_t)i
        };
    return past;
}

void past_steps_show(struct console_fixture *fixture, const struct snapshot_past *past)
{
    struct snapshot_engine *engine = snapshots_engine(fixture->maker);
    *snapshots_at(fixture->maker) = PAST_AT;
    engine->last_read = (struct wall){ PAST_AT.ms - (int64_t)2 * SECOND_MS };
    engine->next_pass = (struct wall){ 0 };
    engine->next_discovery = (struct wall){ 0 };
    snapshots_set_past(fixture->maker, past);
    console_fixture_take(fixture);
}

static const struct snapshot_change changes[] = {
    { "eu-west-chess-ranked", { 12, 86, 10, STATE_ON_TARGET }, { 16, 118, 10, STATE_UP }, 2, 4, 0 },
    { "eu-west-queue-02",
      { 20, 150, 50, STATE_ON_TARGET },
      { 20, 200, 0, STATE_STARVED },
      0,
      0,
      0 },
    { "us-east-arena-casual",
      { 160, 810, 470, STATE_DOWN },
      { 158, 812, 452, STATE_DOWN },
      3,
      1,
      3 },
    { "ap-south-new", { -1, -1, -1, STATE_GONE }, { 3, 10, 2, STATE_ON_TARGET }, 0, 0, 0 },
    { "eu-west-winter-cup", { 4, 2, 30, STATE_ON_TARGET }, { -1, -1, -1, STATE_GONE }, 0, 0, 0 },
};

void past_steps_compare(struct console_fixture *fixture)
{
    /* Borrowed by the snapshot. */
    static struct snapshot_difference difference;
    struct snapshot_past past = past_steps_of(0);
    difference =
        (struct snapshot_difference){ .from = { SNAPSHOTS_AT.ms - (int64_t)20 * MINUTE_MS },
                                      .to = PAST_AT,
                                      .deployments = 14,
                                      .count = COUNT_OF(changes),
                                      .changes = changes };
    past.difference = &difference;
    past_steps_show(fixture, &past);
}
