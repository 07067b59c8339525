/*
 * The state directory: which one is chosen, and what is refused.
 */
#include "engine/store/state_dir.h"

#include "tests/support/test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHER_USER 65534
#define IDENTITY "rest http://127.0.0.1:8000"

/* --- choice ---------------------------------------------------------------------------------------------------- */

static const struct choice_row {
    const char *name;
    struct state_dir_sources sources;
    const char *base; /* NULL: none can be chosen */
} choice_rows[] = {
    /* clang-format off */
    { "the option comes first", { "/opt", "/var", "/sys", "/xdg", "/home/a", true }, "/opt" },
    { "the option may be relative", { .option = "state", .home = "/home/a" }, "state" },
    { "then the variable", { NULL, "/var", "/sys", "/xdg", "/home/a", true }, "/var" },
    { "then that of systemd", { NULL, "", "/sys", "/xdg", "/home/a", true }, "/sys" },
    { "the first directory of systemd", { .state_directory = "/sys/a:/sys/b" }, "/sys/a" },
    { "then that of root", { .xdg_state_home = "/xdg", .home = "/root", .is_root = true }, "/var/lib/autoscaler" },
    { "then that of XDG", { .xdg_state_home = "/xdg", .home = "/home/a" }, "/xdg/autoscaler" },
    { "a relative path of XDG is ignored", { .xdg_state_home = "xdg", .home = "/home/a" }, "/home/a/.local/state/autoscaler" },
    { "then the home", { .home = "/home/a" }, "/home/a/.local/state/autoscaler" },
    { "nothing is set", { .option = NULL }, NULL },
    { "a relative home is not one", { .home = "a" }, NULL },
    /* clang-format on */
};

static void choice_is_as_expected(void **state)
{
    const struct choice_row *row = *state;
    char base[STATE_PATH_SIZE];
    struct error err;
    int failed = state_dir_choose(&row->sources, base, &err);
    if (!row->base) {
        assert_int_equal(failed, ERR_CONFIG);
        return;
    }
    assert_int_equal(failed, 0);
    assert_string_equal(base, row->base);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    (void)state;
    static char path[2 * STATE_PATH_SIZE];
    memset(path, 'a', sizeof path - 1);
    path[0] = '/';
    struct state_dir_sources sources = { .option = path };
    char base[STATE_PATH_SIZE];
    struct error err;
    assert_int_equal(state_dir_choose(&sources, base, &err), -ENAMETOOLONG);
}

/* --- directories ----------------------------------------------------------------------------------------------- */

struct places {
    char parent[64];
    char base[128];
    char path[STATE_PATH_SIZE]; /* of the API */
};

static int begin(void **state)
{
    struct places *places = calloc(1, sizeof *places);
    snprintf(places->parent, sizeof places->parent, "/tmp/state-XXXXXX");
    assert_non_null(mkdtemp(places->parent));
    snprintf(places->base, sizeof places->base, "%s/a/b", places->parent);
    *state = places;
    return 0;
}

static int end(void **state)
{
    struct places *places = *state;
    char name[256];
    snprintf(name, sizeof name, "%s/elsewhere", places->parent);
    chmod(places->base, 0700);
    chmod(places->path, 0700);
    unlink(places->path);
    rmdir(places->path);
    unlink(places->base);
    rmdir(places->base);
    unlink(name);
    rmdir(name);
    snprintf(name, sizeof name, "%s/a", places->parent);
    rmdir(name);
    rmdir(places->parent);
    free(places);
    return 0;
}

static void must_open(struct places *places)
{
    struct error err = { 0 };
    int failed = state_dir_open(places->base, IDENTITY, places->path, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(failed, 0);
}

static void must_refuse(struct places *places, const char *why)
{
    struct error err = { 0 };
    char path[STATE_PATH_SIZE];
    assert_int_equal(state_dir_open(places->base, IDENTITY, path, &err), ERR_CONFIG);
    if (!strstr(err.msg, why))
        assert_string_equal(err.msg, why);
    assert_non_null(strstr(err.msg, places->base));
}

static void what_is_missing_is_created(void **state)
{
    struct places *places = *state;
    struct stat st;
    must_open(places);
    assert_int_equal(stat(places->base, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_int_equal(lstat(places->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_non_null(strstr(places->path, "/a/b/rest-127.0.0.1-8000-"));
    must_open(places);
}

static void each_api_has_its_own(void **state)
{
    struct places *places = *state;
    char other[STATE_PATH_SIZE];
    must_open(places);
    assert_int_equal(state_dir_open(places->base, "rest http://127.0.0.1-8000", other, NULL), 0);
    assert_string_not_equal(places->path, other);
    assert_int_equal(strlen(places->path), strlen(other));
    assert_int_equal(rmdir(other), 0);
}

static void a_planted_link_is_refused(void **state)
{
    struct places *places = *state;
    char elsewhere[128];
    must_open(places);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", places->parent);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(rmdir(places->path), 0);
    assert_int_equal(symlink(elsewhere, places->path), 0);
    must_refuse(places, "it is a symbolic link");
}

static void a_file_in_the_place_is_refused(void **state)
{
    struct places *places = *state;
    must_open(places);
    assert_int_equal(rmdir(places->path), 0);
    FILE *file = fopen(places->path, "w");
    assert_non_null(file);
    fclose(file);
    must_refuse(places, "it is not a directory");
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
    struct places *places = *state;
    must_open(places);
    assert_int_equal(chmod(places->path, 0770), 0);
    must_refuse(places, "others may write it (mode 0770, not 0700)");
    assert_int_equal(chmod(places->path, 0700), 0);
    assert_int_equal(chmod(places->base, 0707), 0);
    must_refuse(places, "others may write it (mode 0707, not 0700)");
}

static void a_directory_of_another_user_is_refused(void **state)
{
    struct places *places = *state;
    if (geteuid() != 0)
        skip();
    must_open(places);
    assert_int_equal(chown(places->path, OTHER_USER, OTHER_USER), 0);
    must_refuse(places, "it belongs to user 65534, the program runs as 0");
    assert_int_equal(chown(places->path, 0, 0), 0);
    assert_int_equal(chown(places->base, OTHER_USER, OTHER_USER), 0);
    must_refuse(places, "it belongs to user 65534, the program runs as 0");
}

/* systemd makes the base a link to a private directory. */
static void a_base_may_be_a_link_but_not_of_another_user(void **state)
{
    struct places *places = *state;
    char elsewhere[128];
    must_open(places);
    assert_int_equal(rmdir(places->path), 0);
    assert_int_equal(rmdir(places->base), 0);
    snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", places->parent);
    assert_int_equal(mkdir(elsewhere, 0700), 0);
    assert_int_equal(symlink(elsewhere, places->base), 0);
    must_open(places);
    assert_int_equal(strncmp(places->path, elsewhere, strlen(elsewhere)), 0);
    if (geteuid() == 0) {
        assert_int_equal(lchown(places->base, OTHER_USER, OTHER_USER), 0);
        must_refuse(places, "it is a symbolic link of another user");
    }
}

/* root may write everywhere: the test gives up its rights for the call. */
static void a_directory_without_write_permission_is_refused(void **state)
{
    struct places *places = *state;
    bool is_root = geteuid() == 0;
    must_open(places);
    assert_int_equal(chmod(places->parent, 0711), 0);
    assert_int_equal(chmod(places->path, 0500), 0);
    if (is_root) {
        assert_int_equal(chown(places->path, OTHER_USER, OTHER_USER), 0);
        assert_int_equal(chown(places->base, OTHER_USER, OTHER_USER), 0);
        assert_int_equal(seteuid(OTHER_USER), 0);
    }
    struct error err = { 0 };
    char path[STATE_PATH_SIZE];
    int failed = state_dir_open(places->base, IDENTITY, path, &err);
    if (is_root)
        assert_int_equal(seteuid(0), 0);
    assert_int_equal(failed, ERR_CONFIG);
    assert_non_null(strstr(err.msg, "the program may not write it"));
}

int main(void)
{
#define PLACES_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
        PLACES_TEST(what_is_missing_is_created),
        PLACES_TEST(each_api_has_its_own),
        PLACES_TEST(a_planted_link_is_refused),
        PLACES_TEST(a_file_in_the_place_is_refused),
        PLACES_TEST(a_directory_that_others_may_write_is_refused),
        PLACES_TEST(a_directory_of_another_user_is_refused),
        PLACES_TEST(a_base_may_be_a_link_but_not_of_another_user),
        PLACES_TEST(a_directory_without_write_permission_is_refused),
    };
    struct CMUnitTest choices[COUNT_OF(choice_rows)];
    TESTS_FROM_ROWS(choices, choice_rows, choice_is_as_expected);
    int failed = cmocka_run_group_tests_name("state_dir", tests, NULL, NULL);
    return failed + cmocka_run_group_tests_name("state_dir: choice", choices, NULL, NULL);
}
