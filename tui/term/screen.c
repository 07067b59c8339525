/* The output goes through curses; the input is decoded in decoder.c. */
#include "tui/term/screen.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tui/term/decoder.h"
#include "tui/term/terminal_restore.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <term.h>
#include <unistd.h>

/* Macros of term.h that clash with names here. */
#undef columns
#undef lines

#define TERMINAL "/dev/tty"
#define COLOR_DEFAULT (-1)
#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"
#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"

/* How a role looks: colour of 256, colour of 8, attributes with colours, attributes without colours. */
struct look {
    short color_256;
    short color_8;
    attr_t attributes;
    attr_t mono;
};

static const struct look looks[ROLE_COUNT] = {
    /* clang-format off */
    [ROLE_NORMAL]      = { COLOR_DEFAULT, COLOR_DEFAULT, A_NORMAL,            A_NORMAL },
    [ROLE_DIM]         = { 244,           COLOR_DEFAULT, A_DIM,               A_DIM },
    [ROLE_STRONG]      = { COLOR_DEFAULT, COLOR_DEFAULT, A_BOLD,              A_BOLD },
    [ROLE_HEADING]     = { COLOR_DEFAULT, COLOR_DEFAULT, A_BOLD | A_UNDERLINE, A_BOLD | A_UNDERLINE },
    [ROLE_UP]          = { 75,            COLOR_CYAN,    A_NORMAL,            A_BOLD },
    [ROLE_DOWN]        = { 214,           COLOR_YELLOW,  A_NORMAL,            A_NORMAL },
    [ROLE_HELD]        = { 176,           COLOR_MAGENTA, A_NORMAL,            A_UNDERLINE },
    [ROLE_FAILED]      = { 203,           COLOR_RED,     A_BOLD,              A_REVERSE },
    [ROLE_UNCONFIRMED] = { 203,           COLOR_RED,     A_NORMAL,            A_BOLD },
    [ROLE_UNREAD]      = { 244,           COLOR_DEFAULT, A_DIM,               A_DIM },
    [ROLE_PAUSED]      = { 110,           COLOR_BLUE,    A_NORMAL,            A_UNDERLINE },
    [ROLE_PENDING]     = { 109,           COLOR_CYAN,    A_NORMAL,            A_NORMAL },
    [ROLE_WARN]        = { 214,           COLOR_YELLOW,  A_NORMAL,            A_BOLD },
    [ROLE_ERROR]       = { 203,           COLOR_RED,     A_BOLD,              A_BOLD },
    [ROLE_KEY]         = { COLOR_DEFAULT, COLOR_DEFAULT, A_BOLD,              A_BOLD },
    [ROLE_FRAME]       = { 244,           COLOR_DEFAULT, A_NORMAL,            A_NORMAL },
    [ROLE_FOCUS]       = { COLOR_DEFAULT, COLOR_DEFAULT, A_REVERSE | A_BOLD,  A_REVERSE | A_BOLD },
    [ROLE_BAR_RUNNING] = { COLOR_DEFAULT, COLOR_DEFAULT, A_REVERSE,           A_REVERSE },
    [ROLE_BAR_CAREFUL] = { 214,           COLOR_YELLOW,  A_REVERSE,           A_REVERSE },
    [ROLE_BAR_TROUBLE] = { 203,           COLOR_RED,     A_REVERSE | A_BOLD,  A_REVERSE | A_BOLD },
    [ROLE_BAR_FROZEN]  = { 75,            COLOR_CYAN,    A_REVERSE,           A_REVERSE },
    /* clang-format on */
};

/* The process has one terminal. */
static struct {
    bool is_open;
    bool is_away; /* the terminal is restored while the process is stopped or in the background */
    bool is_ascii;
    bool has_paste;
    bool has_mouse;
    bool has_colors;
    SCREEN *curses;
    FILE *out;
    int in;
    int saved_error; /* original standard error; -1: not redirected */
    int columns;
    int rows;
    struct termios modes; /* original modes */
    struct decoder decoder;
    struct canvas shown; /* the canvas that the terminal shows */
    bool is_shown;       /* is `shown` valid? */
} screen = { .in = -1, .saved_error = -1 };

/* --- preparation ------------------------------------------------------------------------------------- */

static int refuse(struct error *err, const char *why)
{
    return error_set(err, ERR_USAGE,
                     "the console needs a terminal, and %s; use --no-ui to run without", why);
}

int screen_check(struct error *err)
{
    const char *name = getenv("TERM");
    int result = 0;
    int fd = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return refuse(err, "there is none (" TERMINAL ")");
    if (!name || !name[0]) {
        close(fd);
        return refuse(err, "TERM is not set");
    }
    int failed = setupterm(NULL, fd, &result);
    close(fd);
    if (failed != OK)
        return refuse(err, "TERM names none that is known here");
    bool can_move = cursor_address != NULL;
    del_curterm(cur_term);
    return can_move ? 0 : refuse(err, "the one that TERM names cannot move its cursor");
}

int screen_block_signals(int *ret_descriptor, struct error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigaddset(&set, SIGTSTP);
    sigaddset(&set, SIGCONT);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (fd < 0)
        return error_set(err, -errno, "cannot watch for signals: %s", strerror(errno));
    *ret_descriptor = fd;
    return 0;
}

enum screen_signal screen_take_signal(int descriptor)
{
    struct signalfd_siginfo info;
    if (read(descriptor, &info, sizeof info) != (ssize_t)sizeof info)
        return SCREEN_SIGNAL_NONE;
    if (info.ssi_signo == SIGTSTP)
        return SCREEN_SIGNAL_SUSPEND;
    return info.ssi_signo == SIGCONT ? SCREEN_SIGNAL_CONTINUED : SCREEN_SIGNAL_RESIZED;
}

/* --- open and close ---------------------------------------------------------------------------------- */

/* Terminals of these families support modes that terminfo does not describe. */
static bool is_modern(const char *name)
{
    static const char *const families[] = { "xterm", "tmux",  "screen", "rxvt", "alacritty",
                                            "foot",  "kitty", "st-",    "vte",  "konsole" };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strncmp(name, families[i], strlen(families[i])) == 0)
            return true;
    return false;
}

static bool shows_ascii_only(const struct screen_config *config, const char *name)
{
    bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    bool is_poor = strncmp(name, "linux", 5) == 0 || strncmp(name, "vt1", 3) == 0 ||
                   strncmp(name, "vt2", 3) == 0;
    return config->is_ascii || !is_utf8 || is_poor;
}

/* Adds a capability without its padding; only tputs can send padding. */
static void add_capability(char *string, const char *name)
{
    const char *text = tigetstr(name);
    size_t length = strlen(string);
    if (!text || (intptr_t)text == -1)
        return;
    while (*text && length < RESCUE_STRING_SIZE - 1) {
        if (strncmp(text, "$<", 2) == 0 && strchr(text, '>'))
            text = strchr(text, '>') + 1;
        else
            string[length++] = *text++;
    }
    string[length] = '\0';
}

static void add_text(char *string, const char *text)
{
    size_t length = strlen(string);
    if (length + strlen(text) < RESCUE_STRING_SIZE)
        memcpy(string + length, text, strlen(text) + 1);
}

static void arm_rescue(void)
{
    struct terminal_restore_plan plan = {
        .terminal = screen.in,
        .error_fd = screen.saved_error,
        .modes = screen.modes,
    };
    if (screen.has_mouse)
        add_text(plan.string, MOUSE_OFF);
    if (screen.has_paste)
        add_text(plan.string, PASTE_OFF);
    add_capability(plan.string, "sgr0");
    add_capability(plan.string, "cnorm");
    add_capability(plan.string, "rmcup");
    add_text(plan.string, "\r\n");
    terminal_restore_arm(&plan);
}

static void say(const char *text)
{
    fputs(text, screen.out);
    fflush(screen.out);
}

static void modes_on(void)
{
    if (screen.has_paste)
        say(PASTE_ON);
    if (screen.has_mouse)
        say(MOUSE_ON);
}

static void modes_off(void)
{
    if (screen.has_mouse)
        say(MOUSE_OFF);
    if (screen.has_paste)
        say(PASTE_OFF);
}

static const char *const color_words[SCREEN_COLORS_COUNT] = {
    [SCREEN_COLORS_AUTO] = "auto", [SCREEN_COLORS_NEVER] = "never", [SCREEN_COLORS_8] = "8",
    [SCREEN_COLORS_16] = "16",     [SCREEN_COLORS_256] = "256",
};

bool screen_colors_parse(const char *word, enum screen_colors *ret_colors)
{
    for (int i = 0; i < SCREEN_COLORS_COUNT; i++) {
        if (strcmp(color_words[i], word) != 0)
            continue;
        *ret_colors = (enum screen_colors)i;
        return true;
    }
    return false;
}

static int wanted_colors(const struct screen_config *config)
{
    const char *no_color = getenv("NO_COLOR");
    switch (config->colors) {
    case SCREEN_COLORS_AUTO:
        return no_color && no_color[0] ? 0 : 256;
    case SCREEN_COLORS_NEVER:
        return 0;
    case SCREEN_COLORS_8:
        return 8;
    case SCREEN_COLORS_16:
        return 16;
    case SCREEN_COLORS_256:
        return 256;
    }
    return 0;
}

static void open_colors(const struct screen_config *config)
{
    int wanted = wanted_colors(config);
    screen.has_colors = wanted > 0 && has_colors() && start_color() == OK;
    if (!screen.has_colors)
        return;
    bool has_default = use_default_colors() == OK;
    bool has_many = wanted >= 256 && COLORS >= 256;
    for (short role = 0; role < ROLE_COUNT; role++) {
        short color = has_many ? looks[role].color_256 : looks[role].color_8;
        if (color == COLOR_DEFAULT && !has_default)
            color = COLOR_WHITE;
        init_pair((short)(role + 1), color, has_default ? COLOR_DEFAULT : COLOR_BLACK);
    }
}

/* Output of other code to standard error would disturb the screen, so it is redirected. */
static void move_error(int error_fd)
{
    if (!isatty(STDERR_FILENO))
        return;
    int fd = error_fd >= 0 ? error_fd : open("/dev/null", O_WRONLY | O_CLOEXEC);
    screen.saved_error = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (screen.saved_error >= 0 && fd >= 0)
        dup2(fd, STDERR_FILENO);
    if (error_fd < 0 && fd >= 0)
        close(fd);
}

static void return_error(void)
{
    if (screen.saved_error < 0)
        return;
    dup2(screen.saved_error, STDERR_FILENO);
    close(screen.saved_error);
    screen.saved_error = -1;
}

static void close_files(void)
{
    if (screen.out)
        fclose(screen.out);
    if (screen.in >= 0)
        close(screen.in);
    screen.out = NULL;
    screen.in = -1;
}

static int open_files(struct error *err)
{
    screen.in = open(TERMINAL, O_RDWR | O_CLOEXEC | O_NOCTTY);
    screen.out = fopen(TERMINAL, "r+e");
    if (screen.in >= 0 && screen.out && tcgetattr(screen.in, &screen.modes) == 0)
        return 0;
    close_files();
    return refuse(err, "there is none (" TERMINAL ")");
}

static void set_modes(void)
{
    raw();
    noecho();
    nonl();
    typeahead(-1);
    leaveok(stdscr, FALSE);
    curs_set(0);
    def_prog_mode();
}

int screen_open(const struct screen_config *config, struct error *err)
{
    must(!screen.is_open);
    const char *name = getenv("TERM");
    int failed = open_files(err);
    if (failed)
        return failed;
    /* With these variables set, curses would not follow a resize. */
    unsetenv("LINES");
    unsetenv("COLUMNS");
    screen.curses = newterm(NULL, screen.out, screen.out);
    if (!screen.curses || !name) {
        close_files();
        return refuse(err, "TERM names none that is known here");
    }
    /* Curses installs its own handlers for these signals; here a descriptor reads them. */
    signal(SIGTSTP, SIG_DFL);
    signal(SIGWINCH, SIG_DFL);
    screen.is_open = true;
    screen.is_ascii = shows_ascii_only(config, name);
    screen.has_paste = is_modern(name);
    screen.has_mouse = config->has_mouse && is_modern(name);
    screen.columns = COLS;
    screen.rows = LINES;
    decoder_init(&screen.decoder);
    canvas_init(&screen.shown);
    move_error(config->error_fd);
    set_modes();
    open_colors(config);
    arm_rescue();
    modes_on();
    return 0;
}

static void give_back(void)
{
    modes_off();
    endwin();
    tcsetattr(screen.in, TCSADRAIN, &screen.modes);
    terminal_restore_disarm();
}

void screen_close(void)
{
    if (!screen.is_open)
        return;
    screen.is_open = false;
    if (!screen.is_away)
        give_back();
    return_error();
    delscreen(screen.curses);
    close_files();
    canvas_fini(&screen.shown);
}

int screen_descriptor(void)
{
    return screen.in;
}

bool screen_is_ascii(void)
{
    return screen.is_ascii;
}

/* --- input ------------------------------------------------------------------------------------------- */

void screen_size(int *ret_columns, int *ret_rows)
{
    struct winsize size;
    bool is_known = ioctl(screen.in, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
    int columns = is_known ? size.ws_col : screen.columns;
    int rows = is_known ? size.ws_row : screen.rows;
    bool is_new = columns != screen.columns || rows != screen.rows;
    *ret_columns = columns;
    *ret_rows = rows;
    if (!is_new)
        return;
    screen.columns = columns;
    screen.rows = rows;
    screen.is_shown = false;
    resizeterm(rows, columns);
}

static void read_bytes(void)
{
    struct pollfd place = { .fd = screen.in, .events = POLLIN };
    char bytes[DECODE_SIZE];
    if (poll(&place, 1, 0) <= 0 || !(place.revents & POLLIN))
        return;
    ssize_t size = read(screen.in, bytes, sizeof bytes - screen.decoder.length);
    if (size > 0)
        decoder_feed(&screen.decoder, mono_now(), bytes, (size_t)size);
}

bool screen_input(struct input *ret_input)
{
    read_bytes();
    return decoder_next(&screen.decoder, mono_now(), ret_input);
}

int screen_patience_ms(void)
{
    return decoder_patience_ms(&screen.decoder, mono_now());
}

/* --- output ------------------------------------------------------------------------------------------ */

static attr_t attributes_of(const struct cell *cell)
{
    const struct look *look = &looks[cell->role];
    attr_t attributes = screen.has_colors ? look->attributes : look->mono;
    if (cell->marks & CELL_HIT)
        attributes |= A_BOLD | A_UNDERLINE;
    if (cell->marks & CELL_CURSOR)
        attributes ^= A_REVERSE;
    return attributes;
}

static void put_cell(const struct cell *cell, cchar_t *ret_char)
{
    wchar_t text[2 + CELL_COMBINING_MAX] = { 0 };
    for (size_t i = 0; i <= CELL_COMBINING_MAX && cell->text[i]; i++)
        text[i] = (wchar_t)cell->text[i];
    short pair = screen.has_colors ? (short)(cell->role + 1) : 0;
    setcchar(ret_char, text, attributes_of(cell), pair, NULL);
}

/* Sends a whole row. Curses finds the changed cells; scrolling is off. */
static void put_row(const struct canvas *canvas, int row)
{
    static cchar_t chars[CANVAS_COLUMNS_MAX];
    int count = 0;
    for (int column = 0; column < canvas->columns; column++) {
        const struct cell *cell = canvas_at(canvas, column, row);
        if (cell->width > 0)
            put_cell(cell, &chars[count++]);
    }
    mvadd_wchnstr(row, 0, chars, count);
}

static bool is_same_row(const struct canvas *canvas, int row)
{
    size_t size = (size_t)canvas->columns * sizeof *canvas->cells;
    return screen.is_shown && screen.shown.columns == canvas->columns &&
           memcmp(canvas_at(canvas, 0, row), canvas_at(&screen.shown, 0, row), size) == 0;
}

static void put_cursor(const struct canvas *canvas)
{
    bool is_visible = canvas->cursor_column >= 0;
    curs_set(is_visible);
    if (is_visible)
        move(canvas->cursor_row, canvas->cursor_column);
    else
        move(canvas->rows - 1, 0);
}

static void remember(const struct canvas *canvas)
{
    screen.is_shown = canvas_resize(&screen.shown, canvas->columns, canvas->rows) == 0;
    if (screen.is_shown)
        memcpy(screen.shown.cells, canvas->cells,
               (size_t)canvas->columns * (size_t)canvas->rows * sizeof *canvas->cells);
}

enum screen_end screen_show(const struct canvas *canvas, bool is_whole)
{
    struct pollfd place = { .fd = screen.in, .events = POLLOUT };
    int ready = poll(&place, 1, 0);
    if (ready > 0 && (place.revents & (POLLHUP | POLLERR | POLLNVAL)))
        return SCREEN_GONE;
    if (ready <= 0 || !(place.revents & POLLOUT))
        return SCREEN_BUSY;
    if (is_whole) {
        screen.is_shown = false;
        clearok(curscr, TRUE);
    }
    for (int row = 0; row < canvas->rows; row++)
        if (!is_same_row(canvas, row))
            put_row(canvas, row);
    put_cursor(canvas);
    refresh();
    remember(canvas);
    return SCREEN_SHOWN;
}

/* --- Ctrl-Z ------------------------------------------------------------------------------------------ */

/* Stops the whole process group, as the terminal does on Ctrl-Z, so that a parent in it (make, a shell) stops too. */
static void stop_process(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    kill(0, SIGTSTP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void screen_suspend(void)
{
    give_back();
    screen.is_away = true;
    stop_process();
}

bool screen_resume(void)
{
    /* Using the terminal from the background would stop the process, and the engine with it. */
    if (tcgetpgrp(screen.in) != getpgrp())
        return false;
    struct termios modes;
    /* A shell may have changed the modes. Without ICANON they are those of the screen, not the original ones. */
    if (tcgetattr(screen.in, &modes) == 0 && (modes.c_lflag & ICANON))
        screen.modes = modes;
    screen.is_away = false;
    screen.is_shown = false;
    arm_rescue();
    reset_prog_mode();
    say(enter_ca_mode ? enter_ca_mode : "");
    modes_on();
    clearok(curscr, TRUE);
    return true;
}
