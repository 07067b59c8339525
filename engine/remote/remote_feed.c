#include "engine/remote/remote_feed.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/remote/mirror.h"
#include "engine/remote/remote_act.h"
#include "engine/remote/remote_call.h"
#include "engine/remote/stream_parser.h"
#include "engine/view/feed_source.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>
#include <uv.h>

#define STATUS_FORBIDDEN 403
#define STATUS_NOT_FOUND 404
#define KEY_SIZE 64
#define TARGET_SIZE 128
#define PUBLISH_RETRY_MS 200
#define WAIT_MS_MAX 60000

enum watched { WATCH_WAKE, WATCH_CLOSE, WATCH_SIGNALS };
#define WATCH_COUNT 3

struct remote_feed {
    struct remote_feed_config config;
    char shown_socket[QUOTE_SIZE];
    struct feed *feed;
    struct mirror *mirror;
    struct stream_parser *parser;
    CURLM *multi;
    struct curl_waitfd watched[WATCH_COUNT];
    uv_thread_t thread;
    bool is_started;
    bool is_over;
    struct mono publish_at; /* not before: the console has taken nothing */

    struct remote_call stream;
    struct error loss;    /* why the stream was lost last */
    struct mono retry_at; /* when it does not run */
    int64_t retry_ms;     /* after the next failure */
    bool is_told;         /* that the engine refuses, since it was lost */

    struct remote_call act;
    struct command acting; /* FOCUS: that of the stream */
    uint64_t key;          /* of the first act; another one for each program */
    uint64_t act_number;
    struct command waiting[FEED_COMMANDS_MAX];
    size_t waiting_count;
    struct command focus;
    bool is_focus_due;
};

/* --- the stream --------------------------------------------------------------------------------------------------- */

static bool is_live(const struct remote_feed *remote)
{
    return remote_call_runs(&remote->stream) && mirror_hello(remote->mirror);
}

static int take_bytes(void *context, const char *bytes, size_t size, struct error *err)
{
    struct remote_feed *remote = context;
    bool was_live = mirror_hello(remote->mirror);
    int failed = stream_parser_take(remote->parser, bytes, size, err);
    if (!was_live && mirror_hello(remote->mirror)) {
        remote->is_focus_due = remote->focus.slot != SLOT_NONE;
        remote->is_told = false;
        remote->retry_ms = REMOTE_RETRY_MS;
    }
    return failed;
}

static void begin_stream(struct remote_feed *remote)
{
    char target[TARGET_SIZE];
    const char *seq = mirror_seq(remote->mirror);
    struct text text;
    text_init(&text, target, sizeof target);
    text_add(&text, "/v1/stream");
    if (seq[0] != '\0')
        text_addf(&text, "?after=%s", seq);
    const struct remote_call_config config = {
        .socket = remote->config.socket,
        .target = target,
        .take = take_bytes,
        .context = remote,
    };
    mirror_begin(remote->mirror);
    stream_parser_reset(remote->parser);
    if (remote_call_begin(&remote->stream, remote->multi, &config))
        remote->retry_at = mono_after(mono_now(), REMOTE_RETRY_MS_MAX);
}

static int lose_for_lack_of_rights(struct remote_feed *remote)
{
    return error_set(&remote->loss, -EACCES,
                     "this user may not look at the engine at %s: see control.group in "
                     "autoscaler.yaml(5)",
                     remote->shown_socket);
}

static int lose_connection(struct remote_feed *remote)
{
    const char *socket = remote->config.socket;
    if (access(socket, F_OK) < 0)
        return error_set(&remote->loss, -ECONNREFUSED, "no engine at %s: there is no socket",
                         remote->shown_socket);
    if (access(socket, R_OK | W_OK) < 0)
        return lose_for_lack_of_rights(remote);
    return error_set(&remote->loss, -ECONNREFUSED, "no engine at %s: nothing listens there",
                     remote->shown_socket);
}

/* Why a stream has ended, as a sentence in `loss`. */
static void find_loss(struct remote_feed *remote, CURLcode code)
{
    long status = remote_call_status(&remote->stream);
    if (remote->stream.err.code)
        remote->loss = remote->stream.err;
    else if (code == CURLE_COULDNT_CONNECT)
        lose_connection(remote);
    else if (status == STATUS_FORBIDDEN)
        lose_for_lack_of_rights(remote);
    else if (status == STATUS_NOT_FOUND)
        error_set(&remote->loss, ERR_PROTOCOL,
                  "the engine at %s has no stream: it is of an earlier version",
                  remote->shown_socket);
    else if (status != 0 && status != 200)
        error_set(&remote->loss, ERR_PROTOCOL, "the engine at %s refuses: status %ld",
                  remote->shown_socket, status);
    else
        error_set(&remote->loss, -ECONNRESET, "the engine at %s has ended the connection",
                  remote->shown_socket);
}

/* What is no matter of time is said once. */
static void tell_refusal(struct remote_feed *remote)
{
    struct command_ack ack = { .kind = COMMAND_LOOK };
    bool is_refusal = remote->loss.code == ERR_PROTOCOL || remote->loss.code == -EACCES;
    if (!is_refusal || remote->is_told)
        return;
    remote->is_told = true;
    snprintf(ack.text, sizeof ack.text, "%.*s", (int)sizeof ack.text - 1, remote->loss.msg);
    mirror_acknowledge(remote->mirror, &ack);
}

static void lose_stream(struct remote_feed *remote)
{
    remote_call_end(&remote->stream, remote->multi);
    mirror_lose(remote->mirror, wall_now());
    tell_refusal(remote);
    remote->retry_at = mono_after(mono_now(), remote->retry_ms);
    remote->retry_ms = min_i64(2 * remote->retry_ms, REMOTE_RETRY_MS_MAX);
}

static void follow_stream(struct remote_feed *remote, struct mono now)
{
    if (!remote_call_runs(&remote->stream)) {
        if (now.ms >= remote->retry_at.ms)
            begin_stream(remote);
    } else if (now.ms - remote->stream.heard.ms > REMOTE_SILENCE_MS) {
        error_set(&remote->loss, -ETIMEDOUT, "the engine at %s says nothing", remote->shown_socket);
        lose_stream(remote);
    }
}

/* --- commands ----------------------------------------------------------------------------------------------------- */

static void acknowledge(struct remote_feed *remote, const struct command *command,
                        const char *sentence)
{
    struct command_ack ack;
    remote_act_refuse(command, sentence, &ack);
    mirror_acknowledge(remote->mirror, &ack);
}

static void take_commands(struct remote_feed *remote)
{
    struct command command;
    while (remote->waiting_count < FEED_COMMANDS_MAX && feed_take_command(remote->feed, &command)) {
        if (command.kind == COMMAND_STOP) {
            remote->is_over = true;
        } else if (command.kind == COMMAND_FOCUS) {
            remote->focus = command;
            remote->is_focus_due = true;
        } else {
            remote->waiting[remote->waiting_count++] = command;
        }
    }
}

static struct command next_command(struct remote_feed *remote)
{
    struct command command = remote->waiting[0];
    remote->waiting_count--;
    memmove(remote->waiting, remote->waiting + 1,
            remote->waiting_count * sizeof remote->waiting[0]);
    return command;
}

static bool begin_call(struct remote_feed *remote, const struct remote_request *request,
                       const char *key)
{
    const struct remote_call_config config = {
        .socket = remote->config.socket,
        .target = request->path,
        .body = request->body,
        .key = key,
        .timeout_ms = REMOTE_ACT_MS,
    };
    return remote_call_begin(&remote->act, remote->multi, &config) == 0;
}

static void begin_act(struct remote_feed *remote)
{
    struct remote_request request;
    char key[KEY_SIZE];
    struct command command = next_command(remote);
    const struct remote_guards guards = {
        .deployments = mirror_deployments(remote->mirror),
        .hosts = mirror_hosts(remote->mirror, command.id, command.slot),
    };
    snprintf(key, sizeof key, "console-%016" PRIx64 "-%" PRIu64, remote->key, ++remote->act_number);
    remote->acting = command;
    if (!is_live(remote))
        acknowledge(remote, &command, "not connected to the engine: nothing was sent");
    else if (!remote_act_make(&command, &guards, &request))
        acknowledge(remote, &command, "an engine elsewhere cannot be asked for this");
    else if (!begin_call(remote, &request, key))
        acknowledge(remote, &command, "no memory: nothing was sent");
}

static void begin_focus(struct remote_feed *remote)
{
    struct remote_request request;
    remote_focus_make(mirror_hello(remote->mirror)->stream, &remote->focus, &request);
    remote->acting = remote->focus;
    if (begin_call(remote, &request, NULL))
        remote->is_focus_due = false;
}

static void follow_commands(struct remote_feed *remote)
{
    take_commands(remote);
    if (remote_call_runs(&remote->act))
        return;
    if (remote->is_focus_due && is_live(remote))
        begin_focus(remote);
    else if (remote->waiting_count > 0)
        begin_act(remote);
}

static void end_act(struct remote_feed *remote, CURLcode code)
{
    struct command_ack ack;
    long status = remote_call_status(&remote->act);
    remote_call_end(&remote->act, remote->multi);
    if (remote->acting.kind == COMMAND_FOCUS)
        return;
    if (code == CURLE_COULDNT_CONNECT)
        remote_act_refuse(&remote->acting, "the engine cannot be reached: nothing was sent", &ack);
    else if (code)
        remote_act_refuse(&remote->acting,
                          "the engine has not answered: whether it was done is not known", &ack);
    else
        remote_act_read(&remote->acting, status, remote->act.response, remote->act.size, &ack);
    mirror_acknowledge(remote->mirror, &ack);
}

/* --- the loop ----------------------------------------------------------------------------------------------------- */

static void take_ends(struct remote_feed *remote)
{
    int left;
    const CURLMsg *message;
    while ((message = curl_multi_info_read(remote->multi, &left))) {
        CURLcode code = message->data.result;
        if (message->easy_handle == remote->stream.easy) {
            find_loss(remote, code);
            lose_stream(remote);
        } else if (message->easy_handle == remote->act.easy) {
            end_act(remote, code);
        }
    }
}

static void publish(struct remote_feed *remote, struct mono now)
{
    if (!mirror_has_news(remote->mirror) || now.ms < remote->publish_at.ms)
        return;
    bool is_taken = mirror_publish(remote->mirror);
    remote->publish_at = is_taken ? (struct mono){ 0 } : mono_after(now, PUBLISH_RETRY_MS);
}

static int64_t patience_ms(const struct remote_feed *remote, struct mono now)
{
    int64_t wait_ms = WAIT_MS_MAX;
    bool has_focus = remote->is_focus_due && is_live(remote);
    if (!remote_call_runs(&remote->act) && (has_focus || remote->waiting_count > 0))
        return 0;
    if (remote_call_runs(&remote->stream))
        wait_ms = remote->stream.heard.ms + REMOTE_SILENCE_MS + 1 - now.ms;
    else
        wait_ms = remote->retry_at.ms - now.ms;
    if (mirror_has_news(remote->mirror))
        wait_ms = min_i64(wait_ms, remote->publish_at.ms - now.ms);
    return clamp_i64(wait_ms, 0, WAIT_MS_MAX);
}

static void drain(int fd)
{
    uint64_t count;
    ssize_t size = read(fd, &count, sizeof count);
    must(size == (ssize_t)sizeof count || errno == EAGAIN);
}

static void take_signals(struct remote_feed *remote)
{
    struct signalfd_siginfo signal;
    while (read(remote->watched[WATCH_SIGNALS].fd, &signal, sizeof signal) ==
           (ssize_t)sizeof signal)
        remote->is_over = true;
}

static void wait_for_news(struct remote_feed *remote)
{
    unsigned count = remote->config.takes_signals ? WATCH_COUNT : WATCH_SIGNALS;
    for (size_t i = 0; i < WATCH_COUNT; i++)
        remote->watched[i].revents = 0;
    curl_multi_poll(remote->multi, remote->watched, count, (int)patience_ms(remote, mono_now()),
                    NULL);
    if (remote->watched[WATCH_CLOSE].revents)
        remote->is_over = true;
    if (count == WATCH_COUNT && remote->watched[WATCH_SIGNALS].revents)
        take_signals(remote);
    if (remote->watched[WATCH_WAKE].revents) {
        drain(remote->watched[WATCH_WAKE].fd);
        remote->publish_at = (struct mono){ 0 };
    }
}

static void step(struct remote_feed *remote)
{
    int running;
    curl_multi_perform(remote->multi, &running);
    take_ends(remote);
    follow_commands(remote);
    follow_stream(remote, mono_now());
    publish(remote, mono_now());
}

static void run(void *context)
{
    struct remote_feed *remote = context;
    while (!remote->is_over) {
        step(remote);
        if (!remote->is_over)
            wait_for_news(remote);
    }
    feed_close(remote->feed);
    if (remote->config.over)
        remote->config.over();
}

/* --- life cycle --------------------------------------------------------------------------------------------------- */

static void signal_descriptor(int fd)
{
    uint64_t one = 1;
    ssize_t written = write(fd, &one, sizeof one);
    must(written == (ssize_t)sizeof one || errno == EAGAIN);
}

/* On the console's thread. */
static void wake(void *context)
{
    struct remote_feed *remote = context;
    signal_descriptor(remote->watched[WATCH_WAKE].fd);
}

static int open_signals(struct remote_feed *remote, struct error *err)
{
    sigset_t set;
    if (!remote->config.takes_signals)
        return 0;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    remote->watched[WATCH_SIGNALS].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return remote->watched[WATCH_SIGNALS].fd < 0
               ? error_set(err, -errno, "cannot watch for signals: %s", strerror(errno))
               : 0;
}

static int open_descriptors(struct remote_feed *remote, struct error *err)
{
    remote->watched[WATCH_WAKE].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    remote->watched[WATCH_CLOSE].fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (remote->watched[WATCH_WAKE].fd < 0 || remote->watched[WATCH_CLOSE].fd < 0)
        return error_set(err, -errno, "cannot make a wake-up: %s", strerror(errno));
    return open_signals(remote, err);
}

static int open_parts(struct remote_feed *remote, struct error *err)
{
    int failed = open_descriptors(remote, err);
    failed = failed ? failed : feed_create(wake, remote, &remote->feed, err);
    failed =
        failed ? failed : mirror_create(remote->feed, remote->shown_socket, &remote->mirror, err);
    if (failed)
        return failed;
    remote->parser = stream_parser_create(mirror_take, remote->mirror);
    remote->multi = curl_multi_init();
    return remote->parser && remote->multi ? 0 : error_no_memory(err);
}

/* Until the engine has said what it is. */
static int connect_first(struct remote_feed *remote, struct error *err)
{
    int running;
    struct mono deadline = mono_after(mono_now(), REMOTE_OPEN_MS);
    begin_stream(remote);
    while (remote_call_runs(&remote->stream) && !mirror_hello(remote->mirror)) {
        struct mono now = mono_now();
        if (now.ms >= deadline.ms)
            return error_set(err, -ETIMEDOUT, "the engine at %s says nothing",
                             remote->shown_socket);
        curl_multi_perform(remote->multi, &running);
        take_ends(remote);
        if (remote_call_runs(&remote->stream) && !mirror_hello(remote->mirror))
            curl_multi_poll(remote->multi, NULL, 0, (int)(deadline.ms - now.ms), NULL);
    }
    if (remote_call_runs(&remote->stream))
        return 0;
    if (remote->loss.code == 0)
        return error_no_memory(err);
    *err = remote->loss;
    return err->code;
}

static void draw_key(struct remote_feed *remote)
{
    if (getrandom(&remote->key, sizeof remote->key, GRND_NONBLOCK) != (ssize_t)sizeof remote->key)
        remote->key = (uint64_t)wall_now().ms * 1000003u ^ (uint64_t)getpid();
}

int remote_feed_open(const struct remote_feed_config *config, struct remote_feed **ret_remote,
                     struct error *err)
{
    struct text shown;
    struct remote_feed *remote = heap_alloc(1, sizeof *remote);
    if (!remote)
        return error_no_memory(err);
    remote->config = *config;
    remote->retry_ms = REMOTE_RETRY_MS;
    remote->focus.slot = SLOT_NONE;
    text_init(&shown, remote->shown_socket, sizeof remote->shown_socket);
    quote_add_path(&shown, config->socket);
    draw_key(remote);
    for (size_t i = 0; i < WATCH_COUNT; i++)
        remote->watched[i] = (struct curl_waitfd){ .fd = -1, .events = CURL_WAIT_POLLIN };
    int failed = open_parts(remote, err);
    failed = failed ? failed : connect_first(remote, err);
    if (failed) {
        remote_feed_close(remote);
        return failed;
    }
    *ret_remote = remote;
    return 0;
}

int remote_feed_start(struct remote_feed *remote, struct error *err)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = uv_thread_create(&remote->thread, run, remote);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (failed)
        return error_set(err, failed, "cannot start a thread: %s", uv_strerror(failed));
    remote->is_started = true;
    return 0;
}

struct feed *remote_feed_feed(struct remote_feed *remote)
{
    return remote->feed;
}

void remote_feed_close(struct remote_feed *remote)
{
    if (!remote)
        return;
    if (remote->is_started) {
        signal_descriptor(remote->watched[WATCH_CLOSE].fd);
        uv_thread_join(&remote->thread);
    }
    remote_call_end(&remote->stream, remote->multi);
    remote_call_end(&remote->act, remote->multi);
    if (remote->multi)
        curl_multi_cleanup(remote->multi);
    stream_parser_destroy(remote->parser);
    mirror_destroy(remote->mirror);
    feed_destroy(remote->feed);
    for (size_t i = 0; i < WATCH_COUNT; i++)
        if (remote->watched[i].fd >= 0)
            close(remote->watched[i].fd);
    heap_free(remote);
}
