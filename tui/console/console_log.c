#include "tui/console/console_state.h"

#include "engine/base/arith.h"
#include "engine/base/text.h"

#include <string.h>

#define SIDEWAYS_STEP 8
#define SIDEWAYS_MAX 4096

/* --- lines ----------------------------------------------------------------------------------------------------- */

/* Like logbook_find, but `from` may be outside of the log. */
static bool find(const struct console *console, int64_t from, bool is_forward,
                 const struct logbook_query *query, uint64_t *ret_number)
{
    int64_t start = (int64_t)logbook_first(console->logbook);
    int64_t end = (int64_t)logbook_end(console->logbook);
    if (start == end || (is_forward ? from >= end : from < start))
        return false;
    from = clamp_i64(from, start, end - 1);
    return logbook_find(console->logbook, (uint64_t)from, is_forward, query, ret_number);
}

/* The last visible line. */
static bool find_last(const struct console *console, uint64_t *ret_number)
{
    struct logbook_query query = console_log_query(console);
    return find(console, INT64_MAX, false, &query, ret_number);
}

bool console_log_selected(const struct console *console, uint64_t *ret_number)
{
    if (console->log.is_following)
        return find_last(console, ret_number);
    *ret_number = console->log.cursor;
    return logbook_at(console->logbook, console->log.cursor) != NULL;
}

/* --- the cursor ------------------------------------------------------------------------------------------------ */

void console_log_follow(struct console *console)
{
    console->log.is_following = true;
    console->was_following = false;
}

void console_log_select(struct console *console, uint64_t number)
{
    if (console->log.is_following)
        console->log.seen_end = logbook_end(console->logbook);
    console->log.is_following = false;
    console->was_following = false;
    console->log.cursor = number;
}

void console_log_stop(struct console *console)
{
    uint64_t number;
    if (console->log.is_following && find_last(console, &number))
        console_log_select(console, number);
}

void console_log_settle(struct console *console)
{
    if (console->log.is_following)
        return;
    struct logbook_query query = console_log_query(console);
    uint64_t cursor = console->log.cursor;
    int64_t at = (int64_t)cursor;
    if (logbook_at(console->logbook, cursor) && logbook_matches(console->logbook, cursor, &query))
        return;
    if (!find(console, at, true, &query, &console->log.cursor) &&
        !find(console, at, false, &query, &console->log.cursor))
        console_log_follow(console);
}

static void move(struct console *console, int64_t by)
{
    struct logbook_query query = console_log_query(console);
    int64_t step = by < 0 ? -1 : 1;
    uint64_t number;
    if ((console->log.is_following && by > 0) || !console_log_selected(console, &number))
        return;
    for (; by != 0; by -= step) {
        if (!find(console, (int64_t)number + step, by > 0, &query, &number))
            break;
    }
    console_log_select(console, number);
}

static int64_t page_rows(const struct console *console)
{
    return max_i64(1, console->log_rows - 1);
}

static int64_t half_page_rows(const struct console *console)
{
    return max_i64(1, console->log_rows / 2);
}

static void down(struct console *console)
{
    move(console, 1);
}

static void up(struct console *console)
{
    move(console, -1);
}

static void half_down(struct console *console)
{
    move(console, half_page_rows(console));
}

static void half_up(struct console *console)
{
    move(console, -half_page_rows(console));
}

static void page_down(struct console *console)
{
    move(console, page_rows(console));
}

static void page_up(struct console *console)
{
    move(console, -page_rows(console));
}

static void first(struct console *console)
{
    struct logbook_query query = console_log_query(console);
    uint64_t number;
    if (find(console, INT64_MIN + 1, true, &query, &number))
        console_log_select(console, number);
}

static void scroll_left(struct console *console)
{
    console->log.sideways = (int)max_i64(0, console->log.sideways - SIDEWAYS_STEP);
}

static void scroll_right(struct console *console)
{
    console->log.sideways = (int)min_i64(SIDEWAYS_MAX, console->log.sideways + SIDEWAYS_STEP);
}

/* On a date: its line. */
void console_log_click(struct console *console, int row)
{
    struct log_walk walk = console_log_walk(console, console_log_first(console, console->log_rows));
    struct log_row found;
    bool is_there = console_log_next(console, &walk, &found);
    for (int i = 0; i < row && is_there; i++)
        is_there = console_log_next(console, &walk, &found);
    if (is_there)
        console_log_select(console, found.number);
}

void console_log_wheel(struct console *console, int rows)
{
    move(console, rows);
}

/* --- search ---------------------------------------------------------------------------------------------------- */

static const char *searched(const struct console *console)
{
    return line_pattern_text(console->log.search);
}

/* A visible line that the search matches. */
static bool find_text(const struct console *console, int64_t from, bool is_forward,
                      uint64_t *ret_number)
{
    struct logbook_query shown = console_log_query(console);
    struct logbook_query wanted = { .level_min = LEVEL_DEBUG, .pattern = console->log.search };
    uint64_t number;
    while (find(console, from, is_forward, &shown, &number)) {
        if (logbook_matches(console->logbook, number, &wanted)) {
            *ret_number = number;
            return true;
        }
        from = (int64_t)number + (is_forward ? 1 : -1);
    }
    return false;
}

/* Searches forwards, then backwards; when following, only backwards. */
void console_log_search(struct console *console)
{
    int64_t from = (int64_t)console->log.cursor;
    bool is_following = console->log.is_following;
    uint64_t number;
    if (is_following
            ? find_text(console, INT64_MAX, false, &number)
            : find_text(console, from, true, &number) || find_text(console, from, false, &number))
        console_log_select(console, number);
    else
        console_message(console, ROLE_WARN, "no line here has \"%s\"", searched(console));
}

static void go_to_match(struct console *console, bool is_forward)
{
    uint64_t number;
    if (line_pattern_is_empty(console->log.search)) {
        console_message(console, ROLE_NORMAL, "nothing is searched for: %s does",
                        console_key(console, ACT_SEARCH).text);
        return;
    }
    bool is_following = console->log.is_following;
    int64_t from = is_following ? INT64_MAX : (int64_t)console->log.cursor + (is_forward ? 1 : -1);
    if (find_text(console, from, is_forward && !is_following, &number))
        console_log_select(console, number);
    else
        console_message(console, ROLE_NORMAL, "no %s line has \"%s\"",
                        is_forward && !is_following ? "later" : "earlier", searched(console));
}

static void next_match(struct console *console)
{
    go_to_match(console, true);
}

static void previous_match(struct console *console)
{
    go_to_match(console, false);
}

static void go_to_level(struct console *console, enum level level_min, bool is_forward)
{
    struct logbook_query query = console_log_query(console);
    bool is_following = console->log.is_following;
    int64_t from = is_following ? INT64_MAX : (int64_t)console->log.cursor + (is_forward ? 1 : -1);
    uint64_t number;
    if (query.level_min < level_min)
        query.level_min = level_min;
    if (find(console, from, is_forward && !is_following, &query, &number))
        console_log_select(console, number);
    else
        console_message(console, ROLE_NORMAL, "no %s line is %s%s",
                        is_forward && !is_following ? "later" : "earlier",
                        level_min == LEVEL_ERROR ? "an error" : "a warning",
                        level_min == LEVEL_ERROR ? "" : " or worse");
}

static void next_error(struct console *console)
{
    go_to_level(console, LEVEL_ERROR, true);
}

static void previous_error(struct console *console)
{
    go_to_level(console, LEVEL_ERROR, false);
}

static void next_warning(struct console *console)
{
    go_to_level(console, LEVEL_WARN, true);
}

static void previous_warning(struct console *console)
{
    go_to_level(console, LEVEL_WARN, false);
}

/* --- level and text -------------------------------------------------------------------------------------------- */

static enum level level_after(enum level level)
{
    switch (level) {
    case LEVEL_DEBUG:
        return LEVEL_INFO;
    case LEVEL_INFO:
        return LEVEL_WARN;
    case LEVEL_WARN:
        return LEVEL_ERROR;
    case LEVEL_ERROR:
        return LEVEL_DEBUG;
    }
    return LEVEL_INFO;
}

void console_log_level(struct console *console, enum level level)
{
    console->log.level_min = level;
    console_log_settle(console);
    console_message(console, ROLE_NORMAL, "log lines from level %s on",
                    level_name(console->log.level_min));
}

static void change_level(struct console *console)
{
    console_log_level(console, level_after(console->log.level_min));
}

static void set_pattern(struct console *console, struct line_pattern *pattern, const char *text)
{
    struct prompt_fault *fault = &console->prompt_fault;
    *fault = (struct prompt_fault){ 0 };
    fault->is_bad = line_pattern_set(pattern, text, &fault->fault, &fault->error) != 0;
}

void console_log_only(struct console *console, const char *text)
{
    set_pattern(console, console->log.only, text);
    if (!console->prompt_fault.is_bad)
        console_log_settle(console);
}

void console_log_type(struct console *console, const char *text)
{
    if (console->prompt_use == PROMPT_ONLY)
        console_log_only(console, text);
    else
        set_pattern(console, console->log.search, text);
}

static void keep_text(struct console *console, const struct line_pattern *pattern)
{
    const char *text = line_pattern_text(pattern);
    memcpy(console->text_before, text, strlen(text) + 1);
}

static void open_search(struct console *console)
{
    keep_text(console, console->log.search);
    prompt_open(&console->prompts[PROMPT_SEARCH], "");
    console->prompt_use = PROMPT_SEARCH;
}

static void open_only(struct console *console)
{
    keep_text(console, console->log.only);
    prompt_open(&console->prompts[PROMPT_ONLY], line_pattern_text(console->log.only));
    console->prompt_use = PROMPT_ONLY;
}

/* A line that is read does not move away. */
static void open_line(struct console *console)
{
    console_log_stop(console);
    console->log.is_line_open = !console->log.is_line_open;
}

/* Undoes one layer: the whole line, search, "only" text, deployment, page. */
static void back(struct console *console)
{
    bool is_page = console->page == PAGE_LOG;
    if (console->log.is_line_open) {
        console->log.is_line_open = false;
    } else if (!line_pattern_is_empty(console->log.search)) {
        set_pattern(console, console->log.search, "");
    } else if (!line_pattern_is_empty(console->log.only)) {
        console_log_only(console, "");
    } else if (is_page && console->log.scope[0] != '\0') {
        console->log.scope[0] = '\0';
        console_log_settle(console);
    } else {
        console_list_back(console);
    }
}

/* --- the page -------------------------------------------------------------------------------------------------- */

static void open_page(struct console *console)
{
    bool is_scoped = console->page == PAGE_EXPLAIN;
    memcpy(console->log.scope, is_scoped ? console->cursor.id : "",
           is_scoped ? sizeof console->log.scope : 1);
    console->log_from = console->page;
    console->page = PAGE_LOG;
    if (is_scoped)
        console_log_follow(console); /* the newest lines of it first */
    console_log_settle(console);
}

/* An explanation that was opened from the log returns to the log, so that pages never form a circle. */
void console_log_toggle(struct console *console)
{
    if (console->page == PAGE_LOG ||
        (console->page == PAGE_EXPLAIN && console->explain_from == PAGE_LOG))
        console_list_back(console);
    else
        open_page(console);
}

/* --- the deployment of a line ---------------------------------------------------------------------------------- */

static const struct snapshot_row *find_deployment(const struct console *console, const char *id,
                                                  uint32_t *ret_slot)
{
    const struct snapshot *snapshot = console->shown;
    for (uint32_t slot = 0; snapshot && slot < snapshot->slot_count; slot++) {
        const struct snapshot_row *row = snapshot_row_at(snapshot, slot);
        if (row && strcmp(row->name->id, id) == 0) {
            *ret_slot = slot;
            return row;
        }
    }
    return NULL;
}

/* From an explanation, "back" returns to the page before. A log that was opened from an explanation is skipped. */
static void open_explanation(struct console *console, uint32_t slot, const struct snapshot_row *row)
{
    console_order_select(console, slot, row);
    if (console->page == PAGE_LOG && console->log_from == PAGE_EXPLAIN)
        console->log_from = PAGE_LIST;
    else
        console->explain_from = console->page;
    console_list_explain(console);
}

void console_log_explain(struct console *console)
{
    uint64_t number;
    uint32_t slot;
    const struct logbook_line *line = NULL;
    if (console_log_selected(console, &number))
        line = logbook_at(console->logbook, number);
    if (!line || !line->id) {
        console_message(console, ROLE_NORMAL, "this line is about no deployment");
        return;
    }
    const struct snapshot_row *row = find_deployment(console, line->id, &slot);
    if (row)
        open_explanation(console, slot, row);
    else
        console_message(console, ROLE_WARN, "the deployment of this line is not there any more");
}

/* --- keys ------------------------------------------------------------------------------------------------------ */

static const struct {
    enum act act;
    void (*run)(struct console *console);
} log_acts[] = {
    { ACT_DOWN, down },
    { ACT_UP, up },
    { ACT_HALF_DOWN, half_down },
    { ACT_HALF_UP, half_up },
    { ACT_PAGE_DOWN, page_down },
    { ACT_PAGE_UP, page_up },
    { ACT_FIRST, first },
    { ACT_LAST, console_log_follow },
    { ACT_LEFT, scroll_left },
    { ACT_RIGHT, scroll_right },
    { ACT_NEXT_PANE, console_list_back },
    { ACT_EXPLAIN, console_log_explain },
    { ACT_LINE, open_line },
    { ACT_BACK, back },
    { ACT_SEARCH, open_search },
    { ACT_ONLY, open_only },
    { ACT_TIME, console_log_open_time },
    { ACT_NEXT_MATCH, next_match },
    { ACT_PREVIOUS_MATCH, previous_match },
    { ACT_NEXT_ERROR, next_error },
    { ACT_PREVIOUS_ERROR, previous_error },
    { ACT_NEXT_WARNING, next_warning },
    { ACT_PREVIOUS_WARNING, previous_warning },
    { ACT_LEVEL, change_level },
};

void console_log_act(struct console *console, enum act act)
{
    for (size_t i = 0; i < sizeof log_acts / sizeof log_acts[0]; i++) {
        if (log_acts[i].act == act)
            log_acts[i].run(console);
    }
}
