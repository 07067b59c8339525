#include "tui/panels/panel.h"

#include "engine/base/text.h"

#include <string.h>

/* End of the value that begins here: the closing quote, or a space. */
static const char *value_end(const char *value)
{
    if (*value != '"')
        return value + strcspn(value, " ");
    for (value++; *value && *value != '"'; value++)
        if (*value == '\\' && value[1])
            value++;
    return *value ? value + 1 : value;
}

void panel_add_without_id(const char *line, struct text *text)
{
    static const char key[] = " deployment=";
    const char *field = strstr(line, key);
    if (!field) {
        text_add(text, line);
        return;
    }
    text_add_bytes(text, line, (size_t)(field - line));
    text_add(text, value_end(field + strlen(key)));
}
