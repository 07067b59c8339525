#include "engine/http/listen_socket.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t address_size(const union listen_address *address)
{
    return address->any.sa_family == AF_INET6 ? sizeof address->v6 : sizeof address->v4;
}

/* A port whose last connections have ended a moment ago is free. An IPv6 address takes no port of IPv4. */
static int set_options(int fd, int family)
{
    const int on = 1;
    int result = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!result && family == AF_INET6)
        result = setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    return result;
}

int listen_socket_open(const union listen_address *address, int *ret_fd)
{
    int family = address->any.sa_family;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    if (set_options(fd, family) < 0 || bind(fd, &address->any, address_size(address)) < 0 ||
        listen(fd, SOMAXCONN) < 0) {
        int failed = -errno;
        close(fd);
        return failed;
    }
    *ret_fd = fd;
    return 0;
}
