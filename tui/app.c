#include "tui/app.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "tui/copy_file.h"
#include "tui/panels/panels.h"
#include "tui/state_file.h"
#include "tui/term/screen.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* Shortest time between two pictures after inputs; more pictures would not be visible. */
#define FRAME_MS 8

/* Delay before a stop command is sent again when the command queue was full. */
#define STOP_RETRY_MS 100

/* Until the size of the terminal is known. */
#define COLUMNS_BEFORE 80
#define ROWS_BEFORE 24

enum watched { WATCH_TERMINAL, WATCH_FEED, WATCH_PAST, WATCH_SIGNALS };
#define WATCH_COUNT 4

struct app {
    struct app_config config;
    struct feed *feed;
    struct feed *past; /* NULL: the past is not looked at, or `feed` is that of a recording */
    struct console *console;
    struct canvas canvas;
    struct pollfd watched[WATCH_COUNT];
    struct mono shown; /* when the last picture was shown */
    bool has_input;    /* an input came since then; the next picture waits only FRAME_MS */
    bool is_whole;     /* the next picture sends every cell */
    bool is_busy;      /* the terminal takes no output; the next picture waits for POLLOUT */
    bool is_away;      /* suspended into the background; another process uses the terminal */
    bool is_stop_due;  /* a stop command could not be sent yet */
    bool is_gone;      /* the terminal is gone; only the end of the engine is awaited */
    bool is_state_bad; /* the file of what is kept is not replaced before something is saved */
    struct saved_views saved; /* the console's own, as read or written last */
    int leave_count;          /* number of requests to leave at once */
};

static int send_command(void *context, const struct command *command)
{
    struct app *app = context;
    return feed_send(app->feed, command);
}

static void release_snapshot(void *context, const struct snapshot *snapshot)
{
    struct app *app = context;
    feed_release(snapshot->past && app->past ? app->past : app->feed, snapshot);
}

/* --- the past -------------------------------------------------------------------------------------------------- */

static int open_past(struct app *app, struct error *err)
{
    if (app->past || !app->config.past.open)
        return 0;
    int failed = app->config.past.open(app->config.past.context, &app->past, err);
    if (failed)
        return failed;
    app->watched[WATCH_PAST] =
        (struct pollfd){ .fd = feed_descriptor(app->past), .events = POLLIN };
    return 0;
}

static int send_look(void *context, const struct command *command,
                     char ret_sentence[COMMAND_TEXT_SIZE])
{
    struct app *app = context;
    struct error err;
    int failed = open_past(app, &err);
    if (!failed && feed_send(app->past ? app->past : app->feed, command))
        failed = error_set(&err, -EAGAIN, "too much was asked of it at once");
    if (failed)
        snprintf(ret_sentence, COMMAND_TEXT_SIZE, "%.*s", COMMAND_TEXT_SIZE - 1, err.msg);
    return failed;
}

/* Those that come when it is not looked at any more go back at once. */
static void take_past(struct app *app, struct mono now)
{
    const struct snapshot *snapshot;
    feed_settle(app->past);
    while ((snapshot = feed_next(app->past)))
        console_snapshots_take(app->console, now, snapshot);
}

static void close_past(struct app *app)
{
    if (!app->past || console_wants_past(app->console))
        return;
    app->past = NULL;
    app->watched[WATCH_PAST].fd = -1;
    app->config.past.close(app->config.past.context);
}

static void ask_to_stop(struct app *app, bool is_forced)
{
    struct command command = {
        .kind = COMMAND_STOP,
        .slot = SLOT_NONE,
        .is_forced = is_forced,
    };
    app->is_stop_due = feed_send(app->feed, &command) != 0;
}

/* Without a terminal the engine finishes its requests in flight and stops. */
static void lose_terminal(struct app *app)
{
    if (app->is_gone)
        return;
    app->is_gone = true;
    app->watched[WATCH_TERMINAL].fd = -1;
    ask_to_stop(app, false);
}

static void resize(struct app *app)
{
    int columns;
    int rows;
    screen_size(&columns, &rows);
    if (canvas_resize(&app->canvas, columns, rows))
        console_warn(app->console, mono_now(), "no memory for a screen of this size");
    app->has_input = true;
    app->is_whole = true;
}

/* After a stop. The process may be in the foreground or in the background. */
static void come_back(struct app *app)
{
    if (app->is_gone)
        return;
    app->is_away = !screen_resume();
    app->watched[WATCH_TERMINAL].fd = app->is_away ? -1 : screen_descriptor();
    console_interrupt(app->console, mono_now());
    if (!app->is_away)
        resize(app);
}

static void suspend(struct app *app)
{
    if (app->is_away || app->is_gone)
        return;
    screen_suspend();
    come_back(app);
}

static void take_signals(struct app *app)
{
    for (;;) {
        switch (screen_take_signal(app->config.signals)) {
        case SCREEN_SIGNAL_NONE:
            return;
        case SCREEN_SIGNAL_RESIZED:
            resize(app);
            break;
        case SCREEN_SIGNAL_SUSPEND:
            suspend(app);
            break;
        case SCREEN_SIGNAL_CONTINUED:
            come_back(app);
            break;
        }
    }
}

static void take_snapshots(struct app *app, struct mono now)
{
    const struct snapshot *snapshot;
    struct key_bindings bindings;
    feed_settle(app->feed);
    if (app->config.keys && key_post_take(app->config.keys, &bindings))
        console_bind(app->console, &bindings);
    while ((snapshot = feed_next(app->feed)))
        console_snapshots_take(app->console, now, snapshot);
}

/* --- what is kept between runs --------------------------------------------------------------------------------- */

static void restore(struct app *app)
{
    if (!app->config.state_file)
        return;
    switch (state_file_read(app->config.state_file, &app->saved)) {
    case STATE_FILE_READ:
        console_restore(app->console, &app->saved, app->config.has_view_choice);
        break;
    case STATE_FILE_MISSING:
        break;
    case STATE_FILE_BAD:
        app->is_state_bad = true;
        console_warn(
            app->console, mono_now(),
            "the saved views cannot be read and are ignored; saving one replaces the file");
        break;
    }
}

/* Another console may have saved views in the meantime. */
static int write_saved(struct app *app, const struct saved_views *saved)
{
    struct saved_views other;
    struct saved_views merged = *saved;
    if (state_file_read(app->config.state_file, &other) == STATE_FILE_READ)
        saved_views_merge(&merged, &app->saved, &other);
    int failed = state_file_write(app->config.state_file, &merged);
    if (failed)
        return failed;
    app->saved = *saved;
    app->is_state_bad = false;
    return 0;
}

static void keep(struct app *app, bool is_end)
{
    struct saved_views saved;
    bool is_due = console_take_saved(app->console, &saved);
    if (!app->config.state_file || (!is_due && (!is_end || app->is_state_bad)))
        return;
    int failed = write_saved(app, &saved);
    if (failed && !is_end) {
        char sentence[128];
        snprintf(sentence, sizeof sentence, "saved for this run only: %s", strerror(-failed));
        console_warn(app->console, mono_now(), sentence);
    }
}

/* --- steps ----------------------------------------------------------------------------------------------------- */

static void take_inputs(struct app *app, struct mono now)
{
    struct input input;
    while (screen_input(&input)) {
        console_input(app->console, now, &input);
        app->has_input = true;
    }
}

static void leave(struct app *app)
{
    app->leave_count++;
    ask_to_stop(app, true);
}

static void copy(struct app *app)
{
    if (!screen_copy(console_copied(app->console)))
        console_warn(app->console, mono_now(),
                     "this terminal has no clipboard: :copy-file writes to a file");
}

static void write_copy(struct app *app)
{
    char path[COPY_FILE_PATH_SIZE];
    char sentence[COPY_FILE_PATH_SIZE + 16];
    struct error err;
    int failed = copy_file_write(console_copied(app->console), wall_now(), path, &err);
    snprintf(sentence, sizeof sentence, "written to %s", path);
    console_warn(app->console, mono_now(), failed ? err.msg : sentence);
}

static void grant_wish(struct app *app)
{
    switch (console_take_wish(app->console)) {
    case WISH_NONE:
        break;
    case WISH_REPAINT:
        app->is_whole = true;
        app->has_input = true;
        break;
    case WISH_SUSPEND:
        suspend(app);
        break;
    case WISH_COPY:
        copy(app);
        break;
    case WISH_WRITE:
        write_copy(app);
        break;
    case WISH_LEAVE:
        leave(app);
        break;
    }
}

/* Milliseconds until the next picture is due; 0: now; -1: no picture is due. */
static int64_t frame_wait_ms(const struct app *app, struct mono now)
{
    bool has_picture = console_is_dirty(app->console) || app->is_whole || app->has_input;
    if (app->is_gone || app->is_away || app->is_busy || !has_picture)
        return -1;
    int64_t gap_ms = app->has_input ? FRAME_MS : app->config.refresh_ms;
    return max_i64(0, app->shown.ms + gap_ms - now.ms);
}

static void show(struct app *app, struct mono now)
{
    console_draw(app->console, &app->canvas);
    enum screen_end end = screen_show(&app->canvas, app->is_whole);
    app->is_busy = end == SCREEN_BUSY;
    app->watched[WATCH_TERMINAL].events = app->is_busy ? POLLIN | POLLOUT : POLLIN;
    if (end == SCREEN_GONE)
        lose_terminal(app);
    if (end != SCREEN_SHOWN)
        return;
    app->shown = now;
    app->has_input = false;
    app->is_whole = false;
}

static int shorter(int a, int64_t b)
{
    if (b < 0)
        return a;
    int limited = (int)min_i64(b, INT32_MAX);
    return a < 0 || limited < a ? limited : a;
}

static int patience_ms(const struct app *app, struct mono now)
{
    int wait = shorter(-1, frame_wait_ms(app, now));
    struct mono deadline = console_deadline(app->console);
    if (app->is_stop_due)
        return STOP_RETRY_MS;
    if (app->is_gone || app->is_away)
        return wait;
    if (deadline.ms != MONO_NEVER.ms)
        wait = shorter(wait, max_i64(0, deadline.ms - now.ms));
    return shorter(wait, screen_patience_ms());
}

static void step(struct app *app)
{
    int count = poll(app->watched, WATCH_COUNT, patience_ms(app, mono_now()));
    struct mono now = mono_now();
    if (count > 0 && app->watched[WATCH_SIGNALS].revents)
        take_signals(app);
    if (count > 0 && app->watched[WATCH_FEED].revents)
        take_snapshots(app, now);
    if (count > 0 && app->past && app->watched[WATCH_PAST].revents)
        take_past(app, now);
    if (!app->is_gone && !app->is_away)
        take_inputs(app, now);
    if (app->is_stop_due)
        ask_to_stop(app, false);
    if (count > 0 && (app->watched[WATCH_TERMINAL].revents & POLLOUT)) {
        app->is_busy = false;
        app->has_input = true; /* the last picture was not shown */
    }
    if (count > 0 && (app->watched[WATCH_TERMINAL].revents & (POLLHUP | POLLERR | POLLNVAL)))
        lose_terminal(app);
    console_tick(app->console, now);
    close_past(app);
    keep(app, false);
    grant_wish(app);
    if (frame_wait_ms(app, now) == 0)
        show(app, now);
}

int app_create(const struct app_config *config, struct feed *feed, struct app **ret_app,
               struct error *err)
{
    struct app *app = heap_alloc(1, sizeof *app);
    if (!app)
        return error_no_memory(err);
    app->config = *config;
    app->feed = feed;
    canvas_init(&app->canvas);
    struct console_port port = { send_command, release_snapshot, app, NULL };
    if (config->past.open || config->console.is_replay)
        port.look = send_look;
    int failed = console_create(&config->console, &port, &panels_renderer, &app->console, err);
    if (!failed && canvas_resize(&app->canvas, COLUMNS_BEFORE, ROWS_BEFORE))
        failed = error_no_memory(err);
    if (failed) {
        app_destroy(app);
        return failed;
    }
    *ret_app = app;
    return 0;
}

static void open_app(struct app *app)
{
    app->canvas.is_ascii = screen_is_ascii();
    app->watched[WATCH_TERMINAL] = (struct pollfd){ .fd = screen_descriptor(), .events = POLLIN };
    app->watched[WATCH_FEED] =
        (struct pollfd){ .fd = feed_descriptor(app->feed), .events = POLLIN };
    app->watched[WATCH_PAST] = (struct pollfd){ .fd = -1 };
    app->watched[WATCH_SIGNALS] = (struct pollfd){ .fd = app->config.signals, .events = POLLIN };
    app->has_input = true;
    app->is_whole = true;
    resize(app);
    if (app->config.note)
        console_warn(app->console, mono_now(), app->config.note);
}

enum app_end app_run(struct app *app)
{
    open_app(app);
    restore(app);
    while (!feed_is_over(app->feed)) {
        step(app);
        /* After a stop, a request to leave at once, and another one, the engine has not ended. */
        if (app->leave_count > 2)
            return APP_GAVE_UP;
    }
    keep(app, true);
    return APP_OVER;
}

void app_destroy(struct app *app)
{
    if (!app)
        return;
    console_destroy(app->console);
    if (app->past)
        app->config.past.close(app->config.past.context);
    canvas_fini(&app->canvas);
    heap_free(app);
}
