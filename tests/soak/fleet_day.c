#include "tests/soak/fleet_day.h"

#include "engine/backend/wire.h"
#include "engine/base/arith.h"
#include "engine/base/clock.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/random.h"
#include "engine/base/text.h"
#include "engine/sim/fleet_model.h"
#include "tests/support/formula.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define SEED 1
#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS (24 * HOUR_MS)
#define BOOT_MS ((int64_t)120 * 1000)
#define SPELL_MS 2500  /* duration of one kind of fault */
#define OUTAGE_MS 1000 /* at the start of its period */
#define LATE_MS_MIN 20
#define LATE_MS_MAX 200
#define LATE_MAX 64
#define NEEDS 3          /* statuses on which a scale may be based */
#define ROOM_MS 10000    /* by then an unconfirmed scale has expired and its hosts have booted */
#define SLACK_MS 100     /* the program measures from sending, the server from arrival */
#define UNLISTED_MS 1000 /* by then a scale in flight has arrived */
#define FLAP_BLOCK 15    /* deployments; fewer than the share that blocks removals */
#define KEY_SIZE 160
#define BODY_SIZE 16384
#define BREACHES_SHOWN 10

/* Fault rates: one in N requests of a kind; 0: none. */
struct weather {
    enum day_fault fault;
    int32_t of_statuses;
    int32_t of_scales;
    int32_t of_discoveries;
    bool is_out;
};

/* Rates are far higher than in production. Half of the time has no faults, so that scales succeed. */
static const struct weather weathers[] = {
    /* clang-format off */
    { DAY_WELL,      0, 0,  0, false },
    { DAY_SLOW,    100, 2,  5, false },
    { DAY_WELL,      0, 0,  0, false },
    { DAY_LOST,    400, 3,  5, false },
    { DAY_WELL,      0, 0,  0, false },
    { DAY_FLAP,      0, 0,  1, false },
    { DAY_WELL,      0, 0,  0, false },
    { DAY_ERROR,   400, 3,  5, false },
    { DAY_RESET,   400, 3,  5, false },
    { DAY_WELL,      0, 0,  0, false },
    { DAY_HUNG,   1000, 4, 20, false },
    { DAY_BUSY,   1000, 4, 20, false },
    { DAY_WELL,      0, 0,  0, false },
    { DAY_GARBAGE, 400, 0,  5, false },
    { DAY_WELL,      0, 0,  0, true  },
    /* clang-format on */
};
#define WEATHER_COUNT ((int64_t)(sizeof weathers / sizeof weathers[0]))

/* A scale without a successful response. */
struct open_scale {
    bool is_open;
    bool is_late; /* the response is in flight */
    int64_t at_ms;
    int32_t shown_hosts; /* in the last status before it */
};

struct site {
    struct definition definition;
    bool is_formula;
    bool is_listed;
    int64_t unlisted_ms;
    int32_t owned; /* the real number: booted or ordered, without draining hosts */
    int32_t shown_hosts;
    bool is_shown;
    int64_t needs[NEEDS]; /* hosts by the formula for the last statuses */
    int64_t need_count;
    struct open_scale open;
    int64_t room; /* hosts of applied scales without a response */
    int64_t room_ms;
    char key[KEY_SIZE];
};

struct late {
    int64_t due_ms;
    struct site *site; /* the site of the scale; NULL: a read */
    struct day_late answer;
};

struct fleet_day {
    pthread_mutex_t lock;
    struct fleet_model *model;
    struct wire *wire;
    struct random random;
    struct mono start;
    struct site sites[FLEET_DAY_DEPLOYMENTS];
    struct late late[LATE_MAX];
    size_t late_count;
    struct day_counts counts;
    char body[BODY_SIZE]; /* of the current response */
};

const char *day_fault_name(enum day_fault fault)
{
    static const char *const names[DAY_FAULT_COUNT] = { "well", "slow",    "lost",
                                                        "500",  "reset",   "hung",
                                                        "429",  "garbage", "flapping" };
    return names[fault];
}

static const char *const law_names[] = {
#define LAW(id, name, meaning) name,
#include "tests/soak/fleet_day_laws.def"
#undef LAW
};

static const char *const law_meanings[] = {
#define LAW(id, name, meaning) meaning,
#include "tests/soak/fleet_day_laws.def"
#undef LAW
};
_Static_assert(sizeof law_names / sizeof law_names[0] == DAY_LAW_COUNT, "count the laws");

const char *day_law_name(enum day_law law)
{
    return law_names[law];
}

/* --- time and faults ------------------------------------------------------------------------------------------- */

static int64_t elapsed_ms(const struct fleet_day *day)
{
    return mono_now().ms - day->start.ms;
}

double fleet_day_hours(const struct fleet_day *day)
{
    return (double)elapsed_ms(day) * FLEET_DAY_SPEED / (double)HOUR_MS;
}

static const struct weather *weather_at(int64_t now_ms)
{
    return &weathers[now_ms / SPELL_MS % WEATHER_COUNT];
}

bool fleet_day_is_out(struct fleet_day *day)
{
    int64_t now_ms = elapsed_ms(day);
    return weather_at(now_ms)->is_out && now_ms % SPELL_MS < OUTAGE_MS;
}

static bool happens(struct fleet_day *day, int32_t one_in)
{
    return one_in > 0 && random_below(&day->random, one_in) == 0;
}

static enum day_fault draw_fault(struct fleet_day *day, int32_t one_in)
{
    enum day_fault fault = happens(day, one_in) ? weather_at(elapsed_ms(day))->fault : DAY_WELL;
    if (fault == DAY_SLOW && day->late_count == LATE_MAX)
        fault = DAY_WELL;
    day->counts.faults[fault]++;
    return fault;
}

/* --- answers --------------------------------------------------------------------------------------------------- */

static void put_off(struct fleet_day *day, const struct fake_request *request, struct site *site)
{
    must(day->late_count < LATE_MAX);
    struct late *late = &day->late[day->late_count++];
    struct text text;
    late->due_ms =
        elapsed_ms(day) + LATE_MS_MIN + random_below(&day->random, LATE_MS_MAX - LATE_MS_MIN + 1);
    late->site = site;
    late->answer.connection = request->connection;
    text_init(&text, late->answer.bytes, sizeof late->answer.bytes);
    text_addf(
        &text,
        "HTTP/1.1 200 Late\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
        strlen(day->body), day->body);
    must(!text.was_cut);
    late->answer.size = text.length;
}

/* Sends day->body, or applies the current fault instead. */
static void answer_with(struct fleet_day *day, enum day_fault fault, struct fake_answer *answer)
{
    answer->body = day->body;
    switch (fault) {
    case DAY_WELL:
    case DAY_FLAP:
        break;
    case DAY_SLOW:
    case DAY_HUNG:
        *answer = (struct fake_answer){ .ending = FAKE_HANG };
        break;
    case DAY_LOST:
        *answer = (struct fake_answer){ .ending = FAKE_CLOSE };
        break;
    case DAY_RESET:
        *answer = (struct fake_answer){ .ending = FAKE_RESET };
        break;
    case DAY_ERROR:
        answer->status = 500;
        answer->body = "{\"error\":{\"message\":\"the database is gone\"}}";
        break;
    case DAY_BUSY:
        answer->status = 429;
        answer->headers = "Retry-After: 1\r\n";
        answer->body = "{\"error\":\"not so fast\"}";
        break;
    case DAY_GARBAGE:
        answer->body = "<html><body>It works!</body></html>";
        break;
    }
}

/* Delays responses to reads. Discovery responses are too long to store and are sent at once. */
static void answer_read(struct fleet_day *day, const struct fake_request *request,
                        enum day_fault fault, struct fake_answer *answer)
{
    bool is_slow = fault == DAY_SLOW && strlen(day->body) < FLEET_DAY_LATE_SIZE / 2;
    if (is_slow)
        put_off(day, request, NULL);
    answer_with(day, fault == DAY_SLOW && !is_slow ? DAY_WELL : fault, answer);
}

bool fleet_day_take_late(struct fleet_day *day, struct day_late *ret_late)
{
    int64_t now_ms = elapsed_ms(day);
    bool is_found = false;
    pthread_mutex_lock(&day->lock);
    for (size_t i = 0; i < day->late_count && !is_found; i++) {
        if (day->late[i].due_ms > now_ms)
            continue;
        is_found = true;
        *ret_late = day->late[i].answer;
        if (day->late[i].site)
            day->late[i].site->open.is_open = false;
        day->late[i] = day->late[--day->late_count];
    }
    pthread_mutex_unlock(&day->lock);
    return is_found;
}

/* --- the laws -------------------------------------------------------------------------------------------------- */

static void breach(struct fleet_day *day, enum day_law law, const struct site *site, int32_t delta)
{
    int64_t total = 0;
    day->counts.breaches[law]++;
    for (int i = 0; i < DAY_LAW_COUNT; i++)
        total += day->counts.breaches[i];
    if (total > BREACHES_SHOWN)
        return;
    fprintf(stderr,
            "soak: at %.2f h, %s, delta %+d: owned %d, shown %d, needs %lld %lld %lld, room %lld, "
            "open for %lld ms\n"
            "soak: broken: %s: %s\n",
            fleet_day_hours(day), site->definition.id, (int)delta, (int)site->owned,
            (int)site->shown_hosts, (long long)site->needs[0], (long long)site->needs[1],
            (long long)site->needs[2], (long long)site->room,
            (long long)(site->open.is_open ? elapsed_ms(day) - site->open.at_ms : 0),
            law_names[law], law_meanings[law]);
}

static bool is_open(const struct site *site, int64_t now_ms)
{
    return site->open.is_open &&
           (site->open.is_late || now_ms - site->open.at_ms < FLEET_DAY_CONFIRM_MS - SLACK_MS);
}

static void check_request(struct fleet_day *day, struct site *site, const char *key, int32_t delta)
{
    int64_t now_ms = elapsed_ms(day);
    if (strcmp(site->key, key) == 0 && !site->open.is_open)
        breach(day, LAW_KEY, site, delta);
    snprintf(site->key, sizeof site->key, "%s", key);
    if (is_open(site, now_ms))
        breach(day, LAW_ONE_OPEN, site, delta);
    if (!site->is_listed && now_ms - site->unlisted_ms > UNLISTED_MS)
        breach(day, LAW_LISTED, site, delta);
}

/* The highest and lowest need of the last statuses, at least min_hosts. */
static int64_t highest_need(const struct site *site)
{
    int64_t highest = 1;
    for (int i = 0; i < NEEDS; i++)
        highest = max_i64(highest, site->needs[i]);
    return highest;
}

static int64_t lowest_need(const struct site *site)
{
    int64_t lowest = INT64_MAX;
    for (int i = 0; i < NEEDS; i++)
        lowest = min_i64(lowest, site->needs[i]);
    return max_i64(lowest, 1);
}

static void check_owned(struct fleet_day *day, struct site *site, int32_t delta)
{
    if (!site->is_formula || site->need_count < NEEDS)
        return;
    int64_t room = elapsed_ms(day) - site->room_ms < ROOM_MS ? site->room : 0;
    if (delta > 0 && site->owned > highest_need(site) + room)
        breach(day, LAW_NOT_TWICE, site, delta);
    if (delta < 0 && site->owned < lowest_need(site) - room)
        breach(day, LAW_BUSY_STAY, site, delta);
}

/* --- GET /discover --------------------------------------------------------------------------------------------- */

static void list_site(struct fleet_day *day, struct text *text, size_t index, bool is_listed)
{
    struct site *site = &day->sites[index];
    if (site->is_listed && !is_listed)
        site->unlisted_ms = elapsed_ms(day);
    site->is_listed = is_listed;
    if (!is_listed)
        return;
    text_addf(text, "%s{\"id\":\"%s\",\"servers_per_host\":%d,\"target_free_pct\":",
              text->data[text->length - 1] == '[' ? "" : ",", site->definition.id,
              (int)site->definition.servers_per_host);
    text_add_percent(text, site->definition.target_free_ppb);
    text_add(text, "}");
}

/* During list faults, a list is complete, lacks a block of deployments, or is empty. */
static void write_list(struct fleet_day *day, enum day_fault fault)
{
    int64_t what = fault == DAY_FLAP ? random_below(&day->random, 4) : 0;
    size_t block = (size_t)(elapsed_ms(day) / SPELL_MS * FLAP_BLOCK % FLEET_DAY_DEPLOYMENTS);
    struct text text;
    text_init(&text, day->body, sizeof day->body);
    text_add(&text, "{\"deployments\":[");
    for (size_t i = 0; what != 3 && i < FLEET_DAY_DEPLOYMENTS; i++)
        list_site(day, &text, i, what == 0 || i < block || i >= block + FLAP_BLOCK);
    text_add(&text, "]}");
    must(!text.was_cut);
}

static void answer_discovery(struct fleet_day *day, const struct fake_request *request,
                             struct fake_answer *answer)
{
    enum day_fault fault = draw_fault(day, weather_at(elapsed_ms(day))->of_discoveries);
    day->counts.discoveries++;
    if (fault == DAY_WELL || fault == DAY_SLOW || fault == DAY_FLAP)
        write_list(day, fault);
    else
        day->body[0] = '\0';
    answer_read(day, request, fault, answer);
}

/* --- GET /status/{id} ------------------------------------------------------------------------------------------ */

static int64_t simulated_ms(const struct fleet_day *day)
{
    return elapsed_ms(day) * FLEET_DAY_SPEED;
}

static struct site *find_site(struct fleet_day *day, const char *id)
{
    ptrdiff_t index = fleet_model_find(day->model, id);
    return index < 0 ? NULL : &day->sites[index];
}

/* Only scales change the hosts, so the real number is the first status plus all later scales. */
static void show(struct site *site, const struct status *status)
{
    if (!site->is_shown)
        site->owned = status->current_hosts;
    site->is_shown = true;
    site->shown_hosts = status->current_hosts;
    site->needs[site->need_count++ % NEEDS] =
        formula_hosts((int64_t)status->total_servers - status->free_servers,
                      site->definition.servers_per_host, site->definition.target_free_ppb);
    bool has_moved = status->current_hosts != site->open.shown_hosts;
    if (has_moved && !site->open.is_late)
        site->open.is_open = false;
}

static void answer_status(struct fleet_day *day, const struct fake_request *request,
                          struct site *site, struct fake_answer *answer)
{
    enum day_fault fault = draw_fault(day, weather_at(elapsed_ms(day))->of_statuses);
    struct status status;
    fleet_model_status(day->model, (size_t)(site - day->sites), simulated_ms(day), &status);
    snprintf(day->body, sizeof day->body,
             "{\"current_hosts\":%d,\"total_servers\":%d,\"free_servers\":%d}",
             (int)status.current_hosts, (int)status.total_servers, (int)status.free_servers);
    day->counts.statuses++;
    if (fault == DAY_WELL || fault == DAY_SLOW)
        show(site, &status);
    answer_read(day, request, fault, answer);
}

/* --- POST /scale ----------------------------------------------------------------------------------------------- */

/* Records a scale without a response; it may have been applied. */
static bool is_mute(enum day_fault fault)
{
    return fault == DAY_LOST || fault == DAY_RESET || fault == DAY_HUNG || fault == DAY_ERROR;
}

static void apply(struct fleet_day *day, struct site *site, int32_t delta, enum day_fault fault)
{
    struct error err;
    if (fleet_model_scale(day->model, (size_t)(site - day->sites), simulated_ms(day), delta, &err) <
        0) {
        breach(day, LAW_POSSIBLE, site, delta);
        return;
    }
    site->owned += delta;
    day->counts.scales_applied++;
    *(delta > 0 ? &day->counts.hosts_added : &day->counts.hosts_removed) +=
        delta > 0 ? delta : -(int64_t)delta;
    check_owned(day, site, delta);
    if (is_mute(fault)) {
        site->room = max_i64(delta, -(int64_t)delta);
        site->room_ms = elapsed_ms(day);
    }
}

static void carry_out(struct fleet_day *day, const struct fake_request *request, struct site *site,
                      int32_t delta, struct fake_answer *answer)
{
    enum day_fault fault = draw_fault(day, weather_at(elapsed_ms(day))->of_scales);
    check_request(day, site, request->key ? request->key : "", delta);
    if (is_mute(fault) || fault == DAY_SLOW)
        site->open = (struct open_scale){ .is_open = true,
                                          .is_late = fault == DAY_SLOW,
                                          .at_ms = elapsed_ms(day),
                                          .shown_hosts = site->shown_hosts };
    else
        site->open.is_open = false;
    if (fault != DAY_BUSY && !(is_mute(fault) && happens(day, 2)))
        apply(day, site, delta, fault);
    snprintf(day->body, sizeof day->body, "{}");
    if (fault == DAY_SLOW)
        put_off(day, request, site);
    answer_with(day, fault, answer);
}

static void answer_scale(struct fleet_day *day, const struct fake_request *request,
                         struct fake_answer *answer)
{
    char id[ID_SIZE_MAX + 1] = "";
    int32_t delta = 0;
    struct error err;
    day->counts.scales++;
    int failed = wire_decode_scale(day->wire, request->body, request->body_size, id, &delta, &err);
    struct site *site = failed ? NULL : find_site(day, id);
    if (site) {
        carry_out(day, request, site, delta, answer);
        return;
    }
    breach(day, LAW_POSSIBLE, &day->sites[0], delta);
    answer->status = 400;
}

/* --- all of it ------------------------------------------------------------------------------------------------- */

void fleet_day_answer(void *context, const struct fake_request *request,
                      struct fake_answer *ret_answer)
{
    static const char prefix[] = "/status/";
    struct fleet_day *day = context;
    bool is_status = strncmp(request->path, prefix, sizeof prefix - 1) == 0;
    pthread_mutex_lock(&day->lock);
    struct site *site = is_status ? find_site(day, request->path + sizeof prefix - 1) : NULL;
    if (strcmp(request->path, "/discover") == 0)
        answer_discovery(day, request, ret_answer);
    else if (site)
        answer_status(day, request, site, ret_answer);
    else if (strcmp(request->path, "/scale") == 0)
        answer_scale(day, request, ret_answer);
    else
        ret_answer->status = 404;
    pthread_mutex_unlock(&day->lock);
}

struct day_counts fleet_day_counts(struct fleet_day *day)
{
    pthread_mutex_lock(&day->lock);
    struct day_counts counts = day->counts;
    pthread_mutex_unlock(&day->lock);
    return counts;
}

static void init_sites(struct fleet_day *day)
{
    for (size_t i = 0; i < FLEET_DAY_DEPLOYMENTS; i++) {
        struct site *site = &day->sites[i];
        fleet_model_definition(day->model, i, &site->definition);
        site->is_formula = pattern_matches(FLEET_DAY_FORMULA, site->definition.id);
    }
}

struct fleet_day *fleet_day_create(void)
{
    const struct fleet_model_config model = { .deployment_count = FLEET_DAY_DEPLOYMENTS,
                                              .seed = SEED,
                                              .boot_ms = BOOT_MS,
                                              .day_ms = DAY_MS };
    struct error err;
    struct fleet_day *day = heap_alloc(1, sizeof *day);
    must(day);
    must(fleet_model_create(&model, &day->model, &err) == 0);
    must(wire_create(&day->wire, &err) == 0);
    must(pthread_mutex_init(&day->lock, NULL) == 0);
    day->random.state = SEED;
    day->start = mono_now();
    init_sites(day);
    return day;
}

void fleet_day_destroy(struct fleet_day *day)
{
    if (!day)
        return;
    pthread_mutex_destroy(&day->lock);
    wire_destroy(day->wire);
    fleet_model_destroy(day->model);
    heap_free(day);
}
