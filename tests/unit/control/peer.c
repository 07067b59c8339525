#define _DEFAULT_SOURCE /* setgroups */
#include "engine/control/peer.h"

#include "tests/support/test.h"

#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A user that is neither root nor this one; groups that no user of a system has. */
#define OTHER_USER 54321
#define MAIN_GROUP 54322
#define SECOND_GROUP 54323
#define FOREIGN_GROUP 54324

static const struct peer_row {
    const char *name;
    gid_t reader;
    gid_t operator_group;
    enum right right;
} peer_rows[] = {
    { "no group", (gid_t)-1, FOREIGN_GROUP, RIGHT_NONE },
    { "foreign groups", FOREIGN_GROUP, FOREIGN_GROUP, RIGHT_NONE },
    { "the main group may read", MAIN_GROUP, FOREIGN_GROUP, RIGHT_READ },
    { "a further group may read", SECOND_GROUP, FOREIGN_GROUP, RIGHT_READ },
    { "the main group may act", (gid_t)-1, MAIN_GROUP, RIGHT_ACT },
    { "a further group may act", MAIN_GROUP, SECOND_GROUP, RIGHT_ACT },
};

/* The end of a pair of sockets that was made by a process of the other user. */
static void become_other(int socket)
{
    static const gid_t groups[] = { SECOND_GROUP };
    int pair[2];
    if (setgroups(1, groups) || setgid(MAIN_GROUP) || setuid(OTHER_USER) ||
        socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        _exit(1);
    char control[CMSG_SPACE(sizeof pair[0])] = { 0 };
    char byte = 0;
    struct iovec part = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (!header)
        _exit(1);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof pair[0]);
    memcpy(CMSG_DATA(header), &pair[0], sizeof pair[0]);
    _exit(sendmsg(socket, &message, 0) == 1 ? 0 : 1);
}

static int receive_socket(int socket)
{
    char control[CMSG_SPACE(sizeof(int))];
    char byte;
    int fd = -1;
    struct iovec part = { &byte, 1 };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control,
    };
    assert_int_equal(recvmsg(socket, &message, 0), 1);
    const struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header)
        memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return fd;
}

static void row_has_its_right(void **state)
{
    const struct peer_row *row = *state;
    int between[2];
    int status;
    if (geteuid() != 0)
        skip();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, between), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        become_other(between[1]);
    int fd = receive_socket(between[0]);
    struct peer_groups groups = { .reader = row->reader,
                                  .operators = { row->operator_group },
                                  .operator_count = 1 };
    struct peer peer;
    assert_true(peer_of(fd, &groups, &peer));
    assert_int_equal(peer.uid, OTHER_USER);
    assert_int_equal(peer.pid, child);
    assert_int_equal(peer.right, row->right);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(fd);
    close(between[0]);
    close(between[1]);
}

static void the_own_user_may_act(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer;
    const struct peer_groups groups = { .reader = (gid_t)-1 };
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_true(peer_of(pair[0], &groups, &peer));
    assert_int_equal(peer.uid, getuid());
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.right, RIGHT_ACT);
    close(pair[0]);
    close(pair[1]);
}

static void what_is_no_socket_has_no_right(void **state)
{
    (void)state;
    struct peer peer;
    const struct peer_groups groups = { .reader = 0 };
    assert_false(peer_of(-1, &groups, &peer));
    assert_int_equal(peer.right, RIGHT_NONE);
}

static void names_are_those_of_the_system(void **state)
{
    (void)state;
    char name[PEER_NAME_SIZE];
    peer_name(0, name);
    assert_string_equal(name, "root");
    peer_name(OTHER_USER, name);
    assert_string_equal(name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_own_user_may_act),
        cmocka_unit_test(what_is_no_socket_has_no_right),
        cmocka_unit_test(names_are_those_of_the_system),
    };
    struct CMUnitTest rows[COUNT_OF(peer_rows)];
    TESTS_FROM_ROWS(rows, peer_rows, row_has_its_right);
    int failed = cmocka_run_group_tests_name("peer", tests, NULL, NULL);
    failed += cmocka_run_group_tests_name("peer: rights", rows, NULL, NULL);
    return failed;
}
