#include "tui/list/view.h"

#include <string.h>

static const char *const view_names[VIEW_COUNT] = { "all",    "attention", "scaling", "held",
                                                    "failed", "unread",    "paused" };

const char *view_name(enum view view)
{
    return view_names[view];
}

bool view_parse(const char *word, enum view *ret_view)
{
    for (int view = 0; view < VIEW_COUNT; view++) {
        if (strcmp(view_names[view], word) == 0) {
            *ret_view = (enum view)view;
            return true;
        }
    }
    return false;
}

static bool has_state(enum view view, enum state state)
{
    switch (view) {
    case VIEW_ALL:
        return true;
    case VIEW_ATTENTION:
        return false; /* by its entry */
    case VIEW_SCALING:
        return state == STATE_UP || state == STATE_DOWN;
    case VIEW_HELD:
        return state == STATE_HELD;
    case VIEW_FAILED:
        return state == STATE_FAILED || state == STATE_UNCONFIRMED;
    case VIEW_UNREAD:
        return state == STATE_UNREAD;
    case VIEW_PAUSED:
        return state == STATE_PAUSED;
    }
    return false;
}

bool view_has(enum view view, const struct snapshot_row *row, const struct attention_entry *entry)
{
    enum state state = (enum state)row->state;
    if (view == VIEW_ATTENTION)
        return entry != NULL;
    if (has_state(view, state) || (view == VIEW_PAUSED && row->is_paused))
        return true;
    return state == STATE_STARVED && has_state(view, (enum state)row->base_state);
}
