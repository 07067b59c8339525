#include "engine/control/act_body.h"

#include "engine/backend/json_scan.h"
#include "engine/base/duration.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <string.h>

enum member {
    MEMBER_TARGET = 1 << 0,
    MEMBER_ON = 1 << 1,
    MEMBER_SCALE = 1 << 2,
    MEMBER_REASON = 1 << 3,
    MEMBER_EXPECT = 1 << 4,
    MEMBER_FOR = 1 << 5,
};

/* The members that a route has, and must have. */
static const struct {
    unsigned allowed;
    unsigned required;
} route_members[ROUTE_COUNT] = {
    [ROUTE_PASS] = { MEMBER_REASON, 0 },
    [ROUTE_DISCOVERY] = { MEMBER_REASON, 0 },
    [ROUTE_RELOAD] = { MEMBER_REASON, 0 },
    [ROUTE_DRY_RUN] = { MEMBER_ON | MEMBER_REASON, MEMBER_ON },
    [ROUTE_PAUSE] = { MEMBER_TARGET | MEMBER_FOR | MEMBER_REASON | MEMBER_EXPECT, MEMBER_TARGET },
    [ROUTE_RESUME] = { MEMBER_TARGET | MEMBER_REASON | MEMBER_EXPECT, MEMBER_TARGET },
    [ROUTE_UNDO] = { MEMBER_REASON | MEMBER_EXPECT, 0 },
    [ROUTE_EXTEND] = { MEMBER_FOR | MEMBER_REASON, MEMBER_FOR },
    [ROUTE_END] = { MEMBER_REASON | MEMBER_EXPECT, 0 },
    [ROUTE_SCALE] = { MEMBER_TARGET | MEMBER_SCALE | MEMBER_REASON | MEMBER_EXPECT,
                      MEMBER_TARGET | MEMBER_SCALE },
};

static int bad(struct error *err, const char *name, const char *expected)
{
    return error_set(err, ERR_BAD_VALUE, "%s: expected %s", name, expected);
}

/* cJSON reads 1e999 as infinity and 3.9 as 3: the double decides. */
static bool read_whole(const cJSON *item, int32_t min, int32_t *ret_number)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= INT32_MAX))
        return false;
    int32_t number = (int32_t)item->valuedouble;
    if (item->valuedouble < number || item->valuedouble > number)
        return false;
    *ret_number = number;
    return true;
}

/* --- members --------------------------------------------------------------------------------------------------- */

static int take_target(struct act_body *body, enum act_target target, struct error *err)
{
    if (body->target != ACT_ON_NONE)
        return error_set(err, ERR_BAD_VALUE, "only one of all, match and ids may be given");
    body->target = target;
    return 0;
}

static int read_all(const cJSON *item, struct act_body *body, struct error *err)
{
    return cJSON_IsTrue(item) ? take_target(body, ACT_ON_ALL, err) : bad(err, "all", "true");
}

static int read_match(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsString(item) || item->valuestring[0] == '\0')
        return bad(err, "match", "a shell pattern on the id");
    body->match = item->valuestring;
    return take_target(body, ACT_ON_MATCH, err);
}

static int read_ids(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsArray(item) || cJSON_GetArraySize(item) == 0)
        return bad(err, "ids", "a list of ids");
    for (const cJSON *id = item->child; id; id = id->next) {
        if (!cJSON_IsString(id))
            return bad(err, "ids", "a list of ids");
        if (body->id_count == ACT_IDS_MAX)
            return error_set(err, ERR_BAD_VALUE, "ids: at most %d; match takes a pattern",
                             ACT_IDS_MAX);
        body->ids[body->id_count++] = id->valuestring;
    }
    return take_target(body, ACT_ON_IDS, err);
}

static int read_on(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsBool(item))
        return bad(err, "on", "true or false");
    body->is_on = cJSON_IsTrue(item);
    return 0;
}

static int read_delta(const cJSON *item, struct act_body *body, struct error *err)
{
    bool is_delta = read_whole(item, -INT32_MAX, &body->delta) && body->delta != 0;
    return is_delta ? 0 : bad(err, "delta", "a whole number of hosts, not 0");
}

static int read_force(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsBool(item))
        return bad(err, "force", "true or false");
    body->is_forced = cJSON_IsTrue(item);
    return 0;
}

static int read_for(const cJSON *item, struct act_body *body, struct error *err)
{
    bool is_duration = cJSON_IsString(item) && duration_parse(item->valuestring, &body->for_ms);
    return is_duration && body->for_ms > 0
               ? 0
               : bad(err, "for", "a duration above 0, such as \"30m\" or \"2h\"");
}

static int read_reason(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= ACT_REASON_SIZE)
        return error_set(err, ERR_BAD_VALUE, "reason: expected a text of at most %d bytes",
                         ACT_REASON_SIZE - 1);
    body->reason = item->valuestring;
    return 0;
}

static int read_expected(const cJSON *item, struct act_body *body, struct error *err)
{
    bool is_count = strcmp(item->string, "count") == 0;
    if (!is_count && strcmp(item->string, "hosts") != 0)
        return bad(err, "expect", "an object with count or hosts");
    int32_t *number = is_count ? &body->expected_count : &body->expected_hosts;
    return read_whole(item, 0, number)
               ? 0
               : bad(err, is_count ? "expect.count" : "expect.hosts", "a whole number from 0");
}

static int read_expect(const cJSON *item, struct act_body *body, struct error *err)
{
    if (!cJSON_IsObject(item))
        return bad(err, "expect", "an object with count or hosts");
    int failed = 0;
    for (const cJSON *part = item->child; part && !failed; part = part->next)
        failed = read_expected(part, body, err);
    return failed;
}

static const struct member_row {
    const char *name;
    enum member member;
    int (*read)(const cJSON *item, struct act_body *body, struct error *err);
} member_rows[] = {
    { "all", MEMBER_TARGET, read_all },       { "match", MEMBER_TARGET, read_match },
    { "ids", MEMBER_TARGET, read_ids },       { "on", MEMBER_ON, read_on },
    { "delta", MEMBER_SCALE, read_delta },    { "force", MEMBER_SCALE, read_force },
    { "for", MEMBER_FOR, read_for },          { "reason", MEMBER_REASON, read_reason },
    { "expect", MEMBER_EXPECT, read_expect },
};
#define MEMBER_ROW_COUNT (sizeof member_rows / sizeof member_rows[0])

static const struct member_row *find_member(const char *name)
{
    for (size_t i = 0; i < MEMBER_ROW_COUNT; i++)
        if (strcmp(member_rows[i].name, name) == 0)
            return &member_rows[i];
    return NULL;
}

/* --- the document ---------------------------------------------------------------------------------------------- */

static int refuse_member(const char *name, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text shown;
    text_init(&shown, storage, sizeof storage);
    quote_add(&shown, name, strlen(name));
    return error_set(err, ERR_BAD_VALUE, "this request has no member %s", storage);
}

static int check_complete(enum route route, const struct act_body *body, unsigned found,
                          struct error *err)
{
    unsigned missing = route_members[route].required & ~found;
    if (missing & MEMBER_TARGET)
        return bad(err, "all, match, ids", "one of them");
    if (missing & MEMBER_ON)
        return bad(err, "on", "true or false");
    if (missing & MEMBER_FOR)
        return bad(err, "for", "a duration such as \"30m\"");
    if (route != ROUTE_SCALE)
        return 0;
    if (body->delta == 0)
        return bad(err, "delta", "a whole number of hosts, not 0");
    if (body->target != ACT_ON_IDS || body->id_count != 1)
        return bad(err, "ids", "one id");
    return 0;
}

static int read_members(enum route route, const cJSON *root, struct act_body *body,
                        struct error *err)
{
    unsigned found = 0;
    for (const cJSON *item = root->child; item; item = item->next) {
        const struct member_row *row = find_member(item->string);
        if (!row || (route_members[route].allowed & row->member) == 0)
            return refuse_member(item->string, err);
        int failed = row->read(item, body, err);
        if (failed)
            return failed;
        found |= row->member;
    }
    return check_complete(route, body, found, err);
}

/* NULL: *err has the reason. */
static cJSON *parse(const char *bytes, size_t size, struct error *err)
{
    struct json_fault fault;
    if (!json_scan_check(bytes, (struct json_span){ .end = size }, &fault)) {
        error_set(err, ERR_BAD_JSON, "the body is no JSON: %s at byte %zu", fault.text,
                  fault.offset);
        return NULL;
    }
    cJSON *root = cJSON_ParseWithLengthOpts(bytes, size, NULL, false);
    if (!root) {
        error_no_memory(err);
        return NULL;
    }
    if (cJSON_IsObject(root))
        return root;
    cJSON_Delete(root);
    bad(err, "the body", "an object");
    return NULL;
}

int act_body_parse(enum route route, const char *bytes, size_t size, struct act_body *ret_body,
                   struct error *err)
{
    static const char nothing[] = "{}";
    *ret_body = (struct act_body){ .reason = "", .expected_count = -1, .expected_hosts = -1 };
    cJSON *root = size > 0 ? parse(bytes, size, err) : parse(nothing, strlen(nothing), err);
    if (!root)
        return err->code;
    ret_body->document = root;
    int failed = read_members(route, root, ret_body, err);
    if (failed)
        act_body_fini(ret_body);
    return failed;
}

void act_body_fini(struct act_body *body)
{
    cJSON_Delete(body->document);
    body->document = NULL;
}
