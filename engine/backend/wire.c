#include "engine/backend/wire.h"

#include "engine/backend/json_scan.h"
#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* cJSON needs 80 bytes for "0,": this is enough for every document of the maximum size. */
#define SCRATCH_SIZE_MAX (48 * WIRE_STATUS_SIZE_MAX)

#define FOUND_SIZE_MAX 40 /* bytes of a document that are quoted in a fault */
#define SENTENCE_SIZE_MAX 160
#define PPB_PER_PERCENT 1e7

static_assert(SHARE_PERCENT == 10000000, "PPB_PER_PERCENT is equal");

struct wire {
    struct arena scratch;
};

/* A document or a part of it, and the tree of cJSON. Offsets count from the start of the document. */
struct tree {
    const char *bytes;
    struct json_span span;
    const cJSON *root;
};

/* cJSON's hooks have no context parameter, so the arena of the current parse is here. */
static struct arena *parse_arena;

static void *parse_alloc(size_t size)
{
    return arena_alloc(parse_arena, size);
}

static void parse_free(void *memory)
{
    (void)memory;
}

/* The tree is valid until the next parse. NULL: out of memory; everything else was checked before. */
static const cJSON *parse(struct wire *wire, const char *bytes, struct json_span span)
{
    cJSON_Hooks hooks = { .malloc_fn = parse_alloc, .free_fn = parse_free };
    arena_trim(&wire->scratch);
    parse_arena = &wire->scratch;
    cJSON_InitHooks(&hooks);
    const cJSON *root =
        cJSON_ParseWithLengthOpts(bytes + span.start, span.end - span.start, NULL, false);
    cJSON_InitHooks(NULL);
    parse_arena = NULL;
    return root;
}

/* --- the description of a fault ------------------------------------------------------------------------------- */

/* The first bytes of the span, escaped. */
static void add_found(struct text *text, const char *bytes, struct json_span span)
{
    char storage[FOUND_SIZE_MAX + 1];
    struct text found;
    text_init(&found, storage, sizeof storage);
    text_add_bytes(&found, bytes + span.start, span.end - span.start);
    text_add_escaped(text, found.data, found.length);
    if (found.was_cut)
        text_add(text, "...");
}

/* "a key appears twice at byte 88: "id":1}" */
static void add_fault(struct text *text, const char *bytes, size_t end,
                      const struct json_fault *fault)
{
    text_addf(text, "%s at byte %zu: ", fault->text, fault->offset);
    if (fault->offset < end)
        add_found(text, bytes, (struct json_span){ .start = fault->offset, .end = end });
    else
        text_add(text, "the end");
}

static int set_bad_json(struct error *err, const char *bytes, size_t size,
                        const struct json_fault *fault)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    add_fault(&text, bytes, size, fault);
    return error_set(err, ERR_BAD_JSON, "%s", storage);
}

/* "free_servers is "5", expected a whole number from 0 to 2147483647" */
static int set_bad_member(struct error *err, const struct tree *tree, const char *name,
                          const char *expected)
{
    char storage[ERROR_MSG_SIZE];
    struct text text;
    struct json_span found;
    text_init(&text, storage, sizeof storage);
    if (json_scan_find_member(tree->bytes, tree->span, name, &found))
        add_found(&text, tree->bytes, found);
    else
        text_add(&text, "missing");
    return error_set(err, ERR_BAD_VALUE, "%s is %s, expected %s", name, storage, expected);
}

static int set_not_object(struct error *err, const struct tree *tree)
{
    char storage[ERROR_MSG_SIZE];
    struct text found;
    text_init(&found, storage, sizeof storage);
    add_found(&found, tree->bytes, tree->span);
    return error_set(err, ERR_BAD_VALUE, "found %s, expected an object", storage);
}

/* --- values ---------------------------------------------------------------------------------------------------- */

/* Uses valuedouble only: valueint is 3 for 3.9 and INT_MAX for 1e999. */
static bool read_whole(const cJSON *item, int32_t min, int32_t max, int32_t *ret_value)
{
    if (!cJSON_IsNumber(item) || !(item->valuedouble >= min && item->valuedouble <= max))
        return false;
    int32_t whole = (int32_t)item->valuedouble;
    if (item->valuedouble < whole || item->valuedouble > whole)
        return false;
    if (min >= 0 && signbit(item->valuedouble))
        return false; /* -0 */
    *ret_value = whole;
    return true;
}

/*
 * Exact for every literal of up to seven decimals: below 100 the nearest double times 1e7 is less than a millionth off,
 * far from the half where rounding would be wrong. Finer literals are rounded to the nearest part per billion.
 */
static bool read_percent(const cJSON *item, int32_t *ret_ppb)
{
    if (!cJSON_IsNumber(item) || signbit(item->valuedouble) || !(item->valuedouble < 100))
        return false;
    int32_t ppb = (int32_t)(item->valuedouble * PPB_PER_PERCENT + 0.5);
    if (ppb >= SHARE_WHOLE)
        return false;
    *ret_ppb = ppb;
    return true;
}

/* Is it usable as a path segment, a key and a word in a sentence? See BAD_ID in reasons.def. */
static bool is_id(const cJSON *item)
{
    if (!cJSON_IsString(item))
        return false;
    const char *id = item->valuestring;
    size_t length = strlen(id);
    if (length < 1 || length > ID_SIZE_MAX || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        return false;
    for (size_t at = 0; at < length;) {
        uint32_t code_point;
        size_t size = utf8_decode(id + at, length - at, &code_point);
        must(size > 0); /* json_scan has checked that it is UTF-8 */
        if (code_point < 0x20 || (code_point >= 0x7f && code_point <= 0x9f))
            return false;
        at += size;
    }
    return true;
}

#define EXPECTED_ID "1 to 128 bytes of text without control characters, not \".\" or \"..\""
#define EXPECTED_COUNT "a whole number from 0 to 2147483647"
#define EXPECTED_SERVERS "a whole number from 1 to 2147483647"
#define EXPECTED_TARGET "a number from 0 to below 100"
#define EXPECTED_DELTA "a whole number from -2147483647 to 2147483647"

static_assert(ID_SIZE_MAX == 128, "EXPECTED_ID has the same number");

static const cJSON *member(const struct tree *tree, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(tree->root, name);
}

/* Checks and parses a whole document. Its root must be an object. */
static int parse_document(struct wire *wire, const char *body, size_t size, struct tree *ret_tree,
                          struct error *err)
{
    struct tree tree = { .bytes = body, .span = { .end = size } };
    struct json_fault fault;
    if (size > WIRE_STATUS_SIZE_MAX)
        return error_set(err, ERR_TOO_LARGE, "%zu bytes, expected at most %zu", size,
                         WIRE_STATUS_SIZE_MAX);
    if (!json_scan_check(body, tree.span, &fault))
        return set_bad_json(err, body, size, &fault);
    tree.root = parse(wire, body, tree.span);
    if (!tree.root)
        return error_no_memory(err);
    if (!cJSON_IsObject(tree.root))
        return set_not_object(err, &tree);
    *ret_tree = tree;
    return 0;
}

/* --- discovery ------------------------------------------------------------------------------------------------- */

/* The text of an id, if an entry that is bad as a whole has exactly one and it is valid. */
static bool find_id(const struct tree *tree, struct json_span *ret_id)
{
    struct json_fault ignored;
    return json_scan_find_member(tree->bytes, tree->span, "id", ret_id) &&
           tree->bytes[ret_id->start] == '"' && json_scan_check(tree->bytes, *ret_id, &ignored);
}

/* NULL: none that can be used, or no memory, when the entry remains without a name. */
static const char *read_id(struct wire *wire, const struct tree *tree)
{
    struct json_span span;
    if (!find_id(tree, &span) || span.end - span.start > WIRE_ENTRY_SIZE_MAX)
        return NULL;
    const cJSON *id = parse(wire, tree->bytes, span);
    return id && is_id(id) ? id->valuestring : NULL;
}

/* Puts the entry's id before the sentence. */
static void name_entry(struct error *err, const struct tree *tree)
{
    struct json_span id;
    if (!find_id(tree, &id))
        return;
    char storage[ERROR_MSG_SIZE];
    struct text found;
    text_init(&found, storage, sizeof storage);
    add_found(&found, tree->bytes, id);
    error_prefix(err, "entry %s", storage);
}

/* Faults of an entry that do not depend on the meaning of its members. */
static int check_entry(const struct tree *tree, struct error *err)
{
    size_t size = tree->span.end - tree->span.start;
    struct json_fault fault;
    if (size > WIRE_ENTRY_SIZE_MAX)
        return error_set(err, ERR_TOO_LARGE, "%zu bytes, expected at most %zu", size,
                         WIRE_ENTRY_SIZE_MAX);
    if (!json_scan_check(tree->bytes, tree->span, &fault))
        return set_bad_json(err, tree->bytes, tree->span.end, &fault);
    if (tree->bytes[tree->span.start] != '{')
        return set_not_object(err, tree);
    return 0;
}

/* Only the first fault is reported. */
static void blame(struct definition *definition, enum reason fault, const struct tree *tree,
                  const char *name, const char *expected, struct error *err)
{
    if (definition->fault != REASON_NONE)
        return;
    definition->fault = fault;
    set_bad_member(err, tree, name, expected);
}

static void read_members(const struct tree *tree, struct definition *definition, struct error *err)
{
    const cJSON *id = member(tree, "id");
    if (is_id(id))
        definition->id = id->valuestring;
    else
        blame(definition, REASON_BAD_ID, tree, "id", EXPECTED_ID, err);
    if (!read_whole(member(tree, "servers_per_host"), 1, INT32_MAX, &definition->servers_per_host))
        blame(definition, REASON_BAD_SERVERS_PER_HOST, tree, "servers_per_host", EXPECTED_SERVERS,
              err);
    if (!read_percent(member(tree, "target_free_pct"), &definition->target_free_ppb))
        blame(definition, REASON_BAD_TARGET, tree, "target_free_pct", EXPECTED_TARGET, err);
}

/* NULL stays NULL; false: out of memory. */
static bool keep_string(struct arena *arena, const char **string)
{
    if (!*string)
        return true;
    *string = arena_copy_text(arena, *string, strlen(*string));
    return *string;
}

static int decode_entry(struct wire *wire, struct tree *tree, struct arena *arena,
                        struct definition *ret_definition)
{
    struct definition definition = { .target_free_ppb = -1 };
    struct error why;
    if (check_entry(tree, &why) != 0) {
        definition.fault = REASON_BAD_ENTRY;
        definition.id = read_id(wire, tree);
        name_entry(&why, tree);
    } else {
        tree->root = parse(wire, tree->bytes, tree->span);
        if (!tree->root)
            return -ENOMEM;
        read_members(tree, &definition, &why);
    }
    if (definition.fault != REASON_NONE)
        definition.fault_text = why.msg;
    if (!keep_string(arena, &definition.id) || !keep_string(arena, &definition.fault_text))
        return -ENOMEM;
    *ret_definition = definition;
    return 0;
}

static int decode_entries(struct wire *wire, const char *body, struct json_span array,
                          struct arena *arena, struct discovery *ret_discovery)
{
    size_t count = array.child_count;
    struct definition *definitions = NULL;
    if (count > 0 && !(definitions = arena_alloc(arena, size_mul(count, sizeof *definitions))))
        return -ENOMEM;
    struct tree tree = { .bytes = body };
    size_t decoded = 0;
    for (; json_scan_next_element(body, array, &tree.span); decoded++) {
        must(decoded < count);
        if (decode_entry(wire, &tree, arena, &definitions[decoded]) != 0)
            return -ENOMEM;
    }
    must(decoded == count);
    *ret_discovery = (struct discovery){ .definitions = definitions, .count = count };
    return 0;
}

/* --- creation ------------------------------------------------------------------------------------------------- */

int wire_create(struct wire **ret_wire, struct error *err)
{
    struct wire *wire = heap_alloc(1, sizeof *wire);
    if (!wire)
        return error_no_memory(err);
    arena_init(&wire->scratch, SCRATCH_SIZE_MAX);
    *ret_wire = wire;
    return 0;
}

void wire_destroy(struct wire *wire)
{
    if (!wire)
        return;
    arena_fini(&wire->scratch);
    heap_free(wire);
}

int wire_decode_discovery(struct wire *wire, const char *body, size_t size, struct arena *arena,
                          struct discovery *ret_discovery, struct error *err)
{
    struct json_fault fault;
    struct json_span array;
    if (size > WIRE_DISCOVERY_SIZE_MAX)
        return error_set(err, ERR_TOO_LARGE, "%zu bytes, expected at most %zu", size,
                         WIRE_DISCOVERY_SIZE_MAX);
    if (!json_scan_check_around(body, size, "deployments", &array, &fault))
        return set_bad_json(err, body, size, &fault);
    struct tree tree = { .bytes = body, .span = { .end = size } };
    if (array.start == array.end || body[array.start] != '[')
        return set_bad_member(err, &tree, "deployments", "an array");
    if (array.child_count > DEPLOYMENT_COUNT_MAX)
        return error_set(err, ERR_TOO_LARGE, "%zu deployments, expected at most %d",
                         array.child_count, DEPLOYMENT_COUNT_MAX);
    if (decode_entries(wire, body, array, arena, ret_discovery) != 0)
        return error_no_memory(err);
    return 0;
}

static int read_count(const struct tree *tree, const char *name, int32_t *ret_count,
                      struct error *err)
{
    if (read_whole(member(tree, name), 0, INT32_MAX, ret_count))
        return 0;
    return set_bad_member(err, tree, name, EXPECTED_COUNT);
}

/* "id is "eu-2", expected "eu-1"" */
static int set_other_id(struct error *err, const struct tree *tree, const char *id)
{
    char expected[ERROR_MSG_SIZE];
    struct text text;
    text_init(&text, expected, sizeof expected);
    text_add(&text, "\"");
    text_add_escaped(&text, id, strlen(id));
    text_add(&text, "\"");
    set_bad_member(err, tree, "id", expected);
    return err->code = ERR_PROTOCOL;
}

/* An id is optional. cJSON ends a string at its NUL, which the scan has refused. */
static int check_id(const struct tree *tree, const char *id, struct error *err)
{
    const cJSON *found = id ? member(tree, "id") : NULL;
    if (!found || (cJSON_IsString(found) && strcmp(found->valuestring, id) == 0))
        return 0;
    return set_other_id(err, tree, id);
}

int wire_decode_status(struct wire *wire, const char *body, size_t size, struct status *ret_status,
                       struct error *err)
{
    return wire_decode_status_of(wire, body, size, NULL, ret_status, err);
}

int wire_decode_status_of(struct wire *wire, const char *body, size_t size, const char *id,
                          struct status *ret_status, struct error *err)
{
    struct tree tree = { 0 };
    struct status status;
    int rc = parse_document(wire, body, size, &tree, err);
    if (rc == 0)
        rc = check_id(&tree, id, err);
    if (rc == 0)
        rc = read_count(&tree, "current_hosts", &status.current_hosts, err);
    if (rc == 0)
        rc = read_count(&tree, "total_servers", &status.total_servers, err);
    if (rc == 0)
        rc = read_count(&tree, "free_servers", &status.free_servers, err);
    if (rc == 0)
        *ret_status = status;
    return rc;
}

void wire_encode_scale(struct text *text, const char *id, int32_t delta)
{
    text_add(text, "{\"deployment_id\":");
    text_add_json(text, id, strlen(id));
    text_addf(text, ",\"delta\":%d}", delta);
    must(!text->was_cut);
}

int wire_decode_scale(struct wire *wire, const char *body, size_t size, char *ret_id,
                      int32_t *ret_delta, struct error *err)
{
    struct tree tree = { 0 };
    int rc = parse_document(wire, body, size, &tree, err);
    if (rc != 0)
        return rc;
    const cJSON *id = member(&tree, "deployment_id");
    int32_t delta;
    if (!is_id(id))
        return set_bad_member(err, &tree, "deployment_id", EXPECTED_ID);
    if (!read_whole(member(&tree, "delta"), -INT32_MAX, INT32_MAX, &delta))
        return set_bad_member(err, &tree, "delta", EXPECTED_DELTA);
    memcpy(ret_id, id->valuestring, strlen(id->valuestring) + 1);
    *ret_delta = delta;
    return 0;
}

/* --- error bodies ---------------------------------------------------------------------------------------------- */

/* {"error": "..."}, {"message": "..."} or {"error": {"message": "..."}}; NULL when it is none of them. */
static const char *find_sentence(struct wire *wire, const char *body, size_t size)
{
    struct tree tree = { .root = NULL };
    if (parse_document(wire, body, size, &tree, NULL) != 0)
        return NULL;
    const cJSON *sentence = member(&tree, "error");
    if (cJSON_IsObject(sentence))
        sentence = cJSON_GetObjectItemCaseSensitive(sentence, "message");
    if (!cJSON_IsString(sentence))
        sentence = member(&tree, "message");
    return cJSON_GetStringValue(sentence);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The first words, with one space between them, so that a page of HTML becomes one line. */
static void add_words(struct text *words, const char *bytes, size_t size)
{
    bool is_between = false;
    for (size_t i = 0; i < size && !words->was_cut; i++) {
        if (!is_space(bytes[i])) {
            if (is_between && words->length > 0)
                text_add_char(words, ' ');
            text_add_char(words, bytes[i]);
        }
        is_between = is_space(bytes[i]);
    }
}

void wire_describe_error(struct wire *wire, const char *body, size_t size, struct text *text)
{
    char storage[SENTENCE_SIZE_MAX];
    struct text words;
    text_init(&words, storage, sizeof storage);
    const char *sentence = find_sentence(wire, body, size);
    if (sentence)
        add_words(&words, sentence, strlen(sentence));
    if (words.length == 0)
        add_words(&words, body, size);
    if (words.length == 0)
        text_add(text, "no explanation");
    else
        text_add_escaped(text, words.data, words.length);
}
