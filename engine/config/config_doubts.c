#include "engine/config/config_doubts.h"

#include "engine/base/duration.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/config/options.h"
#include "engine/config/pattern.h"
#include "engine/config/target_doubt.h"
#include "engine/core/reconciler.h"

#include <string.h>

/* "autoscaler.yaml:12:5: policies: 'eu-*'" */
static void add_rule(struct text *text, const struct config_builder *builder, size_t index)
{
    const char *match = builder->config->policies[index].match;
    const struct place *place = &builder->rules[index].place;
    quote_add_path(text, builder->config->config_file);
    text_addf(text, ":%zu:%zu: policies: ", place->line, place->column);
    quote_add(text, match, strlen(match));
}

static void doubt_reach(struct config_builder *builder, size_t index)
{
    const struct policy_rule *policies = builder->config->policies;
    for (size_t i = 0; i < index; i++) {
        if (!pattern_covers(policies[i].match, policies[index].match))
            continue;
        char storage[ERROR_MSG_SIZE];
        struct text text;
        text_init(&text, storage, sizeof storage);
        add_rule(&text, builder, index);
        text_add(&text, " is never reached: ");
        quote_add(&text, policies[i].match, strlen(policies[i].match));
        text_addf(&text, " in line %zu matches all of its ids", builder->rules[i].place.line);
        warnings_add(&builder->config->warnings, "%s", storage);
        return;
    }
}

static void doubt_target(struct config_builder *builder, size_t index)
{
    const struct policy *policy = &builder->config->policies[index].policy;
    enum target_doubt doubt = target_doubt_of(policy->target_free_ppb, policy->max_hosts);
    if (doubt == TARGET_IS_PLAIN)
        return;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_rule(&text, builder, index);
    text_add(&text, ": target_free_pct ");
    text_add_percent(&text, policy->target_free_ppb);
    text_addf(&text, " %s", target_doubt_text(doubt));
    warnings_add(&builder->config->warnings, "%s", storage);
}

/* Of a scale, the outcome counts whenever it comes. */
static void doubt_timeout(struct config_builder *builder)
{
    const struct config *config = builder->config;
    int64_t used_ms = status_age_max_ms(config->pass_interval_ms);
    if (config->api.timeout_ms <= used_ms)
        return;
    char storage[ERROR_MSG_SIZE];
    struct text text;
    struct error err;
    text_init(&text, storage, sizeof storage);
    text_add_duration(&text, config->api.timeout_ms);
    text_add(&text, " is longer than a status is used, which is ");
    text_add_duration(&text, used_ms);
    text_add(&text, ": those that come later are stale");
    error_set(&err, ERR_CONFIG, "%s", storage);
    place_refuse(&builder->places[OPTION_API_TIMEOUT], option_at(OPTION_API_TIMEOUT),
                 config->config_file, &err);
    warnings_add(&builder->config->warnings, "%s", err.msg);
}

void config_doubt(struct config_builder *builder)
{
    doubt_timeout(builder);
    for (size_t i = 0; i < builder->config->policy_count; i++) {
        doubt_reach(builder, i);
        doubt_target(builder, i);
    }
}
