#include "engine/config/config_builder.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdbool.h>

static int out_of_memory(struct error *err)
{
    return error_set(err, -ENOMEM, "out of memory");
}

static void *member_of(struct config *config, const struct option_row *row)
{
    return (char *)config + row->offset;
}

static void *member_of_policy(struct policy *policy, const struct option_row *row)
{
    return (char *)policy + option_policy_offset(row);
}

static int set_initial(struct draft *draft, const struct option_row *row, struct error *err)
{
    struct setting setting = { .place = { SOURCE_DEFAULT, 0, 0 } };
    int r = option_parse(row, row->initial, &setting.value, err);
    must(r == 0 || r == -ENOMEM);
    return r < 0 ? r : draft_set(draft, row, &setting, err);
}

int draft_init(struct draft *draft, struct error *err)
{
    *draft = (struct draft){ .config = heap_alloc(1, sizeof *draft->config) };
    if (!draft->config)
        return out_of_memory(err);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        int r = row->initial ? set_initial(draft, row, err) : 0;
        if (r < 0) {
            draft_fini(draft);
            return r;
        }
    }
    return 0;
}

void draft_fini(struct draft *draft)
{
    config_destroy(draft->config);
    heap_free(draft->rules);
    *draft = (struct draft){ 0 };
}

int draft_set(struct draft *draft, const struct option_row *row, const struct setting *setting,
              struct error *err)
{
    if (option_store(row, member_of(draft->config, row), &setting->value) < 0)
        return out_of_memory(err);
    if (row->type == TYPE_LISTEN)
        draft->config->mode = MODE_SIMULATE_API;
    if (row->type == TYPE_TRACES)
        draft->config->mode = MODE_BACKTEST;
    draft->places[row->id] = setting->place;
    return 0;
}

int draft_apply(struct draft *draft, const struct layer *layer, struct error *err)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct setting *setting = &layer->settings[i];
        if (setting->place.source == SOURCE_DEFAULT)
            continue;
        int r = draft_set(draft, option_at(i), setting, err);
        if (r < 0)
            return r;
    }
    return 0;
}

int draft_add_rule(struct draft *draft, const struct place *place, struct error *err)
{
    struct config *config = draft->config;
    size_t count = config->policy_count;
    if (count == POLICIES_MAX)
        return error_set(err, ERR_BAD_VALUE, "more than %d policies", POLICIES_MAX);
    struct policy_rule *policies = heap_resize(config->policies, count + 1, sizeof *policies);
    if (!policies)
        return out_of_memory(err);
    config->policies = policies;
    struct rule_draft *rules = heap_resize(draft->rules, count + 1, sizeof *rules);
    if (!rules)
        return out_of_memory(err);
    draft->rules = rules;
    policies[count] = (struct policy_rule){ 0 };
    rules[count] = (struct rule_draft){ .place = *place };
    config->policy_count = count + 1;
    return 0;
}

static void inherit(struct policy *policy, const struct layer *layer)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct setting *setting = &layer->settings[i];
        const struct option_row *row = option_at(i);
        if (setting->place.source == SOURCE_DEFAULT || !option_is_policy(row))
            continue;
        int r = option_store(row, member_of_policy(policy, row), &setting->value);
        must(r == 0);
    }
}

void draft_inherit(struct draft *draft)
{
    struct config *config = draft->config;
    for (size_t i = 0; i < config->policy_count; i++) {
        config->policies[i].policy = config->defaults;
        inherit(&config->policies[i].policy, &draft->rules[i].layer);
    }
}

struct config *draft_finish(struct draft *draft)
{
    struct config *config = draft->config;
    draft->config = NULL;
    draft_fini(draft);
    return config;
}

static void add_place(struct text *text, const struct place *place, const struct option_row *row,
                      const char *file)
{
    const char *name = row->key ? row->key : row->flag ? row->flag : row->variable;
    switch (place->source) {
    case SOURCE_FILE:
        quote_add_path(text, file);
        text_addf(text, ":%zu:%zu: %s", place->line, place->column, name);
        break;
    case SOURCE_ENVIRONMENT:
        text_add(text, row->variable);
        break;
    case SOURCE_FLAG:
        text_addf(text, "--%s", row->flag ? row->flag : name);
        break;
    case SOURCE_SET:
        text_addf(text, "--set=%s", name);
        break;
    case SOURCE_DEFAULT:
        text_add(text, name);
        break;
    }
}

int place_refuse(const struct place *place, const struct option_row *row, const char *file,
                 struct error *err)
{
    if (err->code == -ENOMEM)
        return -ENOMEM;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_place(&text, place, row, file);
    error_prefix(err, "%s", storage);
    bool is_command_line = place->source == SOURCE_FLAG || place->source == SOURCE_SET;
    err->code = is_command_line ? ERR_USAGE : ERR_CONFIG;
    return err->code;
}
