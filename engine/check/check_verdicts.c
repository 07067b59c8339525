#include "engine/check/check_verdicts.h"

#include "engine/base/text.h"

#include <string.h>

void check_keep(struct check_verdicts *verdicts, enum promise promise)
{
    struct check_verdict *row = &verdicts->rows[promise];
    if (row->judgement == JUDGEMENT_NONE)
        *row = (struct check_verdict){ .judgement = JUDGEMENT_KEPT };
}

static void describe_sent(const struct check_exchange *exchange, struct text *text)
{
    const struct http_request *request = exchange->request;
    text_addf(text, "%s ", request->method ? request->method : "GET");
    text_add_escaped(text, request->url, strlen(request->url));
    text_add(text, "\nAccept: application/json\nUser-Agent: autoscaler/" AUTOSCALER_VERSION);
    if (exchange->has_token)
        text_add(text, "\nAuthorization: Bearer (token)");
    if (request->content_type)
        text_addf(text, "\nContent-Type: %s", request->content_type);
    if (request->idempotency_key)
        text_addf(text, "\nIdempotency-Key: %s", request->idempotency_key);
    if (request->body) {
        text_add(text, "\nbody: ");
        text_add_escaped(text, request->body, strlen(request->body));
    }
}

static void describe_came(const struct http_response *response, struct text *text)
{
    if (response->error) {
        text_add(text, "no response: ");
        text_add(text, response->error_text);
        return;
    }
    text_addf(text, "%ld", response->status);
    if (response->notable && *response->notable) {
        text_add(text, "\n");
        text_add_escaped(text, response->notable, strlen(response->notable));
    }
    size_t shown = response->body_size < CHECK_BODY_SHOWN ? response->body_size : CHECK_BODY_SHOWN;
    text_addf(text, "\n%zu bytes: ", response->body_size);
    text_add_escaped(text, response->body, shown);
    if (shown < response->body_size)
        text_add(text, "...");
}

void check_break(struct check_verdicts *verdicts, enum promise promise,
                 const struct check_exchange *exchange, const char *fault)
{
    struct check_verdict *row = &verdicts->rows[promise];
    struct text text;
    row->broken_count++;
    if (row->judgement == JUDGEMENT_BROKEN)
        return;
    row->judgement = JUDGEMENT_BROKEN;
    text_init(&text, row->fault, sizeof row->fault);
    text_add(&text, fault);
    text_init(&text, row->sent, sizeof row->sent);
    describe_sent(exchange, &text);
    text_init(&text, row->came, sizeof row->came);
    describe_came(exchange->response, &text);
}

void check_leave(struct check_verdicts *verdicts, enum promise promise, const char *why)
{
    struct check_verdict *row = &verdicts->rows[promise];
    struct text text;
    if (row->judgement != JUDGEMENT_NONE || row->fault[0])
        return;
    text_init(&text, row->fault, sizeof row->fault);
    text_add(&text, why);
}

bool check_is_broken(const struct check_verdicts *verdicts, enum promise promise)
{
    return verdicts->rows[promise].judgement == JUDGEMENT_BROKEN;
}

int check_count(const struct check_verdicts *verdicts, enum judgement judgement)
{
    int count = 0;
    for (int i = 1; i <= PROMISE_COUNT; i++)
        count += verdicts->rows[i].judgement == judgement;
    return count;
}
