#include "engine/config/config_values.h"

#include "engine/base/heap.h"
#include "engine/base/text.h"
#include "engine/config/options.h"
#include "engine/config/secret.h"

#include <string.h>

void config_destroy(struct config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        char *text;
        if (!option_is_text(row))
            continue;
        memcpy(&text, (char *)config + row->offset, sizeof text);
        secret_free(text);
    }
    for (size_t i = 0; i < config->policy_count; i++)
        heap_free(config->policies[i].match);
    heap_free(config->policies);
    warnings_fini(&config->warnings);
    path_list_fini(&config->backtest.traces);
    key_list_fini(&config->console.keys);
    notify_list_fini(&config->notify);
    heap_free(config);
}

const struct policy *config_policy(const struct config *config, const char *id)
{
    for (size_t i = 0; i < config->policy_count; i++)
        if (pattern_matches(config->policies[i].match, id))
            return &config->policies[i].policy;
    return &config->defaults;
}

static int refuse_change(const struct option_row *row, struct error *err)
{
    const char *name = row->key ? row->key : row->type == TYPE_MODE ? "mode" : row->flag;
    const char *dashes = row->key || row->type == TYPE_MODE ? "" : "--";
    return error_set(err, ERR_CONFIG, "%s%s: cannot change while running; restart", dashes, name);
}

static bool is_equal(enum option_id id, const struct config *old, const struct config *new)
{
    const struct option_row *row = option_at(id);
    return option_is_equal(row, (const char *)old + row->offset, (const char *)new + row->offset);
}

int config_can_replace(const struct config *old, const struct config *new, struct warnings *more,
                       struct error *err)
{
    int failed = 0;
    for (size_t i = 0; i < option_count(); i++) {
        const struct option_row *row = option_at(i);
        struct error own;
        if (row->reload != RELOAD_FIXED || is_equal(row->id, old, new))
            continue;
        refuse_change(row, &own);
        if (failed)
            warnings_add(more, "%s", own.msg);
        else
            *err = own;
        failed = own.code;
    }
    return failed;
}

bool config_has_same_api(const struct config *old, const struct config *new)
{
    return is_equal(OPTION_API_URL, old, new) && is_equal(OPTION_API_PROXY, old, new);
}
