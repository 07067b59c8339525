/*
 * autoscalerctl - see and steer a running autoscaler, from a shell and from scripts.
 *
 *     0  done
 *     1  refused, or failed
 *     2  usage error
 *     3  no engine: none listens, or this user may not connect
 */
#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/control/control_socket.h"
#include "engine/ctl/ctl_arguments.h"
#include "engine/ctl/ctl_client.h"
#include "engine/ctl/ctl_completion.h"
#include "engine/ctl/ctl_print.h"
#include "engine/ctl/ctl_request.h"
#include "engine/ctl/ctl_yaml.h"
#include "engine/log/journal_stream.h"

#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define FOLLOW_MS 500
#define WATCH_MS 1000
#define KEY_SIZE 40
#define STATUS_OK 200
#define STATUS_GUARD_MISSING 428

enum exit_code { EXIT_DONE, EXIT_REFUSED, EXIT_USAGE, EXIT_NO_ENGINE };

static int complain(enum exit_code code, const struct error *err)
{
    fprintf(stderr, "%sautoscalerctl: %s\n", journal_mark(LEVEL_ERROR), err->msg);
    return (int)code;
}

static int finish_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return EXIT_DONE;
    fprintf(stderr, "%sautoscalerctl: cannot write to standard output\n",
            journal_mark(LEVEL_ERROR));
    return EXIT_REFUSED;
}

/* The same for a repeat of the request; another one for each run of the program. */
static void draw_key(char ret_key[KEY_SIZE])
{
    uint64_t numbers[2] = { (uint64_t)getpid(), 0 };
    if (getrandom(numbers, sizeof numbers, 0) != (ssize_t)sizeof numbers)
        numbers[1] = (uint64_t)getppid();
    snprintf(ret_key, KEY_SIZE, "ctl-%016" PRIx64 "%016" PRIx64, numbers[0], numbers[1]);
}

/* --- the question ---------------------------------------------------------------------------------------------- */

static const char *verb_of(enum ctl_command command)
{
    if (command == CTL_UNDO)
        return "undo the last act on";
    return command == CTL_END ? "resume" : ctl_command_name(command);
}

static void describe(const struct ctl_arguments *arguments, const struct ctl_guard *guard,
                     const char *end)
{
    if (guard->hosts >= 0)
        fprintf(stderr, "scale a deployment of %" PRId64 " hosts by %+d%s", guard->hosts,
                arguments->delta, end);
    else
        fprintf(stderr, "%s %" PRId64 " deployments%s", verb_of(arguments->command), guard->count,
                end);
}

static bool ask(const struct ctl_arguments *arguments, const struct ctl_guard *guard)
{
    char line[16];
    if (arguments->is_confirmed)
        return true;
    if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
        describe(arguments, guard, ": needs --yes where there is no terminal\n");
        return false;
    }
    describe(arguments, guard, "? [y/N] ");
    return fgets(line, sizeof line, stdin) && (line[0] == 'y' || line[0] == 'Y');
}

/* --- requests -------------------------------------------------------------------------------------------------- */

static int fail(const struct error *err)
{
    bool is_absent = err->code == -ECONNREFUSED || err->code == -EACCES;
    return complain(is_absent ? EXIT_NO_ENGINE : EXIT_REFUSED, err);
}

static int show(const struct ctl_arguments *arguments, const struct ctl_response *response)
{
    struct error err;
    int failed = 0;
    if (arguments->is_json)
        fwrite(response->body, 1, response->size, stdout);
    else if (arguments->is_yaml)
        failed = ctl_yaml_print(response->body, response->size, stdout, &err);
    else
        failed = ctl_print(arguments->command, response, stdout, &err);
    return failed ? complain(EXIT_REFUSED, &err) : finish_output();
}

/* What is shown now, unless it is what was shown before, which is kept in *shown. */
static int show_change(const struct ctl_arguments *arguments, const struct ctl_response *response,
                       char **shown)
{
    struct error err;
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);
    if (!memory || response->status != STATUS_OK)
        return EXIT_REFUSED;
    int failed = ctl_print(arguments->command, response, memory, &err);
    fclose(memory);
    bool is_new = !failed && (!*shown || strcmp(*shown, text) != 0);
    int code = failed ? complain(EXIT_REFUSED, &err) : EXIT_DONE;
    if (is_new && *shown && !arguments->is_json && !arguments->is_yaml)
        fputc('\n', stdout);
    if (is_new)
        code = show(arguments, response);
    heap_free(*shown);
    *shown = text;
    return code;
}

static int refuse(const struct ctl_arguments *arguments, const struct ctl_response *response,
                  const struct error *refusal)
{
    if (arguments->is_json)
        fwrite(response->body, 1, response->size, stdout);
    return complain(EXIT_REFUSED, refusal);
}

static int rehearse(const struct ctl_request *request)
{
    printf("POST %s %s\n", request->target, request->body);
    return finish_output();
}

/* Sends the request. *ret_guard: what the engine asks to be told; then the request is to be sent again. */
static int send(const char *socket, const struct ctl_arguments *arguments,
                const struct ctl_request *request, const char *key, struct ctl_guard *ret_guard)
{
    struct ctl_response response;
    struct error err;
    int code;
    *ret_guard = (struct ctl_guard){ -1, -1 };
    if (ctl_client_ask(socket, request->target, request->has_body ? request->body : NULL,
                       request->is_act ? key : NULL, &response, &err))
        return fail(&err);
    if (response.status == STATUS_OK) {
        code = show(arguments, &response);
    } else if (ctl_read_refusal(&response, ret_guard, &err)) {
        code = complain(EXIT_REFUSED, &err);
    } else if (response.status == STATUS_GUARD_MISSING) {
        code = EXIT_REFUSED;
    } else {
        *ret_guard = (struct ctl_guard){ -1, -1 };
        code = refuse(arguments, &response, &err);
    }
    ctl_response_fini(&response);
    return code;
}

/* Prints the status when it has changed, at most once in WATCH_MS, until the engine ends or the output is closed. */
static int watch(const char *socket, const struct ctl_arguments *arguments)
{
    struct pollfd output = { .fd = STDOUT_FILENO };
    struct ctl_request request;
    struct error err;
    char *shown = NULL;
    int code = ctl_request_make(arguments, &(struct ctl_guard){ -1, -1 }, &request, &err);
    while (code == EXIT_DONE) {
        struct ctl_response response;
        if (ctl_client_ask(socket, request.target, NULL, NULL, &response, &err)) {
            heap_free(shown);
            return fail(&err);
        }
        code = show_change(arguments, &response, &shown);
        ctl_response_fini(&response);
        if (code == EXIT_DONE && poll(&output, 1, WATCH_MS) > 0)
            break;
    }
    heap_free(shown);
    return code;
}

/* Prints what comes, until the engine ends or the output is closed. */
static int follow(const char *socket, const struct ctl_arguments *arguments)
{
    struct pollfd output = { .fd = STDOUT_FILENO }; /* the end of its reader */
    struct ctl_request request;
    struct error err;
    int64_t next = -1;
    int code = EXIT_DONE;
    ctl_request_make(arguments, &(struct ctl_guard){ -1, -1 }, &request, &err);
    while (code == EXIT_DONE) {
        struct ctl_response response;
        if (ctl_client_ask(socket, request.target, NULL, NULL, &response, &err))
            return fail(&err);
        int64_t before = next;
        next = response.status == STATUS_OK ? ctl_read_next(&response) : -1;
        if (next != before)
            code = show(arguments, &response);
        code = next < 0 ? EXIT_REFUSED : code;
        ctl_response_fini(&response);
        ctl_request_follow(next, &request);
        if (code == EXIT_DONE && poll(&output, 1, FOLLOW_MS) > 0)
            return EXIT_DONE;
    }
    return code;
}

/* An act on many, or a large one, is refused at first: the engine says what it is about, and that is asked. */
static int run(const char *socket, const struct ctl_arguments *arguments)
{
    struct ctl_guard guard = { -1, -1 };
    struct ctl_request request;
    struct error err;
    char key[KEY_SIZE];
    draw_key(key);
    if (ctl_request_make(arguments, &guard, &request, &err))
        return complain(EXIT_USAGE, &err);
    if (request.is_act && arguments->is_rehearsal)
        return rehearse(&request);
    int code = send(socket, arguments, &request, key, &guard);
    if (guard.count < 0 && guard.hosts < 0)
        return code;
    if (!ask(arguments, &guard)) {
        fprintf(stderr, "autoscalerctl: nothing was done\n");
        return EXIT_REFUSED;
    }
    if (ctl_request_make(arguments, &guard, &request, &err))
        return complain(EXIT_USAGE, &err);
    return send(socket, arguments, &request, key, &guard);
}

int main(int argc, char **argv)
{
    struct ctl_arguments arguments;
    struct error err;
    char path[CONTROL_PATH_SIZE];
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    if (ctl_arguments_parse(argc, argv, &arguments, &err))
        return complain(EXIT_USAGE, &err);
    if (arguments.command == CTL_HELP) {
        ctl_arguments_print_help(stdout);
        return finish_output();
    }
    if (arguments.command == CTL_VERSION) {
        printf("autoscalerctl %s\n", AUTOSCALER_VERSION);
        return finish_output();
    }
    if (arguments.command == CTL_COMPLETION && ctl_completion_print(arguments.subject, stdout))
        return finish_output();
    if (arguments.command == CTL_COMPLETION && strcmp(arguments.subject, "ids") != 0) {
        fprintf(stderr, "autoscalerctl: completion: expected bash, zsh, fish or ids\n");
        return EXIT_USAGE;
    }
    struct control_socket_sources sources = control_socket_sources_of_client(arguments.socket);
    if (control_socket_choose(&sources, path, &err))
        return complain(EXIT_USAGE, &err);
    if (arguments.command == CTL_WATCH)
        return watch(path, &arguments);
    return arguments.is_following ? follow(path, &arguments) : run(path, &arguments);
}
