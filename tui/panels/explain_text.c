#include "tui/panels/explain.h"

void explain_put_label(struct scroll_text *scroll, const char *label)
{
    scroll_text_put(scroll, EXPLAIN_LABEL_COLUMN, ROLE_HEADING, label);
}

void explain_put_line(struct scroll_text *scroll, enum role role, const char *line)
{
    scroll_text_put_wrapped(scroll, EXPLAIN_TEXT_COLUMN, role, line);
    scroll_text_next(scroll, 1);
}

const char *explain_verdict_word(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_OK:
        return "ok";
    case VERDICT_RAISED:
        return "MORE";
    case VERDICT_CUT:
        return "CUT";
    case VERDICT_HELD:
        return "HELD";
    }
    return "";
}

enum role explain_verdict_role(enum verdict verdict)
{
    if (verdict == VERDICT_RAISED)
        return ROLE_UP;
    return verdict == VERDICT_OK ? ROLE_NORMAL : ROLE_HELD;
}
