#include "tests/support/terminal.h"

#include "tests/support/environment.h"
#include "tests/support/test.h"

#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tui/draw/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <vterm.h>

#define READ_SIZE ((size_t)16 * 1024)
#define SLAVE_NAME_SIZE 64
#define ANSWER_SIZE 64
#define EXEC_FAILED 127
#define LOOK_MS 5 /* polling interval for the end of the program */
#define ARGUMENTS_MAX 32
#define SIGNAL_MAX 31 /* of those with names */

struct terminal {
    int master; /* -1: it is gone */
    int slave;  /* kept open, so that modes and bytes stay after the program */
    pid_t program;
    bool is_ended;
    int exit_code;
    bool is_alternate;
    bool has_cursor;
    bool has_mouse;
    struct termios before;
    int64_t typed;
    VTerm *vterm;
    VTermScreen *screen;
    char *written;
    size_t written_size;
    size_t written_capacity;
    char row[TERMINAL_ROW_SIZE];
};

/* --- start ------------------------------------------------------------------------------------------------------- */

struct job {
    char *arguments[ARGUMENTS_MAX + 2];
    struct environment environment;
    char slave[SLAVE_NAME_SIZE];
    bool has_no_tty;
    bool ignores_hangups;
    bool has_no_input;
    const char *error_file;
};

static void fill_environment(struct environment *environment, const struct terminal_config *config)
{
    environment_init(environment, config->environment, config->home);
    environment_add(environment, "TERM=", config->type ? config->type : "xterm-256color");
    environment_add(environment, "LC_ALL=", config->locale ? config->locale : "C.UTF-8");
}

static void fill_arguments(struct job *job, const struct terminal_config *config)
{
    const char *binary = getenv("AUTOSCALER");
    binary = binary && *binary ? binary : "build/release/autoscaler";
    job->arguments[0] = (char *)(uintptr_t)binary;
    for (size_t i = 0; config->arguments && config->arguments[i]; i++) {
        must(i < ARGUMENTS_MAX);
        job->arguments[i + 1] = (char *)(uintptr_t)config->arguments[i];
    }
}

/* In the child: system calls only, since the test may have threads. */
static _Noreturn void become_program(const struct job *job)
{
    setsid();
    for (int number = 1; number <= SIGNAL_MAX; number++)
        signal(number, SIG_DFL);
    if (job->ignores_hangups)
        signal(SIGHUP, SIG_IGN);
    /* A session leader's first terminal becomes its controlling one. */
    int slave = open(job->slave, job->has_no_tty ? O_RDWR | O_NOCTTY : O_RDWR);
    int error =
        job->error_file ? open(job->error_file, O_WRONLY | O_CREAT | O_APPEND, 0600) : slave;
    dup2(job->has_no_input ? open("/dev/null", O_RDONLY) : slave, STDIN_FILENO);
    dup2(slave, STDOUT_FILENO);
    dup2(error, STDERR_FILENO);
    if (slave > STDERR_FILENO)
        close(slave);
    if (error > STDERR_FILENO && error != slave)
        close(error);
    execve(job->arguments[0], job->arguments, job->environment.variables);
    _exit(EXEC_FAILED);
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct terminal *terminal = user;
    if (property == VTERM_PROP_ALTSCREEN)
        terminal->is_alternate = value->boolean;
    if (property == VTERM_PROP_CURSORVISIBLE)
        terminal->has_cursor = value->boolean;
    if (property == VTERM_PROP_MOUSE)
        terminal->has_mouse = value->number != VTERM_PROP_MOUSE_NONE;
    return 1;
}

static const VTermScreenCallbacks callbacks = {
    .settermprop = on_property,
};

static bool is_utf8(const char *locale)
{
    size_t length = locale ? strlen(locale) : 0;
    return !locale || (length >= 5 && strcmp(locale + length - 5, "UTF-8") == 0);
}

static void open_grid(struct terminal *terminal, const struct terminal_config *config,
                      struct winsize size)
{
    terminal->has_cursor = true;
    terminal->vterm = vterm_new(size.ws_row, size.ws_col);
    must(terminal->vterm);
    vterm_set_utf8(terminal->vterm, is_utf8(config->locale));
    terminal->screen = vterm_obtain_screen(terminal->vterm);
    vterm_screen_set_callbacks(terminal->screen, &callbacks, terminal);
    vterm_screen_enable_altscreen(terminal->screen, 1);
    vterm_screen_reset(terminal->screen, 1);
}

static void open_pty(struct terminal *terminal, struct job *job, struct winsize size)
{
    terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
    must(terminal->master >= 0);
    must(fcntl(terminal->master, F_SETFD, FD_CLOEXEC) == 0);
    must(fcntl(terminal->master, F_SETFL, O_NONBLOCK) == 0);
    must(grantpt(terminal->master) == 0 && unlockpt(terminal->master) == 0);
    const char *slave = ptsname(terminal->master);
    must(slave && strlen(slave) < sizeof job->slave);
    memcpy(job->slave, slave, strlen(slave) + 1);
    must(ioctl(terminal->master, TIOCSWINSZ, &size) == 0);
    must(tcgetattr(terminal->master, &terminal->before) == 0);
    terminal->slave = open(slave, O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(terminal->slave >= 0);
}

struct terminal *terminal_start(const struct terminal_config *config)
{
    static struct job job;
    memset(&job, 0, sizeof job);
    struct winsize size = {
        .ws_col = (unsigned short)(config->columns ? config->columns : 80),
        .ws_row = (unsigned short)(config->rows ? config->rows : 24),
    };
    struct terminal *terminal = heap_alloc(1, sizeof *terminal);
    must(terminal);
    job.has_no_tty = config->has_no_tty;
    job.ignores_hangups = config->ignores_hangups;
    job.has_no_input = config->has_no_input;
    job.error_file = config->error_file;
    fill_arguments(&job, config);
    fill_environment(&job.environment, config);
    open_grid(terminal, config, size);
    open_pty(terminal, &job, size);
    terminal->program = fork();
    must(terminal->program >= 0);
    if (terminal->program == 0)
        become_program(&job);
    return terminal;
}

/* False: it still runs. */
static bool reap(struct terminal *terminal, int options)
{
    int status = 0;
    pid_t pid;
    if (terminal->is_ended)
        return true;
    while ((pid = waitpid(terminal->program, &status, options)) < 0)
        must(errno == EINTR);
    if (pid == 0)
        return false;
    terminal->is_ended = true;
    terminal->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
}

void terminal_destroy(struct terminal *terminal)
{
    if (!terminal)
        return;
    if (!terminal->is_ended)
        kill(terminal->program, SIGKILL);
    reap(terminal, 0);
    if (terminal->slave >= 0)
        close(terminal->slave);
    if (terminal->master >= 0)
        close(terminal->master);
    vterm_free(terminal->vterm);
    heap_free(terminal->written);
    heap_free(terminal);
}

/* --- reading ----------------------------------------------------------------------------------------------------- */

static void print_grid(struct terminal *terminal)
{
    int rows, columns;
    vterm_get_size(terminal->vterm, &rows, &columns);
    for (int row = 0; row < rows; row++)
        print_message("|%s\n", terminal_row(terminal, row));
}

static _Noreturn void fail_with_grid(struct terminal *terminal, const char *why, const char *what)
{
    print_grid(terminal);
    fail_msg("%s %s; the grid is above", why, what);
    abort();
}

/* Sends libvterm's output to the program: replies, mouse events, paste brackets. */
static void send_answers(struct terminal *terminal)
{
    char bytes[ANSWER_SIZE];
    for (size_t size; (size = vterm_output_read(terminal->vterm, bytes, sizeof bytes)) > 0;) {
        must(write(terminal->master, bytes, size) == (ssize_t)size);
        terminal->typed += (int64_t)size;
    }
}

static void keep(struct terminal *terminal, const char *bytes, size_t size)
{
    if (terminal->written_size + size >= terminal->written_capacity) {
        terminal->written_capacity = 2 * terminal->written_capacity + 2 * READ_SIZE;
        terminal->written = heap_resize(terminal->written, terminal->written_capacity, 1);
        must(terminal->written);
    }
    memcpy(terminal->written + terminal->written_size, bytes, size);
    terminal->written_size += size;
    terminal->written[terminal->written_size] = '\0';
}

/* False: no data now. Data of a closed slave is read before the error is reported. */
static bool read_some(struct terminal *terminal)
{
    char bytes[READ_SIZE];
    if (terminal->master < 0)
        return false;
    ssize_t got = read(terminal->master, bytes, sizeof bytes);
    if (got <= 0)
        return false;
    keep(terminal, bytes, (size_t)got);
    vterm_input_write(terminal->vterm, bytes, (size_t)got);
    vterm_screen_flush_damage(terminal->screen);
    send_answers(terminal);
    return true;
}

/* Waits for input or LOOK_MS, because the end of the program has no descriptor. */
static void attend(struct terminal *terminal)
{
    struct pollfd place = { .fd = terminal->master, .events = POLLIN };
    if (poll(&place, 1, LOOK_MS) > 0)
        read_some(terminal);
}

static struct mono patience(void)
{
    return mono_after(mono_now(), TERMINAL_PATIENCE_MS);
}

static void check_patience(struct terminal *terminal, struct mono until, const char *what)
{
    if (mono_now().ms >= until.ms)
        fail_with_grid(terminal, "waited in vain for", what);
}

void terminal_wait_until(struct terminal *terminal, bool (*is_true)(void *context), void *context,
                         const char *what)
{
    struct mono until = patience();
    while (!is_true(context)) {
        bool is_ended = reap(terminal, WNOHANG);
        if (is_ended && !read_some(terminal) && !is_true(context))
            fail_with_grid(terminal, "the program ended before", what);
        check_patience(terminal, until, what);
        if (!is_ended)
            attend(terminal);
    }
}

/* --- the grid ---------------------------------------------------------------------------------------------------- */

static bool get_cell(const struct terminal *terminal, int column, int row, VTermScreenCell *cell)
{
    memset(cell, 0, sizeof *cell);
    return vterm_screen_get_cell(terminal->screen, (VTermPos){ .row = row, .col = column }, cell);
}

/* libvterm writes all bits into the cell behind a wide one. */
static bool is_right_half(const VTermScreenCell *cell)
{
    return cell->chars[0] == UINT32_MAX;
}

const char *terminal_row(struct terminal *terminal, int row)
{
    int rows, columns;
    size_t size = 0;
    vterm_get_size(terminal->vterm, &rows, &columns);
    for (int column = 0; column < columns; column++) {
        VTermScreenCell cell;
        if (!get_cell(terminal, column, row, &cell) || is_right_half(&cell))
            continue;
        if (cell.chars[0] == 0)
            cell.chars[0] = ' ';
        for (size_t i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
            must(size + UTF8_SIZE_MAX < TERMINAL_ROW_SIZE);
            size += utf8_encode(cell.chars[i], terminal->row + size);
        }
    }
    while (size > 0 && terminal->row[size - 1] == ' ')
        size--;
    terminal->row[size] = '\0';
    return terminal->row;
}

int terminal_find(struct terminal *terminal, const char *text)
{
    int rows, columns;
    vterm_get_size(terminal->vterm, &rows, &columns);
    for (int row = 0; row < rows; row++)
        if (strstr(terminal_row(terminal, row), text))
            return row;
    return -1;
}

struct wanted {
    struct terminal *terminal;
    const char *text;
};

static bool is_shown(void *context)
{
    const struct wanted *wanted = context;
    return terminal_find(wanted->terminal, wanted->text) >= 0;
}

static bool is_gone(void *context)
{
    return !is_shown(context);
}

void terminal_wait(struct terminal *terminal, const char *text)
{
    terminal_wait_until(terminal, is_shown, &(struct wanted){ terminal, text }, text);
}

void terminal_wait_gone(struct terminal *terminal, const char *text)
{
    terminal_wait_until(terminal, is_gone, &(struct wanted){ terminal, text }, text);
}

static bool is_default(const VTermColor *color)
{
    return color->type & VTERM_COLOR_DEFAULT_MASK;
}

bool terminal_has_color(struct terminal *terminal)
{
    int rows, columns;
    vterm_get_size(terminal->vterm, &rows, &columns);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            VTermScreenCell cell;
            if (get_cell(terminal, column, row, &cell) &&
                (!is_default(&cell.fg) || !is_default(&cell.bg)))
                return true;
        }
    return false;
}

static int index_of(const VTermColor *color)
{
    if (is_default(color))
        return -1;
    must(VTERM_COLOR_IS_INDEXED(color));
    return color->indexed.idx;
}

void terminal_each_color(struct terminal *terminal, void (*see)(void *context, int ink, int paper),
                         void *context)
{
    int rows, columns;
    vterm_get_size(terminal->vterm, &rows, &columns);
    for (int row = 0; row < rows; row++)
        for (int column = 0; column < columns; column++) {
            VTermScreenCell cell;
            if (get_cell(terminal, column, row, &cell) && !is_right_half(&cell) &&
                cell.chars[0] > ' ')
                see(context, index_of(&cell.fg), index_of(&cell.bg));
        }
}

/* --- state ------------------------------------------------------------------------------------------------------- */

bool terminal_is_alternate(const struct terminal *terminal)
{
    return terminal->is_alternate;
}

bool terminal_has_cursor(const struct terminal *terminal)
{
    return terminal->has_cursor;
}

bool terminal_has_mouse(const struct terminal *terminal)
{
    return terminal->has_mouse;
}

struct termios terminal_modes(const struct terminal *terminal)
{
    struct termios modes;
    must(tcgetattr(terminal->master, &modes) == 0);
    return modes;
}

struct termios terminal_modes_before(const struct terminal *terminal)
{
    return terminal->before;
}

/* The state of the main thread, which is the console's, as ps(1) shows it. */
static char state_of(pid_t program)
{
    char path[64], line[512] = "";
    snprintf(path, sizeof path, "/proc/%d/stat", (int)program);
    FILE *file = fopen(path, "re");
    if (file && !fgets(line, sizeof line, file))
        line[0] = '\0';
    if (file)
        fclose(file);
    const char *name_end = strrchr(line, ')');
    return name_end && name_end[1] == ' ' ? name_end[2] : '\0';
}

bool terminal_is_waiting(const struct terminal *terminal)
{
    return state_of(terminal->program) == 'S';
}

int64_t terminal_typed(const struct terminal *terminal)
{
    return terminal->typed;
}

int64_t terminal_bytes(const struct terminal *terminal)
{
    return (int64_t)terminal->written_size;
}

const char *terminal_written(const struct terminal *terminal, size_t *ret_size)
{
    *ret_size = terminal->written_size;
    return terminal->written ? terminal->written : "";
}

/* --- typing ------------------------------------------------------------------------------------------------------ */

void terminal_type(struct terminal *terminal, const char *bytes)
{
    /* Reads while writing; otherwise the test and a program that writes would block each other. */
    struct mono until = patience();
    for (size_t left = strlen(bytes); left > 0;) {
        ssize_t written = write(terminal->master, bytes, left);
        if (written > 0) {
            bytes += written;
            left -= (size_t)written;
            terminal->typed += written;
            continue;
        }
        must(written == 0 || errno == EAGAIN || errno == EINTR);
        check_patience(terminal, until, "the terminal to take keys");
        attend(terminal);
    }
}

void terminal_resize(struct terminal *terminal, int columns, int rows)
{
    struct winsize size = { .ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows };
    while (read_some(terminal))
        continue;
    vterm_set_size(terminal->vterm, rows, columns);
    must(ioctl(terminal->master, TIOCSWINSZ, &size) == 0);
}

/* --- the end ----------------------------------------------------------------------------------------------------- */

pid_t terminal_pid(const struct terminal *terminal)
{
    return terminal->program;
}

void terminal_signal(struct terminal *terminal, int number)
{
    must(!terminal->is_ended);
    must(kill(terminal->program, number) == 0);
}

void terminal_hang_up(struct terminal *terminal)
{
    close(terminal->master);
    terminal->master = -1;
}

int terminal_finish(struct terminal *terminal)
{
    struct mono until = patience();
    while (!reap(terminal, WNOHANG)) {
        check_patience(terminal, until, "the end of the program");
        attend(terminal);
    }
    while (read_some(terminal))
        continue;
    return terminal->exit_code;
}

int terminal_finish_unread(struct terminal *terminal)
{
    struct mono until = patience();
    while (!reap(terminal, WNOHANG)) {
        check_patience(terminal, until, "the end of the program");
        poll(NULL, 0, LOOK_MS);
    }
    return terminal->exit_code;
}
