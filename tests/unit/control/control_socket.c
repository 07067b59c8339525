#include "engine/control/control_socket.h"

#include "tests/support/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The linker gives calls of chown to these. */
int __real_chown(const char *path, uid_t owner, gid_t group);
int __wrap_chown(const char *path, uid_t owner, gid_t group);

static bool may_change_owner = true;

/* As in a unit without the call. */
int __wrap_chown(const char *path, uid_t owner, gid_t group)
{
    if (may_change_owner)
        return __real_chown(path, owner, group);
    errno = EPERM;
    return -1;
}

#define NO_GROUP ((gid_t)-1)
#define LONG_NAME "0123456789012345678901234567890123456789012345678901234567890123456789"

static const struct choice_row {
    const char *name;
    struct control_socket_sources sources;
    const char *path; /* NULL: none */
} choice_rows[] = {
    { "the option", { "/a/b", "/run/x", "/run/user/7", true }, "/a/b" },
    { "systemd's directory", { NULL, "/run/x", "/run/user/7", true }, "/run/x/control.sock" },
    { "the first of systemd's", { "", "/run/x:/run/y", NULL, false }, "/run/x/control.sock" },
    { "root's", { NULL, NULL, "/run/user/7", true }, "/run/autoscaler/control.sock" },
    { "a user's", { NULL, "", "/run/user/7", false }, "/run/user/7/autoscaler/control.sock" },
    { "none", { NULL, NULL, "", false }, NULL },
    { "one that is too long", { "/" LONG_NAME LONG_NAME, NULL, NULL, true }, NULL },
};

static void row_is_chosen(void **state)
{
    const struct choice_row *row = *state;
    char path[CONTROL_PATH_SIZE];
    struct error err;
    int failed = control_socket_choose(&row->sources, path, &err);
    if (row->path) {
        assert_int_equal(failed, 0);
        assert_string_equal(path, row->path);
    } else {
        assert_true(failed < 0);
        assert_non_null(strstr(err.msg, "control.socket names "));
    }
}

/* --- files ----------------------------------------------------------------------------------------------------- */

struct place {
    char directory[32];
    char path[64];
};

static int enter(void **state)
{
    static struct place place;
    strcpy(place.directory, "/tmp/control-XXXXXX");
    if (!mkdtemp(place.directory))
        return -1;
    snprintf(place.path, sizeof place.path, "%s/s/control.sock", place.directory);
    *state = &place;
    return 0;
}

static int leave(void **state)
{
    struct place *place = *state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", place->directory);
    return system(command);
}

static mode_t mode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    int failed = connect(fd, (struct sockaddr *)&address, sizeof address) < 0 ? -errno : 0;
    close(fd);
    return failed;
}

static void a_socket_is_made_and_removed(void **state)
{
    const struct place *place = *state;
    struct control_socket control_socket;
    struct error err;
    mode_t mask = umask(0);
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &control_socket, &err), 0);
    umask(mask);
    assert_int_equal(mode_of(place->path), 0600);
    assert_int_equal(connect_to(place->path), 0);
    control_socket_close(&control_socket);
    assert_int_equal(access(place->path, F_OK), -1);
    control_socket_close(&control_socket); /* again: nothing */
}

static void choose(bool is_client, char ret_path[CONTROL_PATH_SIZE])
{
    struct error err;
    const struct control_socket_sources sources =
        is_client ? control_socket_sources_of_client(NULL)
                  : control_socket_sources_from_environment(NULL);
    assert_int_equal(control_socket_choose(&sources, ret_path, &err), 0);
}

/* Of a user without an engine. */
static void a_client_finds_the_engine_of_the_system(void **state)
{
    const struct place *place = *state;
    char own[CONTROL_PATH_SIZE];
    char path[CONTROL_PATH_SIZE];
    snprintf(own, sizeof own, "%s/autoscaler", place->directory);
    assert_int_equal(unsetenv("RUNTIME_DIRECTORY"), 0);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", place->directory, 1), 0);
    choose(true, path);
    assert_string_equal(path, "/run/autoscaler/control.sock");
    assert_int_equal(mkdir(own, 0700), 0);
    choose(false, own);
    choose(true, path);
    assert_string_equal(path, own);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    choose(true, path);
    assert_string_equal(path, "/run/autoscaler/control.sock");
}

static void a_group_may_connect(void **state)
{
    const struct place *place = *state;
    struct control_socket control_socket;
    struct error err;
    struct stat st;
    assert_int_equal(control_socket_open(place->path, getegid(), &control_socket, &err), 0);
    assert_int_equal(stat(place->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    assert_int_equal(st.st_gid, getegid());
    control_socket_close(&control_socket);
}

static void its_own_group_needs_no_change_of_owner(void **state)
{
    const struct place *place = *state;
    struct control_socket control_socket;
    struct error err;
    may_change_owner = false;
    int own = control_socket_open(place->path, getegid(), &control_socket, &err);
    control_socket_close(&control_socket);
    int other = control_socket_open(place->path, getegid() + 1, &control_socket, &err);
    may_change_owner = true;
    assert_int_equal(own, 0);
    assert_int_equal(other, -EPERM);
}

static void one_in_use_is_not_replaced(void **state)
{
    const struct place *place = *state;
    struct control_socket first;
    struct control_socket second;
    struct error err;
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &first, &err), 0);
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &second, &err), -EADDRINUSE);
    assert_non_null(strstr(err.msg, "control.sock: another program listens on it"));
    control_socket_close(&second);
    assert_int_equal(connect_to(place->path), 0);
    control_socket_close(&first);
}

/* As after kill -9. */
static void a_stale_one_is_replaced(void **state)
{
    const struct place *place = *state;
    struct control_socket first;
    struct control_socket second;
    struct error err;
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &first, &err), 0);
    close(control_socket_take(&first));
    assert_int_equal(connect_to(place->path), -ECONNREFUSED);
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &second, &err), 0);
    control_socket_close(&first); /* not its file any more */
    assert_int_equal(connect_to(place->path), 0);
    control_socket_close(&second);
}

static void a_file_is_not_replaced(void **state)
{
    const struct place *place = *state;
    char directory[64];
    struct control_socket control_socket;
    struct error err;
    snprintf(directory, sizeof directory, "%s/s", place->directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    close(open(place->path, O_CREAT | O_WRONLY, 0600));
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &control_socket, &err), -EEXIST);
    assert_non_null(strstr(err.msg, "the file exists and is no socket"));
    assert_int_equal(access(place->path, F_OK), 0);
}

static void a_directory_that_others_may_write_is_refused(void **state)
{
    const struct place *place = *state;
    char directory[64];
    struct control_socket control_socket;
    struct error err;
    snprintf(directory, sizeof directory, "%s/s", place->directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(chmod(directory, 0777), 0);
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &control_socket, &err), ERR_CONFIG);
    assert_int_equal(chmod(directory, 01777), 0);
    assert_int_equal(control_socket_open(place->path, NO_GROUP, &control_socket, &err), 0);
    control_socket_close(&control_socket);
}

static void a_missing_parent_is_an_error(void **state)
{
    const struct place *place = *state;
    char path[96];
    struct control_socket control_socket;
    struct error err;
    snprintf(path, sizeof path, "%s/a/b/control.sock", place->directory);
    assert_int_equal(control_socket_open(path, NO_GROUP, &control_socket, &err), -ENOENT);
    assert_non_null(strstr(err.msg, "/a/b/control.sock: No such file"));
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_socket_is_made_and_removed), TEST(a_client_finds_the_engine_of_the_system),
        TEST(a_group_may_connect),          TEST(its_own_group_needs_no_change_of_owner),
        TEST(one_in_use_is_not_replaced),   TEST(a_stale_one_is_replaced),
        TEST(a_file_is_not_replaced),       TEST(a_directory_that_others_may_write_is_refused),
        TEST(a_missing_parent_is_an_error),
    };
    struct CMUnitTest rows[COUNT_OF(choice_rows)];
    TESTS_FROM_ROWS(rows, choice_rows, row_is_chosen);
    int failed = cmocka_run_group_tests_name("control_socket", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("control_socket: path", rows, NULL, NULL);
    return failed;
}
