#include "engine/explanation.h"

#include "engine/base/arith.h"
#include "engine/base/duration.h"
#include "engine/base/panic.h"

#include <string.h>

static const char *const phrases[] = {
#define PHRASE(id, text) text,
#include "engine/phrases.def"
#undef PHRASE
};

void explanation_set_numbers(struct explanation *explanation, enum phrase phrase,
                             const int64_t numbers[EXPLANATION_NUMBERS_MAX])
{
    explanation->phrase = phrase;
    memcpy(explanation->numbers, numbers, sizeof explanation->numbers);
}

/* --- numbers ------------------------------------------------------------------------------------------------- */

static void add_count(struct text *text, int64_t number)
{
    text_addf(text, "%lld", (long long)number);
}

static void add_signed(struct text *text, int64_t number)
{
    text_addf(text, "%+lld", (long long)number);
}

/* In whole seconds; in whole minutes above ten minutes. */
static void add_time_left(struct text *text, int64_t left_ms)
{
    int64_t grain_ms = left_ms > 600000 ? 60000 : 1000;
    text_add_duration(text, ceil_div(left_ms, grain_ms) * grain_ms);
}

static void add_share(struct text *text, int64_t ppb)
{
    text_add_percent(text, ppb);
    text_add_char(text, '%');
}

static void add_passes(struct text *text, int64_t count)
{
    text_addf(text, "%lld pass%s", (long long)count, count == 1 ? "" : "es");
}

static void add_pending(struct text *text, int64_t hosts)
{
    text_addf(text, " %c pending %lld", hosts < 0 ? '-' : '+',
              (long long)(hosts < 0 ? -hosts : hosts));
}

static void add_reason(struct text *text, int64_t reason)
{
    const struct reason_row *row = reason_row((enum reason)reason);
    text_addf(text, "%s: %s", row->name, row->meaning);
}

static void add_reason_name(struct text *text, int64_t reason)
{
    text_add(text, reason_row((enum reason)reason)->name);
}

static const struct form {
    const char *name;
    void (*add)(struct text *text, int64_t number);
} forms[] = {
    { "{count}", add_count },
    { "{signed}", add_signed },
    { "{duration}", text_add_duration },
    { "{time_left}", add_time_left },
    { "{share}", add_share },
    { "{passes}", add_passes },
    { "{pending}", add_pending },
    { "{reason}", add_reason },
    { "{reason_name}", add_reason_name },
};

static const struct form *form_at(const char *at)
{
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(at, forms[i].name, strlen(forms[i].name)) == 0)
            return &forms[i];
    return NULL;
}

/* --- phrases ------------------------------------------------------------------------------------------------- */

/* Behind the group that begins at `at`; counts the numbers in it. */
static const char *skip_group(const char *at, size_t *number)
{
    for (; *at != ']'; at++)
        *number += *at == '{';
    return at + 1;
}

static const char *add_number(struct text *text, const struct explanation *explanation,
                              const char *at, size_t *number)
{
    const struct form *form = form_at(at);
    must(form);
    must(*number < EXPLANATION_NUMBERS_MAX);
    form->add(text, explanation->numbers[(*number)++]);
    return at + strlen(form->name);
}

static void add_phrase(struct text *text, const struct explanation *explanation,
                       const char *separator)
{
    size_t number = 0;
    for (const char *at = phrases[explanation->phrase]; *at != '\0';) {
        size_t plain = strcspn(at, "{[]|");
        text_add_bytes(text, at, plain);
        at += plain;
        if (*at == '{') {
            at = add_number(text, explanation, at, &number);
        } else if (*at == '[' && explanation->numbers[number] == 0) {
            at = skip_group(at, &number);
        } else if (*at != '\0') {
            text_add(text, *at == '|' ? separator : "");
            at++;
        }
    }
}

int64_t explanation_time_left_ms(const struct explanation *explanation)
{
    int64_t left_ms = 0;
    size_t number = 0;
    const char *at = phrases[explanation->phrase];
    for (; (at = strchr(at, '{')); at++, number++) {
        const struct form *form = form_at(at);
        must(form);
        if (form->add == add_time_left)
            left_ms = max_i64(left_ms, explanation->numbers[number]);
    }
    return left_ms;
}

static bool has_delta(const struct explanation *explanation)
{
    enum rule_stage stage = rule_row(explanation->rule)->stage;
    return stage == STAGE_DESIRED || stage == STAGE_GUARD;
}

void explanation_add_body(struct text *text, const struct explanation *explanation,
                          const char *separator)
{
    add_phrase(text, explanation, separator);
    if (has_delta(explanation) && explanation->verdict != VERDICT_OK)
        text_addf(text, ": %+lld -> %+lld", (long long)explanation->before,
                  (long long)explanation->after);
}

void explanation_add(struct text *text, const struct explanation *explanation)
{
    bool is_input = rule_row(explanation->rule)->stage == STAGE_INPUT;
    if (is_input && explanation->verdict == VERDICT_OK)
        text_addf(text, "%s: ", rule_row(explanation->rule)->name);
    explanation_add_body(text, explanation, "; ");
    if (has_delta(explanation) && explanation->verdict == VERDICT_OK)
        text_add(text, ": ok");
}
