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

/* The selected line; the last visible line when following. */
static bool find_selected(const struct console *console, uint64_t *ret_number)
{
    if (console->log.is_following)
        return find_last(console, ret_number);
    *ret_number = console->log.cursor;
    return logbook_at(console->logbook, console->log.cursor) != NULL;
}

/* The line that is `count` matching lines before `from`, or the first line that is kept. */
static uint64_t walk_back(const struct logbook *logbook, const struct logbook_query *query,
                          uint64_t from, int count)
{
    uint64_t number = from;
    uint64_t found;
    for (int i = 0; i < count && number > logbook_first(logbook); i++) {
        if (!logbook_find(logbook, number - 1, false, query, &found))
            break;
        number = found;
    }
    return number;
}

static int count_from(const struct logbook *logbook, const struct logbook_query *query,
                      uint64_t from, int count_max)
{
    int count = 0;
    uint64_t number;
    while (count < count_max && logbook_find(logbook, from, true, query, &number)) {
        from = number + 1;
        count++;
    }
    return count;
}

uint64_t console_log_first(const struct console *console, int rows)
{
    struct logbook_query query = console_log_query(console);
    uint64_t end = logbook_end(console->logbook);
    if (console->log.is_following)
        return walk_back(console->logbook, &query, end, rows);
    /*
     * The cursor is in the middle, so that lines before and after it are visible; near the end of the log it is
     * lower.
     */
    uint64_t cursor = console->log.cursor;
    int below = count_from(console->logbook, &query, cursor, rows - rows / 2);
    return walk_back(console->logbook, &query, cursor, rows - below);
}

/* --- the cursor ------------------------------------------------------------------------------------------------ */

void console_log_follow(struct console *console)
{
    console->log.is_following = true;
    console->was_following = false;
}

static void select_line(struct console *console, uint64_t number)
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
        select_line(console, number);
}

void console_log_settle(struct console *console)
{
    if (console->log.is_following)
        return;
    struct logbook_query query = console_log_query(console);
    const struct logbook_line *line = logbook_at(console->logbook, console->log.cursor);
    int64_t at = (int64_t)console->log.cursor;
    if (line && logbook_matches(line, &query))
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
    if ((console->log.is_following && by > 0) || !find_selected(console, &number))
        return;
    for (; by != 0; by -= step) {
        if (!find(console, (int64_t)number + step, by > 0, &query, &number))
            break;
    }
    select_line(console, number);
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
        select_line(console, number);
}

static void scroll_left(struct console *console)
{
    console->log.sideways = (int)max_i64(0, console->log.sideways - SIDEWAYS_STEP);
}

static void scroll_right(struct console *console)
{
    console->log.sideways = (int)min_i64(SIDEWAYS_MAX, console->log.sideways + SIDEWAYS_STEP);
}

void console_log_click(struct console *console, int row)
{
    struct logbook_query query = console_log_query(console);
    uint64_t number = console_log_first(console, console->log_rows);
    bool is_there = find(console, (int64_t)number, true, &query, &number);
    for (int i = 0; i < row && is_there; i++)
        is_there = find(console, (int64_t)number + 1, true, &query, &number);
    if (is_there)
        select_line(console, number);
}

void console_log_wheel(struct console *console, int rows)
{
    move(console, rows);
}

/* --- search ---------------------------------------------------------------------------------------------------- */

/* A visible line that contains the searched text. */
static bool find_text(const struct console *console, int64_t from, bool is_forward,
                      uint64_t *ret_number)
{
    struct logbook_query shown = console_log_query(console);
    struct logbook_query wanted = { .level_min = LEVEL_DEBUG, .text = console->log.search };
    uint64_t number;
    while (find(console, from, is_forward, &shown, &number)) {
        if (logbook_matches(logbook_at(console->logbook, number), &wanted)) {
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
        select_line(console, number);
    else
        console_message(console, ROLE_WARN, "no line here has \"%s\"", console->log.search);
}

static void go_to_match(struct console *console, bool is_forward)
{
    uint64_t number;
    if (console->log.search[0] == '\0') {
        console_message(console, ROLE_NORMAL, "nothing is searched for: / does");
        return;
    }
    bool is_following = console->log.is_following;
    int64_t from = is_following ? INT64_MAX : (int64_t)console->log.cursor + (is_forward ? 1 : -1);
    if (find_text(console, from, is_forward && !is_following, &number))
        select_line(console, number);
    else
        console_message(console, ROLE_NORMAL, "no %s line has \"%s\"",
                        is_forward && !is_following ? "later" : "earlier", console->log.search);
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
        select_line(console, number);
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

static void change_level(struct console *console)
{
    console->log.level_min = level_after(console->log.level_min);
    console_log_settle(console);
    console_message(console, ROLE_NORMAL, "log lines from level %s on",
                    level_name(console->log.level_min));
}

static void open_search(struct console *console)
{
    memcpy(console->text_before, console->log.search, PROMPT_SIZE);
    prompt_open(&console->prompts[PROMPT_SEARCH], "");
    console->prompt_use = PROMPT_SEARCH;
}

static void open_only(struct console *console)
{
    memcpy(console->text_before, console->log.only, PROMPT_SIZE);
    prompt_open(&console->prompts[PROMPT_ONLY], console->log.only);
    console->prompt_use = PROMPT_ONLY;
}

/* Undoes one layer: search, "only" text, page. */
static void back(struct console *console)
{
    if (console->log.search[0] != '\0') {
        console->log.search[0] = '\0';
    } else if (console->log.only[0] != '\0') {
        console->log.only[0] = '\0';
        console_log_settle(console);
    } else {
        console_list_back(console);
    }
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
    console_list_select(console, slot, row);
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
    if (find_selected(console, &number))
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
    { ACT_BACK, back },
    { ACT_SEARCH, open_search },
    { ACT_ONLY, open_only },
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
