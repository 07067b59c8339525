#include "tui/term/tty.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#define CONTROLLING "/dev/tty"

static bool is_controlling(int fd)
{
    return tcgetsid(fd) == getsid(0);
}

/* A terminal that can be used in this direction. */
static bool is_usable(int fd, int direction)
{
    int mode = fcntl(fd, F_GETFL) & O_ACCMODE;
    return isatty(fd) && (mode == O_RDWR || mode == direction);
}

/* The standard stream to draw on; -1: none. */
static int stream_to_draw_on(void)
{
    if (is_usable(STDOUT_FILENO, O_WRONLY))
        return STDOUT_FILENO;
    return is_usable(STDERR_FILENO, O_WRONLY) ? STDERR_FILENO : -1;
}

static int duplicate(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

static bool open_streams(struct tty *tty)
{
    int out = stream_to_draw_on();
    if (out < 0 || !is_usable(STDIN_FILENO, O_RDONLY))
        return false;
    tty->in = duplicate(STDIN_FILENO);
    tty->out = duplicate(out);
    return true;
}

static bool open_controlling(struct tty *tty)
{
    tty->in = open(CONTROLLING, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty->in < 0)
        return false;
    tty->out = duplicate(tty->in);
    return true;
}

/* Standard input and output are a terminal of their own. */
static bool has_other_terminal(void)
{
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && !is_controlling(STDIN_FILENO) &&
           !is_controlling(STDOUT_FILENO);
}

bool tty_open(struct tty *ret_tty)
{
    *ret_tty = (struct tty){ -1, -1 };
    bool is_open = has_other_terminal() ? open_streams(ret_tty) || open_controlling(ret_tty)
                                        : open_controlling(ret_tty) || open_streams(ret_tty);
    if (is_open && ret_tty->in >= 0 && ret_tty->out >= 0)
        return true;
    tty_close(ret_tty);
    return false;
}

void tty_close(struct tty *tty)
{
    if (tty->in >= 0)
        close(tty->in);
    if (tty->out >= 0)
        close(tty->out);
    *tty = (struct tty){ -1, -1 };
}

bool tty_is_taken(int fd)
{
    pid_t group = tcgetpgrp(fd);
    return group > 0 && group != getpgrp();
}
