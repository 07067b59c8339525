#include "tui/panels/panel.h"

#include "engine/base/text.h"
#include "tui/draw/status_segments.h"

#include <ctype.h>
#include <string.h>

/* From this width on the hints have wider gaps. */
#define APART_COLUMNS 100

/* Left out first when not all hints fit. After these, the others are left out from the right. */
static const enum act expendable[] = { ACT_LEVEL, ACT_DISCOVER, ACT_DRY_RUN, ACT_SCALE_UP,
                                       ACT_PASS };
#define EXPENDABLE_COUNT (sizeof expendable / sizeof expendable[0])

static int rank_of(enum act act)
{
    if (act == ACT_HELP || act == ACT_BACK || act == ACT_FREEZE)
        return 0;
    if (act == ACT_QUIT)
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
    bool is_asking = act == ACT_PASS || act == ACT_DISCOVER;
    bool is_steering = act == ACT_PAUSE_ALL || act == ACT_DRY_RUN || act == ACT_SCALE_UP;
    if (!is_asking && !is_steering)
        return false;
    if (!console->shown || console->is_stop_asked || console->is_frozen)
        return true;
    const struct snapshot_engine *engine = &console->shown->engine;
    return engine->is_stopping || (is_steering && engine->is_read_only);
}

/* The word for what the key would do now. */
static const char *word_of(const struct console *console, const struct key_row *row)
{
    const struct snapshot *snapshot = console->shown;
    if (row->act == ACT_PAUSE_ALL && snapshot && snapshot->engine.is_paused)
        return "Resume";
    if (row->act == ACT_DRY_RUN && snapshot && snapshot->engine.is_dry_run)
        return "Go live";
    return row->hint;
}

static void add_key(const struct console *console, struct status_segments *segments,
                    const struct key_row *row, int gap)
{
    char name[KEYPRESS_NAME_SIZE];
    keypress_name(keys_keypress(row, 0), name);
    const char *word = word_of(console, row);
    if (word[0] != name[0] || isalnum((unsigned char)name[0])) {
        status_segments_add_key(segments, rank_of(row->act), gap, name, word);
        return;
    }
    /* "+-Scale": the word contains its own keys. */
    char keys[KEYPRESS_NAME_SIZE];
    struct text text;
    text_init(&text, keys, sizeof keys);
    while (*word != '\0' && !isalnum((unsigned char)*word))
        text_add_char(&text, *word++);
    status_segments_add_key(segments, rank_of(row->act), gap, keys, word);
}

static void draw_keys(const struct console *console, struct canvas *canvas, struct area area)
{
    unsigned context = console_key_context(console);
    int gap = area.columns >= APART_COLUMNS ? 2 : 1;
    struct status_segments segments;
    status_segments_init(&segments);
    if (console->page != PAGE_LIST)
        status_segments_add_key(&segments, rank_of(ACT_BACK), gap, "Esc", "Back");
    if (console->is_frozen)
        status_segments_add_key(&segments, rank_of(ACT_FREEZE), gap, "z", "Thaw");
    for (int i = ACT_NONE + 1; i < ACT_COUNT; i++) {
        const struct key_row *row = keys_row((enum act)i);
        if (!row->hint || !(row->contexts & context) || is_refused(console, row->act))
            continue;
        add_key(console, &segments, row, gap);
    }
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
    case PROMPT_SEARCH:
        return "find";
    case PROMPT_ONLY:
        return "only";
    }
    return "";
}

static void draw_prompt(const struct console *console, struct canvas *canvas, struct area area)
{
    bool is_bad = console->prompt_use == PROMPT_FILTER && console->is_filter_bad;
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    prompt_draw(&console->prompts[console->prompt_use], canvas, area, 0,
                prompt_label(console->prompt_use), is_bad ? ROLE_ERROR : ROLE_STRONG);
}

static void draw_message(const struct console *console, struct canvas *canvas, struct area area)
{
    canvas_fill(canvas, area, ROLE_NORMAL, ' ');
    canvas_put(canvas, area, area.columns > 2 ? 1 : 0, 0, console->message_role, console->message);
}

/* Prompts and messages are shown even when the hints have no row. */
static struct area last_row(const struct canvas *canvas)
{
    struct area whole = canvas_area(canvas);
    return area_row(whole, whole.rows - 1);
}

void panel_hints_draw(const struct console *console, struct canvas *canvas)
{
    struct area hints = console->layout.hints;
    if (console->prompt_use != PROMPT_NONE)
        draw_prompt(console, canvas, last_row(canvas));
    else if (console->message[0] != '\0')
        draw_message(console, canvas, last_row(canvas));
    else if (console->dialog.kind != DIALOG_NONE)
        draw_dialog_keys(&console->dialog, canvas, hints);
    else if (console->is_help_open)
        draw_help_keys(canvas, hints);
    else
        draw_keys(console, canvas, hints);
}
