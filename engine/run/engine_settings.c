#include "engine/run/engine_settings.h"

#include "engine/config/config_values.h"

#include <sys/resource.h>

/*
 * Descriptors besides connections: standard streams, the log and its successor, the loop's own, the lock and the files
 * of the journal and of the recording, a file being read.
 */
#define FILES_RESERVED 36
/* Of each notifier: a socket or the pipes of a command, and what libcurl has. */
#define FILES_PER_NOTIFIER 8
#define USER_AGENT "autoscaler/" AUTOSCALER_VERSION

static const struct policy *policy_of(const void *context, const char *id)
{
    return config_policy(context, id);
}

/* Raises the soft limit as far as the hard limit allows. */
static int64_t files_max(int64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return wanted;
    if (limit.rlim_cur >= (rlim_t)wanted)
        return wanted;
    limit.rlim_cur = limit.rlim_max >= (rlim_t)wanted ? (rlim_t)wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    return getrlimit(RLIMIT_NOFILE, &limit) < 0 ? wanted : (int64_t)limit.rlim_cur;
}

/* With more requests, reads keep their connections open, and scales, which need new ones, could never connect. */
int32_t engine_concurrency(const struct config *config)
{
    int64_t ends = config->is_demo ? 2 : 1;
    int32_t concurrency = config->api.concurrency;
    int64_t reserved = FILES_RESERVED + FILES_PER_NOTIFIER * (int64_t)config->notify.count;
    int64_t wanted = reserved + ends * ((int64_t)requests_in_flight_max(concurrency) + 1);
    int64_t calls = (files_max(wanted) - reserved) / ends - 1;
    while (concurrency > 1 && requests_in_flight_max(concurrency) > calls)
        concurrency--;
    return concurrency;
}

struct reconciler_config engine_reconciler_config(const struct config *config, int32_t concurrency,
                                                  bool is_recording)
{
    return (struct reconciler_config){
        .discovery_interval_ms = config->discovery_interval_ms,
        .pass_interval_ms = config->pass_interval_ms,
        .concurrency = concurrency,
        .retries = config->api.retries,
        .draining = config->api.draining,
        .is_dry_run = config->dry_run,
        .is_read_only = config->read_only,
        .is_pending_removable = config->api.removes_pending,
        .is_once = config->mode == MODE_ONCE,
        .is_recording = is_recording,
        .policy_of = policy_of,
        .policy_context = config,
    };
}

struct backend_config engine_backend_config(const struct config *config, int32_t concurrency,
                                            const char *url)
{
    return (struct backend_config){
        .name = "rest",
        .url = url,
        .user_agent = USER_AGENT,
        .token = config->api.token,
        .ca_file = config->api.ca_file,
        .client_cert = config->api.client_cert,
        .client_key = config->api.client_key,
        .proxy = config->api.proxy,
        .insecure_tls = config->api.insecure_tls,
        .connect_timeout_ms = config->api.connect_timeout_ms,
        .timeout_ms = config->api.timeout_ms,
        .concurrency = requests_in_flight_max(concurrency),
    };
}
