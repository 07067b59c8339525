#include "engine/check/check_judge.h"

#include "engine/backend/json_scan.h"
#include "engine/backend/response_meaning.h"
#include "engine/base/arith.h"
#include "engine/base/text.h"
#include "engine/core/decision.h"
#include "engine/core/reconciler.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define DISCOVERY_ARENA_SIZE_MAX ((size_t)1024 * 1024 * 1024)

/* The promises about a response of one kind, whatever is in it. */
struct check_frame {
    enum promise answers;
    enum promise in_time;
    enum promise size;
};

static const struct check_frame discovery_frame = { PROMISE_DISCOVERY_ANSWERS,
                                                    PROMISE_DISCOVERY_IN_TIME,
                                                    PROMISE_DISCOVERY_SIZE };
static const struct check_frame status_frame = { PROMISE_STATUS_ANSWERS, PROMISE_STATUS_IN_TIME,
                                                 PROMISE_STATUS_SIZE };

int check_judge_init(struct check_judge *judge, struct error *err)
{
    arena_init(&judge->arena, DISCOVERY_ARENA_SIZE_MAX);
    return wire_create(&judge->wire, err);
}

void check_judge_fini(struct check_judge *judge)
{
    arena_fini(&judge->arena);
    wire_destroy(judge->wire);
}

/* --- every response --------------------------------------------------------------------------------------------- */

void check_judge_any(struct check_judge *judge, const struct check_exchange *exchange)
{
    const struct http_response *response = exchange->response;
    if (response->error)
        return;
    if (response->status / 100 == 3)
        check_break(&judge->verdicts, PROMISE_NO_REDIRECT, exchange,
                    "a redirect, which is not followed");
    else
        check_keep(&judge->verdicts, PROMISE_NO_REDIRECT);
    if (strncasecmp(response->notable, "Retry-After:", strlen("Retry-After:")) != 0)
        return;
    if (response->retry_after_ms == HTTP_RETRY_AFTER_NONE)
        check_break(&judge->verdicts, PROMISE_RETRY_AFTER, exchange,
                    "a Retry-After that is neither seconds nor an HTTP date is ignored");
    else
        check_keep(&judge->verdicts, PROMISE_RETRY_AFTER);
}

/* "HTTP 503: <explanation of the API>", or the error of the transfer. */
static void break_answer(struct check_judge *judge, const struct check_exchange *exchange,
                         enum promise promise, const char *expected)
{
    const struct http_response *response = exchange->response;
    char storage[CHECK_FAULT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    if (response->error)
        text_add(&text, response->error_text);
    else
        text_addf(&text, "HTTP %ld, expected %s", response->status, expected);
    check_break(&judge->verdicts, promise, exchange, storage);
}

/* True: a complete response, in time, within its limits, and no redirect. */
static bool judge_frame(struct check_judge *judge, const struct check_exchange *exchange,
                        const struct check_frame *frame)
{
    const struct http_response *response = exchange->response;
    if (response->error == -ETIMEDOUT) {
        check_break(&judge->verdicts, frame->in_time, exchange, response->error_text);
        return false;
    }
    if (response->error == ERR_TOO_LARGE) {
        check_break(&judge->verdicts, frame->size, exchange, response->error_text);
        return false;
    }
    if (response->error) {
        break_answer(judge, exchange, frame->answers, "");
        return false;
    }
    check_keep(&judge->verdicts, frame->in_time);
    check_keep(&judge->verdicts, frame->size);
    return response->status / 100 != 3;
}

/* --- discovery -------------------------------------------------------------------------------------------------- */

/* The faults of an entry, in the order in which wire finds them. */
static const struct {
    enum reason fault;
    enum promise promise;
} entry_faults[] = {
    { REASON_BAD_ENTRY, PROMISE_ENTRY_FORM },
    { REASON_BAD_ID, PROMISE_ENTRY_ID },
    { REASON_BAD_SERVERS_PER_HOST, PROMISE_SERVERS_PER_HOST },
    { REASON_BAD_TARGET, PROMISE_TARGET_FREE_PCT },
};

static void judge_entry(struct check_judge *judge, const struct check_exchange *exchange,
                        const struct definition *definition)
{
    for (size_t i = 0; i < sizeof entry_faults / sizeof entry_faults[0]; i++) {
        if (entry_faults[i].fault == definition->fault) {
            check_break(&judge->verdicts, entry_faults[i].promise, exchange,
                        definition->fault_text);
            return;
        }
        check_keep(&judge->verdicts, entry_faults[i].promise);
    }
}

static void judge_ids(struct check_judge *judge, const struct check_exchange *exchange,
                      const struct check_list *list)
{
    const struct check_entry *repeated = check_list_repeated(list);
    char storage[CHECK_FAULT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    if (!repeated) {
        check_keep(&judge->verdicts, PROMISE_UNIQUE_IDS);
        return;
    }
    text_add(&text, "two entries have the id ");
    text_add_escaped(&text, repeated->id, strlen(repeated->id));
    text_add(&text, ", or ids that differ in letter case only");
    check_break(&judge->verdicts, PROMISE_UNIQUE_IDS, exchange, storage);
}

/* The size is judged by what has arrived, and by what wire counts. */
static bool decode(struct check_judge *judge, const struct check_exchange *exchange,
                   struct discovery *ret_discovery, struct error *err)
{
    const struct http_response *response = exchange->response;
    struct error why = { 0 };
    arena_trim(&judge->arena);
    int failed = wire_decode_discovery(judge->wire, response->body, response->body_size,
                                       &judge->arena, ret_discovery, &why);
    if (failed == -ENOMEM)
        *err = why;
    else if (failed)
        check_break(&judge->verdicts,
                    failed == ERR_TOO_LARGE ? PROMISE_DISCOVERY_SIZE : PROMISE_DISCOVERY_FORM,
                    exchange, why.msg);
    else
        check_keep(&judge->verdicts, PROMISE_DISCOVERY_FORM);
    return !failed;
}

bool check_judge_discovery(struct check_judge *judge, const struct check_exchange *exchange,
                           struct check_list *list, struct error *err)
{
    struct discovery discovery;
    if (!judge_frame(judge, exchange, &discovery_frame))
        return false;
    if (exchange->response->status != 200) {
        break_answer(judge, exchange, PROMISE_DISCOVERY_ANSWERS, "200");
        return false;
    }
    check_keep(&judge->verdicts, PROMISE_DISCOVERY_ANSWERS);
    if (!decode(judge, exchange, &discovery, err))
        return false;
    for (size_t i = 0; i < discovery.count; i++)
        judge_entry(judge, exchange, &discovery.definitions[i]);
    if (check_list_init(list, &discovery, err))
        return false;
    if (list->count > 0)
        judge_ids(judge, exchange, list);
    return true;
}

void check_judge_again(struct check_judge *judge, const struct check_exchange *exchange,
                       const struct check_list *list, const struct check_list *before)
{
    size_t missing = check_list_missing(list, before);
    char storage[CHECK_FAULT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    if (before->count == 0)
        return;
    bool is_large = missing >= LATCH_COUNT_MIN && missing * 100 > before->count * LATCH_PERCENT;
    if (!is_large && list->count > 0) {
        check_keep(&judge->verdicts, PROMISE_WHOLE_LIST);
        return;
    }
    text_addf(&text, "%zu of the %zu deployments of the list before are missing", missing,
              before->count);
    check_break(&judge->verdicts, PROMISE_WHOLE_LIST, exchange, storage);
}

/* --- status ----------------------------------------------------------------------------------------------------- */

static void judge_counts(struct check_judge *judge, const struct check_exchange *exchange,
                         const struct check_entry *entry, const struct status *status,
                         enum reason fault)
{
    char storage[CHECK_FAULT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "%d hosts with %d servers each, %d servers, %d free", status->current_hosts,
              entry->servers_per_host, status->total_servers, status->free_servers);
    static const struct {
        enum reason fault;
        enum promise promise;
    } rows[] = {
        { REASON_FREE_ABOVE_TOTAL, PROMISE_FREE_SERVERS },
        { REASON_SERVERS_WITHOUT_HOSTS, PROMISE_SERVERS_HAVE_HOSTS },
        { REASON_SERVERS_ABOVE_HOSTS, PROMISE_TOTAL_SERVERS },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].fault == fault) {
            check_break(&judge->verdicts, rows[i].promise, exchange, storage);
            return;
        }
        check_keep(&judge->verdicts, rows[i].promise);
    }
}

static bool has_id(const struct http_response *response)
{
    const struct json_span all = { .end = response->body_size };
    struct json_span id;
    return json_scan_find_member(response->body, all, "id", &id);
}

static void break_status(struct check_judge *judge, const struct check_exchange *exchange,
                         const struct error *why)
{
    enum promise promise = why->code == ERR_PROTOCOL    ? PROMISE_STATUS_ID
                           : why->code == ERR_TOO_LARGE ? PROMISE_STATUS_SIZE
                           : why->code == ERR_BAD_VALUE ? PROMISE_STATUS_COUNTS
                                                        : PROMISE_STATUS_FORM;
    check_break(&judge->verdicts, promise, exchange, why->msg);
}

/* An id that is listed and needs encoding, and is not found: it was probably not decoded. */
static void judge_no_status(struct check_judge *judge, const struct check_exchange *exchange,
                            const struct check_entry *entry)
{
    bool is_encoded = check_entry_is_encoded(entry) && exchange->response->status / 100 == 4;
    break_answer(judge, exchange, is_encoded ? PROMISE_ID_ENCODING : PROMISE_STATUS_ANSWERS, "200");
}

bool check_judge_status(struct check_judge *judge, const struct check_exchange *exchange,
                        struct check_entry *entry, struct status *ret_status)
{
    const struct http_response *response = exchange->response;
    struct check_verdicts *verdicts = &judge->verdicts;
    struct status status;
    struct error why;
    if (!judge_frame(judge, exchange, &status_frame))
        return false;
    if (response->status != 200) {
        judge_no_status(judge, exchange, entry);
        return false;
    }
    check_keep(verdicts, PROMISE_STATUS_ANSWERS);
    if (check_entry_is_encoded(entry))
        check_keep(verdicts, PROMISE_ID_ENCODING);
    if (wire_decode_status_of(judge->wire, response->body, response->body_size, entry->id, &status,
                              &why)) {
        break_status(judge, exchange, &why);
        return false;
    }
    check_keep(verdicts, PROMISE_STATUS_FORM);
    check_keep(verdicts, PROMISE_STATUS_COUNTS);
    if (has_id(response))
        check_keep(verdicts, PROMISE_STATUS_ID);
    else
        check_leave(verdicts, PROMISE_STATUS_ID, "no status has an id; send it");
    entry->hosts_high = (int32_t)max_i64(entry->hosts_high, status.current_hosts);
    enum reason fault = status_fault(&status, entry->servers_per_host, entry->hosts_high);
    judge_counts(judge, exchange, entry, &status, fault);
    *ret_status = status;
    return fault == REASON_NONE;
}

void check_judge_unknown(struct check_judge *judge, const struct check_exchange *exchange)
{
    if (!judge_frame(judge, exchange, &status_frame))
        return;
    if (response_read_reason(exchange->response) == REASON_MISSING)
        check_keep(&judge->verdicts, PROMISE_UNKNOWN_ID);
    else
        break_answer(judge, exchange, PROMISE_UNKNOWN_ID, "404 or 410");
}

/* --- scale ------------------------------------------------------------------------------------------------------ */

static bool judge_scale_frame(struct check_judge *judge, const struct check_exchange *exchange,
                              enum promise answers)
{
    const struct check_frame frame = { answers, PROMISE_SCALE_IN_TIME, PROMISE_SCALE_SIZE };
    return judge_frame(judge, exchange, &frame);
}

bool check_judge_scale(struct check_judge *judge, const struct check_exchange *exchange,
                       enum promise promise)
{
    if (!judge_scale_frame(judge, exchange, promise))
        return false;
    if (response_scale_outcome(exchange->response) == SCALE_ACCEPTED) {
        check_keep(&judge->verdicts, promise);
        return true;
    }
    break_answer(judge, exchange, promise, "2xx");
    return false;
}

void check_judge_refusal(struct check_judge *judge, const struct check_exchange *exchange)
{
    if (!judge_scale_frame(judge, exchange, PROMISE_SCALE_REFUSAL))
        return;
    if (response_scale_outcome(exchange->response) == SCALE_REFUSED)
        check_keep(&judge->verdicts, PROMISE_SCALE_REFUSAL);
    else
        break_answer(judge, exchange, PROMISE_SCALE_REFUSAL, "a refusal such as 400, 404 or 422");
}
