#include "tui/console/dialog.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
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

static bool is_large(const struct fleet_totals *totals, const struct dialog_limits *limits)
{
    if ((int64_t)totals->wanted_up + totals->wanted_down > CONFIRM_DEPLOYMENTS_MAX)
        return true;
    return moved_hosts(totals) > share_of(totals->hosts, limits->confirm_above_ppb);
}

bool dialog_is_large(const struct snapshot *snapshot, const struct dialog_limits *limits)
{
    return is_large(&snapshot->totals, limits);
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
        add_line(text, "%s would send nothing: each deployment is on target, held, or not read.",
                 when);
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

/* Scale requests in flight finish whatever the operator decides. */
static void add_in_flight(struct dialog_text *text, const struct snapshot *snapshot)
{
    int32_t count = snapshot->engine.scales_in_flight;
    if (count > 0)
        add_line(text, "%" PRId32 " scale request%s in flight will finish.", count, plural(count));
}

static void note_time(const struct dialog *dialog, struct dialog_text *text,
                      const struct snapshot *snapshot)
{
    char storage[32];
    struct text time;
    text_init(&time, storage, sizeof storage);
    text->figures_at = snapshot->at;
    format_time(&time, dialog->has_agreed ? dialog->agreed_at : snapshot->at);
    PUT(text->note, "Figures of %s. When they have changed, Enter sends nothing.", storage);
}

/* What a pass would move now: an answer counts for these figures only. */
static void set_figures(struct dialog_text *text, const struct fleet_totals *totals)
{
    text->figures = (struct dialog_figures){ { totals->wanted_up_hosts, totals->wanted_down_hosts,
                                               totals->wanted_up, totals->wanted_down } };
}

/* The totals with the figures that the dialog has shown first. The number that is being typed must not change. */
static struct fleet_totals totals_shown(const struct dialog *dialog,
                                        const struct snapshot *snapshot)
{
    struct fleet_totals totals = snapshot->totals;
    const int64_t *agreed = dialog->agreed.values;
    if (!dialog->has_agreed)
        return totals;
    totals.wanted_up_hosts = agreed[0];
    totals.wanted_down_hosts = agreed[1];
    totals.wanted_up = (int32_t)agreed[2];
    totals.wanted_down = (int32_t)agreed[3];
    return totals;
}

static bool has_moved(const struct dialog *dialog, const struct dialog_text *text)
{
    return dialog->has_agreed && memcmp(&dialog->agreed, &text->figures, sizeof text->figures) != 0;
}

/* The figures that the dialog has agreed on, and beside them those of now. */
static void add_agreed_moves(const struct dialog *dialog, const struct snapshot *snapshot,
                             const char *when, struct dialog_text *text)
{
    const struct fleet_totals shown = totals_shown(dialog, snapshot);
    set_figures(text, &snapshot->totals);
    add_moves(text, &shown, when);
    if (has_moved(dialog, text))
        add_moves(text, &snapshot->totals, "CHANGED since then: now it");
}

/* A pass that would move much requires its size to be typed. */
static void add_limit(const struct dialog *dialog, const struct snapshot *snapshot,
                      const struct dialog_limits *limits, struct dialog_text *text)
{
    const struct fleet_totals totals = totals_shown(dialog, snapshot);
    if (!is_large(&totals, limits))
        return;
    char share[32];
    struct text percent;
    text_init(&percent, share, sizeof share);
    text_add_percent(&percent, limits->confirm_above_ppb);
    add_line(text, "That is over the limit of %s %% of the hosts or %d deployments.", share,
             CONFIRM_DEPLOYMENTS_MAX);
    ask_for_number(text, moved_hosts(&totals));
}

/* The objection that no rule has. */
#define OBJECTION_AGE (UINT64_C(1) << 63)
_Static_assert(RULE_COUNT < 64, "a bit is left for the age");

static void ask_for_word(struct dialog_text *text)
{
    text->must_type = true;
    PUT(text->wanted, "%s", DIALOG_YES);
}

/* "- the newest status is of 14:01:45, 47s ago". Figures that are old are confirmed by a word at least. */
static void object_to_age(struct dialog_text *text, const struct dialog_limits *limits,
                          struct wall read_at)
{
    if (limits->old_after_ms == 0 || read_at.ms == 0 ||
        limits->now.ms - read_at.ms <= limits->old_after_ms)
        return;
    char storage[DIALOG_LINE_SIZE];
    struct text line;
    text_init(&line, storage, sizeof storage);
    text_add(&line, "- old figures: the newest status is of ");
    format_time(&line, read_at);
    text_add(&line, ", ");
    format_age(&line, read_at, limits->now);
    text_add(&line, " ago");
    add_line(text, "%s", storage);
    text->objections |= OBJECTION_AGE;
    text->objection_count++;
    if (!text->must_type)
        ask_for_word(text);
}

/* " for 30m"; what is given when it has no end. */
struct length {
    char text[48];
};

static struct length length_of(const struct dialog *dialog, const char *without_end)
{
    struct length length;
    struct text text;
    text_init(&text, length.text, sizeof length.text);
    text_add(&text, dialog->for_ms == 0 ? without_end : " for ");
    if (dialog->for_ms != 0)
        text_add_duration(&text, dialog->for_ms);
    return length;
}

static void describe_pause_all(const struct dialog *dialog, const struct snapshot *snapshot,
                               struct dialog_text *text)
{
    PUT(text->title, "Pause all deployments%s", length_of(dialog, "").text);
    PUT(text->action, "Pause");
    PUT(text->note, "Digits: minutes. Tab and Enter pause.");
    int32_t count = snapshot->totals.deployments - snapshot->totals.paused;
    add_line(text, "%" PRId32 " deployment%s %s read and decided; nothing is sent%s.", count,
             plural(count), count == 1 ? "stays" : "stay",
             length_of(dialog, " until you resume").text);
    if (snapshot->totals.paused > 0)
        add_line(text, "%" PRId32 " more %s already paused alone, and will stay so.",
                 snapshot->totals.paused, snapshot->totals.paused == 1 ? "is" : "are");
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
    if (snapshot->engine.pause.until.ms != 0) {
        text_add(&title, ", until ");
        format_end(&title, snapshot->engine.pause.until, snapshot->at);
    }
    text_add_char(&title, ')');
}

static void describe_resume_all(const struct dialog *dialog, const struct snapshot *snapshot,
                                const struct dialog_limits *limits, struct dialog_text *text)
{
    add_resume_title(text, snapshot);
    PUT(text->action, "Resume");
    note_time(dialog, text, snapshot);
    add_agreed_moves(dialog, snapshot, "The next pass", text);
    if (snapshot->totals.paused > 0)
        add_line(text, "%" PRId32 " deployment%s paused alone %s paused.", snapshot->totals.paused,
                 plural(snapshot->totals.paused), snapshot->totals.paused == 1 ? "stays" : "stay");
    if (snapshot->engine.is_dry_run)
        add_line(text, "Dry-run stays on: it would be shown and not sent.");
    else
        add_limit(dialog, snapshot, limits, text);
    object_to_age(text, limits, snapshot->engine.last_read);
}

static void describe_dry_run_on(const struct snapshot *snapshot, struct dialog_text *text)
{
    PUT(text->title, "Dry-run on");
    PUT(text->action, "Dry-run");
    PUT(text->note, "Tab and Enter switch it on. Esc cancels.");
    add_line(text, "Passes go on, decide and show; nothing is sent until you switch it off.");
    add_in_flight(text, snapshot);
}

static void describe_dry_run_off(const struct dialog *dialog, const struct snapshot *snapshot,
                                 const struct dialog_limits *limits, struct dialog_text *text)
{
    PUT(text->title, "Dry-run off: send what is decided");
    PUT(text->action, "Go live");
    note_time(dialog, text, snapshot);
    add_agreed_moves(dialog, snapshot, "The next pass", text);
    if (snapshot->engine.is_paused)
        add_line(text, "The pause stays on: nothing is sent until you resume.");
    else
        add_limit(dialog, snapshot, limits, text);
    object_to_age(text, limits, snapshot->engine.last_read);
}

static void describe_pass(const struct dialog *dialog, const struct snapshot *snapshot,
                          const struct dialog_limits *limits, struct dialog_text *text)
{
    PUT(text->title, "Run a pass now");
    PUT(text->action, "Run");
    note_time(dialog, text, snapshot);
    add_agreed_moves(dialog, snapshot, "A pass now", text);
    add_limit(dialog, snapshot, limits, text);
    object_to_age(text, limits, snapshot->engine.last_read);
}

/* A pass follows, which may move as much as one by hand. What the new configuration changes is not known yet. */
static void describe_reload(const struct dialog *dialog, const struct snapshot *snapshot,
                            const struct dialog_limits *limits, struct dialog_text *text)
{
    const struct snapshot_engine *engine = &snapshot->engine;
    PUT(text->title, "Open the log file and read the configuration again");
    PUT(text->action, "Reload");
    note_time(dialog, text, snapshot);
    add_line(text, "An invalid configuration changes nothing. A pass follows at once.");
    if (engine->is_paused || engine->is_dry_run || engine->is_read_only)
        return;
    add_agreed_moves(dialog, snapshot, "With the configuration of now it", text);
    add_limit(dialog, snapshot, limits, text);
    object_to_age(text, limits, engine->last_read);
}

static void describe_pause_row(const struct dialog *dialog, const struct snapshot_row *row,
                               struct dialog_text *text)
{
    PUT(text->title, "Pause %s%s", row->name->shown, length_of(dialog, "").text);
    PUT(text->action, "Pause");
    PUT(text->note, "Digits: minutes. Tab and Enter pause.");
    add_line(text, "It stays read and decided; nothing is sent for it%s.",
             length_of(dialog, " until you resume it").text);
    if (row->wanted_delta != 0)
        add_line(text, "A pass now would send %+" PRId32 " host%s.", row->wanted_delta,
                 plural(llabs(row->wanted_delta)));
}

static void add_row_move(struct dialog_text *text, int64_t delta, const char *when)
{
    if (delta != 0)
        add_line(text, "%s would send %+" PRId64 " host%s.", when, delta, plural(llabs(delta)));
    else
        add_line(text, "%s would send nothing.", when);
}

static void describe_resume_row(const struct dialog *dialog, const struct snapshot *snapshot,
                                const struct snapshot_row *row, const struct dialog_limits *limits,
                                struct dialog_text *text)
{
    PUT(text->title, "Resume %s", row->name->shown);
    PUT(text->action, "Resume");
    note_time(dialog, text, snapshot);
    text->figures.values[0] = row->wanted_delta;
    int64_t shown = dialog->has_agreed ? dialog->agreed.values[0] : row->wanted_delta;
    add_row_move(text, shown, "The next pass");
    if (has_moved(dialog, text))
        add_row_move(text, row->wanted_delta, "CHANGED since then: now it");
    if (snapshot->engine.is_paused)
        add_line(text, "All deployments are paused: nothing is sent before that is resumed too.");
    if (snapshot->engine.is_dry_run)
        add_line(text, "Dry-run stays on: it would be shown and not sent.");
    object_to_age(text, limits, row->read_at);
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

/* What the rules would leave in a pass is not what this command sends. */
static void add_objections(const struct snapshot_detail *detail, struct dialog_text *text)
{
    if (detail->objection_count > 0)
        add_line(text, "All of %+" PRId32 " is sent as typed. In a pass these rules would cut it:",
                 detail->manual_delta);
    for (size_t i = 0; i < detail->objection_count; i++)
        add_objection(text, &detail->objections[i]);
}

static void add_opinion(const struct snapshot_detail *detail, struct dialog_text *text)
{
    if (detail->manual_refusal[0] != '\0') {
        add_line(text, "It cannot be sent:");
        refuse(text, detail->manual_refusal);
        return;
    }
    add_objections(detail, text);
    text->objection_count = detail->objection_count;
    text->is_forced = detail->objection_count > 0;
    if (text->is_forced)
        ask_for_word(text);
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

/* Growth beyond what is desired, or more hosts than a pass may move without confirmation: a line says which. */
static bool is_large_scale(const struct dialog *dialog, const struct snapshot *snapshot,
                           const struct snapshot_row *row, const struct dialog_limits *limits,
                           struct dialog_text *text)
{
    int64_t hosts = (int64_t)row->hosts + row->pending_hosts + dialog->delta;
    bool is_growth = dialog->delta > 0 && hosts > row->desired_hosts;
    bool is_many =
        llabs(dialog->delta) > share_of(snapshot->totals.hosts, limits->confirm_above_ppb);
    if (is_growth && row->desired_hosts < 0)
        add_line(text, "- it is not known how many are desired");
    else if (is_growth)
        add_line(text, "- %lld more than desired", (long long)(hosts - row->desired_hosts));
    else if (is_many)
        add_line(text, "- more than console.confirm_above of all hosts");
    return is_growth || is_many;
}

/* Digits change the number until Tab has left it. */
static void ask_for_delta(const struct dialog *dialog, const struct snapshot *snapshot,
                          const struct snapshot_row *row, const struct dialog_limits *limits,
                          struct dialog_text *text)
{
    if (text->is_refused || !is_large_scale(dialog, snapshot, row, limits, text))
        return;
    ask_for_number(text, llabs(dialog->delta));
    text->must_leave = !dialog->is_answering;
}

static void describe_scale(const struct dialog *dialog, const struct snapshot *snapshot,
                           const struct snapshot_row *row, const struct dialog_limits *limits,
                           struct dialog_text *text)
{
    const struct snapshot_detail *detail = opinion_on(dialog, snapshot);
    PUT(text->title, "Scale %s by hand", row->name->shown);
    PUT(text->action, "Scale %+" PRId32, dialog->delta);
    PUT(text->note, "+ - change the number, digits set it. Esc cancels.");
    text->figures =
        (struct dialog_figures){ { row->hosts, row->pending_hosts, row->desired_hosts } };
    add_scale(dialog, row, detail, text);
    if (snapshot->engine.is_paused || row->is_paused)
        add_line(text, "The pause does not stop it: it is sent all the same.");
    if (detail)
        add_opinion(detail, text);
    else
        refuse(text, "Waiting for the engine to check it.");
    if (!text->is_refused)
        object_to_age(text, limits, row->read_at);
    ask_for_delta(dialog, snapshot, row, limits, text);
}

static void describe_row(const struct dialog *dialog, const struct snapshot *snapshot,
                         const struct dialog_limits *limits, struct dialog_text *text)
{
    const struct snapshot_row *row = row_of(dialog, snapshot);
    if (!row) {
        PUT(text->title, "Gone");
        refuse(text, "This deployment is not there any more.");
    } else if (dialog->kind == DIALOG_PAUSE_ROW) {
        describe_pause_row(dialog, row, text);
    } else if (dialog->kind == DIALOG_RESUME_ROW) {
        describe_resume_row(dialog, snapshot, row, limits, text);
    } else {
        describe_scale(dialog, snapshot, row, limits, text);
    }
}

/* Of an act, a number that another one hardly has (FNV-1a). */
static int64_t name_of_act(const struct snapshot_act *act)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (const char *at = act->text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    for (const char *at = act->author; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(1099511628211);
    return (int64_t)(hash >> 1);
}

/* What it resumes, the next pass moves. The engine decides whether the act is still as it was. */
static void describe_undo(const struct dialog *dialog, const struct snapshot *snapshot,
                          const struct dialog_limits *limits, struct dialog_text *text)
{
    const struct snapshot_act *act = &snapshot->engine.last_act;
    PUT(text->title, "Undo the last act");
    PUT(text->action, "Undo");
    note_time(dialog, text, snapshot);
    if (act->text[0] == '\0') {
        refuse(text, "There is none any more.");
        return;
    }
    text->figures = (struct dialog_figures){ { act->count, name_of_act(act) } };
    if (has_moved(dialog, text))
        add_line(text, "CHANGED since then: now it is");
    add_line(text, "%s, by %s.", act->text, act->author);
    if (act->count > 1)
        add_line(text, "It has changed %" PRId32 " deployments.", act->count);
    add_line(text, "Only its author can undo it, and a scale by hand cannot be undone.");
    add_moves(text, &snapshot->totals, "If it resumes scaling, a pass");
    if (is_large(&snapshot->totals, limits))
        ask_for_number(text, moved_hosts(&snapshot->totals));
    object_to_age(text, limits, snapshot->engine.last_read);
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
    PUT(text->note, "Tab and Enter suspend, fg resumes. Esc cancels.");
    add_line(text, "The engine is suspended too: nothing is read or scaled until fg.");
}

static void describe_quit(const struct snapshot *snapshot, struct dialog_text *text)
{
    PUT(text->title, "Stop the engine and quit");
    PUT(text->action, "Stop");
    PUT(text->note, "Tab and Enter stop it. Esc cancels.");
    if (snapshot) {
        int32_t count = snapshot->totals.deployments;
        add_line(text, "%" PRId32 " deployment%s of %s:", count, plural(count),
                 snapshot->engine.api_url);
    }
    add_line(text, "Nothing is read or scaled any more until it is started again.");
    if (snapshot)
        add_in_flight(text, snapshot);
}

/* Dialogs that concern the whole fleet. */
static void describe_fleet(const struct dialog *dialog, const struct snapshot *snapshot,
                           const struct dialog_limits *limits, struct dialog_text *text)
{
    if (dialog->kind == DIALOG_PAUSE_ALL)
        describe_pause_all(dialog, snapshot, text);
    else if (dialog->kind == DIALOG_RESUME_ALL)
        describe_resume_all(dialog, snapshot, limits, text);
    else if (dialog->kind == DIALOG_DRY_RUN_ON)
        describe_dry_run_on(snapshot, text);
    else if (dialog->kind == DIALOG_DRY_RUN_OFF)
        describe_dry_run_off(dialog, snapshot, limits, text);
    else if (dialog->kind == DIALOG_PASS)
        describe_pass(dialog, snapshot, limits, text);
    else if (dialog->kind == DIALOG_UNDO)
        describe_undo(dialog, snapshot, limits, text);
    else if (dialog->kind == DIALOG_RELOAD)
        describe_reload(dialog, snapshot, limits, text);
    else
        describe_row(dialog, snapshot, limits, text);
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
