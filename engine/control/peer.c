#define _GNU_SOURCE /* struct ucred, fgetpwent */
#include "engine/control/peer.h"

#include "engine/base/text.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* More groups than the kernel shows are a refusal of the call: then only the main group counts. */
#define GROUPS_MAX 1024

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static bool is_operator(const struct peer_groups *groups, gid_t group)
{
    for (size_t i = 0; i < groups->operator_count; i++)
        if (groups->operators[i] == group)
            return true;
    return false;
}

static enum right right_of_group(const struct peer_groups *groups, gid_t group)
{
    if (is_operator(groups, group))
        return RIGHT_ACT;
    return groups->reader != (gid_t)-1 && groups->reader == group ? RIGHT_READ : RIGHT_NONE;
}

static enum right right_of_groups(int socket, const struct peer_groups *groups, gid_t main)
{
    gid_t list[GROUPS_MAX];
    socklen_t size = sizeof list;
    enum right right = right_of_group(groups, main);
    if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, list, &size) < 0)
        return right;
    for (size_t i = 0; i < size / sizeof list[0]; i++) {
        enum right of_group = right_of_group(groups, list[i]);
        right = of_group > right ? of_group : right;
    }
    return right;
}

bool peer_of(int socket, const struct peer_groups *groups, struct peer *ret_peer)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    *ret_peer = (struct peer){ .uid = (uid_t)-1 };
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0)
        return false;
    ret_peer->uid = credentials.uid;
    ret_peer->pid = credentials.pid;
    bool is_own = credentials.uid == 0 || credentials.uid == geteuid();
    ret_peer->right = is_own ? RIGHT_ACT : right_of_groups(socket, groups, credentials.gid);
    return true;
}

void peer_name(uid_t uid, char ret_name[PEER_NAME_SIZE])
{
    struct text name;
    text_init(&name, ret_name, PEER_NAME_SIZE);
    FILE *file = fopen("/etc/passwd", "re");
    if (!file)
        return;
    char line[1024];
    struct passwd user;
    struct passwd *found;
    while (fgetpwent_r(file, &user, line, sizeof line, &found) == 0)
        if (found->pw_uid == uid) {
            text_add_escaped(&name, found->pw_name, strlen(found->pw_name));
            break;
        }
    fclose(file);
}
