/* The output goes through curses; the input is decoded in decoder.c. */
#include "tui/term/screen.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "tui/term/clipboard.h"
#include "tui/term/color256.h"
#include "tui/term/decoder.h"
#include "tui/term/terminal_restore.h"
#include "tui/term/tty.h"

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

/* What is drawn when nothing is known about the terminal; nearly all of today understand it. */
#define FALLBACK_TYPE "xterm-256color"
#define TYPE_SHOWN_MAX 40
#define NOTE_SIZE 256
#define PASTE_ON "\x1b[?2004h"
#define PASTE_OFF "\x1b[?2004l"
/* Between these a terminal that can do it shows nothing, so that no half of a picture is seen (DEC mode 2026). */
#define FRAME_BEGIN "\x1b[?2026h"
#define FRAME_END "\x1b[?2026l"
#define MOUSE_ON "\x1b[?1000h\x1b[?1006h"
#define MOUSE_OFF "\x1b[?1006l\x1b[?1000l"

/* The process has one terminal. */
static struct {
    bool is_open;
    bool is_away; /* the terminal is restored while the process is stopped or in the background */
    bool is_ascii;
    bool has_paste;
    bool has_mouse;
    bool has_frames; /* FRAME_BEGIN is understood, or ignored */
    bool has_colors;
    bool has_256;
    enum theme theme;
    SCREEN *curses;
    FILE *out;
    struct tty tty;
    char note[NOTE_SIZE]; /* what is not as the operator may expect; "": nothing */
    int saved_error;      /* original standard error; -1: not redirected */
    int columns;
    int rows;
    struct termios modes; /* original modes */
    struct decoder decoder;
    struct canvas shown; /* the canvas that the terminal shows */
    bool is_shown;       /* is `shown` valid? */
} screen = { .tty = { -1, -1 }, .saved_error = -1 };

/* --- preparation ------------------------------------------------------------------------------------- */

static int refuse(struct error *err, const char *why)
{
    return error_set(err, ERR_USAGE,
                     "the console needs a terminal, and %s; use --no-ui to run without", why);
}

/* The name comes from outside: only harmless characters of it are shown. */
static void show_type(const char *name, char ret_shown[TYPE_SHOWN_MAX + 1])
{
    size_t size = 0;
    for (; name[size] && size < TYPE_SHOWN_MAX; size++)
        ret_shown[size] = name[size] > ' ' && name[size] < 0x7f ? name[size] : '?';
    ret_shown[size] = '\0';
}

static bool is_known_type(const char *name, int fd)
{
    int result = 0;
    return name && name[0] && setupterm(name, fd, &result) == OK;
}

static void note_fallback(const char *name)
{
    char shown[TYPE_SHOWN_MAX + 1];
    show_type(name ? name : "", shown);
    if (shown[0])
        snprintf(screen.note, sizeof screen.note,
                 "TERM=%s is not known here, used as TERM=" FALLBACK_TYPE, shown);
    else
        snprintf(screen.note, sizeof screen.note, "TERM is not set, used as TERM=" FALLBACK_TYPE);
}

/* Leaves its description set up for del_curterm. NULL: none can be used. */
static const char *choose_type(int fd, struct error *err)
{
    const char *name = getenv("TERM");
    char shown[TYPE_SHOWN_MAX + 1];
    screen.note[0] = '\0';
    if (!is_known_type(name, fd)) {
        note_fallback(name);
        name = FALLBACK_TYPE;
        if (!is_known_type(name, fd)) {
            refuse(err, "neither TERM nor TERM=" FALLBACK_TYPE " names one that is known here");
            return NULL;
        }
    }
    if (cursor_address)
        return name;
    show_type(name, shown);
    error_set(
        err, ERR_USAGE,
        "the console needs a terminal, and TERM=%s cannot move its cursor; use --a11y for lines, "
        "--no-ui to run without, or set TERM=" FALLBACK_TYPE,
        shown);
    del_curterm(cur_term);
    return NULL;
}

int screen_check(struct error *err)
{
    struct tty tty;
    if (!tty_open(&tty))
        return refuse(err, "there is none");
    bool is_usable = choose_type(tty.out, err) != NULL;
    if (is_usable)
        del_curterm(cur_term);
    tty_close(&tty);
    return is_usable ? 0 : ERR_USAGE;
}

const char *screen_note(void)
{
    return screen.note[0] ? screen.note : NULL;
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
    static const char *const families[] = { "xterm", "tmux",    "screen",  "rxvt",   "alacritty",
                                            "foot",  "kitty",   "st-",     "vte",    "konsole",
                                            "gnome", "wezterm", "ghostty", "mintty", "contour" };
    for (size_t i = 0; i < sizeof families / sizeof families[0]; i++)
        if (strncmp(name, families[i], strlen(families[i])) == 0)
            return true;
    return false;
}

/* The description says so, or the terminal ignores modes that it has not; GNU screen may show them. */
static bool has_frames(const char *name)
{
    const char *sync = tigetstr("Sync");
    bool is_described = sync && (intptr_t)sync != -1;
    return is_described || (is_modern(name) && strncmp(name, "screen", 6) != 0);
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
        .terminal = screen.tty.out,
        .error_fd = screen.saved_error,
        .modes = screen.modes,
    };
    if (screen.has_frames)
        add_text(plan.string, FRAME_END);
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

/*
 * Colours as the terminal numbers them. Terminals with direct colours (TERM=xterm-direct) take a number for red, green
 * and blue, not for an index of the palette; others have 256, or the first 8.
 */
enum depth { DEPTH_8, DEPTH_256, DEPTH_DIRECT };

#define DIRECT_COLORS (1 << 24)

static enum depth color_depth(int wanted)
{
    if (wanted < 256)
        return DEPTH_8;
    if (tigetflag("RGB") > 0)
        return COLORS >= DIRECT_COLORS ? DEPTH_DIRECT : DEPTH_8;
    return COLORS >= 256 ? DEPTH_256 : DEPTH_8;
}

static int color_number(short color, enum depth depth)
{
    bool is_palette = depth == DEPTH_DIRECT && color >= COLOR256_FIRST;
    return is_palette ? (int)color256_direct(color) : color;
}

static short color_or(short color, bool has_default, short otherwise)
{
    return color == THEME_COLOR_DEFAULT && !has_default ? otherwise : color;
}

#define PAIR(role) ((short)((role) + 1))

static void open_colors(const struct screen_config *config)
{
    int wanted = wanted_colors(config);
    screen.theme = config->theme;
    screen.has_colors = wanted > 0 && has_colors() && start_color() == OK;
    if (!screen.has_colors)
        return;
    bool has_default = use_default_colors() == OK;
    enum depth depth = color_depth(wanted);
    screen.has_256 = depth != DEPTH_8;
    for (int role = 0; role < ROLE_COUNT; role++) {
        struct look look = theme_look(screen.theme, (enum role)role, screen.has_256);
        init_extended_pair(PAIR(role),
                           color_number(color_or(look.ink, has_default, COLOR_WHITE), depth),
                           color_number(color_or(look.paper, has_default, COLOR_BLACK), depth));
    }
    /* What is cleared has the paper of the theme. */
    bkgdset((chtype)COLOR_PAIR(PAIR(ROLE_NORMAL)) | ' ');
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
    screen.out = NULL;
    tty_close(&screen.tty);
}

static int open_files(struct error *err)
{
    if (tty_open(&screen.tty)) {
        int fd = fcntl(screen.tty.out, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        screen.out = fd >= 0 ? fdopen(fd, "w") : NULL;
        if (screen.out && tcgetattr(screen.tty.in, &screen.modes) == 0)
            return 0;
        if (fd >= 0 && !screen.out)
            close(fd);
    }
    close_files();
    return refuse(err, "there is none");
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
    int failed = open_files(err);
    if (failed)
        return failed;
    const char *type = choose_type(screen.tty.out, err);
    if (!type) {
        close_files();
        return ERR_USAGE;
    }
    del_curterm(cur_term);
    /* With these variables set, curses would not follow a resize. */
    unsetenv("LINES");
    unsetenv("COLUMNS");
    screen.curses = newterm(type, screen.out, screen.out);
    if (!screen.curses) {
        close_files();
        return refuse(err, "TERM names none that can be used");
    }
    /* Curses installs its own handlers for these signals; here a descriptor reads them. */
    signal(SIGTSTP, SIG_DFL);
    signal(SIGWINCH, SIG_DFL);
    screen.is_open = true;
    screen.is_ascii = shows_ascii_only(config, type);
    screen.has_paste = is_modern(type);
    screen.has_mouse = config->has_mouse && is_modern(type);
    screen.has_frames = has_frames(type);
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
    tcsetattr(screen.tty.in, TCSADRAIN, &screen.modes);
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
    return screen.tty.in;
}

bool screen_is_ascii(void)
{
    return screen.is_ascii;
}

/* --- input ------------------------------------------------------------------------------------------- */

void screen_size(int *ret_columns, int *ret_rows)
{
    struct winsize size;
    bool is_known =
        ioctl(screen.tty.in, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
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
    struct pollfd place = { .fd = screen.tty.in, .events = POLLIN };
    char bytes[DECODE_SIZE];
    if (poll(&place, 1, 0) <= 0 || !(place.revents & POLLIN))
        return;
    ssize_t size = read(screen.tty.in, bytes, sizeof bytes - screen.decoder.length);
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
    static const struct {
        unsigned look;
        attr_t attribute;
    } names[] = { { LOOK_BOLD, A_BOLD },
                  { LOOK_UNDER, A_UNDERLINE },
                  { LOOK_REVERSE, A_REVERSE },
                  { LOOK_DIM, A_DIM } };
    unsigned looks =
        screen.has_colors
            ? theme_look(screen.theme, (enum role)cell->role, screen.has_256).attributes
            : theme_mono((enum role)cell->role);
    if (cell->marks & CELL_HIT)
        looks |= LOOK_BOLD | LOOK_UNDER;
    if (cell->marks & CELL_CURSOR)
        looks = (looks & (LOOK_BOLD | LOOK_UNDER)) | LOOK_REVERSE;
    attr_t attributes = A_NORMAL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (looks & names[i].look)
            attributes |= names[i].attribute;
    return attributes;
}

static void put_cell(const struct cell *cell, cchar_t *ret_char)
{
    wchar_t text[2 + CELL_COMBINING_MAX] = { 0 };
    for (size_t i = 0; i <= CELL_COMBINING_MAX && cell->text[i]; i++)
        text[i] = (wchar_t)cell->text[i];
    /* The row of the cursor has one colour: roles in reverse would be patches. */
    int role = cell->marks & CELL_CURSOR ? ROLE_NORMAL : cell->role;
    setcchar(ret_char, text, attributes_of(cell), screen.has_colors ? PAIR(role) : 0, NULL);
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

/* True: a row has changed. */
static bool put_rows(const struct canvas *canvas)
{
    bool is_changed = false;
    for (int row = 0; row < canvas->rows; row++) {
        if (is_same_row(canvas, row))
            continue;
        put_row(canvas, row);
        is_changed = true;
    }
    return is_changed;
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
    struct pollfd place = { .fd = screen.tty.in, .events = POLLOUT };
    int ready = poll(&place, 1, 0);
    if (ready > 0 && (place.revents & (POLLHUP | POLLERR | POLLNVAL)))
        return SCREEN_GONE;
    if (ready <= 0 || !(place.revents & POLLOUT))
        return SCREEN_BUSY;
    if (is_whole) {
        screen.is_shown = false;
        clearok(curscr, TRUE);
    }
    bool is_frame = put_rows(canvas) && screen.has_frames;
    if (is_frame)
        say(FRAME_BEGIN);
    put_cursor(canvas);
    refresh();
    if (is_frame)
        say(FRAME_END);
    remember(canvas);
    return SCREEN_SHOWN;
}

bool screen_copy(const char *text)
{
    static char sequence[CLIPBOARD_SEQUENCE_SIZE];
    struct pollfd place = { .fd = screen.tty.in, .events = POLLOUT };
    bool can_copy = screen.has_paste && poll(&place, 1, 0) > 0 && (place.revents & POLLOUT);
    if (!can_copy || !clipboard_sequence(text, sequence))
        return false;
    say(sequence);
    return true;
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
    /* The caller sees that it continues; the signal would say so again. */
    sigemptyset(&set);
    sigaddset(&set, SIGCONT);
    sigtimedwait(&set, NULL, &(struct timespec){ 0 });
}

void screen_suspend(void)
{
    give_back();
    screen.is_away = true;
    stop_process();
}

/*
 * As the kernel does with a program that uses the terminal from the background. The shell then says that it is
 * stopped, and fg sends SIGCONT: to a job that runs it would send nothing.
 */
static void stop_in_background(void)
{
    screen.is_away = true;
    terminal_restore_disarm();
    kill(0, SIGTTOU);
}

bool screen_resume(void)
{
    if (tty_is_taken(screen.tty.in)) {
        stop_in_background();
        return false;
    }
    struct termios modes;
    /* A shell may have changed the modes. Without ICANON they are those of the screen, not the original ones. */
    if (tcgetattr(screen.tty.in, &modes) == 0 && (modes.c_lflag & ICANON))
        screen.modes = modes;
    /* It was not restored: another program may have left the alternate screen, or shown the cursor. */
    if (!screen.is_away)
        endwin();
    screen.is_away = false;
    screen.is_shown = false;
    arm_rescue();
    reset_prog_mode();
    say(enter_ca_mode ? enter_ca_mode : "");
    modes_on();
    clearok(curscr, TRUE);
    return true;
}
