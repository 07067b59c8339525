#include "engine/config/config_builder.h"
#include "engine/config/config_values.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <errno.h>
#include <stdbool.h>

static void *member_of(struct config *config, const struct option_row *row)
{
    return (char *)config + row->offset;
}

static void *member_of_policy(struct policy *policy, const struct option_row *row)
{
    return (char *)policy + option_policy_offset(row);
}

static int set_initial(struct config_builder *builder, const struct option_row *row,
                       struct error *err)
{
    struct setting setting = { .place = { SOURCE_DEFAULT, 0, 0 } };
    int failed = option_parse(row, row->initial, &setting.value, err);
    must(!failed || failed == -ENOMEM);
    return failed ? failed : config_builder_set(builder, row, &setting, err);
}

int config_builder_init(struct config_builder *builder, struct error *err)
{
    *builder = (struct config_builder){ .config = heap_alloc(1, sizeof *builder->config) };
    if (!builder->config)
        return error_no_memory(err);
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        int failed = row->initial ? set_initial(builder, row, err) : 0;
        if (failed) {
            config_builder_fini(builder);
            return failed;
        }
    }
    return 0;
}

void config_builder_fini(struct config_builder *builder)
{
    config_destroy(builder->config);
    heap_free(builder->rules);
    warnings_fini(&builder->more);
    *builder = (struct config_builder){ 0 };
}

int config_builder_set(struct config_builder *builder, const struct option_row *row,
                       const struct setting *setting, struct error *err)
{
    if (option_store(row, member_of(builder->config, row), &setting->value) < 0)
        return error_no_memory(err);
    if (row->type == TYPE_LISTEN)
        builder->config->mode = MODE_SIMULATE_API;
    if (row->type == TYPE_SUBJECT)
        builder->config->mode = row->mode;
    if (row->type == TYPE_TRACES)
        builder->config->mode = MODE_BACKTEST;
    builder->places[row->id] = setting->place;
    return 0;
}

int config_builder_apply(struct config_builder *builder, const struct layer *layer,
                         struct error *err)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct setting *setting = &layer->settings[i];
        if (setting->place.source == SOURCE_DEFAULT)
            continue;
        int failed = config_builder_set(builder, option_at(i), setting, err);
        if (failed)
            return failed;
    }
    return 0;
}

int config_builder_add_rule(struct config_builder *builder, const struct place *place,
                            struct error *err)
{
    struct config *config = builder->config;
    size_t count = config->policy_count;
    if (count == POLICIES_MAX)
        return error_set(err, ERR_BAD_VALUE, "more than %d policies", POLICIES_MAX);
    struct policy_rule *policies = heap_resize(config->policies, count + 1, sizeof *policies);
    if (!policies)
        return error_no_memory(err);
    config->policies = policies;
    struct rule_draft *rules = heap_resize(builder->rules, count + 1, sizeof *rules);
    if (!rules)
        return error_no_memory(err);
    builder->rules = rules;
    policies[count] = (struct policy_rule){ 0 };
    rules[count] = (struct rule_draft){ .place = *place };
    config->policy_count = count + 1;
    return 0;
}

int config_builder_note(struct config_builder *builder, const struct error *err)
{
    if (err->code == -ENOMEM)
        return -ENOMEM;
    if (builder->first.code == 0)
        builder->first = *err;
    else
        warnings_add(&builder->more, "%s", err->msg);
    return 0;
}

int config_builder_failed(const struct config_builder *builder, struct error *err)
{
    if (builder->first.code != 0)
        *err = builder->first;
    return builder->first.code;
}

static void inherit(struct policy *policy, const struct layer *layer)
{
    for (size_t i = 0; i < option_count(); i++) {
        const struct setting *setting = &layer->settings[i];
        const struct option_row *row = option_at(i);
        if (setting->place.source == SOURCE_DEFAULT || !option_is_policy(row))
            continue;
        int failed = option_store(row, member_of_policy(policy, row), &setting->value);
        must(!failed);
    }
}

void config_builder_inherit(struct config_builder *builder)
{
    struct config *config = builder->config;
    for (size_t i = 0; i < config->policy_count; i++) {
        config->policies[i].policy = config->defaults;
        config->policies[i].policy.match = config->policies[i].match;
        inherit(&config->policies[i].policy, &builder->rules[i].layer);
    }
}

struct config *config_builder_finish(struct config_builder *builder)
{
    struct config *config = builder->config;
    builder->config = NULL;
    config_builder_fini(builder);
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
