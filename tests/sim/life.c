#include "tests/sim/life.h"

#include "engine/base/arith.h"
#include "engine/sim/draw.h"
#include "tests/sim/truth.h"
#include "tests/support/counting_heap.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 512
#define TIMEOUT_MS 5000
#define TIMEOUT_MS_PAIR 1000
#define CALM_PASSES 10
#define REST_MS_MAX ((int64_t)2 * 60 * 60 * 1000)
#define BOOT_TIMEOUT_MS ((int64_t)600000)
#define CANCELLED_MAX (2 * LIFE_FAULTS_MAX)

const struct life_options life_options_default = {
    .steps_max = INT64_MAX,
    .families = UINT32_MAX,
    .focus = NOBODY,
};

enum answer {
    ANSWER_OK,
    ANSWER_ERROR,
    ANSWER_TIMEOUT,
    ANSWER_MISSING,
    ANSWER_FORBIDDEN,
    ANSWER_GARBAGE,
    ANSWER_BUSY,
    ANSWER_IMPLAUSIBLE,
    ANSWER_ZEROS,
    ANSWER_STALE,
    ANSWER_SWAPPED,
    ANSWER_LOST,
    ANSWER_DROPPED,
    ANSWER_REFUSED,
    ANSWER_EMPTY,
};

struct call {
    int64_t due_ms;
    int64_t start_ms;
    int64_t wait_ms; /* Retry-After */
    enum effect_kind kind;
    enum answer answer;
    uint32_t site;
    uint32_t slot;
    int32_t delta;
    bool is_early; /* the status is that of when the read began */
    struct status status;
};

struct site {
    const struct plan_site *plan;
    struct truth truth;
    struct book book;
    struct status replica;
    int64_t replica_ms;
    int64_t demand; /* at rest; negative: as planned */
    uint64_t read_number, scale_number;
    uint64_t pass; /* in which it was read last */
    int32_t reads_in_pass;
    int32_t listed_size, listed_target;
    int32_t asked_by_hand; /* accepted and not sent yet */
    bool is_there;         /* not left out */
    bool is_named;         /* by the list that is being made */
    bool is_spared;
    bool is_reading;
    bool has_twin;
    bool is_too_slow; /* to come to rest in time */
    uint64_t trace;
};

enum phase { PHASE_FAULTS, PHASE_REST, PHASE_CALM, PHASE_STOP };

static struct life {
    const struct plan *plan;
    const struct life_options *options;
    struct life_result *result;
    struct machine *machine;
    struct machine_config config;
    int64_t now_ms;
    enum phase phase;
    int64_t step;
    int32_t permille[FAMILY_COUNT];
    int64_t timeout_ms;
    size_t site_count;
    struct site sites[PLAN_SITES_MAX];
    struct surroundings around;
    size_t generation; /* of the configuration */
    size_t next_incident;
    int64_t outage_until_ms;

    /* Requests: those that take the usual time come in turn, the others by their dates. */
    size_t prompt_first, prompt_count;
    struct call prompt[CALLS_MAX];
    size_t late_count;
    struct call late[CALLS_MAX];
    int32_t in_flight; /* reads and scales */
    bool is_listing;

    uint64_t key;
    uint64_t list_number;
    int64_t list_quiet_ms;
    int32_t listed, latched_listed, entry_count;
    bool has_listed;
    uint64_t pass_number;
    int64_t passes_allowed;
    size_t held_before;
    uint64_t trace;
    uint64_t cancelled[CANCELLED_MAX]; /* open addressing; 0: none */
} life;

static jmp_buf crashed;
static bool is_running;

/* Stands in for engine/base/panic: a failed check is a broken law. */
_Noreturn void panic_failed(const char *expression, const char *file, int line)
{
    if (!is_running) {
        fprintf(stderr, "internal check failed: %s (%s:%d)\n", expression, file, line);
        abort();
    }
    snprintf(life.result->crash, sizeof life.result->crash, "%s (%s:%d)", expression, file, line);
    longjmp(crashed, 1);
}

/* --- telling ---------------------------------------------------------------------------------------- */

static int64_t age_ms(void)
{
    return life.now_ms - life.plan->begin_ms;
}

static void note(uint32_t site, enum record_kind kind, int64_t a, int64_t b, int64_t c)
{
    struct life_result *result = life.result;
    if (life.options->focus == NOBODY || (site != NOBODY && site != life.options->focus))
        return;
    result->records[result->record_count++ % LIFE_RECORDS_MAX] =
        (struct record){ life.step, age_ms(), kind, a, b, c };
}

static void check(struct breach breach, uint32_t site)
{
    struct life_result *result = life.result;
    if (breach.law == LAW_NONE || result->breach.law != LAW_NONE)
        return;
    result->breach = breach;
    result->site = site;
    result->step = life.step;
    result->at_ms = age_ms();
}

static void demand_law(bool is_kept, enum law law, uint32_t site, int64_t is, int64_t bound)
{
    if (!is_kept)
        check((struct breach){ law, is, bound }, site);
}

static void mix(uint64_t value)
{
    life.trace = random_mix(life.trace ^ value) + 1;
}

/* "d007" is 7; NOBODY: not one of ours. */
static uint32_t index_of(const char *id)
{
    if (id[0] != 'd')
        return NOBODY;
    return (uint32_t)((id[1] - '0') * 100 + (id[2] - '0') * 10 + (id[3] - '0'));
}

static void take_event(void *context, const struct event *event)
{
    (void)context;
    mix((uint64_t)event->id << 32 ^ (uint64_t)life.now_ms);
    for (size_t i = 0; i < event->field_count; i++)
        mix((uint64_t)event->fields[i].number);
    if (event->id == EVENT_PASS_STARTED)
        life.pass_number++;
    if (event->id == EVENT_SCALE_DROPPED) {
        uint32_t index = index_of(event->fields[0].string);
        if (index != NOBODY)
            life.sites[index].asked_by_hand = 0;
    }
}

/* --- faults ----------------------------------------------------------------------------------------- */

static uint64_t fault_key(uint32_t site, enum family family, uint64_t number)
{
    return random_mix(((uint64_t)site << 40) ^ ((uint64_t)family << 32) ^ number) | 1;
}

static void cancel_fault(const struct fault *fault)
{
    uint64_t key = fault_key(fault->site, fault->family, fault->number);
    size_t place = key % CANCELLED_MAX;
    while (life.cancelled[place] != 0)
        place = (place + 1) % CANCELLED_MAX;
    life.cancelled[place] = key;
}

static bool is_cancelled(uint32_t site, enum family family, uint64_t number)
{
    uint64_t key = fault_key(site, family, number);
    for (size_t place = key % CANCELLED_MAX; life.cancelled[place] != 0;
         place = (place + 1) % CANCELLED_MAX)
        if (life.cancelled[place] == key)
            return true;
    return false;
}

static void list_fault(uint32_t site, enum family family, uint64_t number)
{
    struct life_result *result = life.result;
    note(site, RECORD_FAULT, family, (int64_t)number, 0);
    if (life.options->is_listing_faults && result->fault_count < LIFE_FAULTS_MAX)
        result->faults[result->fault_count++] = (struct fault){ site, family, number };
}

static uint64_t key_of(uint32_t site)
{
    return site == NOBODY ? life.plan->seed : life.sites[site].plan->key;
}

/* Luck beside the faults' own: what kind, how many. */
static int64_t luck(uint32_t site, enum family family, uint64_t number, int64_t bound)
{
    return draw_below(key_of(site), 0x100u + (uint32_t)family, number, bound);
}

static bool happens(uint32_t site, enum family family, uint64_t number)
{
    if (life.permille[family] == 0 || (site != NOBODY && life.sites[site].is_spared))
        return false;
    if (draw_below(key_of(site), 0x80u + (uint32_t)family, number, 1000) >= life.permille[family])
        return false;
    if (life.options->cancelled_count > 0 && is_cancelled(site, family, number))
        return false;
    list_fault(site, family, number);
    return true;
}

/* --- deployments ------------------------------------------------------------------------------------ */

static const struct policy *policy_of(const void *context, const char *id)
{
    (void)context;
    uint32_t index = index_of(id);
    return index == NOBODY ? &policy_default
                           : &life.sites[index].plan->policies[life.generation % PLAN_POLICIES];
}

static struct status status_of(const struct site *site)
{
    int64_t demand = site->demand >= 0 ? site->demand : demand_at(site->plan, age_ms());
    return truth_status(&site->truth, demand);
}

static void found_site(uint32_t index)
{
    struct site *site = &life.sites[index];
    const struct plan_site *plan = &life.plan->sites[index];
    *site = (struct site){
        .plan = plan,
        .demand = -1,
        .listed_size = plan->servers_per_host,
        .listed_target = plan->target_free_ppb,
        .is_there = !life.options->is_left_out || !life.options->is_left_out[index],
        .is_spared =
            life.options->are_all_spared || (life.options->are_even_spared && index % 2 == 0),
        .truth = { .servers_per_host = plan->servers_per_host,
                   .is_counted_when_ordered = plan->is_counted_when_ordered,
                   .is_rude = plan->is_rude,
                   .ready = plan->hosts,
                   .next_ms = INT64_MAX },
    };
    site->book.policy = &plan->policies[0];
    book_forget(&site->book);
    site->replica = status_of(site);
    site->replica_ms = life.now_ms;
}

static void kill_hosts(struct site *site, uint32_t index)
{
    int32_t hosts =
        (int32_t)min_i64(site->truth.ready, 1 + luck(index, FAMILY_DEATHS, site->read_number,
                                                     site->truth.ready / 4 + 1));
    site->truth.ready -= hosts;
    if (luck(index, FAMILY_DEATHS, ~site->read_number, 2))
        site->truth.dark += hosts;
    book_shake(&site->book, life.now_ms, 2 * (int64_t)hosts);
}

static void move_hosts(struct site *site, uint32_t index)
{
    int32_t hosts = (int32_t)luck(index, FAMILY_FOREIGN, site->read_number, 7) - 3;
    hosts = (int32_t)max_i64(hosts, -(int64_t)site->truth.ready);
    site->truth.ready += hosts;
    book_shake(&site->book, life.now_ms, 2 * (int64_t)hosts);
}

/* --- requests --------------------------------------------------------------------------------------- */

static bool is_before(const struct call *a, const struct call *b)
{
    return a->due_ms < b->due_ms;
}

static void swap_calls(struct call *a, struct call *b)
{
    struct call other = *a;
    *a = *b;
    *b = other;
}

static void add_late(const struct call *call)
{
    must(life.late_count < CALLS_MAX);
    size_t i = life.late_count++;
    life.late[i] = *call;
    for (; i > 0 && is_before(&life.late[i], &life.late[(i - 1) / 2]); i = (i - 1) / 2)
        swap_calls(&life.late[i], &life.late[(i - 1) / 2]);
}

static void take_late(struct call *ret_call)
{
    *ret_call = life.late[0];
    life.late[0] = life.late[--life.late_count];
    for (size_t i = 0;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < life.late_count && is_before(&life.late[child + 1], &life.late[child]))
            child++;
        if (child >= life.late_count || !is_before(&life.late[child], &life.late[i]))
            return;
        swap_calls(&life.late[i], &life.late[child]);
        i = child;
    }
}

static void add_call(struct call *call, int64_t delay_ms)
{
    call->start_ms = life.now_ms;
    call->due_ms = life.now_ms + delay_ms;
    if (call->kind == EFFECT_READ && delay_ms == life.plan->read_ms &&
        life.prompt_count < CALLS_MAX)
        life.prompt[(life.prompt_first + life.prompt_count++) % CALLS_MAX] = *call;
    else
        add_late(call);
}

static int64_t next_due_ms(void)
{
    int64_t prompt_ms = life.prompt_count > 0 ? life.prompt[life.prompt_first].due_ms : INT64_MAX;
    return life.late_count > 0 ? min_i64(prompt_ms, life.late[0].due_ms) : prompt_ms;
}

static void take_call(struct call *ret_call)
{
    bool is_prompt =
        life.prompt_count > 0 &&
        (life.late_count == 0 || life.prompt[life.prompt_first].due_ms <= life.late[0].due_ms);
    if (!is_prompt) {
        take_late(ret_call);
        return;
    }
    *ret_call = life.prompt[life.prompt_first];
    life.prompt_first = (life.prompt_first + 1) % CALLS_MAX;
    life.prompt_count--;
}

static int64_t wait_of(uint32_t site, uint64_t number)
{
    static const int64_t waits_ms[] = { 0, 500, 3000, 20000, 45000, 120000 };
    return waits_ms[luck(site, FAMILY_RETRY_AFTER, number, 6)];
}

static enum answer failure_of(uint32_t site, uint64_t number)
{
    static const enum answer answers[] = { ANSWER_ERROR,   ANSWER_ERROR,     ANSWER_TIMEOUT,
                                           ANSWER_MISSING, ANSWER_FORBIDDEN, ANSWER_GARBAGE };
    return answers[luck(site, FAMILY_READ_FAIL, number, 6)];
}

static bool is_out(void)
{
    return life.now_ms < life.outage_until_ms;
}

/* A lie that all is gone is told twice in a row at most, and not where we have asked for it. */
static bool may_lie_zeros(const struct site *site)
{
    const struct book *book = &site->book;
    bool is_removing = book->is_unconfirmed || life.now_ms - book->shrunk_ms < 4 * BOOT_TIMEOUT_MS;
    return !is_removing && book->zeros < 2 && book->told_count > 0 &&
           book->told.current_hosts > 0 && status_of(site).current_hosts > 0;
}

static enum answer draw_read(struct site *site, uint32_t index, struct call *call)
{
    uint64_t number = site->read_number;
    if (is_out())
        return number % 4 == 0 ? ANSWER_TIMEOUT : ANSWER_ERROR;
    if (happens(index, FAMILY_RETRY_AFTER, number)) {
        call->wait_ms = wait_of(index, number);
        return ANSWER_BUSY;
    }
    if (happens(index, FAMILY_READ_FAIL, number))
        return failure_of(index, number);
    if (happens(index, FAMILY_IMPLAUSIBLE, number))
        return ANSWER_IMPLAUSIBLE;
    if (happens(index, FAMILY_ZEROS, number) && may_lie_zeros(site))
        return ANSWER_ZEROS;
    if (happens(index, FAMILY_SWAP, number))
        return ANSWER_SWAPPED;
    return happens(index, FAMILY_STALE, number) ? ANSWER_STALE : ANSWER_OK;
}

static int64_t delay_of(uint32_t site, enum answer answer, uint64_t number, int64_t usual_ms)
{
    if (answer == ANSWER_TIMEOUT || answer == ANSWER_LOST)
        return life.timeout_ms;
    if (happens(site, FAMILY_SLOW, number))
        return 1 + luck(site, FAMILY_SLOW, number, 2 * life.plan->pass_interval_ms);
    return usual_ms;
}

static void check_read(struct site *site, uint32_t index)
{
    if (site->pass != life.pass_number) {
        site->pass = life.pass_number;
        site->reads_in_pass = 0;
    }
    site->reads_in_pass++;
    demand_law(site->reads_in_pass <= 1 + life.config.retries, LAW_RATE, index, site->reads_in_pass,
               1 + life.config.retries);
    demand_law(life.now_ms >= site->book.quiet_ms, LAW_RETRY_AFTER, index, life.now_ms,
               site->book.quiet_ms);
    demand_law(!site->is_reading, LAW_RATE, index, 2, 1);
    demand_law(site->book.is_listed, LAW_ABSENT, index, 0, 1);
}

static void start_read(const struct effect *effect, uint32_t index)
{
    struct site *site = &life.sites[index];
    struct call call = {
        .kind = EFFECT_READ, .site = index, .slot = effect->slot, .wait_ms = RETRY_AFTER_NONE
    };
    check_read(site, index);
    site->is_reading = true;
    site->read_number++;
    life.result->reads++;
    if (happens(index, FAMILY_DEATHS, site->read_number))
        kill_hosts(site, index);
    if (happens(index, FAMILY_FOREIGN, site->read_number))
        move_hosts(site, index);
    call.answer = draw_read(site, index, &call);
    int64_t delay_ms = delay_of(index, call.answer, site->read_number, life.plan->read_ms);
    if (delay_ms > life.plan->read_ms && call.answer == ANSWER_OK) {
        truth_advance(&site->truth, life.now_ms);
        call.is_early = luck(index, FAMILY_SLOW, ~site->read_number, 2) == 0;
        call.status = status_of(site);
    }
    add_call(&call, delay_ms);
}

static enum answer draw_scale(struct site *site, uint32_t index, struct call *call)
{
    uint64_t number = site->scale_number;
    if (is_out())
        return number % 2 ? ANSWER_DROPPED : ANSWER_REFUSED;
    if (happens(index, FAMILY_RETRY_AFTER, number | (uint64_t)1 << 31)) {
        call->wait_ms = wait_of(index, number);
        return ANSWER_BUSY;
    }
    if (happens(index, FAMILY_LOST, number))
        return ANSWER_LOST;
    if (happens(index, FAMILY_DROPPED, number))
        return ANSWER_DROPPED;
    return happens(index, FAMILY_REFUSED, number) ? ANSWER_REFUSED : ANSWER_OK;
}

static void start_scale(const struct effect *effect, uint32_t index)
{
    struct site *site = &life.sites[index];
    struct call call = { .kind = EFFECT_SCALE,
                         .site = index,
                         .slot = effect->slot,
                         .delta = effect->delta,
                         .wait_ms = RETRY_AFTER_NONE };
    uint64_t key = strtoull(strchr(effect->key, '-') + 1, NULL, 16);
    demand_law(key > life.key, LAW_UNIQUE_KEY, index, (int64_t)key, (int64_t)life.key);
    life.key = key;
    bool is_manual = site->asked_by_hand != 0;
    if (is_manual)
        demand_law(effect->delta == site->asked_by_hand, LAW_NO_SEND, index, effect->delta,
                   site->asked_by_hand);
    site->asked_by_hand = 0;
    check(book_send(&site->book, &life.around, effect->delta, is_manual), index);
    if (!is_manual)
        demand_law(life.now_ms >= site->book.quiet_ms, LAW_RETRY_AFTER, index, life.now_ms,
                   site->book.quiet_ms);
    if (life.phase == PHASE_CALM && !site->is_too_slow && !is_manual) {
        /*
         * A reserve fades for a day. At a target of nothing a full fleet is right by the formula, demand may hide. An
         * API that gives back hosts that serve while others boot makes demand itself go up and down. In small steps a
         * reserve takes longer than anybody waits here.
         */
        bool is_fading = book_expects(&site->book) && effect->delta < 0;
        bool is_hiding = book_expects(&site->book) &&
                         (site->book.told.free_servers == 0 || site->plan->is_rude ||
                          site->book.policy->max_step_up.kind != STEP_UNLIMITED);
        demand_law(is_fading || is_hiding, LAW_CALM, index, effect->delta, 0);
    }
    site->scale_number++;
    site->trace = random_mix(site->trace ^ (uint64_t)life.now_ms ^ (uint64_t)effect->delta << 48);
    life.result->scales++;
    note(index, RECORD_SCALE, effect->delta, is_manual, 0);
    call.answer = draw_scale(site, index, &call);
    add_call(&call, delay_of(index, call.answer, site->scale_number | (uint64_t)1 << 31,
                             life.plan->scale_ms));
}

static void start_discovery(void)
{
    struct call call = { .kind = EFFECT_DISCOVER, .site = NOBODY, .wait_ms = RETRY_AFTER_NONE };
    uint64_t number = ++life.list_number;
    demand_law(!life.is_listing, LAW_IN_FLIGHT, NOBODY, 2, 1);
    demand_law(life.now_ms >= life.list_quiet_ms, LAW_RETRY_AFTER, NOBODY, life.now_ms,
               life.list_quiet_ms);
    life.is_listing = true;
    if (is_out()) {
        call.answer = ANSWER_ERROR;
    } else if (happens(NOBODY, FAMILY_RETRY_AFTER, number)) {
        call.answer = ANSWER_BUSY;
        call.wait_ms = wait_of(NOBODY, number);
    } else if (happens(NOBODY, FAMILY_LIST_FAIL, number)) {
        static const enum answer answers[] = { ANSWER_ERROR, ANSWER_TIMEOUT, ANSWER_EMPTY,
                                               ANSWER_FORBIDDEN };
        call.answer = answers[luck(NOBODY, FAMILY_LIST_FAIL, number, 4)];
    }
    add_call(&call, delay_of(NOBODY, call.answer, number, life.plan->list_ms));
}

static void carry_out(const struct effect *effect)
{
    mix((uint64_t)effect->kind << 60 ^ (uint64_t)effect->slot << 32 ^ (uint64_t)life.now_ms);
    mix((uint64_t)effect->delta);
    demand_law(!life.around.is_stopping, LAW_SETTLED, NOBODY, effect->kind, 0);
    if (effect->kind == EFFECT_DISCOVER) {
        start_discovery();
        return;
    }
    uint32_t index = index_of(effect->id);
    if (index == NOBODY || index >= life.site_count) {
        check((struct breach){ LAW_ABSENT, effect->kind, effect->slot }, NOBODY);
        panic_failed("a request for nobody", __FILE__, __LINE__);
    }
    life.in_flight++;
    demand_law(life.in_flight <= life.config.concurrency, LAW_IN_FLIGHT, index, life.in_flight,
               life.config.concurrency);
    if (effect->kind == EFFECT_READ)
        start_read(effect, index);
    else
        start_scale(effect, index);
}

/* --- statuses --------------------------------------------------------------------------------------- */

static bool is_transient(enum answer answer)
{
    return answer == ANSWER_ERROR || answer == ANSWER_TIMEOUT || answer == ANSWER_BUSY;
}

static enum reason reason_of(enum answer answer)
{
    switch (answer) {
    case ANSWER_OK:
    case ANSWER_IMPLAUSIBLE:
    case ANSWER_ZEROS:
    case ANSWER_STALE:
    case ANSWER_SWAPPED:
    case ANSWER_LOST:
    case ANSWER_DROPPED:
    case ANSWER_REFUSED:
    case ANSWER_EMPTY:
        return REASON_NONE;
    case ANSWER_ERROR:
    case ANSWER_BUSY:
        return REASON_READ_FAILED;
    case ANSWER_TIMEOUT:
        return REASON_READ_TIMEOUT;
    case ANSWER_MISSING:
        return REASON_MISSING;
    case ANSWER_FORBIDDEN:
        return REASON_UNAUTHORIZED;
    case ANSWER_GARBAGE:
        return REASON_BAD_STATUS;
    }
    return REASON_NONE;
}

static void spoil(struct status *status, int64_t kind)
{
    if (kind == 0 && status->current_hosts > 0)
        *status = (struct status){ .total_servers = 10, .free_servers = 5 };
    else if (kind == 1 && status->total_servers < INT32_MAX / 4)
        *status = (struct status){ status->current_hosts, INT32_MAX, INT32_MAX / 2 };
    else
        status->free_servers = saturate_i32((int64_t)status->total_servers + 1);
}

static struct status swapped_status(struct site *site, uint32_t index)
{
    uint32_t other =
        (uint32_t)luck(index, FAMILY_SWAP, site->read_number, (int64_t)life.site_count);
    truth_advance(&life.sites[other].truth, life.now_ms);
    struct status status = status_of(&life.sites[other]);
    struct status own = status_of(site);
    book_shake(&site->book, life.now_ms,
               2 * llabs((int64_t)status.current_hosts - own.current_hosts) +
                   2 * llabs((int64_t)status.total_servers - own.total_servers) /
                       site->truth.servers_per_host);
    return status;
}

static struct status told_status(struct site *site, const struct call *call)
{
    struct status status = status_of(site);
    if (life.now_ms - site->replica_ms > life.plan->lag_ms) {
        site->replica = status;
        site->replica_ms = life.now_ms;
    }
    if (call->answer == ANSWER_STALE) {
        if (site->book.told_count == 0)
            book_shake(&site->book, life.now_ms,
                       (int64_t)status.current_hosts - site->replica.current_hosts);
        return site->replica;
    }
    if (call->answer == ANSWER_SWAPPED)
        return swapped_status(site, call->site);
    if (call->answer == ANSWER_IMPLAUSIBLE)
        spoil(&status, luck(call->site, FAMILY_IMPLAUSIBLE, site->read_number, 3));
    if (call->answer == ANSWER_ZEROS)
        status = (struct status){ 0 };
    return call->is_early ? call->status : status;
}

static void judge_read(struct site *site, const struct call *call, const struct read_result *result)
{
    const struct deployment *deployment = fleet_at(machine_fleet(life.machine), call->slot);
    bool is_current = site->book.is_listed && site->book.is_defined;
    if (result->reason != REASON_NONE) {
        note(call->site, RECORD_FAILED, call->answer, call->wait_ms, deployment->is_retry_waiting);
        bool is_told = deployment->action == ACTION_FAILED || deployment->action == ACTION_HELD;
        if (is_current && !deployment->is_retry_waiting && !life.around.is_stopping)
            demand_law(is_told && deployment->delta == 0, LAW_REASON, call->site,
                       deployment->action, deployment->reason);
        return;
    }
    note(call->site, RECORD_TOLD, result->status.current_hosts, result->status.total_servers,
         result->status.free_servers);
    note(call->site, RECORD_DECIDED, deployment->action, deployment->reason, deployment->delta);
    site->trace =
        random_mix(site->trace ^ (uint64_t)life.now_ms ^ (uint64_t)deployment->delta << 32 ^
                   (uint64_t)deployment->reason << 56);
    bool is_lie = call->answer == ANSWER_IMPLAUSIBLE || call->answer == ANSWER_ZEROS;
    if (is_lie && is_current)
        demand_law(deployment->action == ACTION_HELD && deployment->delta == 0 &&
                       reason_row(deployment->reason)->kind == REASON_DATA,
                   LAW_BAD_HELD, call->site, deployment->action, deployment->reason);
    int64_t age_max_ms = max_i64(2 * life.plan->pass_interval_ms, 10000);
    bool is_old = life.now_ms - call->start_ms > age_max_ms;
    if (is_old && is_current)
        demand_law(deployment->action == ACTION_HELD && deployment->reason == REASON_STALE_STATUS,
                   LAW_FRESH, call->site, life.now_ms - call->start_ms, age_max_ms);
    bool is_taken =
        is_current && deployment->has_status && deployment->status_at.ms == call->start_ms;
    site->book.is_answer_good = is_taken && !is_lie;
    if (!is_taken)
        return;
    /* Which hosts are dark is a guess that is made anew with every status. */
    if (site->truth.dark + site->truth.never > 0)
        book_shake(&site->book, life.now_ms, 0);
    check(book_take(&site->book, &life.around, &result->status, call->start_ms, deployment),
          call->site);
    if (result->status.current_hosts > 0)
        site->book.zeros = 0;
}

static void answer_read(const struct call *call)
{
    struct site *site = &life.sites[call->site];
    site->is_reading = false;
    truth_advance(&site->truth, life.now_ms);
    struct read_result result = {
        .status = told_status(site, call),
        .reason = reason_of(call->answer),
        .is_transient = is_transient(call->answer),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    if (result.reason == REASON_NONE && result.status.current_hosts == 0)
        site->book.zeros++;
    if (result.reason != REASON_NONE)
        site->book.is_answer_good = false;
    if (call->wait_ms != RETRY_AFTER_NONE)
        site->book.quiet_ms = max_i64(site->book.quiet_ms, life.now_ms + call->wait_ms);
    machine_read_done(life.machine, (struct mono){ life.now_ms }, call->slot, &result);
    judge_read(site, call, &result);
}

/* --- scales ----------------------------------------------------------------------------------------- */

static int64_t boot_ms_of(const struct site *site, uint32_t index)
{
    int64_t spread_ms = site->plan->boot_ms_high - site->plan->boot_ms_low;
    return site->plan->boot_ms_low +
           luck(index, FAMILY_SLOW_BOOT, site->scale_number, spread_ms + 1);
}

static void grow(struct site *site, uint32_t index, int32_t hosts)
{
    uint64_t number = site->scale_number;
    int64_t boot_ms = boot_ms_of(site, index);
    /* What never comes is taken for what was given back meanwhile, when there is such: see cancel_out in ledger.c. */
    if (happens(index, FAMILY_SHORT, number)) {
        int32_t done = (int32_t)luck(index, FAMILY_SHORT, number, (int64_t)hosts + 1);
        book_shake(&site->book, life.now_ms, (int64_t)hosts - done);
        hosts = done;
    }
    if (happens(index, FAMILY_NEVER_COME, number)) {
        int32_t never = (int32_t)luck(index, FAMILY_NEVER_COME, number, (int64_t)hosts + 1);
        site->truth.never += never;
        hosts -= never;
        book_shake(&site->book, life.now_ms, never);
    }
    if (happens(index, FAMILY_SLOW_BOOT, number)) {
        boot_ms = BOOT_TIMEOUT_MS + luck(index, FAMILY_SLOW_BOOT, ~number, 2 * BOOT_TIMEOUT_MS);
        book_shake(&site->book, life.now_ms + boot_ms, hosts);
    }
    truth_order(&site->truth, hosts, life.now_ms + boot_ms);
}

static void shrink(struct site *site, uint32_t index, int32_t hosts)
{
    uint64_t number = site->scale_number;
    int64_t gone_ms = life.now_ms;
    if (happens(index, FAMILY_SHORT, number)) {
        int32_t done = (int32_t)luck(index, FAMILY_SHORT, number, (int64_t)hosts + 1);
        book_shake(&site->book, life.now_ms, (int64_t)hosts - done);
        hosts = done;
    }
    if (happens(index, FAMILY_DRAINS, number))
        gone_ms += site->plan->drain_ms;
    int32_t boots = site->truth.boots.hosts;
    truth_remove(&site->truth, hosts, life.now_ms, gone_ms);
    /* Nobody is told that orders were cancelled: later arrivals stand for them, and one falls back too late for that. */
    if (life.permille[FAMILY_STALE] > 0)
        book_shake(&site->book, life.now_ms, (int64_t)boots - site->truth.boots.hosts);
}

/* What has not shown itself when a learned time is over is asked for again: a replica that lags can hide it. */
static bool may_be_given_up(const struct site *site)
{
    return site->book.policy->confirm_timeout_ms == CONFIRM_AUTO &&
           (life.permille[FAMILY_STALE] > 0 || life.permille[FAMILY_SWAP] > 0);
}

static void apply(struct site *site, const struct call *call)
{
    if (call->delta > 0)
        grow(site, call->site, call->delta);
    else
        shrink(site, call->site, -call->delta);
    if (call->answer == ANSWER_LOST && may_be_given_up(site))
        book_shake(&site->book, life.now_ms, call->delta);
    note(call->site, RECORD_APPLIED, truth_owned(&site->truth), site->truth.ready,
         site->book.wanted);
    check(book_apply(&site->book, truth_owned(&site->truth)), call->site);
}

static bool is_number_shaky(void)
{
    return life.permille[FAMILY_STALE] + life.permille[FAMILY_SWAP] +
               life.permille[FAMILY_FOREIGN] + life.permille[FAMILY_DEATHS] >
           0;
}

static void answer_scale(const struct call *call)
{
    struct site *site = &life.sites[call->site];
    bool is_refused = call->answer == ANSWER_REFUSED || call->answer == ANSWER_BUSY;
    struct scale_result result = {
        .outcome = call->answer == ANSWER_OK ? SCALE_ACCEPTED
                   : is_refused              ? SCALE_REFUSED
                                             : SCALE_LOST,
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    truth_advance(&site->truth, life.now_ms);
    /* A replica that lags, or a host that dies, moves the number as the scale would have: one status confirms it. */
    if (call->answer == ANSWER_DROPPED && is_number_shaky())
        book_shake(&site->book, life.now_ms, call->delta);
    if (call->answer == ANSWER_OK || call->answer == ANSWER_LOST)
        apply(site, call);
    if (call->wait_ms != RETRY_AFTER_NONE)
        site->book.quiet_ms = max_i64(site->book.quiet_ms, life.now_ms + call->wait_ms);
    book_end(&site->book, life.now_ms, result.outcome);
    note(call->site, RECORD_ANSWERED, result.outcome, call->answer, 0);
    machine_scale_done(life.machine, (struct mono){ life.now_ms }, call->slot, &result);
}

/* --- lists ------------------------------------------------------------------------------------------ */

#define DEFINITIONS_MAX (3 * PLAN_SITES_MAX)

struct list {
    size_t count;
    struct definition items[DEFINITIONS_MAX];
    int32_t name_count; /* different ones */
    int32_t gone_count;
    int32_t entry_count;
};

static void add_entry(struct list *list, const char *id, int32_t size, int32_t target,
                      enum reason fault)
{
    list->items[list->count++] = (struct definition){
        .id = id,
        .servers_per_host = size,
        .target_free_ppb = target,
        .fault = fault,
        .fault_text = fault == REASON_NONE ? NULL : "as planned",
    };
}

static void resize(struct site *site, uint32_t index)
{
    static const int32_t sizes[] = { 1, 2, 5, 10, 20, 100 };
    static const int32_t targets[] = { 0, 50000000, 200000000, 750000000 };
    int64_t kind = luck(index, FAMILY_RESIZE, life.list_number, 3);
    truth_advance(&site->truth, life.now_ms);
    if (kind != 1)
        site->listed_target = targets[luck(index, FAMILY_RESIZE, ~life.list_number, 4)];
    if (kind != 0 && site->truth.ready < 100000) {
        site->listed_size = sizes[luck(index, FAMILY_RESIZE, ~life.list_number, 6)];
        site->truth.servers_per_host = site->listed_size;
        book_shake(&site->book, life.now_ms, truth_owned(&site->truth) + (int64_t)site->truth.dark);
    }
    book_shake(&site->book, life.now_ms, 0);
}

static bool would_name(uint32_t index)
{
    const struct site *site = &life.sites[index];
    if (!site->is_there || happens(index, FAMILY_LIST_FLAP, life.list_number))
        return false;
    return life.permille[FAMILY_LIST_LOSS] == 0 || index % 10 == life.list_number % 10 ||
           !happens(NOBODY, FAMILY_LIST_LOSS, life.list_number);
}

static void name_twin(struct list *list, uint32_t index)
{
    static char twins[PLAN_SITES_MAX][8];
    snprintf(twins[index], sizeof twins[index], "D%03u", (unsigned)index % 1000);
    add_entry(list, twins[index], 10, 0, REASON_NONE);
    list->name_count++;
    life.sites[index].has_twin = true;
}

/* What the list says of it, and what the book makes of that. */
static void name_site(struct list *list, uint32_t index)
{
    struct site *site = &life.sites[index];
    struct book *book = &site->book;
    bool is_odd = happens(index, FAMILY_LIST_ODD, life.list_number);
    int64_t kind = is_odd ? luck(index, FAMILY_LIST_ODD, life.list_number, 5) : -1;
    const char *id = site->plan->id;
    list->name_count++;
    if (kind == 2) {
        add_entry(list, id, 0, site->listed_target, REASON_BAD_SERVERS_PER_HOST);
        book->is_defined = false;
    } else if (kind == 3) {
        add_entry(list, id, site->listed_size, -1, REASON_BAD_TARGET);
        book->is_defined = false;
        if (book->policy->target_free_ppb != TARGET_FROM_API)
            book_define(book, site->listed_size, -1);
    } else {
        add_entry(list, id, site->listed_size, site->listed_target, REASON_NONE);
        book_define(book, site->listed_size, site->listed_target);
    }
    if (kind == 0)
        add_entry(list, id, site->listed_size, site->listed_target, REASON_NONE);
    if (kind == 1)
        name_twin(list, index);
    if (kind == 0 || kind == 1)
        book->is_defined = false;
    if (kind == 4) {
        add_entry(list, NULL, 0, 0, REASON_BAD_ID);
        list->name_count++;
    }
    note(index, RECORD_LIST, site->listed_size, site->listed_target, kind);
}

/* It has been away for so long that nothing of it need be remembered. */
static void forget_site(struct site *site)
{
    struct book *book = &site->book;
    bool is_kept = book->is_listed || site->is_reading || book->is_in_flight || book->is_paused;
    if (!is_kept && life.now_ms - book->gone_ms >= GONE_KEEP_MS && book->told_count > 0) {
        book_forget(book);
        book->gone_ms = life.now_ms;
    }
}

static void list_site(struct list *list, uint32_t index)
{
    struct site *site = &life.sites[index];
    bool had_twin = site->has_twin;
    bool was_listed = site->book.is_listed;
    site->has_twin = false;
    if (happens(index, FAMILY_RESIZE, life.list_number))
        resize(site, index);
    forget_site(site);
    site->book.is_listed = site->is_named;
    if (site->book.is_listed)
        name_site(list, index);
    list->gone_count += had_twin && !site->has_twin;
    if (site->book.is_listed || !was_listed)
        return;
    list->gone_count++;
    site->book.gone_ms = life.now_ms;
    note(index, RECORD_LIST, 0, 0, 0);
}

/* A list that loses more than three of ten, and three at least, is not believed for ten minutes. */
static void judge_loss(const struct list *list)
{
    if (life.now_ms >= life.around.latched_until_ms || list->name_count >= life.latched_listed) {
        life.around.latched_until_ms = INT64_MIN;
        life.latched_listed = 0;
    }
    if (list->gone_count >= 3 && list->gone_count * 10 > life.listed * 3) {
        life.around.latched_until_ms = life.now_ms + (int64_t)600000;
        life.latched_listed = (int32_t)max_i64(life.latched_listed, life.listed);
    }
    life.listed = list->name_count;
}

static void check_remembered(void)
{
    for (uint32_t i = 0; i < life.site_count; i++) {
        const struct site *site = &life.sites[i];
        if (site->book.told_count == 0)
            continue;
        const struct deployment *deployment =
            fleet_find(machine_fleet(life.machine), site->plan->id, false);
        demand_law(deployment && deployment->has_status, LAW_FORGOTTEN, i,
                   life.now_ms - site->book.gone_ms, GONE_KEEP_MS);
    }
}

static void check_memory(void)
{
    /* Id, detail and ledger of each, the slabs; twins and entries beside those that are planned. */
    size_t most = 3 * DEFINITIONS_MAX + 64;
    size_t held = heap_held_count() - life.held_before;
    demand_law(held <= most, LAW_MEMORY, NOBODY, (int64_t)held, (int64_t)most);
    size_t slots = fleet_slot_count(machine_fleet(life.machine));
    demand_law(slots <= 2 * DEFINITIONS_MAX, LAW_MEMORY, NOBODY, (int64_t)slots, DEFINITIONS_MAX);
}

static bool name_some(void)
{
    bool is_any = false;
    for (uint32_t i = 0; i < life.site_count; i++) {
        life.sites[i].is_named = would_name(i);
        is_any = is_any || life.sites[i].is_named;
    }
    return is_any;
}

static void answer_discovery(const struct call *call)
{
    static struct list list;
    list = (struct list){ .count = 0 };
    life.is_listing = false;
    bool is_ok = call->answer == ANSWER_OK;
    /* An empty list, or one that nobody reads any more, changes nothing. */
    bool is_ignored = life.around.is_stopping || (is_ok && !name_some());
    for (uint32_t i = 0; is_ok && !is_ignored && i < life.site_count; i++)
        list_site(&list, i);
    if (is_ok && list.count > 0)
        judge_loss(&list);
    if (call->wait_ms != RETRY_AFTER_NONE)
        life.list_quiet_ms = life.now_ms + call->wait_ms;
    else if (is_ok)
        life.list_quiet_ms = INT64_MIN; /* an operator did not want to wait, and was answered */
    struct discovery_result result = {
        .discovery = { list.items, list.count },
        .is_ok = is_ok || call->answer == ANSWER_EMPTY,
        .is_transient = is_transient(call->answer),
        .retry_after_ms = call->wait_ms,
        .text = "as planned",
    };
    machine_discovery_done(life.machine, (struct mono){ life.now_ms }, &result);
    if (is_ok && !is_ignored && list.count > 0)
        check_remembered();
    check_memory();
}

/* --- incidents -------------------------------------------------------------------------------------- */

static bool is_about_one(enum command_kind kind)
{
    return kind == COMMAND_PAUSE || kind == COMMAND_RESUME || kind == COMMAND_SCALE;
}

static void obey(const struct command *command, uint32_t index)
{
    struct site *site = &life.sites[index];
    switch (command->kind) {
    case COMMAND_PAUSE_ALL:
    case COMMAND_RESUME_ALL:
        life.around.is_paused = command->kind == COMMAND_PAUSE_ALL;
        break;
    case COMMAND_DRY_RUN_ON:
    case COMMAND_DRY_RUN_OFF:
        life.around.is_dry_run = command->kind == COMMAND_DRY_RUN_ON;
        break;
    case COMMAND_PAUSE:
    case COMMAND_RESUME:
        site->book.is_paused = command->kind == COMMAND_PAUSE;
        break;
    case COMMAND_SCALE:
        site->asked_by_hand = command->delta;
        book_shake(&site->book, life.now_ms, 0);
        break;
    case COMMAND_DISCOVERY:
        life.list_quiet_ms = INT64_MIN; /* a person does not want to wait */
        break;
    case COMMAND_PASS:
    case COMMAND_FOCUS:
    case COMMAND_STOP:
        break;
    }
}

static void send_command(const struct incident *incident)
{
    uint32_t index = incident->site;
    const struct site *site = &life.sites[index];
    const struct deployment *deployment =
        fleet_find(machine_fleet(life.machine), site->plan->id, false);
    struct command command = { .kind = incident->command, .slot = SLOT_NONE };
    struct command_ack ack;
    memcpy(command.id, site->plan->id, sizeof site->plan->id);
    if (deployment)
        command.slot = deployment->slot + incident->is_misnamed;
    command.delta = incident->amount;
    command.is_forced = incident->is_forced;
    bool is_open = site->book.is_in_flight;
    bool is_accepted = machine_command(life.machine, (struct mono){ life.now_ms }, &command, &ack);
    note(is_about_one(command.kind) ? index : NOBODY, RECORD_COMMAND, command.kind, command.delta,
         is_accepted);
    mix(is_accepted);
    demand_law(ack.text[0] != '\0', LAW_REASON, index, command.kind, 0);
    if (is_accepted && is_about_one(command.kind))
        demand_law(deployment && !incident->is_misnamed, LAW_ABSENT, index, command.kind, 0);
    if (is_accepted && command.kind == COMMAND_SCALE)
        demand_law(!is_open && command.delta != 0, LAW_ONE_OPEN, index, command.delta, 0);
    if (is_accepted)
        obey(&command, index);
}

static void load_configuration(bool is_same)
{
    life.generation += !is_same;
    for (uint32_t i = 0; i < life.site_count; i++) {
        struct book *book = &life.sites[i].book;
        book->policy = policy_of(NULL, life.sites[i].plan->id);
        book_shake(book, life.now_ms, 0);
        /* Another wish is another law: what was wanted by the old one is not held against the new one. */
        book->wishes.count = 0;
        book->is_whole = false;
        if (book->is_in_flight || book->is_unconfirmed)
            book->confirm_ms = 0;
    }
    life.around.is_dry_run = life.config.is_dry_run;
    machine_configure(life.machine, &life.config, (struct mono){ life.now_ms });
}

static void live_incident(const struct incident *incident)
{
    if (incident->kind != INCIDENT_COMMAND)
        note(NOBODY, RECORD_INCIDENT, incident->kind, incident->amount, 0);
    life.passes_allowed++;
    switch (incident->kind) {
    case INCIDENT_COMMAND:
        send_command(incident);
        break;
    case INCIDENT_RELOAD:
        load_configuration(false);
        break;
    case INCIDENT_STALL:
        life.now_ms += incident->amount;
        life.around.now_ms = life.now_ms;
        break;
    case INCIDENT_OUTAGE:
        life.outage_until_ms = life.now_ms + incident->amount;
        break;
    }
}

static bool has_family(enum incident_kind kind)
{
    static const enum family families[] = {
        [INCIDENT_COMMAND] = FAMILY_OPERATOR,
        [INCIDENT_RELOAD] = FAMILY_RELOAD,
        [INCIDENT_STALL] = FAMILY_STALL,
        [INCIDENT_OUTAGE] = FAMILY_OUTAGE,
    };
    return life.permille[families[kind]] > 0;
}

/* The next one that is not cancelled; NULL: none. */
static const struct incident *next_incident(void)
{
    const struct plan *plan = life.plan;
    for (; life.next_incident < plan->incident_count; life.next_incident++) {
        const bool *is_off = life.options->is_cancelled;
        if (has_family(plan->incidents[life.next_incident].kind) &&
            !(is_off && is_off[life.next_incident]))
            return &plan->incidents[life.next_incident];
    }
    return NULL;
}

/* --- time ------------------------------------------------------------------------------------------- */

static bool is_over(void)
{
    return life.result->breach.law != LAW_NONE || life.step >= life.options->steps_max;
}

static void pump(void)
{
    struct effect effect;
    struct mono now = { life.now_ms };
    while (machine_next(life.machine, now, &effect))
        carry_out(&effect);
}

static void answer_call(void)
{
    struct call call;
    take_call(&call);
    life.in_flight -= call.kind != EFFECT_DISCOVER;
    switch (call.kind) {
    case EFFECT_DISCOVER:
        answer_discovery(&call);
        break;
    case EFFECT_READ:
        answer_read(&call);
        break;
    case EFFECT_SCALE:
        answer_scale(&call);
        break;
    }
}

/* Who is asked to wait has something to wait for. */
static void check_wakeup(int64_t wakeup_ms, int64_t due_ms)
{
    demand_law(wakeup_ms > life.now_ms, LAW_AWAKE, NOBODY, wakeup_ms, life.now_ms);
    if (!life.around.is_stopping)
        demand_law(wakeup_ms != INT64_MAX || due_ms != INT64_MAX, LAW_AWAKE, NOBODY, 0, 1);
}

/* One step: the next thing that happens before `end_ms`; false: nothing does. */
static bool live_step(int64_t end_ms)
{
    pump();
    int64_t due_ms = next_due_ms();
    int64_t wakeup_ms = machine_wakeup(life.machine).ms;
    check_wakeup(wakeup_ms, due_ms);
    const struct incident *incident = life.phase == PHASE_FAULTS ? next_incident() : NULL;
    int64_t incident_ms = incident ? life.plan->begin_ms + incident->at_ms : INT64_MAX;
    int64_t next_ms = min_i64(min_i64(due_ms, wakeup_ms), incident_ms);
    if (next_ms >= end_ms || is_over())
        return false;
    life.step++;
    life.now_ms = max_i64(life.now_ms, next_ms);
    life.around.now_ms = life.now_ms;
    if (incident_ms <= next_ms) {
        life.next_incident++;
        live_incident(incident);
    } else if (due_ms <= next_ms) {
        answer_call();
    }
    return true;
}

static void live_until(int64_t end_ms)
{
    while (live_step(end_ms))
        continue;
    life.now_ms = max_i64(life.now_ms, min_i64(end_ms, INT64_MAX - 1));
    life.around.now_ms = life.now_ms;
}

/* --- phases ----------------------------------------------------------------------------------------- */

static void command_all(enum command_kind kind, uint32_t site)
{
    struct incident incident = { .command = kind, .site = site };
    send_command(&incident);
}

static void heal(void)
{
    life.phase = PHASE_REST;
    note(NOBODY, RECORD_PHASE, life.phase, 0, 0);
    memset(life.permille, 0, sizeof life.permille);
    life.outage_until_ms = INT64_MIN;
    command_all(COMMAND_RESUME_ALL, 0);
    command_all(COMMAND_DRY_RUN_OFF, 0);
    for (uint32_t i = 0; i < life.site_count; i++) {
        struct site *site = &life.sites[i];
        if (!site->is_there)
            continue;
        if (site->book.is_paused)
            command_all(COMMAND_RESUME, i);
        truth_advance(&site->truth, life.now_ms);
        if (site->truth.dark + site->truth.never + site->truth.drains.hosts > 0)
            book_shake(&site->book, life.now_ms, site->truth.dark + site->truth.never);
        /* Here and there the dead stay in the list: the core has to find out. */
        truth_clean(&site->truth, i % 2 == 0 || book_expects(&site->book) ||
                                      site->book.policy->max_hosts != HOSTS_UNLIMITED);
        site->demand = demand_at(site->plan, age_ms());
    }
}

/*
 * What nobody could see has misled the account: what it waits for in vain is given up after a boot_timeout. What is
 * asked for then makes a part of the rest look new, for a move is booked on the oldest request: at most the half of it,
 * so that there are as many rounds as halves. And each dead host that is replaced lets another one pass for one that
 * boots, until it has been missing for a whole period.
 */
static int64_t misled_rounds(const struct site *site)
{
    int64_t hosts = truth_owned(&site->truth);
    int64_t rounds = 3 + 2 * (int64_t)site->truth.dark;
    for (int64_t left = llabs(book_rest(&site->book, hosts, site->demand) - hosts); left > 1;
         left /= 2)
        rounds++;
    return rounds;
}

/* How long it may take until nothing is left to do: every round of growth waits for its hosts, shrinking for rails. */
static int64_t rest_time_ms(const struct site *site)
{
    const struct policy *policy = site->book.policy;
    int64_t pass_ms = life.plan->pass_interval_ms;
    int64_t misled_ms = site->book.room > 0 ? misled_rounds(site) * policy->boot_timeout_ms : 0;
    int64_t time_ms = misled_ms + 2 * policy->boot_timeout_ms + policy->scale_down_window_ms +
                      policy->outage_hold_ms + LATCH_MS + 4 * life.plan->discovery_interval_ms;
    int64_t hosts = truth_owned(&site->truth);
    for (int64_t goal; (goal = book_rest(&site->book, hosts, site->demand)) != hosts;) {
        bool is_up = goal > hosts;
        const struct step_limit *limit = is_up ? &policy->max_step_up : &policy->max_step_down;
        int64_t most = max_i64(1, step_limit_hosts(limit, policy, hosts));
        int64_t step = min_i64(llabs(goal - hosts), most);
        hosts += is_up ? step : -step;
        time_ms += 3 * pass_ms + (is_up ? site->plan->boot_ms_high + policy->cooldown_up_ms
                                        : policy->cooldown_down_ms);
        if (time_ms > REST_MS_MAX)
            break;
    }
    return time_ms;
}

static int64_t plan_rest(void)
{
    int64_t longest_ms = 0;
    for (uint32_t i = 0; i < life.site_count; i++) {
        struct site *site = &life.sites[i];
        int64_t time_ms =
            site->book.servers_per_host > 0 && site->book.policy ? rest_time_ms(site) : 0;
        bool is_known = site->book.servers_per_host == site->listed_size;
        bool is_aimed = book_target(&site->book) >= 0 &&
                        (site->book.policy->target_free_ppb != TARGET_FROM_API ||
                         site->book.target_free_ppb == site->listed_target);
        /*
         * An API that gives back hosts that serve while others boot turns demand away, and who expects takes that for a
         * trend: where such a deployment comes to rest, nobody can say.
         */
        bool is_misled = site->plan->is_rude && book_expects(&site->book);
        site->is_too_slow =
            !site->is_there || is_misled || time_ms > REST_MS_MAX || !is_known || !is_aimed;
        if (!site->is_too_slow)
            longest_ms = max_i64(longest_ms, time_ms);
    }
    return longest_ms;
}

static void check_rest(uint32_t index)
{
    struct site *site = &life.sites[index];
    truth_advance(&site->truth, life.now_ms);
    if (site->is_too_slow || site->book.policy->is_paused || life.around.is_read_only)
        return;
    int64_t owned = truth_owned(&site->truth);
    int64_t least = book_rest(&site->book, owned, site->demand);
    int64_t most = least;
    if (book_expects(&site->book)) {
        int64_t wish = max_i64(site->book.wanted, book_wish_max(&site->book));
        most = max_i64(least,
                       min_i64(wish + site->book.policy->min_hosts, site->book.policy->max_hosts));
    }
    demand_law(owned >= least, LAW_REST, index, owned, least);
    demand_law(owned <= most, LAW_REST, index, owned, most);
    const struct deployment *deployment =
        fleet_find(machine_fleet(life.machine), site->plan->id, false);
    demand_law(deployment && ledger_state(deployment->ledger) != LEDGER_UNCONFIRMED, LAW_EXPIRE,
               index, 1, 0);
    if (deployment && !book_expects(&site->book))
        demand_law(ledger_pending_hosts(deployment->ledger) == 0, LAW_EXPIRE, index,
                   ledger_pending_hosts(deployment->ledger), 0);
}

static void come_to_rest(void)
{
    heal();
    /* The lists must be right before it can be said how long it takes. */
    live_until(life.now_ms + 3 * life.plan->discovery_interval_ms);
    live_until(life.now_ms + plan_rest());
    if (is_over())
        return;
    for (uint32_t i = 0; i < life.site_count; i++)
        check_rest(i);
    life.phase = PHASE_CALM;
    note(NOBODY, RECORD_PHASE, life.phase, 0, 0);
    live_until(life.now_ms + CALM_PASSES * life.plan->pass_interval_ms);
}

static void stop(void)
{
    life.phase = PHASE_STOP;
    note(NOBODY, RECORD_PHASE, life.phase, 0, 0);
    life.around.is_stopping = true;
    machine_stop(life.machine, (struct mono){ life.now_ms });
    while (live_step(INT64_MAX))
        continue;
    if (is_over())
        return;
    demand_law(machine_is_finished(life.machine), LAW_SETTLED, NOBODY, life.in_flight, 0);
    demand_law(life.in_flight == 0 && machine_scales_in_flight(life.machine) == 0, LAW_SETTLED,
               NOBODY, life.in_flight, 0);
}

static void begin(const struct plan *plan, const struct life_options *options)
{
    memset(&life, 0, offsetof(struct life, cancelled));
    if (options->cancelled_count > 0)
        memset(life.cancelled, 0, sizeof life.cancelled);
    life.plan = plan;
    life.options = options;
    life.now_ms = plan->begin_ms;
    life.site_count = plan->site_count;
    life.timeout_ms = plan->retries == 1 ? TIMEOUT_MS_PAIR : TIMEOUT_MS;
    life.outage_until_ms = INT64_MIN;
    life.list_quiet_ms = INT64_MIN;
    life.around = (struct surroundings){ .now_ms = plan->begin_ms,
                                         .pass_interval_ms = plan->pass_interval_ms,
                                         .is_read_only = plan->is_read_only,
                                         .latched_until_ms = INT64_MIN };
    for (size_t i = 0; i < FAMILY_COUNT; i++)
        life.permille[i] = options->families >> i & 1 ? plan->permille[i] : 0;
    for (size_t i = 0; i < options->cancelled_count; i++)
        cancel_fault(&options->cancelled[i]);
    life.config = (struct machine_config){
        .discovery_interval_ms = plan->discovery_interval_ms,
        .pass_interval_ms = plan->pass_interval_ms,
        .concurrency = plan->concurrency,
        .retries = plan->retries,
        .is_read_only = plan->is_read_only,
        .policy_of = policy_of,
    };
    for (uint32_t i = 0; i < life.site_count; i++)
        found_site(i);
}

static void live(void)
{
    struct event_sink sink = { .take = take_event };
    must(machine_create(&life.config, life.plan->seed, sink, (struct mono){ life.now_ms },
                        &life.machine) == 0);
    live_until(life.plan->begin_ms + life.plan->fault_ms);
    if (!life.plan->is_stopped_early && !is_over())
        come_to_rest();
    if (!is_over())
        stop();
    int64_t passes_max = age_ms() / life.plan->pass_interval_ms + (int64_t)life.list_number +
                         life.passes_allowed + 8;
    demand_law((int64_t)life.pass_number <= passes_max, LAW_RATE, NOBODY, (int64_t)life.pass_number,
               passes_max);
    machine_destroy(life.machine);
    demand_law(heap_held_count() == life.held_before, LAW_MEMORY, NOBODY,
               (int64_t)(heap_held_count() - life.held_before), 0);
}

void life_run(const struct plan *plan, const struct life_options *options,
              struct life_result *ret_result)
{
    memset(ret_result, 0, offsetof(struct life_result, site_traces));
    ret_result->record_count = 0;
    ret_result->fault_count = 0;
    ret_result->site = NOBODY;
    begin(plan, options);
    life.result = ret_result;
    life.held_before = heap_held_count();
    is_running = true;
    if (setjmp(crashed) == 0)
        live();
    else
        check((struct breach){ LAW_CRASH, 0, 0 }, NOBODY);
    is_running = false;
    if (ret_result->breach.law == LAW_NONE)
        ret_result->step = life.step;
    ret_result->trace = life.trace;
    for (uint32_t i = 0; i < life.site_count; i++)
        ret_result->site_traces[i] = life.sites[i].trace;
}
