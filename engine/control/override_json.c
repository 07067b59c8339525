#include "engine/control/override_json.h"

#include <string.h>

static void add_string(struct text *text, const char *key, const char *string)
{
    text_addf(text, ",\"%s\":", key);
    text_add_json(text, string, strlen(string));
}

static void add_instant(struct text *text, const char *key, struct wall at)
{
    char shown[WALL_TEXT_SIZE];
    wall_format(at, shown);
    if (at.ms != 0)
        add_string(text, key, shown);
    else
        text_addf(text, ",\"%s\":null", key);
}

static void add_override(struct text *text, const struct publish_context *context,
                         const struct control_override *override)
{
    text_addf(text, "{\"number\":%lld", (long long) override->number);
    add_string(text, "kind", override->kind);
    add_string(text, "match", override->match);
    add_string(text, "author", override->author);
    add_instant(text, "since", publish_context_wall(context, override->since));
    add_instant(text, "until", publish_context_wall(context, override->until));
    add_string(text, "reason", override->reason);
    text_add_char(text, '}');
}

void override_json_add(struct text *text, const struct publish_context *context,
                       const struct control_override *overrides, size_t count)
{
    text_add(text, "{\"overrides\":[");
    for (size_t i = 0; i < count; i++) {
        text_add(text, i == 0 ? "\n" : ",\n");
        add_override(text, context, &overrides[i]);
    }
    if (count == CONTROL_OVERRIDES_MAX)
        text_addf(text, "],\"next\":%lld}", (long long)overrides[count - 1].number);
    else
        text_add(text, "],\"next\":null}");
}
