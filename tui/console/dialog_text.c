#include "tui/console/dialog.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- size of a pass -------------------------------------------------------------------------------------------- */

static int64_t moved_hosts(const struct fleet_totals *totals)
{
    return totals->wanted_up_hosts + totals->wanted_down_hosts;
}

/* Rounded down. The product hosts * ppb may overflow, so it is split. */
static int64_t share_of(int64_t hosts, int32_t ppb)
{
    return hosts / SHARE_WHOLE * ppb + hosts % SHARE_WHOLE * ppb / SHARE_WHOLE;
}

bool dialog_is_large(const struct snapshot *snapshot, const struct dialog_limits *limits)
{
    const struct fleet_totals *totals = &snapshot->totals;
    if ((int64_t)totals->wanted_up + totals->wanted_down > CONFIRM_DEPLOYMENTS_MAX)
        return true;
    return moved_hosts(totals) > share_of(totals->hosts, limits->confirm_above_ppb);
}

static const struct snapshot_row *row_of(const struct dialog *dialog,
                                         const struct snapshot *snapshot)
{
    const struct snapshot_row *row = snapshot_row_at(snapshot, dialog->slot);
    return row && strcmp(row->name->id, dialog->id) == 0 ? row : NULL;
}

/* --- text ------------------------------------------------------------------------------------------------------ */

__attribute__((format(printf, 3, 4))) static void put(char *field, size_t size, const char *format,
                                                      ...)
{
    struct text text;
    text_init(&text, field, size);
    va_list args;
    va_start(args, format);
    text_addv(&text, format, args);
    va_end(args);
}

__attribute__((format(printf, 2, 3))) static void add_line(struct dialog_text *text,
                                                           const char *format, ...)
{
    if (text->line_count == DIALOG_LINES_MAX)
        return;
    struct text line;
    text_init(&line, text->lines[text->line_count++], DIALOG_LINE_SIZE);
    va_list args;
    va_start(args, format);
    text_addv(&line, format, args);
    va_end(args);
}

#define PUT(field, ...) put(field, sizeof(field), __VA_ARGS__)

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void add_share(struct text *line, const struct fleet_totals *totals)
{
    if (moved_hosts(totals) > totals->hosts) {
        text_add(line, ": more hosts than there are");
        return;
    }
    text_add(line, ": ");
    format_share(line, moved_hosts(totals), totals->hosts);
    text_add(line, " % of the fleet");
}

/* "The next pass would send +318 hosts to 61 deployments and -42 to 9: 3.8 % of the fleet." */
static void add_moves(struct dialog_text *text, const struct fleet_totals *totals, const char *when)
{
    if (totals->wanted_up == 0 && totals->wanted_down == 0) {
        add_line(text, "%s would send nothing.", when);
        return;
    }
    char storage[DIALOG_LINE_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    text_addf(&line, "%s would send ", when);
    if (totals->wanted_up > 0)
        text_addf(&line, "+%" PRId64 " host%s to %" PRId32 " deployment%s", totals->wanted_up_hosts,
                  plural(totals->wanted_up_hosts), totals->wanted_up, plural(totals->wanted_up));
    if (totals->wanted_up > 0 && totals->wanted_down > 0)
        text_addf(&line, " and -%" PRId64 " to %" PRId32, totals->wanted_down_hosts,
                  totals->wanted_down);
    else if (totals->wanted_down > 0)
        text_addf(&line, "-%" PRId64 " host%s to %" PRId32 " deployment%s",
                  totals->wanted_down_hosts, plural(totals->wanted_down_hosts), totals->wanted_down,
                  plural(totals->wanted_down));
    add_share(&line, totals);
    text_add_char(&line, '.');
    add_line(text, "%s", storage);
}

static void ask_for_number(struct dialog_text *text, int64_t number)
{
    text->must_type = true;
    PUT(text->wanted, "%" PRId64, number);
}

/* A pass that would move much requires its size to be typed. */
static void add_limit(struct dialog_text *text, const struct snapshot *snapshot,
                      const struct dialog_limits *limits)
{
    if (!dialog_is_large(snapshot, limits))
        return;
    char share[32];
    struct text percent;
    text_init(&percent, share, sizeof share);
    text_add_percent(&percent, limits->confirm_above_ppb);
    add_line(text, "That is over the limit of %s %% of the hosts or %d deployments.", share,
             CONFIRM_DEPLOYMENTS_MAX);
    ask_for_number(text, moved_hosts(&snapshot->totals));
}

/* Scale requests in flight finish whatever the operator decides. */
static void add_in_flight(struct dialog_text *text, const struct snapshot *snapshot)
{
    int32_t count = snapshot->engine.scales_in_flight;
    if (count > 0)
        add_line(text, "%" PRId32 " scale request%s in flight will finish.", count, plural(count));
}

static void note_time(struct dialog_text *text, const struct snapshot *snapshot)
{
    char storage[32];
    struct text time;
    text_init(&time, storage, sizeof storage);
    format_time(&time, snapshot->at);
    PUT(text->note, "From the snapshot of %s; figures follow new ones.", storage);
}

static void describe_pause_all(const struct snapshot *snapshot, struct dialog_text *text)
{
    PUT(text->title, "Pause all deployments");
    PUT(text->action, "Pause");
    PUT(text->note, "Enter pauses. Esc cancels.");
    add_line(text,
             "%" PRId32 " deployment%s stay read and decided; nothing is sent until you resume.",
             snapshot->totals.deployments, plural(snapshot->totals.deployments));
    add_in_flight(text, snapshot);
    add_moves(text, &snapshot->totals, "A pass now");
}

static void add_resume_title(struct dialog_text *text, const struct snapshot *snapshot)
{
    struct text title;
    text_init(&title, text->title, sizeof text->title);
    text_add(&title, "Resume all deployments");
    if (snapshot->engine.paused_at.ms == 0)
        return;
    text_add(&title, " (paused since ");
    format_minute(&title, snapshot->engine.paused_at);
    text_add(&title, ", ");
    format_age(&title, snapshot->engine.paused_at, snapshot->at);
    text_add_char(&title, ')');
}

static void describe_resume_all(const struct snapshot *snapshot, const struct dialog_limits *limits,
                                struct dialog_text *text)
{
    add_resume_title(text, snapshot);
    PUT(text->action, "Resume");
    note_time(text, snapshot);
    add_moves(text, &snapshot->totals, "The next pass");
    if (snapshot->engine.is_dry_run)
        add_line(text, "Dry-run stays on: it would be shown and not sent.");
    else
        add_limit(text, snapshot, limits);
}

static void describe_dry_run_on(const struct snapshot *snapshot, struct dialog_text *text)
{
    PUT(text->title, "Dry-run on");
    PUT(text->action, "Dry-run");
    PUT(text->note, "Enter switches it on. Esc cancels.");
    add_line(text, "Passes go on, decide and show; nothing is sent until you switch it off.");
    add_in_flight(text, snapshot);
}

static void describe_dry_run_off(const struct snapshot *snapshot,
                                 const struct dialog_limits *limits, struct dialog_text *text)
{
    PUT(text->title, "Dry-run off: send what is decided");
    PUT(text->action, "Go live");
    note_time(text, snapshot);
    add_moves(text, &snapshot->totals, "The next pass");
    if (snapshot->engine.is_paused)
        add_line(text, "The pause stays on: nothing is sent until you resume.");
    else
        add_limit(text, snapshot, limits);
}

static void describe_pass(const struct snapshot *snapshot, const struct dialog_limits *limits,
                          struct dialog_text *text)
{
    PUT(text->title, "Run a pass now");
    PUT(text->action, "Run");
    note_time(text, snapshot);
    add_moves(text, &snapshot->totals, "A pass now");
    add_limit(text, snapshot, limits);
}

static void describe_pause_row(const struct snapshot_row *row, struct dialog_text *text)
{
    PUT(text->title, "Pause %s", row->name->shown);
    PUT(text->action, "Pause");
    PUT(text->note, "Enter pauses. Esc cancels.");
    add_line(text, "It stays read and decided; nothing is sent for it until you resume it.");
    if (row->wanted_delta != 0)
        add_line(text, "A pass now would send %+" PRId32 " host%s.", row->wanted_delta,
                 plural(llabs(row->wanted_delta)));
}

static void describe_resume_row(const struct snapshot *snapshot, const struct snapshot_row *row,
                                struct dialog_text *text)
{
    PUT(text->title, "Resume %s", row->name->shown);
    PUT(text->action, "Resume");
    note_time(text, snapshot);
    if (row->wanted_delta != 0)
        add_line(text, "The next pass would send %+" PRId32 " host%s.", row->wanted_delta,
                 plural(llabs(row->wanted_delta)));
    else
        add_line(text, "The next pass would send nothing.");
    if (snapshot->engine.is_paused)
        add_line(text, "All deployments are paused: nothing is sent before that is resumed too.");
    if (snapshot->engine.is_dry_run)
        add_line(text, "Dry-run stays on: it would be shown and not sent.");
}

static void refuse(struct dialog_text *text, const char *sentence)
{
    text->is_refused = true;
    add_line(text, "%s", sentence);
}

/* The engine's check of exactly this scale; NULL: not received yet. */
static const struct snapshot_detail *opinion_on(const struct dialog *dialog,
                                                const struct snapshot *snapshot)
{
    const struct snapshot_detail *detail = snapshot->detail;
    if (!detail || detail->slot != dialog->slot || detail->manual_delta != dialog->delta)
        return NULL;
    return strcmp(detail->name->id, dialog->id) == 0 ? detail : NULL;
}

/* The set of rules that object. Their numbers may change with every snapshot. */
static uint64_t add_rule(uint64_t rules, enum rule rule)
{
    _Static_assert(RULE_COUNT <= 64, "one bit a rule");
    return rules | UINT64_C(1) << rule;
}

static void add_objection(struct dialog_text *text, const struct explanation *objection)
{
    char storage[DIALOG_LINE_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    explanation_add(&line, objection);
    add_line(text, "- %s", storage);
    text->objections = add_rule(text->objections, objection->rule);
}

static void add_opinion(const struct snapshot_detail *detail, struct dialog_text *text)
{
    if (detail->manual_refusal[0] != '\0') {
        add_line(text, "It cannot be sent:");
        refuse(text, detail->manual_refusal);
        return;
    }
    for (size_t i = 0; i < detail->objection_count; i++)
        add_objection(text, &detail->objections[i]);
    text->objection_count = detail->objection_count;
    text->must_type = detail->objection_count > 0;
    if (text->must_type)
        PUT(text->wanted, "%s", DIALOG_YES);
}

static void add_bounds(struct text *line, const struct snapshot_detail *detail)
{
    text_addf(line, " -> %" PRId32 ". min_hosts %" PRId32, detail->manual_hosts, detail->min_hosts);
    if (detail->max_hosts != HOSTS_UNLIMITED)
        text_addf(line, ", max_hosts %" PRId32, detail->max_hosts);
}

static void add_scale(const struct dialog *dialog, const struct snapshot_row *row,
                      const struct snapshot_detail *detail, struct dialog_text *text)
{
    char storage[DIALOG_LINE_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    text_add(&line, "hosts ");
    format_count(&line, row->hosts);
    if (row->pending_hosts != 0)
        text_addf(&line, " %+" PRId32 " pending", row->pending_hosts);
    text_add(&line, ", desired ");
    format_count(&line, row->desired_hosts);
    text_addf(&line, ". %s %lld host%s", dialog->delta > 0 ? "Add" : "Remove", llabs(dialog->delta),
              plural(llabs(dialog->delta)));
    if (detail)
        add_bounds(&line, detail);
    add_line(text, "%s", storage);
}

static void describe_scale(const struct dialog *dialog, const struct snapshot *snapshot,
                           const struct snapshot_row *row, struct dialog_text *text)
{
    const struct snapshot_detail *detail = opinion_on(dialog, snapshot);
    PUT(text->title, "Scale %s by hand", row->name->shown);
    PUT(text->action, "Scale %+" PRId32, dialog->delta);
    PUT(text->note, "+ - change the number, digits set it. Esc cancels.");
    add_scale(dialog, row, detail, text);
    if (snapshot->engine.is_paused || row->is_paused)
        add_line(text, "The pause does not stop it: it is sent all the same.");
    if (detail)
        add_opinion(detail, text);
    else
        refuse(text, "Waiting for the engine to check it.");
}

static void describe_row(const struct dialog *dialog, const struct snapshot *snapshot,
                         struct dialog_text *text)
{
    const struct snapshot_row *row = row_of(dialog, snapshot);
    if (!row) {
        PUT(text->title, "Gone");
        refuse(text, "This deployment is not there any more.");
    } else if (dialog->kind == DIALOG_PAUSE_ROW) {
        describe_pause_row(row, text);
    } else if (dialog->kind == DIALOG_RESUME_ROW) {
        describe_resume_row(snapshot, row, text);
    } else {
        describe_scale(dialog, snapshot, row, text);
    }
}

static void describe_sort(struct dialog_text *text)
{
    PUT(text->title, "Sort by");
    PUT(text->action, "Sort");
    PUT(text->note, "Enter sorts; again: the other way");
}

static void describe_suspend(struct dialog_text *text)
{
    PUT(text->title, "Suspend the program");
    PUT(text->action, "Suspend");
    PUT(text->note, "Enter suspends, fg resumes. Esc cancels.");
    add_line(text, "The engine is suspended too: nothing is read or scaled until fg.");
}

static void describe_quit(const struct snapshot *snapshot, struct dialog_text *text)
{
    PUT(text->title, "Stop the engine and quit");
    PUT(text->action, "Stop");
    PUT(text->note, "Enter stops. Esc cancels.");
    add_line(text, "Nothing is read or scaled any more until it is started again.");
    if (snapshot)
        add_in_flight(text, snapshot);
}

/* Dialogs that concern the whole fleet. */
static void describe_fleet(const struct dialog *dialog, const struct snapshot *snapshot,
                           const struct dialog_limits *limits, struct dialog_text *text)
{
    if (dialog->kind == DIALOG_PAUSE_ALL)
        describe_pause_all(snapshot, text);
    else if (dialog->kind == DIALOG_RESUME_ALL)
        describe_resume_all(snapshot, limits, text);
    else if (dialog->kind == DIALOG_DRY_RUN_ON)
        describe_dry_run_on(snapshot, text);
    else if (dialog->kind == DIALOG_DRY_RUN_OFF)
        describe_dry_run_off(snapshot, limits, text);
    else if (dialog->kind == DIALOG_PASS)
        describe_pass(snapshot, limits, text);
    else
        describe_row(dialog, snapshot, text);
}

void dialog_describe(const struct dialog *dialog, const struct snapshot *snapshot,
                     const struct dialog_limits *limits, struct dialog_text *ret_text)
{
    *ret_text = (struct dialog_text){ 0 };
    if (dialog->kind == DIALOG_SORT)
        describe_sort(ret_text);
    else if (dialog->kind == DIALOG_SUSPEND)
        describe_suspend(ret_text);
    else if (dialog->kind == DIALOG_QUIT)
        describe_quit(snapshot, ret_text);
    else if (snapshot && dialog->kind != DIALOG_NONE)
        describe_fleet(dialog, snapshot, limits, ret_text);
    else
        refuse(ret_text, "Waiting for the engine.");
}
