#include "engine/core/api_trouble.h"

#include "engine/base/text.h"

void api_trouble_init(struct api_trouble *trouble)
{
    *trouble = (struct api_trouble){ .since = MONO_NEVER };
}

void api_trouble_note(struct api_trouble *trouble, const char *text, struct mono now)
{
    trouble->is_noted = true;
    if (trouble->since.ms != MONO_NEVER.ms)
        return;
    struct text kept;
    trouble->since = now;
    text_init(&kept, trouble->text, sizeof trouble->text);
    text_add(&kept, text);
}

void api_trouble_end_pass(struct api_trouble *trouble, bool is_anything_read)
{
    if (!trouble->is_noted && is_anything_read)
        api_trouble_init(trouble);
    trouble->is_noted = false;
}
