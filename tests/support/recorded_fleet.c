#include "tests/support/recorded_fleet.h"

#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

void recorded_fleet_init(struct recorded_fleet *recorded)
{
    *recorded = (struct recorded_fleet){ .random = { 7 } };
    for (size_t i = 0; i < RECORDED_POLICIES; i++) {
        recorded->policies[i] = policy_default;
        recorded->policies[i].min_hosts = (int32_t)i + 1;
        recorded->policies[i].match = i > 0 ? "eu-*" : NULL;
    }
    assert_int_equal(fleet_create(&recorded->fleet), 0);
}

void recorded_fleet_fini(struct recorded_fleet *recorded)
{
    fleet_destroy(recorded->fleet);
    recorded->fleet = NULL;
}

uint64_t recorded_fleet_draw(struct recorded_fleet *recorded, uint64_t below)
{
    return random_next(&recorded->random) % below;
}

static int64_t any_value(struct recorded_fleet *recorded, const struct field_row *row)
{
    static const int64_t numbers[] = { 0, 1, -1, 255, 30000, INT32_MAX, INT32_MIN, 1000000000 };
    switch (row->kind) {
    case FIELD_FLAG:
        return (int64_t)recorded_fleet_draw(recorded, 2);
    case FIELD_REASON:
        return (int64_t)recorded_fleet_draw(recorded, REASON_COUNT);
    case FIELD_ACTION:
        return (int64_t)recorded_fleet_draw(recorded, ACTION_COUNT);
    case FIELD_LIMIT:
        return (int64_t)recorded_fleet_draw(recorded, 3);
    case FIELD_NUMBER:
        break;
    }
    return row->size == 1 ? (int64_t)recorded_fleet_draw(recorded, 256)
                          : numbers[recorded_fleet_draw(recorded, COUNT_OF(numbers))];
}

void recorded_fleet_change(struct recorded_fleet *recorded, struct deployment *deployment,
                           size_t count)
{
    struct sample sample = { .policy = 0 };
    sample_of(deployment, &sample);
    for (size_t i = 0; i < count; i++) {
        const struct field_row *row =
            sample_field(recorded_fleet_draw(recorded, SAMPLE_FIELD_COUNT));
        assert_true(field_set(row, &sample, any_value(recorded, row)));
    }
    deployment->input = sample.input;
    deployment->input.policy =
        &recorded->policies[recorded_fleet_draw(recorded, RECORDED_POLICIES)];
    deployment->desired_hosts = sample.desired_hosts;
    deployment->raw_delta = sample.raw_delta;
    deployment->delta = sample.delta;
    deployment->action = sample.action;
    deployment->reason = sample.reason;
}

void recorded_fleet_add(struct recorded_fleet *recorded, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[32];
        struct deployment *deployment;
        snprintf(id, sizeof id, "deployment-%d", recorded->next_id++);
        assert_int_equal(fleet_add(recorded->fleet, id, false, &deployment), 0);
        deployment->is_listed = true;
    }
}

static void assert_same_policy(const struct policy *left, const struct policy *right)
{
    if (!left || !right) {
        assert_true(left == right);
        return;
    }
    assert_string_equal(policy_name(left), policy_name(right));
    for (size_t i = 0; i < POLICY_FIELD_COUNT; i++)
        assert_int_equal(field_get(policy_field(i), left), field_get(policy_field(i), right));
}

static void assert_same(const struct deployment *deployment, const struct recorded *recorded)
{
    struct sample sample = { .policy = recorded->sample.policy };
    sample_of(deployment, &sample);
    assert_string_equal(deployment->id, recorded->id);
    for (size_t i = 0; i < SAMPLE_FIELD_COUNT; i++)
        assert_int_equal(field_get(sample_field(i), &sample),
                         field_get(sample_field(i), &recorded->sample));
    assert_same_policy(deployment->input.policy, recorded->sample.input.policy);
}

void recorded_fleet_assert(const struct recorded_fleet *fleet, const struct recording_table *table)
{
    size_t slots = recording_table_slot_count(table);
    assert_true(slots >= fleet_slot_count(fleet->fleet));
    for (uint32_t slot = 0; slot < slots; slot++) {
        struct recorded recorded;
        const struct deployment *deployment =
            slot < fleet_slot_count(fleet->fleet) ? fleet_at(fleet->fleet, slot) : NULL;
        bool is_found = recording_table_get(table, slot, &recorded);
        assert_int_equal(is_found, deployment && deployment->is_listed);
        if (is_found)
            assert_same(deployment, &recorded);
    }
}
