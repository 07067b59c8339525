#include "engine/service/notify_socket.h"

#include "engine/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int refuse(struct error *err, const char *name, const char *value, const char *what)
{
    char storage[ERROR_MSG_SIZE / 2];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_add_escaped(&text, value, strlen(value));
    return error_set(err, ERR_CONFIG, "%s: '%s' %s", name, storage, what);
}

/* --- the address ----------------------------------------------------------------------------------------------- */

static int parse_address(struct notify_socket *notify, const char *value, struct error *err)
{
    static const char name[] = "NOTIFY_SOCKET";
    size_t length = strlen(value);
    bool is_abstract = value[0] == '@' && length > 1;
    if (!is_abstract && value[0] != '/')
        return refuse(err, name, value, "is neither an absolute path nor an abstract name (@NAME)");
    /* A path has its NUL, an abstract name has one in front. */
    if (length + (is_abstract ? 0 : 1) > sizeof notify->address.sun_path)
        return refuse(err, name, value, "is too long for the address of a socket");
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, value, length);
    if (is_abstract)
        notify->address.sun_path[0] = '\0';
    notify->address_size =
        (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (is_abstract ? 0 : 1));
    return 0;
}

/* --- the watchdog ---------------------------------------------------------------------------------------------- */

static int parse_positive(const char *name, const char *value, int64_t *ret_number,
                          struct error *err)
{
    int64_t number;
    if (!integer_parse(value, strlen(value), &number) || number <= 0)
        return refuse(err, name, value, "is not a positive number");
    *ret_number = number;
    return 0;
}

/* With a WATCHDOG_PID of another process, it is that process which is watched. */
static int parse_watchdog(struct notify_socket *notify, const char *period, const char *pid,
                          struct error *err)
{
    int64_t watched = (int64_t)getpid();
    int64_t period_us = 0;
    int failed = period ? parse_positive("WATCHDOG_USEC", period, &period_us, err) : 0;
    failed = failed || !pid ? failed : parse_positive("WATCHDOG_PID", pid, &watched, err);
    if (!failed && watched == (int64_t)getpid())
        notify->watchdog_us = period_us;
    return failed;
}

/* --- the socket ------------------------------------------------------------------------------------------------ */

static int open_named(struct notify_socket *notify, const char *address, const char *period,
                      const char *pid, struct error *err)
{
    struct notify_socket opened = { 0 };
    int failed = parse_address(&opened, address, err);
    failed = failed ? failed : parse_watchdog(&opened, period, pid, err);
    if (failed)
        return failed;
    opened.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (opened.fd < 0) {
        int code = -errno;
        return error_set(err, code, "NOTIFY_SOCKET: cannot make a socket: %s", strerror(-code));
    }
    opened.is_open = true;
    *notify = opened;
    return 0;
}

int notify_socket_open(struct notify_socket *notify, struct error *err)
{
    const char *address = getenv("NOTIFY_SOCKET");
    int failed =
        address ? open_named(notify, address, getenv("WATCHDOG_USEC"), getenv("WATCHDOG_PID"), err)
                : 0;
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return failed;
}

int notify_socket_send(const struct notify_socket *notify, const char *message, size_t size)
{
    if (!notify->is_open)
        return 0;
    ssize_t sent;
    do
        sent = sendto(notify->fd, message, size, MSG_DONTWAIT | MSG_NOSIGNAL,
                      (const struct sockaddr *)&notify->address, notify->address_size);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

void notify_socket_close(struct notify_socket *notify)
{
    if (notify->is_open)
        close(notify->fd);
    notify->is_open = false;
}
