/*
 * A configuration file. An accepted one is in range, and its YAML output is read as the same configuration. An error is
 * one printable line that begins with the file and the line number.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/base/arith.h"
#include "engine/config/config.h"
#include "engine/config/config_yaml.h"

#include <stdio.h>

#define PATH "some.yaml"

static bool read_file(struct config_builder *builder, const char *bytes, size_t size,
                      struct error *err)
{
    int r = config_builder_init(builder, err);
    must(r == 0);
    *err = (struct error){ 0 };
    r = config_yaml_read(builder, PATH, bytes, size, err);
    if (r == 0) {
        config_builder_inherit(builder);
        return true;
    }
    oracle_check_error(err, r);
    must(r == ERR_CONFIG);
    must(strncmp(err->msg, PATH ":", strlen(PATH ":")) == 0);
    config_builder_fini(builder);
    return false;
}

static char *print(const struct config *config, size_t *ret_size)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, ret_size);
    must(file);
    config_print(config, file);
    int r = fclose(file);
    must(r == 0);
    return text;
}

static void check_step(const struct step_limit *limit, int64_t share_max)
{
    must(limit->kind == STEP_UNLIMITED || limit->amount >= 0);
    must(limit->kind != STEP_SHARE || limit->amount <= share_max);
}

static void check_policy(const struct policy *policy)
{
    const int64_t day_ms = 86400000;
    must(policy->min_hosts >= 0 && policy->min_hosts <= 1000000000);
    must(policy->max_hosts >= 1);
    must(policy->cooldown_up_ms >= 0 && policy->cooldown_up_ms <= day_ms);
    must(policy->cooldown_down_ms >= 0 && policy->cooldown_down_ms <= day_ms);
    must(policy->scale_down_window_ms >= 0 && policy->scale_down_window_ms <= day_ms);
    must(policy->boot_timeout_ms > 0 && policy->boot_timeout_ms <= day_ms);
    must(policy->outage_hold_ms >= 0 && policy->outage_hold_ms <= day_ms);
    must(policy->confirm_timeout_ms == CONFIRM_AUTO || policy->confirm_timeout_ms > 0);
    must(policy->lookahead_ms >= LOOKAHEAD_AUTO && policy->lookahead_ms <= day_ms);
    must(policy->surge_reserve_ppb >= 0 && policy->surge_reserve_ppb <= 2 * (int64_t)SHARE_WHOLE);
    must(policy->saturation_step_ppb >= 0 && policy->saturation_step_ppb <= SHARE_WHOLE);
    must(policy->min_free_servers >= MIN_FREE_AUTO);
    must(policy->target_free_ppb >= TARGET_FROM_API && policy->target_free_ppb < SHARE_WHOLE);
    check_step(&policy->max_step_up, SHARE_WHOLE);
    check_step(&policy->max_step_down, SHARE_WHOLE);
    check_step(&policy->max_growth_per_hour, (int64_t)100 * SHARE_WHOLE);
}

static void check_accepted(struct config_builder *builder)
{
    const struct config *config = builder->config;
    must(config->api.concurrency >= 1 && config->api.concurrency <= 1024);
    must(config->pass_interval_ms >= 10 && config->discovery_interval_ms >= 10);
    must(config->policy_count <= POLICIES_MAX);
    check_policy(&config->defaults);
    for (size_t i = 0; i < config->policy_count; i++) {
        must(config->policies[i].match && config->policies[i].match[0]);
        check_policy(&config->policies[i].policy);
    }
    struct config_builder again;
    struct error err;
    size_t size;
    size_t size_again;
    char *text = print(config, &size);
    must(oracle_is_utf8(text, size));
    bool is_read = read_file(&again, text, size, &err);
    must(is_read);
    char *text_again = print(again.config, &size_again);
    must(size == size_again);
    must(memcmp(text, text_again, size) == 0);
    free(text);
    free(text_again);
    config_builder_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    char *bytes = supply_rest(&supply);
    struct config_builder builder;
    struct error err;
    if (read_file(&builder, bytes, size, &err)) {
        check_accepted(&builder);
        config_builder_fini(&builder);
    }
    free(bytes);
    return 0;
}
