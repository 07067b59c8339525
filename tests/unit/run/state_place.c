/*
 * Which state directory a configuration means: none, one that is only read, an own one with its lock.
 */
#include "engine/run/state_place.h"

#include "tests/support/test.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define API "http://127.0.0.1:8000"

static char base[64];

static int begin(void **state)
{
    (void)state;
    snprintf(base, sizeof base, "/tmp/state_place.XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

static int end(void **state)
{
    (void)state;
    return nftw(base, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct config config_of(char *url)
{
    return (
        struct config){ .mode = MODE_HEADLESS, .api = { .url = url }, .state = { .dir = base } };
}

static struct state_place open_place(const struct config *config, int expected)
{
    struct state_place place;
    struct error err = { 0 };
    assert_int_equal(state_place_open(config, &place, &err), expected);
    return place;
}

/* --- how it is used -------------------------------------------------------------------------------------------- */

static const struct use_row {
    const char *name;
    struct config config;
    enum state_use use;
} use_rows[] = {
    { "headless", { .mode = MODE_HEADLESS }, STATE_IS_OWN },
    { "console", { .mode = MODE_CONSOLE }, STATE_IS_OWN },
    { "once", { .mode = MODE_ONCE }, STATE_IS_OWN },
    { "dry-run", { .mode = MODE_HEADLESS, .dry_run = true }, STATE_IS_OWN },
    { "once, dry-run", { .mode = MODE_ONCE, .dry_run = true }, STATE_IS_READ },
    { "read-only", { .mode = MODE_HEADLESS, .read_only = true }, STATE_IS_READ },
    { "no state", { .mode = MODE_HEADLESS, .state = { .is_off = true } }, STATE_UNUSED },
    { "no state, read-only",
      { .mode = MODE_ONCE, .read_only = true, .state = { .is_off = true } },
      STATE_UNUSED },
    { "demo", { .mode = MODE_CONSOLE, .is_demo = true }, STATE_UNUSED },
};

static void row_uses_it_so(void **state)
{
    const struct use_row *row = *state;
    assert_int_equal(state_use_of(&row->config), row->use);
}

/* --- the directory --------------------------------------------------------------------------------------------- */

static void a_second_engine_of_an_api_is_refused(void **state)
{
    (void)state;
    char url[] = API, spelled[] = "HTTP://127.0.0.1:8000";
    struct config config = config_of(url), same = config_of(spelled);
    struct state_place place = open_place(&config, 0);
    open_place(&same, ERR_STATE_HELD);
    state_place_close(&place);
    struct state_place next = open_place(&same, 0);
    assert_string_equal(next.directory, place.directory);
    state_place_close(&next);
}

static void each_api_has_its_own_directory(void **state)
{
    (void)state;
    char url[] = API, other_url[] = API "/eu";
    struct config config = config_of(url), other_config = config_of(other_url);
    struct state_place place = open_place(&config, 0);
    struct state_place other = open_place(&other_config, 0);
    assert_string_not_equal(place.directory, other.directory);
    state_place_close(&place);
    state_place_close(&other);
}

static void one_that_is_only_read_is_neither_made_nor_locked(void **state)
{
    (void)state;
    char url[] = API;
    struct config config = config_of(url), reader = config_of(url);
    reader.read_only = true;
    struct state_place missing = open_place(&reader, 0);
    assert_false(missing.is_found);
    assert_int_equal(rmdir(base), 0);
    struct state_place own = open_place(&config, 0);
    struct state_place found = open_place(&reader, 0);
    assert_true(found.is_found);
    assert_null(found.lock);
    assert_string_equal(found.directory, own.directory);
    state_place_close(&own);
}

static void without_a_state_there_is_no_path(void **state)
{
    (void)state;
    char url[] = API;
    struct config config = config_of(url);
    config.state.is_off = true;
    struct state_place place = open_place(&config, 0);
    assert_string_equal(place.directory, "");
    state_place_close(&place);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    struct error err = { 0 };
    char path[STATE_PATH_SIZE];
    struct state_place place = { .use = STATE_IS_OWN };
    snprintf(place.directory, sizeof place.directory, "/var/lib/autoscaler/x");
    assert_int_equal(state_place_journal(&place, path, &err), 0);
    assert_string_equal(path, "/var/lib/autoscaler/x/journal.db");
    memset(place.directory, 'x', sizeof place.directory - 1);
    assert_int_equal(state_place_journal(&place, path, &err), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_engine_of_an_api_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(each_api_has_its_own_directory, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_only_read_is_neither_made_nor_locked, begin,
                                        end),
        cmocka_unit_test_setup_teardown(without_a_state_there_is_no_path, begin, end),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };
    struct CMUnitTest uses[COUNT_OF(use_rows)];
    TESTS_FROM_ROWS(uses, use_rows, row_uses_it_so);
    int failed = cmocka_run_group_tests_name("state_place", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("state_place: use", uses, NULL, NULL);
}
