#include "tui/console/console_state.h"

#include "engine/base/text.h"
#include "tui/console/copy.h"

#include <string.h>

/* In the list: the id, and again its row. */
static const char *copy_from_list(struct console *console, const struct snapshot_row *row,
                                  const struct column_context *context, struct text *text)
{
    bool is_again =
        console->copied == COPIED_ID && strcmp(console->copied_id, console->cursor.id) == 0;
    memcpy(console->copied_id, console->cursor.id, sizeof console->copied_id);
    console->copied = is_again ? COPIED_ROW : COPIED_ID;
    if (is_again)
        copy_row(text, row, context);
    else
        text_add(text, row->name->shown);
    return is_again ? "the row" : row->name->shown;
}

static const char *copy_from_explanation(const struct console *console,
                                         const struct snapshot_row *row,
                                         const struct column_context *context, struct text *text)
{
    const struct snapshot_detail *detail = console_detail(console);
    if (!detail)
        return NULL;
    copy_explanation(text, row, detail, context);
    return "the explanation";
}

void console_copy(struct console *console, bool is_to_file)
{
    const struct snapshot_row *row = console_cursor_row(console);
    struct text text;
    text_init(&text, console->copy, sizeof console->copy);
    if (!row) {
        console_message(console, ROLE_WARN, "there is no deployment under the cursor");
        return;
    }
    if (!is_to_file && !console->config.has_clipboard) {
        console_message(console, ROLE_WARN, "console.clipboard is off: %s writes to a file",
                        console_key(console, ACT_COPY_FILE).text);
        return;
    }
    struct column_context context = { .now = console_clock(console),
                                      .attention =
                                          attention_at(console->attention, console->cursor.slot),
                                      .policy = snapshot_policy(console->shown, row),
                                      .is_all_paused = console->shown->engine.is_paused };
    const char *what = console->page == PAGE_EXPLAIN
                           ? copy_from_explanation(console, row, &context, &text)
                           : copy_from_list(console, row, &context, &text);
    if (!what) {
        console_message(console, ROLE_WARN, "the engine has not explained it yet");
        return;
    }
    if (!is_to_file)
        console_message(console, ROLE_NORMAL, "sent to the terminal's clipboard: %s%s", what,
                        what == row->name->shown ? ", again copies the row" : "");
    console_wish(console, is_to_file ? WISH_WRITE : WISH_COPY);
}
