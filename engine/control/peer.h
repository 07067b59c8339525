/*
 * peer - the user at the other end of a connection on the control socket, and its rights.
 *
 * The kernel reports user, process and groups (SO_PEERCRED, SO_PEERGROUPS of unix(7)): a client cannot choose them. The
 * user of the engine and root may act. Members of an operators' group may act. Members of the socket's group may read.
 * Others may do nothing.
 *
 * The name is that of /etc/passwd: a directory service may take long, and the engine does not wait for it.
 *
 * Any thread. Owns nothing.
 */
#ifndef ENGINE_CONTROL_PEER_H
#define ENGINE_CONTROL_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PEER_NAME_SIZE 64
#define PEER_GROUPS_MAX 16

enum right { RIGHT_NONE, RIGHT_READ, RIGHT_ACT };

struct peer_groups {
    gid_t reader; /* (gid_t)-1: none */
    gid_t operators[PEER_GROUPS_MAX];
    size_t operator_count;
};

struct peer {
    uid_t uid;
    pid_t pid;
    enum right right;
};

/* False: the socket tells nothing, and the peer has no right. */
bool peer_of(int socket, const struct peer_groups *groups, struct peer *ret_peer);

/* "" when /etc/passwd does not have the user. */
void peer_name(uid_t uid, char ret_name[PEER_NAME_SIZE]);

#endif
