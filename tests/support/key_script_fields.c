#include "tests/support/key_script.h"

#include "engine/base/text.h"
#include "tests/support/test.h"
#include "tui/console/console_state.h"

#include <inttypes.h>
#include <string.h>

#define VALUE_SIZE 512

/* --- fields ---------------------------------------------------------------------------------------------------- */

static void field_page(const struct key_script *script, struct text *text)
{
    static const char *const names[] = { "list", "explain", "log" };
    text_add(text, names[script->console->page]);
}

static void field_cursor(const struct key_script *script, struct text *text)
{
    text_add(text, script->console->cursor.id);
}

static void field_position(const struct key_script *script, struct text *text)
{
    text_addf(text, "%zu", script->console->cursor.position);
}

static void field_top(const struct key_script *script, struct text *text)
{
    text_addf(text, "%zu", script->console->list_top);
}

static void field_count(const struct key_script *script, struct text *text)
{
    text_addf(text, "%zu", order_count(script->console->order));
}

static void field_held(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->now.ms < script->console->hold_until.ms);
}

static void field_view(const struct key_script *script, struct text *text)
{
    text_add(text, view_name(script->console->view));
}

static void field_sort(const struct key_script *script, struct text *text)
{
    text_addf(text, "%s%s", script->console->is_descending ? "-" : "+",
              columns_row(script->console->sort)->word);
}

static void field_filter(const struct key_script *script, struct text *text)
{
    text_add(text, filter_text(script->console->filter));
}

static void field_bad(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->prompt_fault.is_bad);
}

static void field_prompt(const struct key_script *script, struct text *text)
{
    static const char *const names[] = { "none", "filter", "find", "search", "only",
                                         "time", "save",   "at",   "command" };
    text_add(text, names[script->console->prompt_use]);
}

static void field_skipped(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->columns_skipped);
}

static void field_dialog(const struct key_script *script, struct text *text)
{
    static const char *const names[] = { "none",       "pause_all",  "resume_all",  "pause_row",
                                         "resume_row", "dry_run_on", "dry_run_off", "pass",
                                         "reload",     "undo",       "scale",       "sort",
                                         "suspend",    "quit" };
    text_add(text, names[script->console->dialog.kind]);
}

static void field_button(const struct key_script *script, struct text *text)
{
    text_add(text, script->console->dialog.focus == FOCUS_ACTION ? "action" : "cancel");
}

static void field_delta(const struct key_script *script, struct text *text)
{
    text_addf(text, "%" PRId32, script->console->dialog.delta);
}

static void field_typed(const struct key_script *script, struct text *text)
{
    text_add(text, script->console->dialog.typed.text);
}

static void field_help(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->is_help_open);
}

static void field_help_top(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->help_top);
}

static void field_explain_top(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->explain_top);
}

static void field_log_focused(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->is_log_focused);
}

static void field_follow(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->log.is_following);
}

static void field_level(const struct key_script *script, struct text *text)
{
    text_add(text, level_name(script->console->log.level_min));
}

static void field_sideways(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->log.sideways);
}

static void field_scope(const struct key_script *script, struct text *text)
{
    text_add(text, script->console->log.scope);
}

static void field_digit(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->digit);
}

static void field_name(const struct key_script *script, struct text *text)
{
    text_add(text, console_view_name(script->console));
}

/* The first three columns, a minus before hidden ones; "-": the default. */
static void field_columns(const struct key_script *script, struct text *text)
{
    char choice[COLUMN_CHOICE_TEXT_SIZE];
    const char *end = choice;
    column_choice_format(&script->console->choice, choice);
    for (int i = 0; i < 3 && *end != '\0'; i++)
        end += 1 + strcspn(end + 1, ",");
    text_add_bytes(text, choice, (size_t)(end - choice));
}

/* The place of its cursor; "closed". */
static void field_chooser(const struct key_script *script, struct text *text)
{
    const struct chooser *chooser = &script->console->chooser;
    if (chooser->is_open)
        text_addf(text, "%d", chooser->place);
    else
        text_add(text, "closed");
}

static void field_find(const struct key_script *script, struct text *text)
{
    text_add(text, filter_text(script->console->search));
}

static void field_hits(const struct key_script *script, struct text *text)
{
    text_addf(text, "%zu", hits_count(script->console->hits));
}

static void field_refused(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->prompt_fault.is_refused);
}

static void field_search(const struct key_script *script, struct text *text)
{
    text_add(text, line_pattern_text(script->console->log.search));
}

static void field_only(const struct key_script *script, struct text *text)
{
    text_add(text, line_pattern_text(script->console->log.only));
}

/* How many lines there are from the selected one to the end. */
static void field_back(const struct key_script *script, struct text *text)
{
    const struct console *console = script->console;
    text_addf(text, "%" PRIu64, logbook_end(console->logbook) - console->log.cursor);
}

/* The first word of the selected line. */
static void field_line(const struct key_script *script, struct text *text)
{
    const struct console *console = script->console;
    const struct logbook_line *line = logbook_at(console->logbook, console->log.cursor);
    assert_non_null(line);
    text_add_bytes(text, line->text, strcspn(line->text, " "));
}

static void field_whole(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->log.is_line_open);
}

static void field_strip(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->layout.strip.rows);
}

static void field_frozen(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->is_frozen);
}

static void field_stale(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->is_silent);
}

static void field_unread(const struct key_script *script, struct text *text)
{
    text_addf(text, "%d", script->console->is_unread);
}

static void field_wish(const struct key_script *script, struct text *text)
{
    static const char *const names[] = { "none", "repaint", "suspend", "copy", "write", "leave" };
    text_add(text, names[script->console->wish]);
}

static void field_focus(const struct key_script *script, struct text *text)
{
    text_add(text, script->focus.slot == SLOT_NONE ? "none" : script->focus.id);
    if (script->focus.delta != 0)
        text_addf(text, "%+" PRId32, script->focus.delta);
}

static void field_role(const struct key_script *script, struct text *text)
{
    enum role role = script->console->message_role;
    text_add(text, role == ROLE_ERROR ? "error" : role == ROLE_WARN ? "warn" : "normal");
}

static const struct field {
    const char *name;
    void (*read)(const struct key_script *script, struct text *text);
} fields[] = {
    { "page", field_page },
    { "cursor", field_cursor },
    { "position", field_position },
    { "top", field_top },
    { "count", field_count },
    { "held", field_held },
    { "view", field_view },
    { "sort", field_sort },
    { "filter", field_filter },
    { "bad", field_bad },
    { "prompt", field_prompt },
    { "skipped", field_skipped },
    { "dialog", field_dialog },
    { "button", field_button },
    { "delta", field_delta },
    { "typed", field_typed },
    { "help", field_help },
    { "help_top", field_help_top },
    { "explain_top", field_explain_top },
    { "log_focused", field_log_focused },
    { "follow", field_follow },
    { "level", field_level },
    { "sideways", field_sideways },
    { "search", field_search },
    { "find", field_find },
    { "digit", field_digit },
    { "name", field_name },
    { "columns", field_columns },
    { "chooser", field_chooser },
    { "scope", field_scope },
    { "hits", field_hits },
    { "refused", field_refused },
    { "only", field_only },
    { "back", field_back },
    { "line", field_line },
    { "strip", field_strip },
    { "whole", field_whole },
    { "frozen", field_frozen },
    { "stale", field_stale },
    { "unread", field_unread },
    { "wish", field_wish },
    { "focus", field_focus },
    { "role", field_role },
};

static void check_field(const struct key_script *script, const char *name, size_t name_length,
                        const char *wanted)
{
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        if (strlen(fields[i].name) != name_length || memcmp(fields[i].name, name, name_length) != 0)
            continue;
        char value[VALUE_SIZE];
        struct text text;
        text_init(&text, value, sizeof value);
        fields[i].read(script, &text);
        if (strcmp(value, wanted) != 0)
            fail_msg("%s is '%s', not '%s' (message: %s)", fields[i].name, value, wanted,
                     script->console->message);
        return;
    }
    fail_msg("no field %s", name);
}

void key_script_check(const struct key_script *script, const char *wanted)
{
    while (*wanted) {
        size_t length = strcspn(wanted, " ");
        size_t name_length = strcspn(wanted, "=");
        char value[VALUE_SIZE];
        assert_true(name_length < length);
        memcpy(value, wanted + name_length + 1, length - name_length - 1);
        value[length - name_length - 1] = '\0';
        check_field(script, wanted, name_length, value);
        wanted += length + (wanted[length] == ' ');
    }
}
