/* The documents that receivers get: complete and valid for any bytes. */
#include "engine/notices/notice_payload.h"

#include "engine/notices/notice_queue.h"
#include "tests/support/test.h"

#include <cjson/cJSON.h>

#include <stdlib.h>
#include <string.h>

static const struct notice_limits limits = { 10000, 60000, 5, 60 };
static const struct notice_origin origin = { "ops", "node-1", "https://api.example.com", 0x1f };

/* The document of a notice of these events, parsed. The text is in `body`. */
static cJSON *document_of(const struct event *events, size_t count, enum notice_format format,
                          char body[NOTICE_BODY_SIZE])
{
    struct notice_queue *queue = NULL;
    struct text text;
    assert_int_equal(notice_queue_create(&limits, 1, &queue), 0);
    for (size_t i = 0; i < count; i++)
        notice_queue_take(queue, &events[i], (struct wall){ 1767323045678 + (int64_t)i * 1000 },
                          (struct mono){ 0 });
    const struct notice *notice = notice_queue_begin(queue, (struct mono){ 10000 });
    assert_non_null(notice);
    text_init(&text, body, NOTICE_BODY_SIZE);
    notice_payload_write(notice, &origin, format, &text);
    notice_queue_destroy(queue);
    cJSON *document = cJSON_Parse(body);
    assert_non_null(document);
    for (size_t at = 0, size; at < text.length; at += size) {
        uint32_t code_point;
        size = utf8_decode(body + at, text.length - at, &code_point);
        assert_true(size > 0);
    }
    return document;
}

static const char *string_of(const cJSON *document, const char *name)
{
    const char *string = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, name));
    assert_non_null(string);
    return string;
}

static struct event starved(const char *id)
{
    struct event event;
    event_init(&event, EVENT_STARVED);
    event_add_string(&event, "deployment", id);
    event_add_integer(&event, "free_servers", 0);
    event_add_percent(&event, "target_free_pct", 125000000);
    return event;
}

static void a_notice_has_what_the_manual_says(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    struct event event = starved("eu-1");
    cJSON_Delete(document_of(&event, 1, NOTICE_JSON, body));
    assert_string_equal(
        body,
        "{\"version\":1,\"id\":\"000000000000001f-1\",\"event\":\"starved\",\"severity\":\"warn\","
        "\"time\":\"2026-01-02T03:04:05.678Z\",\"last_time\":\"2026-01-02T03:04:05.678Z\","
        "\"count\":1,\"deployment\":\"eu-1\",\"deployments\":[\"eu-1\"],"
        "\"message\":\"starved deployment=eu-1 free_servers=0 target_free_pct=12.5\","
        "\"meaning\":\"No server is free beside busy ones, or less than half of the target is "
        "free.\",\"fields\":{\"deployment\":\"eu-1\",\"free_servers\":0,\"target_free_pct\":12.5},"
        "\"notifier\":\"ops\",\"host\":\"node-1\",\"engine\":\"autoscaler " AUTOSCALER_VERSION
        "\",\"api\":\"https://api.example.com\"}");
}

static void a_chat_gets_a_text(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    const struct event events[] = { starved("eu-1"), starved("eu-2") };
    cJSON *document = document_of(events, 2, NOTICE_CHAT, body);
    assert_string_equal(
        string_of(document, "text"),
        "[warn] autoscaler on node-1: starved: No server is free beside busy ones, or less than "
        "half of the target is free.\n"
        "`starved deployment=eu-1 free_servers=0 target_free_pct=12.5`\n"
        "2 times since 2026-01-02T03:04:05.678Z: `eu-1`, `eu-2`");
    assert_null(cJSON_GetArrayItem(document, 1));
    cJSON_Delete(document);
}

static void an_event_without_a_deployment_has_none(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    struct event event;
    event_init(&event, EVENT_BREAKER_OPENED);
    event_add_sentence(&event, "error", "HTTP 500");
    cJSON *document = document_of(&event, 1, NOTICE_JSON, body);
    assert_null(cJSON_GetObjectItemCaseSensitive(document, "deployment"));
    assert_int_equal(cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(document, "deployments")),
                     0);
    cJSON_Delete(document);
}

/* A mention of every user, the end of a code span, a link. */
static void a_chat_is_not_steered_by_an_id(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    struct event event = starved("`<!channel>` @all [x](http://evil)");
    cJSON *document = document_of(&event, 1, NOTICE_CHAT, body);
    const char *text = string_of(document, "text");
    assert_null(strchr(text, '<'));
    const char *code = strchr(text, '`');
    assert_ptr_equal(strchr(strchr(code + 1, '`') + 1, '`'), NULL);
    assert_true(strstr(text, "@all") > code && strstr(text, "@all") < strrchr(text, '`'));
    assert_non_null(strstr(text, "&lt;!channel&gt;"));
    cJSON_Delete(document);
}

/* Ids of all bytes, of the greatest length, in the greatest number. */
static void documents_are_complete_for_any_bytes(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    char ids[NOTICE_IDS_MAX + 1][ID_SIZE_MAX + 1];
    struct event events[NOTICE_IDS_MAX + 1];
    for (int byte = 1; byte < 256; byte++) {
        for (size_t i = 0; i < COUNT_OF(ids); i++) {
            memset(ids[i], byte, ID_SIZE_MAX - 1);
            ids[i][ID_SIZE_MAX - 1] = (char)('a' + i);
            ids[i][ID_SIZE_MAX] = '\0';
            events[i] = starved(ids[i]);
        }
        cJSON *document = document_of(events, COUNT_OF(events), NOTICE_JSON, body);
        assert_true(cJSON_GetObjectItemCaseSensitive(document, "count")->valueint ==
                    (int)COUNT_OF(events));
        cJSON_Delete(document);
        document = document_of(events, COUNT_OF(events), NOTICE_CHAT, body);
        const char *text = string_of(document, "text");
        size_t ticks = 0;
        for (const char *at = text; (at = strchr(at, '`')); at++)
            ticks++;
        assert_int_equal(ticks, 2 + 2 * NOTICE_IDS_MAX);
        cJSON_Delete(document);
    }
}

static void the_longest_event_fits(void **state)
{
    (void)state;
    char body[NOTICE_BODY_SIZE];
    char sentence[256];
    memset(sentence, '"', sizeof sentence - 1);
    sentence[sizeof sentence - 1] = '\0';
    struct event event;
    event_init(&event, EVENT_SCALE_REQUESTED);
    static const char *const keys[] = {
        "deployment",    "reason",        "later_reasons", "by",    "key", "delta", "raw_delta",
        "current_hosts", "pending_hosts", "desired_hosts", "repeat"
    };
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        event_add_string(&event, keys[i], sentence);
    cJSON_Delete(document_of(&event, 1, NOTICE_JSON, body));
    cJSON_Delete(document_of(&event, 1, NOTICE_CHAT, body));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_notice_has_what_the_manual_says),
        cmocka_unit_test(a_chat_gets_a_text),
        cmocka_unit_test(an_event_without_a_deployment_has_none),
        cmocka_unit_test(a_chat_is_not_steered_by_an_id),
        cmocka_unit_test(documents_are_complete_for_any_bytes),
        cmocka_unit_test(the_longest_event_fits),
    };
    return cmocka_run_group_tests_name("notice_payload", tests, NULL, NULL);
}
