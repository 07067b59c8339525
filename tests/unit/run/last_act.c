#include "engine/run/last_act.h"

#include "tests/support/test.h"

#include <string.h>

static const struct override_view nothing = { .until = { INT64_MAX } };
static const struct override_view paused = { .is_in_force = true,
                                             .number = 1,
                                             .until = { INT64_MAX } };

static void note(struct last_act *act, const char *author, enum command_kind kind, const char *id)
{
    struct command command = { .kind = kind, .delta = 3 };
    memcpy(command.id, id, strlen(id) + 1);
    last_act_note(act, author, &command);
}

static void expect_said(const struct last_act *act, const char *author, const char *sentence)
{
    char storage[COMMAND_TEXT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    assert_int_equal(last_act_check(act, author, &text), sentence[0] == '\0');
    assert_string_equal(storage, sentence);
    assert_false(text.was_cut);
}

static void only_the_author_may(void **state)
{
    (void)state;
    struct last_act act = { 0 };
    expect_said(&act, "ann",
                "no act is known that could be undone: the engine has seen none since "
                "it was started");
    note(&act, "ann on pts/3", COMMAND_PAUSE, "eu-1");
    last_act_add(&act, OVERRIDE_PAUSE, "eu-1", &nothing, &paused);
    expect_said(&act, "ann", "");
    expect_said(&act, "ann on pts/4", "");
    expect_said(&act, "anna",
                "the last act, the pause of eu-1, is of ann on pts/3: only one's own "
                "last act can be undone");
    act.is_undone = true;
    expect_said(&act, "ann", "the last act, the pause of eu-1, is undone already");
    note(&act, "uid 7", COMMAND_RESUME, "eu-1");
    last_act_add(&act, OVERRIDE_PAUSE, "eu-1", &paused, &nothing);
    expect_said(&act, "uid 7", "");
    expect_said(&act, "uid 8",
                "the last act, the resume of eu-1, is of uid 7: only one's own last "
                "act can be undone");
    last_act_fini(&act);
}

static void what_changed_nothing_is_not_undone(void **state)
{
    (void)state;
    struct last_act act = { 0 };
    note(&act, "ann", COMMAND_RESUME_ALL, "");
    last_act_add(&act, OVERRIDE_PAUSE_ALL, OVERRIDE_ALL, &nothing, &nothing);
    expect_said(&act, "ann",
                "the last act, the resume of all deployments, changed nothing: there is "
                "nothing to undo");
    last_act_fini(&act);
}

/* The sentence names what can be done, whatever the length of the id. */
static void a_scale_is_not_undone(void **state)
{
    (void)state;
    struct last_act act = { 0 };
    char id[COMMAND_ID_SIZE];
    char storage[COMMAND_TEXT_SIZE];
    struct text text;
    memset(id, 'e', sizeof id);
    id[sizeof id - 1] = '\0';
    note(&act, "ann", COMMAND_SCALE, id);
    text_init(&text, storage, sizeof storage);
    assert_false(last_act_check(&act, "ann", &text));
    assert_false(text.was_cut);
    assert_non_null(strstr(storage, "... by +3 cannot be undone: "));
    assert_non_null(strstr(storage, "Pause the deployment"));
    last_act_fini(&act);
}

static void commands_that_belong_together_are_one_act(void **state)
{
    (void)state;
    struct last_act act = { 0 };
    char storage[COMMAND_TEXT_SIZE];
    struct text text;
    struct command command = { .kind = COMMAND_PAUSE, .id = "eu-1" };
    for (int i = 0; i < LAST_ACT_ITEMS_MAX; i++) {
        command.is_more = i > 0;
        last_act_note(&act, "ann", &command);
        last_act_add(&act, OVERRIDE_PAUSE, "eu-1", &nothing, &paused);
    }
    assert_int_equal(act.count, LAST_ACT_ITEMS_MAX);
    assert_false(act.is_incomplete);
    text_init(&text, storage, sizeof storage);
    last_act_describe(&act, &text);
    assert_string_equal(storage, "the pause of 1000 deployments");
    last_act_add(&act, OVERRIDE_PAUSE, "eu-1", &nothing, &paused);
    expect_said(&act, "ann",
                "the last act, the pause of 1000 deployments, cannot be undone: it "
                "was too large to be remembered");
    note(&act, "ann", COMMAND_DRY_RUN_ON, "");
    assert_int_equal(act.count, 0);
    last_act_fini(&act);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_author_may),
        cmocka_unit_test(what_changed_nothing_is_not_undone),
        cmocka_unit_test(a_scale_is_not_undone),
        cmocka_unit_test(commands_that_belong_together_are_one_act),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
