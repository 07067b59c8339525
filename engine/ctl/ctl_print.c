#include "engine/ctl/ctl_print.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <string.h>

#define SHOWN_SIZE 640
#define ID_WIDTH_MIN 10
#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@%+,"

/* --- values ---------------------------------------------------------------------------------------------------- */

static const cJSON *at(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(at(object, name));
}

/* Escaped; "-" for null and what is missing. In the caller's storage. */
static const char *text_of(const cJSON *object, const char *name, char storage[SHOWN_SIZE])
{
    const cJSON *value = at(object, name);
    struct text shown;
    text_init(&shown, storage, SHOWN_SIZE);
    if (cJSON_IsString(value))
        text_add_escaped(&shown, value->valuestring, strlen(value->valuestring));
    else if (cJSON_IsNumber(value))
        text_addf(&shown, "%.10g", value->valuedouble);
    else
        text_add_char(&shown, '-');
    return storage;
}

static int64_t number_of(const cJSON *object, const char *name, int64_t otherwise)
{
    const cJSON *value = at(object, name);
    bool is_usable =
        cJSON_IsNumber(value) && value->valuedouble > -9e15 && value->valuedouble < 9e15;
    return is_usable ? (int64_t)value->valuedouble : otherwise;
}

/* --- status ---------------------------------------------------------------------------------------------------- */

static void print_fact(FILE *out, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void print_fact(FILE *out, const char *name, const char *format, ...)
{
    va_list args;
    fprintf(out, "%-12s ", name);
    va_start(args, format);
    vfprintf(out, format, args);
    va_end(args);
    fputc('\n', out);
}

static const char *mode_of(const cJSON *root)
{
    if (is_true(root, "stopping"))
        return "stopping";
    if (is_true(root, "paused"))
        return "paused: nothing is sent";
    if (is_true(root, "dry_run"))
        return "dry-run: nothing is sent";
    return is_true(root, "read_only") ? "read-only: nothing is sent" : "live";
}

/* "by ann since 14:00 until 14:30: new image" */
static void print_pause(const cJSON *pause, FILE *out)
{
    char author[SHOWN_SIZE], since[SHOWN_SIZE], until[SHOWN_SIZE], reason[SHOWN_SIZE];
    if (!cJSON_IsObject(pause))
        return;
    bool has_end = cJSON_IsString(at(pause, "until"));
    text_of(pause, "reason", reason);
    print_fact(out, "paused", "by %s since %s%s%s%s%s", text_of(pause, "author", author),
               text_of(pause, "since", since), has_end ? " until " : "",
               has_end ? text_of(pause, "until", until) : "", reason[0] != '\0' ? ": " : "",
               reason);
}

static void print_troubles(const cJSON *root, FILE *out)
{
    char text[SHOWN_SIZE];
    char since[SHOWN_SIZE];
    if (cJSON_IsString(at(root, "failing_since")))
        print_fact(out, "FAILING", "since %s: %s", text_of(root, "failing_since", since),
                   text_of(root, "failure", text));
    if (cJSON_IsString(at(root, "discovery_failed_at")))
        print_fact(out, "DISCOVERY", "fails since %s", text_of(root, "discovery_failed_at", text));
    if (cJSON_IsString(at(root, "state_failed_at")))
        print_fact(out, "STATE", "cannot be written since %s: nothing is sent",
                   text_of(root, "state_failed_at", text));
    if (is_true(root, "breaker_open"))
        print_fact(out, "BREAKER", "open: only probes are sent");
    if (is_true(root, "shrinking_held"))
        print_fact(out, "SHRINKING", "held: discovery lost many deployments");
}

/* "2 starved, 10 on_target": those that there are, the worst first. */
static void print_states(const cJSON *fleet, FILE *out)
{
    const char *separator = "";
    char storage[SHOWN_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    for (const cJSON *state = at(fleet, "states") ? at(fleet, "states")->child : NULL; state;
         state = state->next) {
        if (!(state->valuedouble > 0))
            continue;
        text_addf(&shown, "%s%.0f ", separator, state->valuedouble);
        text_add_escaped(&shown, state->string, strlen(state->string));
        separator = ", ";
    }
    print_fact(out, "states", "%s", storage);
}

static void print_fleet(const cJSON *fleet, FILE *out)
{
    int64_t total = number_of(fleet, "total_servers", 0);
    int64_t free_servers = number_of(fleet, "free_servers", 0);
    double percent = total > 0 ? 100.0 * (double)free_servers / (double)total : 0;
    print_fact(out, "deployments", "%lld", (long long)number_of(fleet, "deployments", 0));
    print_states(fleet, out);
    print_fact(out, "hosts", "%lld (%lld serve, %lld pending)",
               (long long)number_of(fleet, "hosts", 0),
               (long long)number_of(fleet, "serving_hosts", 0),
               (long long)number_of(fleet, "pending_hosts", 0));
    print_fact(out, "servers", "%lld, %lld free (%.1f%%)", (long long)total,
               (long long)free_servers, percent);
}

static void print_status(const cJSON *root, FILE *out)
{
    const cJSON *pass = at(root, "pass");
    char first[SHOWN_SIZE];
    char second[SHOWN_SIZE];
    print_fact(out, "engine", "autoscaler %s, process %lld", text_of(root, "version", first),
               (long long)number_of(root, "pid", 0));
    print_fact(out, "api", "%s", text_of(root, "api", first));
    print_fact(out, "mode", "%s", mode_of(root));
    print_pause(at(root, "pause"), out);
    print_troubles(root, out);
    print_fact(out, "last pass", "%s: read %lld of %lld, scaled %lld, held %lld, failed %lld",
               text_of(pass, "started", first), (long long)number_of(pass, "read", 0),
               (long long)number_of(pass, "deployments", 0),
               (long long)number_of(pass, "scaled", 0), (long long)number_of(pass, "held", 0),
               (long long)number_of(pass, "failed", 0));
    print_fact(out, "next pass", "%s", text_of(root, "next_pass", second));
    print_fleet(at(root, "fleet"), out);
}

/* --- list ------------------------------------------------------------------------------------------------------ */

static int id_width(const cJSON *list)
{
    char text[SHOWN_SIZE];
    size_t width = ID_WIDTH_MIN;
    for (const cJSON *row = list->child; row; row = row->next) {
        size_t length = strlen(text_of(row, "id", text));
        width = length > width ? length : width;
    }
    return (int)width;
}

static const char *percent_of(const cJSON *row, const char *name, char storage[SHOWN_SIZE])
{
    const cJSON *value = at(row, name);
    if (!cJSON_IsNumber(value))
        return "-";
    snprintf(storage, SHOWN_SIZE, "%.1f", value->valuedouble);
    return storage;
}

static const char *delta_of(const cJSON *row, char storage[SHOWN_SIZE])
{
    const cJSON *value = at(row, "delta");
    if (!cJSON_IsNumber(value))
        return "-";
    snprintf(storage, SHOWN_SIZE, "%+.0f", value->valuedouble);
    return storage;
}

static void print_row(const cJSON *row, int width, FILE *out)
{
    char cells[9][SHOWN_SIZE];
    fprintf(out, "%-*s %5s %6s %5s %5s %5s %5s %5s  %-11s %s\n", width,
            text_of(row, "id", cells[0]), text_of(row, "current_hosts", cells[1]),
            text_of(row, "total_servers", cells[2]), text_of(row, "free_servers", cells[3]),
            percent_of(row, "free_pct", cells[4]), percent_of(row, "target_free_pct", cells[5]),
            text_of(row, "desired_hosts", cells[6]), delta_of(row, cells[7]),
            at(row, "state") && cJSON_IsString(at(row, "state")) ? at(row, "state")->valuestring
                                                                 : "-",
            text_of(row, "reason", cells[8]));
}

static int print_list(const cJSON *root, FILE *out, struct error *err)
{
    const cJSON *list = at(root, "deployments");
    if (!cJSON_IsArray(list))
        return error_set(err, ERR_BAD_JSON, "the response has no list of deployments");
    int width = id_width(list);
    fprintf(out, "%-*s %5s %6s %5s %5s %5s %5s %5s  %-11s %s\n", width, "DEPLOYMENT", "HOSTS",
            "TOTAL", "FREE", "FREE%", "TGT%", "WANT", "DELTA", "STATE", "REASON");
    for (const cJSON *row = list->child; row; row = row->next)
        print_row(row, width, out);
    return 0;
}

/* For completions: an id that a shell would read as more than a word, or this program as an option, is left out. */
static bool is_plain_word(const char *id)
{
    return id[0] != '-' && id[strspn(id, ID_CHARACTERS)] == '\0';
}

static void print_ids(const cJSON *root, FILE *out)
{
    const cJSON *list = at(root, "deployments");
    for (const cJSON *row = list ? list->child : NULL; row; row = row->next) {
        const cJSON *id = at(row, "id");
        if (cJSON_IsString(id) && is_plain_word(id->valuestring))
            fprintf(out, "%s\n", id->valuestring);
    }
}

/* --- one deployment -------------------------------------------------------------------------------------------- */

static void print_steps(const cJSON *steps, FILE *out)
{
    char cell[SHOWN_SIZE];
    for (const cJSON *step = steps ? steps->child : NULL; step; step = step->next) {
        struct text shown;
        if (!cJSON_IsString(step))
            continue;
        text_init(&shown, cell, sizeof cell);
        text_add_escaped(&shown, step->valuestring, strlen(step->valuestring));
        fprintf(out, "  %s\n", cell);
    }
}

static void print_explanation(const cJSON *row, FILE *out)
{
    char cells[4][SHOWN_SIZE];
    fprintf(out, "%s: %s, %s, delta %s\n", text_of(row, "id", cells[0]),
            text_of(row, "state", cells[1]), text_of(row, "reason", cells[2]),
            delta_of(row, cells[3]));
    print_steps(at(row, "explanation"), out);
}

/* --- overrides ------------------------------------------------------------------------------------------------- */

static int print_overrides(const cJSON *root, FILE *out, struct error *err)
{
    const cJSON *list = at(root, "overrides");
    char cells[6][SHOWN_SIZE];
    if (!cJSON_IsArray(list))
        return error_set(err, ERR_BAD_JSON, "the response has no list of overrides");
    fprintf(out, "%6s %-9s %-24s %-24s %-24s %-12s %s\n", "NUMBER", "KIND", "DEPLOYMENT", "SINCE",
            "UNTIL", "AUTHOR", "REASON");
    for (const cJSON *row = list->child; row; row = row->next)
        fprintf(out, "%6lld %-9s %-24s %-24s %-24s %-12s %s\n",
                (long long)number_of(row, "number", 0), text_of(row, "kind", cells[0]),
                text_of(row, "match", cells[1]), text_of(row, "since", cells[2]),
                text_of(row, "until", cells[3]), text_of(row, "author", cells[4]),
                text_of(row, "reason", cells[5]));
    if (cJSON_IsNumber(at(root, "next")))
        fprintf(out, "and more\n");
    return 0;
}

/* --- decisions ------------------------------------------------------------------------------------------------- */

static int print_plan(const cJSON *root, FILE *out, struct error *err)
{
    const cJSON *list = at(root, "plan");
    if (!cJSON_IsArray(list))
        return error_set(err, ERR_BAD_JSON, "the response has no plan");
    int width = id_width(list);
    fprintf(out, "%lld deployments: +%lld hosts in %lld, -%lld in %lld, %lld held\n",
            (long long)number_of(root, "deployments", 0), (long long)number_of(root, "up_hosts", 0),
            (long long)number_of(root, "up", 0), (long long)number_of(root, "down_hosts", 0),
            (long long)number_of(root, "down", 0), (long long)number_of(root, "held", 0));
    if (list->child)
        fprintf(out, "%-*s %6s %6s %6s  %-11s %s\n", width, "DEPLOYMENT", "HOSTS", "DELTA",
                "WANTED", "ACTION", "REASON");
    for (const cJSON *row = list->child; row; row = row->next) {
        char id[SHOWN_SIZE], action[SHOWN_SIZE], reason[SHOWN_SIZE];
        fprintf(out, "%-*s %6lld %+6lld %+6lld  %-11s %s\n", width, text_of(row, "id", id),
                (long long)number_of(row, "hosts", 0), (long long)number_of(row, "delta", 0),
                (long long)number_of(row, "wanted", 0), text_of(row, "action", action),
                text_of(row, "reason", reason));
    }
    return 0;
}

/* "now: delta +0, 20 hosts desired (on_target)" */
static void print_decision(const char *name, const cJSON *decision, FILE *out)
{
    char reason[SHOWN_SIZE];
    fprintf(out, "%s: delta %+lld, %lld hosts desired (%s)\n", name,
            (long long)number_of(decision, "delta", 0),
            (long long)number_of(decision, "desired_hosts", -1),
            text_of(decision, "reason", reason));
}

static void print_what_if(const cJSON *root, FILE *out)
{
    print_decision("now", at(root, "now"), out);
    print_decision("then", at(root, "then"), out);
    print_steps(at(at(root, "then"), "explanation"), out);
}

/* --- the past -------------------------------------------------------------------------------------------------- */

static int print_log(const cJSON *root, FILE *out, struct error *err)
{
    const cJSON *list = at(root, "lines");
    char time[SHOWN_SIZE], level[SHOWN_SIZE];
    if (!cJSON_IsArray(list))
        return error_set(err, ERR_BAD_JSON, "the response has no list of lines");
    for (const cJSON *line = list->child; line; line = line->next) {
        const cJSON *text = at(line, "text");
        /* The engine has escaped the text. */
        fprintf(out, "%s %s %s\n", text_of(line, "at", time), text_of(line, "level", level),
                cJSON_IsString(text) ? text->valuestring : "-");
    }
    return 0;
}

/* "below_target by ann: 2 attempts" */
static const char *note_of(const cJSON *row, char storage[SHOWN_SIZE])
{
    char part[SHOWN_SIZE];
    struct text note;
    text_init(&note, storage, SHOWN_SIZE);
    if (cJSON_IsString(at(row, "reason")))
        text_add(&note, text_of(row, "reason", part));
    if (cJSON_IsString(at(row, "by")))
        text_addf(&note, "%sby %s", note.length > 0 ? " " : "", text_of(row, "by", part));
    if (cJSON_IsString(at(row, "detail")))
        text_addf(&note, "%s%s", note.length > 0 ? ": " : "", text_of(row, "detail", part));
    return storage;
}

static void print_event(const cJSON *row, FILE *out)
{
    char cells[10][SHOWN_SIZE];
    const char *delta = cJSON_IsNumber(at(row, "delta")) ? delta_of(row, cells[0])
                                                         : text_of(row, "delta", cells[0]);
    fprintf(out, "%s %-28s %-16s %6s %6s %6s %6s %6s %5s  %s\n", text_of(row, "time", cells[1]),
            text_of(row, "deployment", cells[2]), text_of(row, "what", cells[3]), delta,
            text_of(row, "current_hosts", cells[4]), text_of(row, "total_servers", cells[5]),
            text_of(row, "free_servers", cells[6]), text_of(row, "pending_hosts", cells[7]),
            text_of(row, "desired", cells[8]), note_of(row, cells[9]));
}

static int print_history(const cJSON *root, FILE *out, struct error *err)
{
    const cJSON *list = at(root, "history");
    if (!cJSON_IsArray(list))
        return error_set(err, ERR_BAD_JSON, "the response has no history");
    fprintf(out, "%-24s %-28s %-16s %6s %6s %6s %6s %6s %5s  %s\n", "TIME", "DEPLOYMENT", "WHAT",
            "DELTA", "HOSTS", "TOTAL", "FREE", "PEND", "WANT", "REASON");
    for (const cJSON *row = list->child; row; row = row->next)
        print_event(row, out);
    return 0;
}

/* --- responses ------------------------------------------------------------------------------------------------- */

static int parse(const struct ctl_response *response, cJSON **ret_root, struct error *err)
{
    *ret_root = cJSON_ParseWithLength(response->body, response->size);
    if (cJSON_IsObject(*ret_root))
        return 0;
    cJSON_Delete(*ret_root);
    return error_set(err, ERR_BAD_JSON, "the engine sent no JSON object: is it another program?");
}

int ctl_print(enum ctl_command command, const struct ctl_response *response, FILE *out,
              struct error *err)
{
    cJSON *root;
    char text[SHOWN_SIZE];
    int failed = parse(response, &root, err);
    if (failed)
        return failed;
    if (command == CTL_STATUS || command == CTL_WATCH)
        print_status(root, out);
    else if (command == CTL_LIST)
        failed = print_list(root, out, err);
    else if (command == CTL_COMPLETION)
        print_ids(root, out);
    else if (command == CTL_OVERRIDES)
        failed = print_overrides(root, out, err);
    else if (command == CTL_PLAN)
        failed = print_plan(root, out, err);
    else if (command == CTL_WHAT_IF)
        print_what_if(root, out);
    else if (command == CTL_LOG)
        failed = print_log(root, out, err);
    else if (command == CTL_HISTORY)
        failed = print_history(root, out, err);
    else if (command == CTL_EXPLAIN)
        print_explanation(root, out);
    else
        fprintf(out, "%s\n", text_of(root, "message", text));
    cJSON_Delete(root);
    return failed;
}

int64_t ctl_read_next(const struct ctl_response *response)
{
    cJSON *root;
    struct error err;
    if (parse(response, &root, &err))
        return -1;
    int64_t next = number_of(root, "next", -1);
    cJSON_Delete(root);
    return next;
}

int ctl_read_refusal(const struct ctl_response *response, struct ctl_guard *ret_guard,
                     struct error *ret_refusal)
{
    cJSON *root;
    char text[SHOWN_SIZE];
    int failed = parse(response, &root, ret_refusal);
    if (failed)
        return failed;
    const cJSON *error = at(root, "error");
    ret_guard->count = number_of(error, "count", -1);
    ret_guard->hosts = number_of(error, "hosts", -1);
    error_set(ret_refusal, ERR_HTTP_STATUS, "%s", text_of(error, "message", text));
    cJSON_Delete(root);
    return 0;
}
