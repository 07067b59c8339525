#include "engine/remote/remote_act.h"

#include "engine/backend/json_scan.h"
#include "engine/base/text.h"
#include "engine/control/stream_codec.h"

#include <cjson/cJSON.h>
#include <string.h>

#define STATUS_OK 200

enum act_body_kind { BODY_PLAIN, BODY_ON, BODY_OFF, BODY_ALL, BODY_ONE, BODY_SCALE, BODY_UNDO };

static const struct act_row {
    const char *path; /* NULL: none */
    enum act_body_kind body;
} rows[COMMAND_COUNT] = {
    [COMMAND_PASS] = { "/v1/pass", BODY_PLAIN },
    [COMMAND_DISCOVERY] = { "/v1/discovery", BODY_PLAIN },
    [COMMAND_RELOAD] = { "/v1/reload", BODY_PLAIN },
    [COMMAND_DRY_RUN_ON] = { "/v1/dry-run", BODY_ON },
    [COMMAND_DRY_RUN_OFF] = { "/v1/dry-run", BODY_OFF },
    [COMMAND_PAUSE_ALL] = { "/v1/pause", BODY_ALL },
    [COMMAND_RESUME_ALL] = { "/v1/resume", BODY_ALL },
    [COMMAND_PAUSE] = { "/v1/pause", BODY_ONE },
    [COMMAND_RESUME] = { "/v1/resume", BODY_ONE },
    [COMMAND_UNDO] = { "/v1/undo", BODY_UNDO },
    [COMMAND_SCALE] = { "/v1/scale", BODY_SCALE },
};

static void add_ids(struct text *text, const char *id)
{
    text_add(text, "\"ids\":[");
    text_add_json(text, id, strlen(id));
    text_add_char(text, ']');
}

static void add_expect(struct text *text, const char *name, int32_t number)
{
    if (number >= 0)
        text_addf(text, "%s\"expect\":{\"%s\":%d}", text->length > 1 ? "," : "", name, number);
}

static void add_body(struct text *text, const struct command *command,
                     const struct remote_guards *guards)
{
    switch (rows[command->kind].body) {
    case BODY_PLAIN:
        return;
    case BODY_ON:
        text_add(text, "\"on\":true");
        return;
    case BODY_OFF:
        text_add(text, "\"on\":false");
        return;
    case BODY_ALL:
        text_add(text, "\"all\":true");
        add_expect(text, "count", guards->deployments);
        return;
    case BODY_ONE:
        add_ids(text, command->id);
        return;
    case BODY_UNDO:
        add_expect(text, "count", command->delta > 0 ? command->delta : guards->deployments);
        return;
    case BODY_SCALE:
        add_ids(text, command->id);
        text_addf(text, ",\"delta\":%d", command->delta);
        text_add(text, command->is_forced ? ",\"force\":true" : "");
        add_expect(text, "hosts", guards->hosts);
        return;
    }
}

bool remote_act_make(const struct command *command, const struct remote_guards *guards,
                     struct remote_request *ret_request)
{
    struct text text;
    if (!rows[command->kind].path)
        return false;
    ret_request->path = rows[command->kind].path;
    text_init(&text, ret_request->body, sizeof ret_request->body);
    text_add_char(&text, '{');
    add_body(&text, command, guards);
    if (command->reason)
        stream_add_string(&text, "reason", command->reason);
    text_add_char(&text, '}');
    return !text.was_cut;
}

void remote_focus_make(const char *stream, const struct command *focus,
                       struct remote_request *ret_request)
{
    struct text text;
    ret_request->path = "/v1/focus";
    text_init(&text, ret_request->body, sizeof ret_request->body);
    text_add_char(&text, '{');
    stream_add_string(&text, "stream", stream);
    if (focus->slot != SLOT_NONE && focus->id[0] != '\0') {
        stream_add_string(&text, "id", focus->id);
        if (focus->delta != 0)
            stream_add_integer(&text, "delta", focus->delta);
    }
    text_add_char(&text, '}');
}

/* --- responses ---------------------------------------------------------------------------------------------------- */

void remote_act_refuse(const struct command *command, const char *sentence,
                       struct command_ack *ret_ack)
{
    struct text text;
    *ret_ack = (struct command_ack){ .kind = command->kind, .serial = command->serial };
    text_init(&text, ret_ack->text, sizeof ret_ack->text);
    text_add(&text, sentence);
}

static const char *message_of(const cJSON *root, bool is_done)
{
    const cJSON *object = is_done ? root : cJSON_GetObjectItemCaseSensitive(root, "error");
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, "message");
    return cJSON_IsString(item) ? item->valuestring : NULL;
}

void remote_act_read(const struct command *command, long status, const char *body, size_t size,
                     struct command_ack *ret_ack)
{
    struct json_fault fault;
    bool is_done = status == STATUS_OK;
    bool is_json = json_scan_check(body, (struct json_span){ .end = size }, &fault);
    cJSON *root = is_json ? cJSON_ParseWithLengthOpts(body, size, NULL, false) : NULL;
    const char *message = message_of(root, is_done);
    remote_act_refuse(command,
                      message   ? message
                      : is_done ? "done"
                                : "refused: the engine has given no reason that can be read",
                      ret_ack);
    ret_ack->is_accepted = is_done;
    cJSON_Delete(root);
}
