#include "engine/core/unready.h"

#include "engine/base/arith.h"

void unready_observe(struct unready *unready, int64_t missing_hosts, int64_t booting_hosts,
                     struct mono now, int64_t boot_timeout_ms)
{
    int32_t dark = (int32_t)max_i64(0, missing_hosts - booting_hosts);
    unready->hosts = (int32_t)clamp_i64(missing_hosts, 0, unready->hosts);
    if (dark == 0 || unready->least == 0) {
        unready->least = dark;
        unready->since = now;
    }
    unready->least = (int32_t)min_i64(unready->least, dark);
    if (now.ms - unready->since.ms > boot_timeout_ms) {
        unready->hosts = (int32_t)max_i64(unready->hosts, unready->least);
        unready->least = dark;
        unready->since = now;
    }
}

void unready_emit(const struct unready *unready, int32_t before, const char *id,
                  const struct status *status, const struct event_sink *sink)
{
    if (unready->hosts <= before)
        return;
    struct event event;
    event_init(&event, EVENT_HOSTS_DARK);
    event_add_string(&event, "deployment", id);
    event_add_integer(&event, "dark_hosts", unready->hosts);
    event_add_integer(&event, "current_hosts", status->current_hosts);
    event_add_integer(&event, "total_servers", status->total_servers);
    event_emit(&event, sink);
}
