#include "engine/run/check/check_run.h"

#include "engine/base/arith.h"
#include "engine/base/panic.h"
#include "engine/check/check_api.h"
#include "engine/config/config_values.h"
#include "engine/run/check/check_report.h"
#include "engine/run/engine_settings.h"

#include <uv.h>

#define RETRY_WAIT_MS 400
#define QUIET_MS                                                                                   \
    1200 /* longer than new connections are on trial, so that the last read uses one again */
#define POLL_MS_MAX 2000

static void on_done(void *context)
{
    uv_stop(context);
}

static void on_tell(void *context, const char *what)
{
    (void)context;
    fprintf(stderr, "autoscaler: %s\n", what);
}

static struct check_api_config check_config(const struct config *config, uv_loop_t *loop)
{
    const char *id = config->check.scale;
    const struct policy *policy = config_policy(config, id ? id : "");
    return (struct check_api_config){
        .api = engine_backend_config(config, 1, config->api.url),
        .retries = config->api.retries,
        .retry_wait_ms = RETRY_WAIT_MS,
        .quiet_ms = QUIET_MS,
        .scale_id = id,
        .poll_ms = min_i64(config->pass_interval_ms, POLL_MS_MAX),
        .come_timeout_ms = policy->boot_timeout_ms,
        .leave_timeout_ms = max_i64(policy->drain_timeout_ms, policy->boot_timeout_ms),
        .tell = on_tell,
        .context = loop,
        .done = on_done,
    };
}

static void report(const struct config *config, const struct check_api *check, FILE *out,
                   struct check_result *ret_result, struct error *err)
{
    const struct check_verdicts *verdicts = check_api_verdicts(check);
    bool is_unreached = check_api_result(check, err) != 0;
    const struct check_summary summary = {
        .url = config->api.url,
        .unreached = is_unreached ? err->msg : NULL,
        .listed = check_api_listed(check),
        .verdicts = verdicts,
    };
    check_report_print(&summary, config->output, out);
    *ret_result = (struct check_result){
        .is_reached = !is_unreached,
        .broken = check_count(verdicts, JUDGEMENT_BROKEN),
    };
}

int check_run(const struct config *config, FILE *out, struct check_result *ret_result,
              struct error *err)
{
    uv_loop_t loop;
    struct check_api *check = NULL;
    int failed = uv_loop_init(&loop);
    if (failed)
        return error_set(err, failed, "cannot make an event loop: %s", uv_strerror(failed));
    const struct check_api_config settings = check_config(config, &loop);
    failed = check_api_create(&loop, &settings, &check, err);
    if (!failed) {
        uv_run(&loop, UV_RUN_DEFAULT);
        report(config, check, out, ret_result, err);
        check_api_close(check);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    int closed = uv_loop_close(&loop);
    must(closed == 0);
    return failed;
}
