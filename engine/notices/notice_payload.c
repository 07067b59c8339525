#include "engine/notices/notice_payload.h"

#include "engine/base/panic.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define IDS_SIZE 3072
#define CHAT_SIZE ((size_t)6 * 1024)
#define CHAT_MESSAGE_MAX 1500 /* bytes of it in a chat */
#define CHAT_ID_MAX 150

void notice_payload_key(const struct notice *notice, const struct notice_origin *origin,
                        char ret_key[NOTICE_KEY_SIZE])
{
    snprintf(ret_key, NOTICE_KEY_SIZE, "%016llx-%lld", (unsigned long long)origin->run,
             (long long)notice->number);
}

static void add_member(struct text *text, const char *key, const char *value)
{
    text_addf(text, ",\"%s\":", key);
    text_add_json(text, value, strlen(value));
}

static void add_time(struct text *text, const char *key, struct wall at)
{
    char stamp[WALL_TEXT_SIZE];
    wall_format(at, stamp);
    add_member(text, key, stamp);
}

/* ["a","b"] of those that fit. */
static void add_ids(const struct notice *notice, struct text *text)
{
    char storage[IDS_SIZE];
    struct text ids;
    text_init(&ids, storage, sizeof storage);
    for (size_t i = 0; i < notice->id_count; i++) {
        struct text whole = ids;
        text_add(&ids, i > 0 ? "," : "");
        text_add_json(&ids, notice->ids[i], strlen(notice->ids[i]));
        if (!ids.was_cut)
            continue;
        ids = whole;
        storage[ids.length] = '\0';
        break;
    }
    text_addf(text, ",\"deployments\":[%s]", storage);
}

static void write_json(const struct notice *notice, const struct notice_origin *origin,
                       struct text *body)
{
    const struct event_row *row = event_row(notice->event);
    char key[NOTICE_KEY_SIZE];
    notice_payload_key(notice, origin, key);
    text_addf(body, "{\"version\":1,\"id\":\"%s\",\"event\":\"%s\",\"severity\":\"%s\"", key,
              row->name, level_name(row->level));
    add_time(body, "time", notice->first_at);
    add_time(body, "last_time", notice->last_at);
    text_addf(body, ",\"count\":%lld", (long long)notice->count);
    if (notice->id_count > 0)
        add_member(body, "deployment", notice->ids[0]);
    add_ids(notice, body);
    add_member(body, "message", notice->message);
    add_member(body, "meaning", row->meaning);
    text_addf(body, ",\"fields\":{%s}", notice->fields);
    add_member(body, "notifier", origin->notifier);
    add_member(body, "host", origin->host);
    add_member(body, "engine", "autoscaler " AUTOSCALER_VERSION);
    add_member(body, "api", origin->api);
    text_add_char(body, '}');
}

/* --- chats ----------------------------------------------------------------------------------------------------- */

/* Chat services read <, > and & as marks, such as those of a mention, everywhere. */
static void add_plain_char(struct text *text, char c)
{
    if (c == '&')
        text_add(text, "&amp;");
    else if (c == '<')
        text_add(text, "&lt;");
    else if (c == '>')
        text_add(text, "&gt;");
    else
        text_add_char(text, c);
}

static void add_plain(struct text *text, const char *string)
{
    for (; *string; string++)
        add_plain_char(text, *string);
}

static bool begins_character(char c)
{
    return ((unsigned char)c & 0xc0u) != 0x80u;
}

/* Between backticks, nothing else is a mark: what is cut off, is cut off inside. */
static void add_code(struct text *text, const char *printable, size_t size_max)
{
    size_t end = text->length + size_max;
    text_add_char(text, '`');
    for (; *printable; printable++) {
        if (text->length >= end && begins_character(*printable)) {
            text_add(text, "...");
            break;
        }
        add_plain_char(text, (char)(*printable == '`' ? '\'' : *printable));
    }
    text_add_char(text, '`');
}

static void add_id(struct text *text, const char *id)
{
    char storage[8 * ID_SIZE_MAX];
    struct text printable;
    text_init(&printable, storage, sizeof storage);
    text_add_escaped(&printable, id, strlen(id));
    add_code(text, storage, CHAT_ID_MAX);
}

/* "12 times since 2026-01-02T03:04:05.678Z: `eu-1`, `eu-2` and others" */
static void add_count(const struct notice *notice, struct text *text)
{
    char stamp[WALL_TEXT_SIZE];
    if (notice->count == 1)
        return;
    wall_format(notice->first_at, stamp);
    text_addf(text, "\n%lld times since %s", (long long)notice->count, stamp);
    for (size_t i = 0; i < notice->id_count; i++) {
        text_add(text, i == 0 ? ": " : ", ");
        add_id(text, notice->ids[i]);
    }
    if (notice->id_count == NOTICE_IDS_MAX && notice->count > NOTICE_IDS_MAX)
        text_add(text, " and others");
}

static void write_chat(const struct notice *notice, const struct notice_origin *origin,
                       struct text *body)
{
    const struct event_row *row = event_row(notice->event);
    char storage[CHAT_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    text_addf(&text, "[%s] autoscaler on ", level_name(row->level));
    add_plain(&text, origin->host);
    text_addf(&text, ": %s: ", row->name);
    add_plain(&text, row->meaning);
    text_add_char(&text, '\n');
    add_code(&text, notice->message, CHAT_MESSAGE_MAX);
    add_count(notice, &text);
    must(!text.was_cut);
    text_add(body, "{\"text\":");
    text_add_json(body, storage, text.length);
    text_add_char(body, '}');
}

void notice_payload_write(const struct notice *notice, const struct notice_origin *origin,
                          enum notice_format format, struct text *body)
{
    must(body->size >= NOTICE_BODY_SIZE);
    if (format == NOTICE_CHAT)
        write_chat(notice, origin, body);
    else
        write_json(notice, origin, body);
    must(!body->was_cut);
}
