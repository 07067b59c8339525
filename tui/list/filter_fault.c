#include "tui/list/filter_fault.h"

#include "engine/base/text.h"
#include "tui/draw/format.h"

#include <stdbool.h>

static const char *const briefs[] = {
#define FAULT(id, brief) [FILTER_FAULT_##id] = (brief),
#include "tui/list/filter_faults.def"
#undef FAULT
};

/* False: it has no room; the text is empty. */
static bool try_words(struct filter_fault fault, const char *before, int columns, struct text *text)
{
    text_reset(text);
    text_add(text, before);
    text_addf(text, "%zu: %s", fault.word, briefs[fault.id]);
    bool has_room = format_columns(text->data) <= columns;
    if (!has_room)
        text_reset(text);
    return has_room;
}

void filter_fault_describe(struct filter_fault fault, const char *sentence, int columns,
                           struct text *text)
{
    text_reset(text);
    if (format_columns(sentence) <= columns)
        text_add(text, sentence);
    else if (fault.word == 0 ||
             (!try_words(fault, "word ", columns, text) && !try_words(fault, "", columns, text)))
        text_add(text, briefs[fault.id]);
}
