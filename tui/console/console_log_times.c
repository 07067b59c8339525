#include "tui/console/console_state.h"

#include "engine/base/error.h"
#include "tui/console/log_time.h"

void console_log_open_time(struct console *console)
{
    console->text_before[0] = '\0';
    prompt_open(&console->prompts[PROMPT_TIME], "");
    console->prompt_use = PROMPT_TIME;
}

static bool find_at(const struct console *console, struct wall at, bool is_forward,
                    uint64_t *ret_number)
{
    const struct logbook *logbook = console->logbook;
    struct logbook_query query = console_log_query(console);
    uint64_t from = is_forward ? logbook_first(logbook) : logbook_end(logbook);
    uint64_t number;
    while (logbook_find(logbook, from, is_forward, &query, &number)) {
        int64_t line_ms = logbook_at(logbook, number)->at.ms;
        if (is_forward ? line_ms >= at.ms : line_ms < at.ms) {
            *ret_number = number;
            return true;
        }
        if (!is_forward && number == 0)
            return false;
        from = is_forward ? number + 1 : number - 1;
    }
    return false;
}

/* The first line at that time or later; else the last one. */
static void go_to_time(struct console *console, struct wall at)
{
    uint64_t number;
    uint64_t before;
    char shown[WALL_TEXT_SIZE];
    wall_format(at, shown);
    if (find_at(console, at, true, &number)) {
        console_log_select(console, number);
        if (!find_at(console, at, false, &before))
            console_message(console, ROLE_NORMAL, "no line here is older than %.19s", shown);
    } else if (find_at(console, at, false, &number)) {
        console_log_select(console, number);
        console_message(console, ROLE_NORMAL, "the last line: none is as new as %.19s", shown);
    } else {
        console_message(console, ROLE_NORMAL, "there is no line");
    }
}

void console_log_enter_time(struct console *console, const char *text)
{
    struct prompt_fault *fault = &console->prompt_fault;
    struct wall now = console->shown ? console->shown->at : (struct wall){ 0 };
    struct wall at;
    *fault = (struct prompt_fault){ 0 };
    if (*text == '\0')
        return;
    if (log_time_parse(text, now, &at)) {
        go_to_time(console, at);
        return;
    }
    fault->is_bad = true;
    fault->fault = (struct filter_fault){ FILTER_FAULT_TIME, 0 };
    error_set(&fault->error, ERR_BAD_VALUE,
              "no time: write 14:03, 14:03:15, -5m or 2026-01-02 14:03");
}
