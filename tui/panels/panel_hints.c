#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/console/palette.h"
#include "tui/draw/scroll_text.h"
#include "tui/draw/status_segments.h"

#include <string.h>

/* From this width on the hints have wider gaps. */
#define APART_COLUMNS 100

/* Between a message and the keys behind it, and the least room for those. */
#define MESSAGE_GAP 1
#define HINTS_COLUMNS_MIN 16

/* The least room for the words behind the prompt of a command. */
#define CANDIDATES_COLUMNS_MIN 8

/* Left out first when not all hints fit. After these, the others are left out from the right. */
static const enum act expendable[] = { ACT_FIND,    ACT_PAUSE_ALL, ACT_LEVEL, ACT_DISCOVER,
                                       ACT_DRY_RUN, ACT_SCALE_UP,  ACT_PASS };
#define EXPENDABLE_COUNT (sizeof expendable / sizeof expendable[0])

/* A pause of all must be seen with the key that ends it. */
static bool is_resume_all(const struct console *console, enum act act)
{
    return act == ACT_PAUSE_ALL && console->shown && console->shown->engine.is_paused;
}

static int rank_of(const struct console *console, enum act act)
{
    if (act == ACT_HELP || act == ACT_BACK || act == ACT_FREEZE)
        return 0;
    if (keys_row(act)->group == KEYS_PAST)
        return 1;
    if (act == ACT_QUIT || is_resume_all(console, act))
        return 1;
    for (size_t i = 0; i < EXPENDABLE_COUNT; i++) {
        if (expendable[i] == act)
            return 3 + (int)(EXPENDABLE_COUNT - i);
    }
    return 2;
}

/* Would the key be refused now? Then its hint is left out. */
static bool is_refused(const struct console *console, enum act act)
{
    if (console_is_past(console) && act == ACT_ACKNOWLEDGE)
        return true;
    bool is_asking = act == ACT_PASS || act == ACT_DISCOVER;
    bool is_steering =
        act == ACT_PAUSE_ALL || act == ACT_PAUSE_ROW || act == ACT_DRY_RUN || act == ACT_SCALE_UP;
    if (!is_asking && !is_steering)
        return false;
    if (!console->shown || console->is_stop_asked || console->is_frozen || console->shown->past)
        return true;
    if (snapshot_is_lost(console->shown) || snapshot_is_look_only(console->shown))
        return true;
    const struct snapshot_engine *engine = &console->shown->engine;
    return engine->is_stopping || (is_steering && engine->is_read_only);
}

/* In the list there is no next match before something was searched for. */
static bool is_idle(const struct console *console, enum act act)
{
    return act == ACT_NEXT_MATCH && console_key_context(console) == KEY_CONTEXT_LIST &&
           filter_is_empty(console->search);
}

/* The word for what the key would do now. */
static const char *word_of(const struct console *console, const struct key_row *row)
{
    const struct snapshot *snapshot = console->shown;
    const struct snapshot_row *selected = console_cursor_row(console);
    if (is_resume_all(console, row->act))
        return "Resume all";
    if (row->act == ACT_PLAY && snapshot && snapshot->past && snapshot->past->speed_millis > 0)
        return "Stop";
    if (row->act == ACT_PAUSE_ROW && selected && selected->is_paused)
        return "Resume";
    if (row->act == ACT_DRY_RUN && snapshot && snapshot->engine.is_dry_run)
        return "Go live";
    return row->hint;
}

static void add_first(const struct console *console, enum act act, struct text *text)
{
    uint32_t keypress = key_bindings_keypress(&console->bindings, act, 0);
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(keypress, name);
    if (keypress != KEYPRESS_NONE)
        text_add(text, name);
}

/* "+-Scale" has the keys of both directions. */
static void add_key(const struct console *console, struct status_segments *segments,
                    const struct key_row *row, int gap)
{
    char keys[2 * KEYPRESS_NAME_SIZE];
    struct text text;
    text_init(&text, keys, sizeof keys);
    add_first(console, row->act, &text);
    if (row->act == ACT_SCALE_UP)
        add_first(console, ACT_SCALE_DOWN, &text);
    if (text.length > 0)
        status_segments_add_key(segments, rank_of(console, row->act), gap, keys,
                                word_of(console, row));
}

/* There by its command when it has no key. */
static void add_thaw(const struct console *console, struct status_segments *segments, int gap)
{
    struct key_label key = console_key(console, ACT_FREEZE);
    status_segments_add_key(segments, rank_of(console, ACT_FREEZE), gap, key.text,
                            key.text[1] == '\0' ? "Thaw" : " Thaw");
}

/* Those of the past stand first while it is shown, and not at all else: the line is short. */
static void add_keys(const struct console *console, struct status_segments *segments,
                     unsigned context, int gap, bool is_of_past)
{
    for (int i = ACT_NONE + 1; i < ACT_COUNT; i++) {
        const struct key_row *row = keys_row((enum act)i);
        bool is_meant = (row->group == KEYS_PAST) == is_of_past;
        if (row->hint && is_meant && (row->contexts & context) && !is_refused(console, row->act) &&
            !is_idle(console, row->act))
            add_key(console, segments, row, gap);
    }
}

static void draw_keys(const struct console *console, struct canvas *canvas, struct area area)
{
    unsigned context = console_key_context(console);
    int gap = area.columns >= APART_COLUMNS ? 2 : 1;
    struct status_segments segments;
    status_segments_init(&segments);
    if (console->page != PAGE_LIST)
        status_segments_add_key(&segments, rank_of(console, ACT_BACK), gap, "Esc", "Back");
    if (console->is_frozen)
        add_thaw(console, &segments, gap);
    if (console_is_past(console))
        add_keys(console, &segments, context, gap, true);
    add_keys(console, &segments, context, gap, false);
    status_segments_draw(&segments, canvas, area, 1);
}

static void draw_help_keys(struct canvas *canvas, struct area area)
{
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 2, "Esc", " closes the help");
    status_segments_add_key(&segments, 1, 2, "j k", " scroll");
    status_segments_draw(&segments, canvas, area, 1);
}

static void draw_difference_keys(struct canvas *canvas, struct area area)
{
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 2, "Esc", " closes the difference");
    status_segments_add_key(&segments, 1, 2, "j k", " scroll");
    status_segments_draw(&segments, canvas, area, 1);
}

static void draw_column_keys(struct canvas *canvas, struct area area)
{
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 2, "Space", " shows, hides");
    status_segments_add_key(&segments, 3, 2, "j k", " choose");
    status_segments_add_key(&segments, 4, 2, "< >", " move it");
    status_segments_add_key(&segments, 5, 2, "0", " resets");
    status_segments_add_key(&segments, 1, 2, "Enter", " keeps");
    status_segments_add_key(&segments, 2, 2, "Esc", " takes back");
    status_segments_draw(&segments, canvas, area, 1);
}

static void draw_dialog_keys(const struct dialog *dialog, struct canvas *canvas, struct area area)
{
    struct status_segments segments;
    status_segments_init(&segments);
    status_segments_add_key(&segments, 0, 2, "Esc", " cancels");
    if (dialog->kind == DIALOG_SORT) {
        status_segments_add_key(&segments, 1, 2, "Enter", " sorts");
        status_segments_add_key(&segments, 2, 2, "j k", " choose");
    } else {
        status_segments_add_key(&segments, 1, 2, "Enter", " presses the marked button");
        status_segments_add_key(&segments, 2, 2, "Tab", " marks the other one");
    }
    status_segments_draw(&segments, canvas, area, 1);
}

static const char *prompt_label(enum prompt_use use)
{
    switch (use) {
    case PROMPT_NONE:
        return "";
    case PROMPT_FILTER:
        return "filter";
    case PROMPT_FIND:
    case PROMPT_SEARCH:
        return "find";
    case PROMPT_ONLY:
        return "only";
    case PROMPT_TIME:
        return "time";
    case PROMPT_SAVE:
        return "save as (digit, name)";
    case PROMPT_AT:
        return "go to time (03:12, 2026-01-02 03:12, -10m)";
    case PROMPT_COMMAND:
        return "";
    }
    return "";
}

/* Whole words; a mark says that there are more. */
static void draw_candidates(struct canvas *canvas, struct area area, const char *candidates)
{
    static const char more[] = " ...";
    size_t length = strlen(candidates);
    bool is_cut = canvas_text_columns(canvas, candidates) > area.columns;
    while (is_cut && length > 0 &&
           ((int)(length + strlen(more)) > area.columns || candidates[length] != ' '))
        length--;
    int end = canvas_put_bytes(canvas, area, 0, 0, ROLE_DIM, candidates, length);
    if (is_cut)
        canvas_put(canvas, area, end, 0, ROLE_DIM, more);
}

/* ": pa" and behind it, dim, the words with which it can go on. */
static void draw_command(const struct console *console, struct canvas *canvas, struct area area)
{
    const struct prompt *prompt = &console->prompts[PROMPT_COMMAND];
    char candidates[PALETTE_SIZE];
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    prompt_draw(prompt, canvas, area, 0, "", ROLE_STRONG);
    palette_candidates(prompt->text, candidates);
    int at = 2 + canvas_text_columns(canvas, prompt->text) + 2;
    area.column += at;
    area.columns -= at;
    if (area.columns > CANDIDATES_COLUMNS_MIN)
        draw_candidates(canvas, area, candidates);
}

static void draw_prompt(const struct console *console, struct canvas *canvas, struct area area)
{
    if (console->prompt_use == PROMPT_COMMAND) {
        draw_command(console, canvas, area);
        return;
    }
    bool is_bad = console->prompt_fault.is_bad;
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    prompt_draw(&console->prompts[console->prompt_use], canvas, area, 0,
                prompt_label(console->prompt_use), is_bad ? ROLE_ERROR : ROLE_STRONG);
}

/* The keys of what has the input now. */
static void draw_hints(const struct console *console, struct canvas *canvas, struct area area)
{
    if (console->dialog.kind != DIALOG_NONE)
        draw_dialog_keys(&console->dialog, canvas, area);
    else if (console->chooser.is_open)
        draw_column_keys(canvas, area);
    else if (console->past.compared)
        draw_difference_keys(canvas, area);
    else if (console->is_help_open)
        draw_help_keys(canvas, area);
    else
        draw_keys(console, canvas, area);
}

/* Prompts and messages are shown even when the hints have no row. The first row stays when there are more than one. */
static struct area last_rows(const struct canvas *canvas, int rows)
{
    struct area whole = canvas_area(canvas);
    int most = whole.rows > 1 ? whole.rows - 1 : whole.rows;
    int shown = rows < most ? rows : most;
    return (struct area){ whole.column, whole.rows - shown, whole.columns, shown };
}

/* The rows above give way to a message that is longer than the last one. */
static void draw_long_message(const struct console *console, struct canvas *canvas, int margin)
{
    struct scroll_text scroll = { .area = last_rows(canvas, 1) };
    scroll_text_put_wrapped(&scroll, margin, console->message_role, console->message);
    scroll = (struct scroll_text){ .canvas = canvas, .area = last_rows(canvas, scroll.row + 1) };
    canvas_fill(canvas, scroll.area, ROLE_NORMAL, ' ');
    scroll_text_put_wrapped(&scroll, margin, console->message_role, console->message);
}

/* The keys stay in the room behind a message. */
static void draw_message(const struct console *console, struct canvas *canvas)
{
    struct area area = last_rows(canvas, 1);
    int margin = area.columns > 2 ? 1 : 0;
    int end = margin + canvas_text_columns(canvas, console->message);
    if (end > area.columns) {
        draw_long_message(console, canvas, margin);
        return;
    }
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    canvas_put(canvas, area, margin, 0, console->message_role, console->message);
    area.column += end + MESSAGE_GAP;
    area.columns -= end + MESSAGE_GAP;
    if (console->layout.hints.rows > 0 && area.columns >= HINTS_COLUMNS_MIN)
        draw_hints(console, canvas, area);
}

void panel_hints_draw(const struct console *console, struct canvas *canvas)
{
    if (console->prompt_use != PROMPT_NONE)
        draw_prompt(console, canvas, last_rows(canvas, 1));
    else if (console->message[0] != '\0')
        draw_message(console, canvas);
    else
        draw_hints(console, canvas, console->layout.hints);
}
