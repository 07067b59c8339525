#include "engine/control/stream_words.h"

#include <string.h>

#define PHRASE(id, text) #id,
static const char *const phrases[] = {
#include "engine/phrases.def"
};
#undef PHRASE
#define PHRASE_COUNT (sizeof phrases / sizeof phrases[0])

static const char *const verdicts[] = {
    [VERDICT_OK] = "ok",
    [VERDICT_RAISED] = "raised",
    [VERDICT_CUT] = "cut",
    [VERDICT_HELD] = "held",
};
#define VERDICT_COUNT (sizeof verdicts / sizeof verdicts[0])

unsigned stream_word_count(enum stream_word kind)
{
    static const unsigned counts[STREAM_WORD_KINDS] = {
        [WORD_STATE] = STATE_COUNT,     [WORD_ACTION] = ACTION_COUNT, [WORD_REASON] = REASON_COUNT,
        [WORD_RULE] = RULE_COUNT,       [WORD_LEVEL] = LEVEL_COUNT,   [WORD_EVENT] = EVENT_COUNT,
        [WORD_VERDICT] = VERDICT_COUNT, [WORD_PHRASE] = PHRASE_COUNT,
    };
    return counts[kind];
}

const char *stream_word(enum stream_word kind, unsigned value)
{
    switch (kind) {
    case WORD_STATE:
        return state_row((enum state)value)->name;
    case WORD_ACTION:
        return action_name((enum action)value);
    case WORD_REASON:
        return reason_row((enum reason)value)->name;
    case WORD_RULE:
        return rule_row((enum rule)value)->name;
    case WORD_VERDICT:
        return verdicts[value];
    case WORD_PHRASE:
        return phrases[value];
    case WORD_LEVEL:
        return level_name((enum level)value);
    case WORD_EVENT:
        return event_row((enum event_id)value)->name;
    }
    return NULL;
}

bool stream_word_find(enum stream_word kind, const char *word, unsigned *ret_value)
{
    for (unsigned value = 0; value < stream_word_count(kind); value++)
        if (strcmp(stream_word(kind, value), word) == 0) {
            *ret_value = value;
            return true;
        }
    return false;
}
