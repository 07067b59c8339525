#include "engine/run/hangup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* 0, or the error of opening the controlling terminal. */
static int terminal_error(void)
{
    int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

bool hangup_may_come(void)
{
    struct sigaction action;
    bool is_ignored = sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
    return !is_ignored && terminal_error() == 0;
}

bool hangup_has_come(void)
{
    int error = terminal_error();
    return error == ENXIO || error == EIO;
}
