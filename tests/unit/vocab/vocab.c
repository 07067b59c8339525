#include "engine/vocab.h"
#include "tests/support/test.h"

#include <string.h>

/* Names are interface: lower case letters, digits and single underscores, a letter first. */
static void assert_snake_case(const char *name)
{
    assert_non_null(name);
    size_t length = strlen(name);
    assert_in_range(length, 2, 40);
    assert_true(name[0] >= 'a' && name[0] <= 'z');
    assert_true(name[length - 1] != '_');
    assert_null(strstr(name, "__"));
    assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"), length);
}

static void assert_sentence(const char *sentence)
{
    assert_non_null(sentence);
    size_t length = strlen(sentence);
    assert_true(length > 5);
    assert_true(sentence[length - 1] == '.');
    for (size_t i = 0; i < length; i++)
        assert_in_range(sentence[i], ' ', '~');
}

static void test_every_reason_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        assert_snake_case(row->name);
        assert_in_range(strlen(row->short_name), 1, REASON_SHORT_COLUMNS);
        assert_sentence(row->meaning);
        assert_sentence(row->advice);
        assert_in_range(row->kind, REASON_PLAIN, REASON_FAILURE);
    }
}

static void test_reason_names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        for (int j = 0; j < REASON_COUNT; j++) {
            const struct reason_row *row = reason_row((enum reason)i);
            const struct reason_row *other = reason_row((enum reason)j);
            if (i == j)
                continue;
            assert_string_not_equal(row->name, other->name);
            assert_string_not_equal(row->short_name, other->short_name);
            assert_string_not_equal(row->short_name, other->name);
        }
    }
}

static void test_the_harmless_reason_is_zero(void **state)
{
    (void)state;
    assert_int_equal(REASON_NONE, 0);
    assert_string_equal(reason_row(REASON_NONE)->name, "none");
    assert_int_equal(reason_row(REASON_NONE)->kind, REASON_PLAIN);
    assert_int_equal(reason_row(REASON_BAD_ENTRY)->kind, REASON_DATA);
    assert_int_equal(reason_row(REASON_MAX_HOSTS)->kind, REASON_RAIL);
    assert_int_equal(reason_row(REASON_READ_FAILED)->kind, REASON_FAILURE);
}

static void test_every_event_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_row *row = event_row((enum event_id)i);
        assert_snake_case(row->name);
        assert_sentence(row->meaning);
        assert_in_range(row->level, LEVEL_DEBUG, LEVEL_ERROR);
        assert_non_null(row->fields);
    }
}

static void test_event_names_are_unique(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++)
        for (int j = 0; j < i; j++)
            assert_string_not_equal(event_row((enum event_id)i)->name,
                                    event_row((enum event_id)j)->name);
}

/* A phrase is part of a sentence: no full stop, no capital. */
static void assert_phrase(const char *phrase)
{
    assert_non_null(phrase);
    size_t length = strlen(phrase);
    assert_true(length > 5);
    assert_true(phrase[0] >= 'a' && phrase[0] <= 'z');
    assert_true(phrase[length - 1] != '.');
    for (size_t i = 0; i < length; i++)
        assert_in_range(phrase[i], ' ', '~');
}

static void test_every_state_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < STATE_COUNT; i++) {
        const struct state_row *row = state_row((enum state)i);
        assert_snake_case(row->name);
        assert_phrase(row->meaning);
        assert_in_range(row->glyph, '!', '~');
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(row->name, state_row((enum state)j)->name);
            assert_int_not_equal(row->glyph, state_row((enum state)j)->glyph);
        }
    }
}

/* Severity is the order of the table. */
static void test_states_are_worst_first(void **state)
{
    (void)state;
    assert_int_equal(STATE_STARVED, 0);
    assert_int_equal(STATE_FAILED, 1);
    assert_true(STATE_UNCONFIRMED < STATE_UNREAD);
    assert_true(STATE_HELD < STATE_UP);
    assert_int_equal(STATE_GONE, STATE_COUNT - 1);
    assert_string_equal(state_row(STATE_ON_TARGET)->name, "on_target");
    assert_int_equal(state_row(STATE_UP)->glyph, '+');
    assert_int_equal(state_row(STATE_DOWN)->glyph, '-');
}

static void test_every_command_is_complete(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        const struct command_row *row = command_row((enum command_kind)i);
        assert_snake_case(row->name);
        assert_phrase(row->meaning);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(row->name, command_row((enum command_kind)j)->name);
    }
}

/* Read-only refuses what steers: nothing that could change what is sent may slip through. */
static void test_commands_that_steer_are_known(void **state)
{
    (void)state;
    static const enum command_kind harmless[] = { COMMAND_PASS,   COMMAND_DISCOVERY, COMMAND_FOCUS,
                                                  COMMAND_RELOAD, COMMAND_LOOK,      COMMAND_STOP };
    int steering = 0;
    for (int i = 0; i < COMMAND_COUNT; i++)
        steering += command_row((enum command_kind)i)->is_steering;
    for (size_t i = 0; i < COUNT_OF(harmless); i++)
        assert_false(command_row(harmless[i])->is_steering);
    assert_int_equal(steering, COMMAND_COUNT - (int)COUNT_OF(harmless));
}

/* Lines about scales are the record of what was done: none of them may be dropped. */
static void test_scale_events_are_never_limited(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_row *row = event_row((enum event_id)i);
        if (strncmp(row->name, "scale", 5) == 0)
            assert_false(row->is_limited);
    }
}

static void test_every_event_has_its_fields(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_COUNT; i++) {
        const char *at = event_row((enum event_id)i)->fields;
        for (size_t count = 0; *at; count++) {
            assert_in_range(count, 0, 15);
            char field[48] = "";
            size_t length = strcspn(at, " ");
            assert_in_range(length, 1, sizeof field - 1);
            memcpy(field, at, length);
            assert_snake_case(field);
            assert_true(event_has_field((enum event_id)i, field));
            at += length;
            at += *at == ' ';
        }
    }
}

static const struct field_row {
    const char *name;
    enum event_id id;
    const char *key;
    bool has;
} field_rows[] = {
    /* clang-format off */
    { "first field",            EVENT_SCALED,          "deployment", true  },
    { "field in the middle",    EVENT_SCALED,          "key",        true  },
    { "last field",             EVENT_SCALED,          "took_ms",    true  },
    { "field of another event", EVENT_SCALED,          "reason",     false },
    { "front of a field",       EVENT_SCALED,          "deploy",     false },
    { "end of a field",         EVENT_SCALED,          "ms",         false },
    { "behind its longer kin",  EVENT_SCALE_REQUESTED, "delta",      true  },
    { "part of two fields",     EVENT_SCALE_REQUESTED, "hosts",      false },
    /* clang-format on */
};

static void check_field(void **state)
{
    const struct field_row *row = *state;
    assert_int_equal(event_has_field(row->id, row->key), row->has);
}

static void test_actions_and_levels_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < ACTION_COUNT; i++) {
        assert_snake_case(action_name((enum action)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(action_name((enum action)i), action_name((enum action)j));
    }
    for (int i = 0; i < LEVEL_COUNT; i++) {
        assert_snake_case(level_name((enum level)i));
        for (int j = 0; j < i; j++)
            assert_string_not_equal(level_name((enum level)i), level_name((enum level)j));
    }
    assert_string_equal(action_name(ACTION_UNCONFIRMED), "unconfirmed");
    assert_string_equal(action_name(ACTION_NONE), "none");
    assert_string_equal(level_name(LEVEL_ERROR), "error");
    assert_string_equal(level_name(LEVEL_DEBUG), "debug");
}

int main(void)
{
    static const struct CMUnitTest whole_tests[] = {
        cmocka_unit_test(test_every_reason_is_complete),
        cmocka_unit_test(test_reason_names_are_unique),
        cmocka_unit_test(test_the_harmless_reason_is_zero),
        cmocka_unit_test(test_every_event_is_complete),
        cmocka_unit_test(test_event_names_are_unique),
        cmocka_unit_test(test_scale_events_are_never_limited),
        cmocka_unit_test(test_every_event_has_its_fields),
        cmocka_unit_test(test_actions_and_levels_have_names),
        cmocka_unit_test(test_every_state_is_complete),
        cmocka_unit_test(test_states_are_worst_first),
        cmocka_unit_test(test_every_command_is_complete),
        cmocka_unit_test(test_commands_that_steer_are_known),
    };
    struct CMUnitTest field_tests[COUNT_OF(field_rows)];
    TESTS_FROM_ROWS(field_tests, field_rows, check_field);
    int failed = cmocka_run_group_tests_name("vocab", whole_tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("event_has_field", field_tests, NULL, NULL);
    return failed;
}
