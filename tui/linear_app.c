#include "tui/linear_app.h"

#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "tui/linear/linear.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STOP_RETRY_MS 100
#define LINE_SIZE 1024

enum watched { WATCH_INPUT, WATCH_FEED };
#define WATCH_COUNT 2

struct linear_app {
    struct feed *feed;
    struct linear *linear;
    struct pollfd watched[WATCH_COUNT];
    char line[LINE_SIZE]; /* its beginning, until its end comes */
    size_t length;
    bool
        has_prompt; /* the last line on the terminal is the prompt, perhaps with typed text behind it */
    bool is_too_long; /* the rest of the line is dropped, and the line with it */
    bool is_gone;     /* no more input */
    bool is_stop_due; /* a stop command could not be sent yet */
    int leave_count;
};

static int send_command(void *context, const struct command *command)
{
    struct linear_app *app = context;
    return feed_send(app->feed, command);
}

/* Of a replay: its feed takes them. */
static int send_look(void *context, const struct command *command,
                     char ret_sentence[COMMAND_TEXT_SIZE])
{
    struct linear_app *app = context;
    if (feed_send(app->feed, command) == 0)
        return 0;
    snprintf(ret_sentence, COMMAND_TEXT_SIZE, "the reader is busy: try again");
    return -EAGAIN;
}

static void release_snapshot(void *context, const struct snapshot *snapshot)
{
    struct linear_app *app = context;
    feed_release(app->feed, snapshot);
}

static void ask_to_stop(struct linear_app *app, bool is_forced)
{
    struct command command = { .kind = COMMAND_STOP, .slot = SLOT_NONE, .is_forced = is_forced };
    app->is_stop_due = feed_send(app->feed, &command) != 0;
}

static void lose_input(struct linear_app *app)
{
    if (app->is_gone)
        return;
    app->is_gone = true;
    app->watched[WATCH_INPUT].fd = -1;
    ask_to_stop(app, false);
}

/* What comes by itself begins a line of its own, not behind the prompt and what is typed there. */
static void print(void *context, const char *line)
{
    struct linear_app *app = context;
    const char *start = app->has_prompt ? "\n" : "";
    app->has_prompt = false;
    if (printf("%s%s\n", start, line) < 0 || fflush(stdout) != 0)
        lose_input(app);
}

/* Below everything that was written. */
static void prompt(struct linear_app *app)
{
    if (app->has_prompt || app->is_gone || !isatty(STDOUT_FILENO))
        return;
    app->has_prompt = true;
    if (fputs("> ", stdout) < 0 || fflush(stdout) != 0)
        lose_input(app);
}

static void end_line(struct linear_app *app)
{
    app->line[app->length] = '\0';
    app->has_prompt = false; /* the terminal has gone to the next line */
    if (app->is_too_long)
        print(app, "the line is too long: ignored");
    else
        linear_line(app->linear, mono_now(), app->line);
    app->length = 0;
    app->is_too_long = false;
    if (linear_is_leaving(app->linear)) {
        app->leave_count++;
        ask_to_stop(app, true);
    }
}

static void take_character(struct linear_app *app, char c)
{
    if (c == '\n' || c == '\r')
        end_line(app);
    else if (app->length + 1 < sizeof app->line)
        app->line[app->length++] = c == '\0' ? '?' : c;
    else
        app->is_too_long = true;
}

static void take_input(struct linear_app *app)
{
    char bytes[LINE_SIZE];
    ssize_t size = read(STDIN_FILENO, bytes, sizeof bytes);
    if (size < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (size <= 0)
        lose_input(app);
    for (ssize_t i = 0; i < size; i++)
        take_character(app, bytes[i]);
}

static void take_snapshots(struct linear_app *app)
{
    const struct snapshot *snapshot;
    feed_settle(app->feed);
    while ((snapshot = feed_next(app->feed)))
        linear_snapshot(app->linear, mono_now(), snapshot);
}

static int patience_ms(const struct linear_app *app)
{
    struct mono deadline = linear_deadline(app->linear);
    if (app->is_stop_due)
        return STOP_RETRY_MS;
    if (deadline.ms == MONO_NEVER.ms)
        return -1;
    return (int)clamp_i64(deadline.ms - mono_now().ms, 0, INT32_MAX);
}

static void step(struct linear_app *app)
{
    int count = poll(app->watched, WATCH_COUNT, patience_ms(app));
    if (count > 0 && app->watched[WATCH_FEED].revents)
        take_snapshots(app);
    if (count > 0 && app->watched[WATCH_INPUT].revents)
        take_input(app);
    if (app->is_stop_due)
        ask_to_stop(app, false);
    linear_tick(app->linear, mono_now());
    prompt(app);
}

int linear_app_create(const struct console_config *config, bool is_ascii, struct feed *feed,
                      struct linear_app **ret_app, struct error *err)
{
    struct linear_app *app = heap_alloc(1, sizeof *app);
    if (!app)
        return error_no_memory(err);
    app->feed = feed;
    struct console_port port = { .send = send_command,
                                 .release = release_snapshot,
                                 .context = app };
    if (config->is_replay)
        port.look = send_look;
    is_ascii = is_ascii || strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
    struct linear_output output = { print, app, is_ascii };
    int failed = linear_create(config, &port, &output, &app->linear, err);
    if (failed) {
        linear_app_destroy(app);
        return failed;
    }
    *ret_app = app;
    return 0;
}

enum app_end linear_app_run(struct linear_app *app)
{
    app->watched[WATCH_INPUT] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
    app->watched[WATCH_FEED] =
        (struct pollfd){ .fd = feed_descriptor(app->feed), .events = POLLIN };
    print(app, linear_is_replay(app->linear) ? "The recording is read; help lists the commands."
               : linear_is_attached(app->linear)
                   ? "Attached to a running engine; help lists the commands."
                   : "The engine starts; help lists the commands.");
    while (!feed_is_over(app->feed)) {
        step(app);
        if (app->leave_count > 2)
            return APP_GAVE_UP;
    }
    return APP_OVER;
}

void linear_app_destroy(struct linear_app *app)
{
    if (!app)
        return;
    linear_destroy(app->linear);
    heap_free(app);
}
