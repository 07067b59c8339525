#include "tests/support/hosts_api.h"

#include "tests/support/fleet_truth.h"
#include "tests/support/test.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define ID_SIZE 64
#define BODY_SIZE 16384
#define LIE_SIZE 512
#define STATUS_PREFIX "/status/"

/* Bodies and headers that must not be shown without escaping. */
#define HOSTILE_BODY                                                                               \
    "{\"error\":\"\\u001b[2J\\u202eno\\n2026-01-01T00:00:00.000Z info scaled deployment=a\"}"

struct script {
    enum trouble trouble;
    int64_t count;
};

struct lie {
    char text[LIE_SIZE];
    int64_t count;
};

struct site {
    char id[ID_SIZE];
    struct fleet_truth truth;
    int64_t busy;
    int64_t reads; /* the time of its hosts */
    struct script script;
    const struct fake_answer *status_answer; /* NULL: the usual one */
    const struct fake_answer *scale_answer;
    int64_t scale_answer_count; /* of its next scales */
    bool is_scale_applied;      /* in spite of the scripted response */
    struct lie entry;
    struct lie status;
    char stale[LIE_SIZE]; /* the fixed status of a stale replica; empty: none */
};

struct hosts_api {
    pthread_mutex_t lock;
    bool counts_ordered;
    int64_t boot_reads;
    int64_t drain_reads;
    int64_t fill;
    char redirect[256]; /* the header line */
    struct script scripts[REQUEST_KIND_COUNT];
    const struct fake_answer *discovery_answer; /* NULL: the usual one */
    struct site sites[HOSTS_SITES_MAX];
    size_t site_count;
    char body[BODY_SIZE]; /* of the current response */
};

static void lock(struct hosts_api *hosts)
{
    must(pthread_mutex_lock(&hosts->lock) == 0);
}

static void unlock(struct hosts_api *hosts)
{
    must(pthread_mutex_unlock(&hosts->lock) == 0);
}

static struct site *find(struct hosts_api *hosts, const char *id)
{
    for (size_t i = 0; i < hosts->site_count; i++)
        if (strcmp(hosts->sites[i].id, id) == 0)
            return &hosts->sites[i];
    return NULL;
}

/* For the test's thread; the deployment must exist. */
static struct site *get(struct hosts_api *hosts, const char *id)
{
    struct site *site = find(hosts, id);
    must(site);
    return site;
}

static bool count_down(int64_t *count)
{
    if (*count == 0)
        return false;
    if (*count != FOR_EVER)
        --*count;
    return true;
}

static enum trouble take(struct script *script)
{
    return count_down(&script->count) ? script->trouble : TROUBLE_NONE;
}

/* --- responses ----------------------------------------------------------------------------------------------- */

static void add_entry(struct text *text, struct site *site, bool *is_first)
{
    bool is_lie = count_down(&site->entry.count);
    if (is_lie && site->entry.text[0] == '\0')
        return;
    text_add(text, *is_first ? "" : ",");
    *is_first = false;
    if (is_lie)
        text_add(text, site->entry.text);
    else
        text_addf(text, "{\"id\":\"%s\",\"servers_per_host\":%d,\"target_free_pct\":%d}", site->id,
                  SITE_SERVERS_PER_HOST, SITE_TARGET_PCT);
}

static void write_discovery(struct hosts_api *hosts)
{
    struct text text;
    bool is_first = true;
    text_init(&text, hosts->body, sizeof hosts->body);
    text_add(&text, "{\"deployments\":[");
    for (size_t i = 0; i < hosts->site_count; i++)
        add_entry(&text, &hosts->sites[i], &is_first);
    text_add(&text, "]}");
    must(!text.was_cut);
}

static void write_truth(const struct site *site, char *body, size_t size)
{
    struct status status = fleet_truth_status(&site->truth, site->busy);
    snprintf(body, size, "{\"current_hosts\":%d,\"total_servers\":%d,\"free_servers\":%d}",
             (int)status.current_hosts, (int)status.total_servers, (int)status.free_servers);
}

static void write_status(struct hosts_api *hosts, struct site *site)
{
    site->reads++;
    fleet_truth_advance(&site->truth, site->reads);
    write_truth(site, hosts->body, sizeof hosts->body);
    if (count_down(&site->status.count))
        snprintf(hosts->body, sizeof hosts->body, "%s", site->status.text);
    else if (site->stale[0] && site->reads % 2 == 0)
        snprintf(hosts->body, sizeof hosts->body, "%s", site->stale);
}

/*
 * The deployment and delta of a scale; NULL: no such deployment. Does not use cJSON, because its hooks are global to
 * the process and an engine in the same process may set them now. `scales` checks that the JSON is valid.
 */
static struct site *read_scale(struct hosts_api *hosts, const char *body, int64_t *ret_delta)
{
    char id[ID_SIZE];
    long long delta;
    if (sscanf(body, "{\"deployment_id\":\"%63[^\"]\",\"delta\":%lld}", id, &delta) != 2)
        return NULL;
    *ret_delta = delta;
    return find(hosts, id);
}

/* Only ready hosts are removed. */
static void apply_scale(struct hosts_api *hosts, struct site *site, int64_t delta)
{
    if (delta <= 0) {
        must(-delta <= site->truth.ready);
        fleet_truth_remove(&site->truth, (int32_t)-delta, site->reads,
                           site->reads + hosts->drain_reads);
        return;
    }
    int64_t boot_reads = min_i64(hosts->boot_reads, INT64_MAX - site->reads);
    int64_t coming = min_i64(min_i64(delta, hosts->fill), INT32_MAX);
    fleet_truth_order(&site->truth, (int32_t)coming, site->reads + boot_reads);
    hosts->fill = FOR_EVER;
}

static bool is_applied(enum trouble trouble)
{
    return trouble == TROUBLE_NONE || trouble == TROUBLE_LOST || trouble == TROUBLE_ERROR_APPLIED ||
           trouble == TROUBLE_HUNG_APPLIED || trouble == TROUBLE_EMPTY ||
           trouble == TROUBLE_GARBAGE;
}

static struct fake_answer make_answer(const struct hosts_api *hosts, enum request_kind kind,
                                      enum trouble trouble)
{
    switch (trouble) {
    case TROUBLE_NONE:
        return (struct fake_answer){ .status = 200, .body = hosts->body };
    case TROUBLE_LOST:
    case TROUBLE_DROPPED:
        return (struct fake_answer){ .ending = FAKE_CLOSE };
    case TROUBLE_ERROR_APPLIED:
    case TROUBLE_ERROR:
        return (struct fake_answer){ .status = 500, .body = HOSTILE_BODY };
    case TROUBLE_REFUSED:
        return (struct fake_answer){ .status = 400, .body = HOSTILE_BODY };
    case TROUBLE_BUSY:
        return (struct fake_answer){ .status = 429, .headers = "Retry-After: 1\r\n" };
    case TROUBLE_OVERLOADED:
        return (struct fake_answer){ .status = 503, .body = "busy" };
    case TROUBLE_HUNG_APPLIED:
    case TROUBLE_HUNG:
        return (struct fake_answer){ .ending = FAKE_HANG };
    case TROUBLE_EMPTY:
        return (struct fake_answer){ .status = 200,
                                     .body = kind == REQUEST_DISCOVERY ? "{\"deployments\":[]}"
                                                                       : NULL };
    case TROUBLE_GARBAGE:
        return (struct fake_answer){ .status = 200, .body = "<html>Log in</html>" };
    case TROUBLE_REDIRECT:
        return (struct fake_answer){ .status = 307, .headers = hosts->redirect };
    }
    return (struct fake_answer){ 0 };
}

static struct fake_answer answer_scale(struct hosts_api *hosts, const char *body)
{
    int64_t delta = 0;
    struct site *site = read_scale(hosts, body, &delta);
    enum trouble trouble = take(&hosts->scripts[REQUEST_SCALE]);
    bool is_scripted = site && site->scale_answer_count > 0;
    snprintf(hosts->body, sizeof hosts->body, "{}");
    if (is_applied(trouble) && !site)
        return (struct fake_answer){ .status = 404 };
    if (is_scripted ? site->is_scale_applied : is_applied(trouble))
        apply_scale(hosts, site, delta);
    if (!is_scripted)
        return make_answer(hosts, REQUEST_SCALE, trouble);
    if (site->scale_answer_count != FOR_EVER)
        site->scale_answer_count--;
    return *site->scale_answer;
}

static struct fake_answer answer_status(struct hosts_api *hosts, const char *id)
{
    struct site *site = find(hosts, id);
    if (!site)
        return (struct fake_answer){ .status = 404 };
    if (site->status_answer)
        return *site->status_answer;
    enum trouble trouble = take(&site->script);
    trouble = trouble == TROUBLE_NONE ? take(&hosts->scripts[REQUEST_STATUS]) : trouble;
    if (trouble == TROUBLE_NONE)
        write_status(hosts, site);
    return make_answer(hosts, REQUEST_STATUS, trouble);
}

static struct fake_answer answer_discovery(struct hosts_api *hosts)
{
    if (hosts->discovery_answer)
        return *hosts->discovery_answer;
    write_discovery(hosts);
    return make_answer(hosts, REQUEST_DISCOVERY, take(&hosts->scripts[REQUEST_DISCOVERY]));
}

void hosts_api_answer(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer)
{
    struct hosts_api *hosts = context;
    size_t length = strlen(STATUS_PREFIX);
    lock(hosts);
    if (strcmp(request->path, "/discover") == 0) {
        *ret_answer = answer_discovery(hosts);
    } else if (strcmp(request->path, "/scale") == 0) {
        *ret_answer = answer_scale(hosts, request->body);
    } else if (strncmp(request->path, STATUS_PREFIX, length) == 0) {
        *ret_answer = answer_status(hosts, request->path + length);
    } else {
        *ret_answer = (struct fake_answer){ .status = 404 };
    }
    unlock(hosts);
}

/* --- the script ---------------------------------------------------------------------------------------------- */

void hosts_api_count_ordered(struct hosts_api *hosts)
{
    lock(hosts);
    hosts->counts_ordered = true;
    for (size_t i = 0; i < hosts->site_count; i++)
        hosts->sites[i].truth.is_counted_when_ordered = true;
    unlock(hosts);
}

void hosts_api_set_boot_reads(struct hosts_api *hosts, int64_t reads)
{
    lock(hosts);
    hosts->boot_reads = reads;
    unlock(hosts);
}

void hosts_api_set_drain_reads(struct hosts_api *hosts, int64_t reads)
{
    lock(hosts);
    hosts->drain_reads = reads;
    unlock(hosts);
}

void hosts_api_set_elsewhere(struct hosts_api *hosts, const char *url)
{
    lock(hosts);
    snprintf(hosts->redirect, sizeof hosts->redirect, "Location: %s/elsewhere\r\n", url);
    unlock(hosts);
}

void hosts_api_add(struct hosts_api *hosts, const char *id, int32_t hosts_ready, int64_t busy)
{
    lock(hosts);
    must(hosts->site_count < HOSTS_SITES_MAX);
    struct site *site = &hosts->sites[hosts->site_count++];
    snprintf(site->id, sizeof site->id, "%s", id);
    site->truth = (struct fleet_truth){ .servers_per_host = SITE_SERVERS_PER_HOST,
                                        .is_counted_when_ordered = hosts->counts_ordered,
                                        .is_ready_removed_first = true,
                                        .ready = hosts_ready };
    site->busy = busy;
    unlock(hosts);
}

void hosts_api_set_busy(struct hosts_api *hosts, const char *id, int64_t busy)
{
    lock(hosts);
    get(hosts, id)->busy = busy;
    unlock(hosts);
}

void hosts_api_set_ready(struct hosts_api *hosts, const char *id, int32_t hosts_ready)
{
    lock(hosts);
    struct fleet_truth *truth = &get(hosts, id)->truth;
    fleet_truth_move(truth, hosts_ready - truth->ready);
    unlock(hosts);
}

void hosts_api_set_fill(struct hosts_api *hosts, int64_t fill)
{
    lock(hosts);
    hosts->fill = fill;
    unlock(hosts);
}

static void say(struct hosts_api *hosts, struct lie *lie, const char *text, int64_t count)
{
    lock(hosts);
    must(strlen(text) < sizeof lie->text);
    memcpy(lie->text, text, strlen(text) + 1);
    lie->count = count;
    unlock(hosts);
}

void hosts_api_say_entry(struct hosts_api *hosts, const char *id, const char *text, int64_t count)
{
    say(hosts, &get(hosts, id)->entry, text, count);
}

void hosts_api_say_status(struct hosts_api *hosts, const char *id, const char *body, int64_t count)
{
    say(hosts, &get(hosts, id)->status, body, count);
}

void hosts_api_add_stale_replica(struct hosts_api *hosts, const char *id)
{
    lock(hosts);
    struct site *site = get(hosts, id);
    write_truth(site, site->stale, sizeof site->stale);
    unlock(hosts);
}

void hosts_api_trouble(struct hosts_api *hosts, enum request_kind kind, enum trouble trouble,
                       int64_t count)
{
    lock(hosts);
    hosts->scripts[kind] = (struct script){ trouble, count };
    unlock(hosts);
}

void hosts_api_trouble_site(struct hosts_api *hosts, const char *id, enum trouble trouble,
                            int64_t count)
{
    lock(hosts);
    get(hosts, id)->script = (struct script){ trouble, count };
    unlock(hosts);
}

void hosts_api_script_discovery(struct hosts_api *hosts, const struct fake_answer *answer)
{
    lock(hosts);
    hosts->discovery_answer = answer;
    unlock(hosts);
}

void hosts_api_script_status(struct hosts_api *hosts, const char *id,
                             const struct fake_answer *answer)
{
    lock(hosts);
    get(hosts, id)->status_answer = answer;
    unlock(hosts);
}

void hosts_api_script_scale(struct hosts_api *hosts, const char *id,
                            const struct fake_answer *answer, bool is_applied, int64_t count)
{
    lock(hosts);
    struct site *site = get(hosts, id);
    site->scale_answer = answer;
    site->scale_answer_count = count;
    site->is_scale_applied = is_applied;
    unlock(hosts);
}

void hosts_api_heal(struct hosts_api *hosts)
{
    lock(hosts);
    hosts->discovery_answer = NULL;
    memset(hosts->scripts, 0, sizeof hosts->scripts);
    for (size_t i = 0; i < hosts->site_count; i++) {
        hosts->sites[i].script.count = 0;
        hosts->sites[i].status_answer = NULL;
        hosts->sites[i].scale_answer_count = 0;
        hosts->sites[i].entry.count = 0;
        hosts->sites[i].status.count = 0;
        hosts->sites[i].stale[0] = '\0';
    }
    unlock(hosts);
}

int64_t hosts_api_hosts(struct hosts_api *hosts, const char *id)
{
    lock(hosts);
    int64_t count = fleet_truth_owned(&get(hosts, id)->truth);
    unlock(hosts);
    return count;
}

int64_t hosts_api_reads(struct hosts_api *hosts, const char *id)
{
    lock(hosts);
    int64_t count = get(hosts, id)->reads;
    unlock(hosts);
    return count;
}

bool hosts_reads_are_enough(void *hosts_reads)
{
    const struct hosts_reads *reads = hosts_reads;
    return hosts_api_reads(reads->hosts, reads->id) >= reads->wanted;
}

/* --- life cycle ---------------------------------------------------------------------------------------------- */

struct hosts_api *hosts_api_create(void)
{
    struct hosts_api *hosts = heap_alloc(1, sizeof *hosts);
    must(hosts);
    must(pthread_mutex_init(&hosts->lock, NULL) == 0);
    hosts->boot_reads = 1;
    hosts->fill = FOR_EVER;
    return hosts;
}

void hosts_api_destroy(struct hosts_api *hosts)
{
    if (!hosts)
        return;
    pthread_mutex_destroy(&hosts->lock);
    heap_free(hosts);
}
