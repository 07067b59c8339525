/*
 * screen_probe - a program with nothing but a screen, for tests/program/screen_probe.c.
 *
 * It shows the names of received inputs; '.' ends a list of them, and the list stays until the next one ends. '!' runs
 * the action of the first argument. It also shows wide and combining characters, attributes, and the last cell.
 * Exits with 0 after "leave", with 2 if it gets no screen, with 3 if the terminal has closed.
 */
#include "engine/base/clock.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "tui/draw/canvas.h"
#include "tui/draw/utf8.h"
#include "tui/term/screen.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXIT_NO_SCREEN 2
#define EXIT_GONE 3
#define LIST_SIZE 512
#define ERROR_TEXT "said to standard error\n"

struct probe {
    const char *action;
    struct canvas canvas;
    int signals;
    bool is_whole;
    bool is_over;
    bool is_away; /* in the background */
    int closed_count;
    int continued_count;
    char open_list[LIST_SIZE];
    char closed_list[LIST_SIZE];
    struct text open;
};

/* --- output ------------------------------------------------------------------------------------------------------ */

static void draw_looks(struct canvas *canvas, struct area all)
{
    for (int role = 0; role < ROLE_COUNT; role++)
        canvas_put(canvas, all, role, 6, (enum role)role, "r");
    struct area row = area_row(all, 7);
    canvas_put(canvas, row, 0, 0, ROLE_NORMAL, "cursor");
    canvas_mark(canvas, row, CELL_CURSOR);
    canvas_put(canvas, all, 0, 8, ROLE_NORMAL, "hit");
    canvas_mark(canvas, (struct area){ 0, 8, 3, 1 }, CELL_HIT);
}

static void draw(struct probe *probe)
{
    struct canvas *canvas = &probe->canvas;
    canvas_clear(canvas);
    struct area all = canvas_area(canvas);
    canvas_putf(canvas, all, 0, 0, ROLE_NORMAL, "size %dx%d %s continued %d", canvas->columns,
                canvas->rows, canvas->is_ascii ? "ascii" : "utf8", probe->continued_count);
    canvas_putf(canvas, all, 0, 1, ROLE_NORMAL, "open:%s", probe->open_list);
    canvas_putf(canvas, all, 0, 2, ROLE_NORMAL, "list:%s", probe->closed_list);
    canvas_put(canvas, all, 0, 3, ROLE_NORMAL, "wide:\xe6\xbc\xa2\xe5\xad\x97|");
    canvas_put(canvas, all, 0, 4, ROLE_NORMAL, "join:e\xcc\x81|");
    draw_looks(canvas, all);
    canvas_putf(canvas, all, 0, 9, ROLE_NORMAL, "closed %d;", probe->closed_count);
    canvas_put(canvas, all, canvas->columns - 1, canvas->rows - 1, ROLE_NORMAL, "X");
}

static void show(struct probe *probe)
{
    draw(probe);
    enum screen_end end = screen_show(&probe->canvas, probe->is_whole);
    if (end == SCREEN_GONE)
        _exit(EXIT_GONE);
    if (end == SCREEN_SHOWN)
        probe->is_whole = false;
}

static void resize(struct probe *probe)
{
    int columns, rows;
    screen_size(&columns, &rows);
    must(canvas_resize(&probe->canvas, columns, rows) == 0);
    probe->is_whole = true;
}

static void come_back(struct probe *probe)
{
    probe->is_away = !screen_resume();
    if (!probe->is_away)
        resize(probe);
}

/* --- actions ---------------------------------------------------------------------------------------------------- */

static void touch_nothing(void)
{
    int zeros = open("/dev/zero", O_RDONLY);
    volatile char *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE, zeros, 0);
    *page = 1;
}

static bool is_told(const char *how)
{
    return how[0] == 'm';
}

static void end_badly(const char *how)
{
    static const struct {
        const char *name;
        int number;
    } raised[] = { { "bus", SIGBUS }, { "fpe", SIGFPE }, { "ill", SIGILL } };
    if (strncmp(how, "segv", 4) == 0)
        touch_nothing();
    if (strncmp(how, "abort", 5) == 0)
        abort();
    if (strncmp(how, "must", 4) == 0)
        must(!is_told(how));
    for (size_t i = 0; i < sizeof raised / sizeof raised[0]; i++)
        if (strncmp(how, raised[i].name, strlen(raised[i].name)) == 0)
            raise(raised[i].number);
}

static void *end_badly_there(void *how)
{
    end_badly(how);
    return NULL;
}

static void act(struct probe *probe)
{
    const char *action = probe->action;
    size_t length = strlen(action);
    pthread_t thread;
    if (strcmp(action, "leave") == 0)
        probe->is_over = true;
    else if (strcmp(action, "suspend") == 0) {
        screen_suspend();
        come_back(probe);
    } else if (strcmp(action, "error") == 0)
        must(write(STDERR_FILENO, ERROR_TEXT, sizeof ERROR_TEXT - 1) > 0);
    else if (length > 7 && strcmp(action + length - 7, "-thread") == 0) {
        must(pthread_create(&thread, NULL, end_badly_there, (void *)(uintptr_t)action) == 0);
        pthread_join(thread, NULL);
    } else
        end_badly(action);
}

/* --- input ------------------------------------------------------------------------------------------------------ */

static void name_input(struct text *text, const struct input *input)
{
    static const char *const kinds[] = {
        [INPUT_KEY] = "",
        [INPUT_CLICK] = "click",
        [INPUT_DOUBLE_CLICK] = "double",
        [INPUT_WHEEL_UP] = "wheel-up",
        [INPUT_WHEEL_DOWN] = "wheel-down",
        [INPUT_PASTE] = "paste-",
    };
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(input->keypress, name);
    text_addf(text, " %s", kinds[input->kind]);
    if (input->kind == INPUT_KEY || input->kind == INPUT_PASTE)
        text_add(text, name);
    else
        text_addf(text, "@%d,%d", input->column, input->row);
}

static void close_list(struct probe *probe)
{
    memcpy(probe->closed_list, probe->open_list, sizeof probe->open_list);
    text_reset(&probe->open);
    probe->closed_count++;
}

static void take_input(struct probe *probe, const struct input *input)
{
    bool is_key = input->kind == INPUT_KEY;
    if (is_key && input->keypress == '.')
        close_list(probe);
    else if (is_key && input->keypress == '!')
        act(probe);
    else
        name_input(&probe->open, input);
}

static void take_signals(struct probe *probe)
{
    for (;;) {
        switch (screen_take_signal(probe->signals)) {
        case SCREEN_SIGNAL_NONE:
            return;
        case SCREEN_SIGNAL_RESIZED:
            resize(probe);
            break;
        case SCREEN_SIGNAL_SUSPEND:
            screen_suspend();
            come_back(probe);
            break;
        case SCREEN_SIGNAL_CONTINUED:
            probe->continued_count++;
            come_back(probe);
            break;
        }
    }
}

static void step(struct probe *probe)
{
    struct pollfd fds[] = {
        { .fd = probe->is_away ? -1 : screen_descriptor(), .events = POLLIN },
        { .fd = probe->signals, .events = POLLIN },
    };
    struct input input;
    if (!probe->is_away)
        show(probe);
    poll(fds, 2, probe->is_away ? -1 : screen_patience_ms());
    take_signals(probe);
    while (!probe->is_over && !probe->is_away && screen_input(&input))
        take_input(probe, &input);
    if (fds[0].revents & (POLLHUP | POLLERR))
        _exit(EXIT_GONE);
}

static int complain(const struct error *err)
{
    fprintf(stderr, "screen_probe: %s\n", err->msg);
    return EXIT_NO_SCREEN;
}

int main(int argc, char **argv)
{
    static struct probe probe;
    struct error err;
    setlocale(LC_CTYPE, "");
    signal(SIGHUP, SIG_IGN); /* to test how the screen reports a closed terminal */
    probe.action = argc > 1 ? argv[1] : "leave";
    struct screen_config config = { .has_mouse = argc > 2 && strcmp(argv[2], "mouse") == 0,
                                    .error_fd = -1 };
    if (screen_check(&err) || screen_block_signals(&probe.signals, &err) ||
        screen_open(&config, &err))
        return complain(&err);
    text_init(&probe.open, probe.open_list, sizeof probe.open_list);
    canvas_init(&probe.canvas);
    probe.canvas.is_ascii = screen_is_ascii();
    resize(&probe);
    while (!probe.is_over)
        step(&probe);
    screen_close();
    screen_close();
    canvas_fini(&probe.canvas);
    return 0;
}
