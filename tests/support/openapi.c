#include "tests/support/openapi.h"

#include "engine/base/heap.h"
#include "engine/http/path_segment.h"
#include "tests/support/test.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <yaml.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define PATTERN_SIZE 256
#define VALUE_SIZE 512
#define DEPTH_MAX 32

struct openapi {
    yaml_document_t document;
};

/* --- the tree of the file ----------------------------------------------------------------------------------------- */

static yaml_node_t *node_at(const struct openapi *openapi, int index)
{
    return yaml_document_get_node((yaml_document_t *)(uintptr_t)&openapi->document, index);
}

static const char *text_of(const yaml_node_t *node)
{
    if (!node || node->type != YAML_SCALAR_NODE)
        fail_msg("a scalar is expected in line %zu", node ? node->start_mark.line + 1 : 0);
    return (const char *)node->data.scalar.value;
}

/* NULL: it has no such key. */
static yaml_node_t *find(const struct openapi *openapi, const yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++)
        if (strcmp(text_of(node_at(openapi, pair->key)), key) == 0)
            return node_at(openapi, pair->value);
    return NULL;
}

/* "#/components/schemas/Id" */
static yaml_node_t *follow(const struct openapi *openapi, const char *reference)
{
    yaml_node_t *node = node_at(openapi, 1);
    const char *at = reference + 1;
    assert_int_equal(reference[0], '#');
    while (*at == '/') {
        char key[PATTERN_SIZE];
        snprintf(key, sizeof key, "%.*s", (int)strcspn(at + 1, "/"), at + 1);
        at += 1 + strlen(key);
        node = find(openapi, node, key);
    }
    if (!node)
        fail_msg("%s has no target", reference);
    return node;
}

static yaml_node_t *resolve(const struct openapi *openapi, yaml_node_t *node)
{
    const yaml_node_t *reference = find(openapi, node, "$ref");
    return reference ? follow(openapi, text_of(reference)) : node;
}

static yaml_node_t *find_resolved(const struct openapi *openapi, const yaml_node_t *map,
                                  const char *key)
{
    yaml_node_t *node = find(openapi, map, key);
    return node ? resolve(openapi, node) : NULL;
}

static double number_of(const yaml_node_t *node)
{
    char *end;
    double number = strtod(text_of(node), &end);
    assert_int_equal(*end, '\0');
    return number;
}

/* --- a value and its schema --------------------------------------------------------------------------------------- */

static bool takes(const struct openapi *openapi, yaml_node_t *schema, const cJSON *value,
                  struct text *why);

static bool refuse(struct text *why, const cJSON *value, const char *keyword)
{
    char *printed = cJSON_PrintUnformatted(value);
    text_addf(why, "%s of %.80s", keyword, printed ? printed : "?");
    cJSON_free(printed);
    return false;
}

static bool is_of_type(const cJSON *value, const char *type)
{
    if (strcmp(type, "object") == 0)
        return cJSON_IsObject(value);
    if (strcmp(type, "array") == 0)
        return cJSON_IsArray(value);
    if (strcmp(type, "string") == 0)
        return cJSON_IsString(value);
    if (strcmp(type, "number") == 0)
        return cJSON_IsNumber(value);
    if (strcmp(type, "integer") == 0)
        return cJSON_IsNumber(value) && !(fabs(value->valuedouble - floor(value->valuedouble)) > 0);
    if (strcmp(type, "boolean") == 0)
        return cJSON_IsBool(value);
    fail_msg("the type %s is not known", type);
    return false;
}

static bool check_type(const struct openapi *openapi, const yaml_node_t *node, const cJSON *value)
{
    if (node->type == YAML_SCALAR_NODE)
        return is_of_type(value, text_of(node));
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        if (is_of_type(value, text_of(node_at(openapi, *item))))
            return true;
    return false;
}

static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static bool check_pattern(const yaml_node_t *node, const char *text)
{
    int error;
    PCRE2_SIZE offset;
    PCRE2_SPTR pattern = (PCRE2_SPTR)text_of(node);
    pcre2_code *code = pcre2_compile(pattern, PCRE2_ZERO_TERMINATED, PCRE2_UTF | PCRE2_ALT_BSUX,
                                     &error, &offset, NULL);
    assert_non_null(code);
    pcre2_match_data *match = pcre2_match_data_create_from_pattern(code, NULL);
    assert_non_null(match);
    int found = pcre2_match(code, (PCRE2_SPTR)text, strlen(text), 0, 0, match, NULL);
    pcre2_match_data_free(match);
    pcre2_code_free(code);
    return found > 0;
}

static bool is_equal(const yaml_node_t *node, const cJSON *value)
{
    if (cJSON_IsString(value))
        return strcmp(text_of(node), value->valuestring) == 0;
    return cJSON_IsNumber(value) && !(fabs(number_of(node) - value->valuedouble) > 0);
}

static bool check_enum(const struct openapi *openapi, const yaml_node_t *node, const cJSON *value)
{
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        if (is_equal(node_at(openapi, *item), value))
            return true;
    return false;
}

static bool check_required(const struct openapi *openapi, const yaml_node_t *node,
                           const cJSON *value)
{
    for (yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++)
        if (!cJSON_GetObjectItemCaseSensitive(value, text_of(node_at(openapi, *item))))
            return false;
    return true;
}

static bool check_properties(const struct openapi *openapi, const yaml_node_t *node,
                             const cJSON *value, struct text *why)
{
    for (yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const char *key = text_of(node_at(openapi, pair->key));
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(value, key);
        if (member && !takes(openapi, node_at(openapi, pair->value), member, why)) {
            text_addf(why, " in %s", key);
            return false;
        }
    }
    return true;
}

static bool check_items(const struct openapi *openapi, yaml_node_t *schema, const cJSON *value,
                        struct text *why)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, value) if (!takes(openapi, schema, item, why)) return false;
    return true;
}

enum keyword {
    KEYWORD_NOTE,
    KEYWORD_TYPE,
    KEYWORD_REQUIRED,
    KEYWORD_PROPERTIES,
    KEYWORD_ITEMS,
    KEYWORD_MINIMUM,
    KEYWORD_MAXIMUM,
    KEYWORD_EXCLUSIVE_MAXIMUM,
    KEYWORD_MIN_LENGTH,
    KEYWORD_MAX_LENGTH,
    KEYWORD_MAX_COUNT,
    KEYWORD_PATTERN,
    KEYWORD_NOT,
    KEYWORD_CONST,
    KEYWORD_ENUM,
};

static const struct keyword_row {
    const char *name;
    enum keyword keyword;
} keywords[] = {
    { "description", KEYWORD_NOTE },     { "type", KEYWORD_TYPE },
    { "required", KEYWORD_REQUIRED },    { "properties", KEYWORD_PROPERTIES },
    { "items", KEYWORD_ITEMS },          { "minimum", KEYWORD_MINIMUM },
    { "maximum", KEYWORD_MAXIMUM },      { "exclusiveMaximum", KEYWORD_EXCLUSIVE_MAXIMUM },
    { "minLength", KEYWORD_MIN_LENGTH }, { "maxLength", KEYWORD_MAX_LENGTH },
    { "maxItems", KEYWORD_MAX_COUNT },   { "maxProperties", KEYWORD_MAX_COUNT },
    { "pattern", KEYWORD_PATTERN },      { "not", KEYWORD_NOT },
    { "const", KEYWORD_CONST },          { "enum", KEYWORD_ENUM },
};

static enum keyword keyword_of(const yaml_node_t *node)
{
    const char *name = text_of(node);
    for (size_t i = 0; i < COUNT_OF(keywords); i++)
        if (strcmp(keywords[i].name, name) == 0)
            return keywords[i].keyword;
    fail_msg("the keyword %s in line %zu would be ignored", name, node->start_mark.line + 1);
    return KEYWORD_NOTE;
}

static bool check_keyword(const struct openapi *openapi, enum keyword keyword, yaml_node_t *node,
                          const cJSON *value, struct text *why)
{
    char ignored[VALUE_SIZE];
    struct text other;
    text_init(&other, ignored, sizeof ignored);
    switch (keyword) {
    case KEYWORD_NOTE:
        return true;
    case KEYWORD_TYPE:
        return check_type(openapi, node, value);
    case KEYWORD_REQUIRED:
        return !cJSON_IsObject(value) || check_required(openapi, node, value);
    case KEYWORD_PROPERTIES:
        return !cJSON_IsObject(value) || check_properties(openapi, node, value, why);
    case KEYWORD_ITEMS:
        return !cJSON_IsArray(value) || check_items(openapi, node, value, why);
    case KEYWORD_MINIMUM:
        return !cJSON_IsNumber(value) || value->valuedouble >= number_of(node);
    case KEYWORD_MAXIMUM:
        return !cJSON_IsNumber(value) || value->valuedouble <= number_of(node);
    case KEYWORD_EXCLUSIVE_MAXIMUM:
        return !cJSON_IsNumber(value) || value->valuedouble < number_of(node);
    case KEYWORD_MIN_LENGTH:
        return !cJSON_IsString(value) ||
               (double)count_characters(value->valuestring) >= number_of(node);
    case KEYWORD_MAX_LENGTH:
        return !cJSON_IsString(value) ||
               (double)count_characters(value->valuestring) <= number_of(node);
    case KEYWORD_MAX_COUNT:
        return cJSON_GetArraySize(value) <= number_of(node);
    case KEYWORD_PATTERN:
        return !cJSON_IsString(value) || check_pattern(node, value->valuestring);
    case KEYWORD_NOT:
        return !takes(openapi, node, value, &other);
    case KEYWORD_CONST:
        return is_equal(node, value);
    case KEYWORD_ENUM:
        return check_enum(openapi, node, value);
    }
    return false;
}

static bool takes(const struct openapi *openapi, yaml_node_t *schema, const cJSON *value,
                  struct text *why)
{
    schema = resolve(openapi, schema);
    assert_int_equal(schema->type, YAML_MAPPING_NODE);
    for (yaml_node_pair_t *pair = schema->data.mapping.pairs.start;
         pair < schema->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = node_at(openapi, pair->key);
        if (!check_keyword(openapi, keyword_of(name), node_at(openapi, pair->value), value, why))
            return why->length > 0 ? false : refuse(why, value, text_of(name));
    }
    return true;
}

/* --- the whole file ----------------------------------------------------------------------------------------------- */

static void check_schema(const struct openapi *openapi, yaml_node_t *schema, int depth)
{
    assert_true(depth < DEPTH_MAX);
    if (find(openapi, schema, "$ref")) {
        resolve(openapi, schema);
        return;
    }
    assert_int_equal(schema->type, YAML_MAPPING_NODE);
    for (yaml_node_pair_t *pair = schema->data.mapping.pairs.start;
         pair < schema->data.mapping.pairs.top; pair++) {
        enum keyword keyword = keyword_of(node_at(openapi, pair->key));
        yaml_node_t *value = node_at(openapi, pair->value);
        if (keyword == KEYWORD_ITEMS || keyword == KEYWORD_NOT)
            check_schema(openapi, value, depth + 1);
        if (keyword == KEYWORD_PROPERTIES)
            for (yaml_node_pair_t *property = value->data.mapping.pairs.start;
                 property < value->data.mapping.pairs.top; property++)
                check_schema(openapi, node_at(openapi, property->value), depth + 1);
    }
}

/* Every reference has a target, every schema only keywords that are checked. */
static void check_all(const struct openapi *openapi)
{
    for (int i = 1; node_at(openapi, i); i++) {
        yaml_node_t *node = node_at(openapi, i);
        yaml_node_t *schema = find(openapi, node, "schema");
        if (schema)
            check_schema(openapi, schema, 0);
        resolve(openapi, node);
    }
    yaml_node_t *schemas = follow(openapi, "#/components/schemas");
    for (yaml_node_pair_t *pair = schemas->data.mapping.pairs.start;
         pair < schemas->data.mapping.pairs.top; pair++)
        check_schema(openapi, node_at(openapi, pair->value), 0);
}

struct openapi *openapi_open(const char *path)
{
    struct openapi *openapi = heap_alloc(1, sizeof *openapi);
    yaml_parser_t parser;
    FILE *file = fopen(path, "r");
    assert_non_null(openapi);
    assert_non_null(file);
    assert_true(yaml_parser_initialize(&parser));
    yaml_parser_set_input_file(&parser, file);
    if (!yaml_parser_load(&parser, &openapi->document))
        fail_msg("%s:%zu: %s", path, parser.problem_mark.line + 1, parser.problem);
    yaml_parser_delete(&parser);
    fclose(file);
    check_all(openapi);
    return openapi;
}

void openapi_close(struct openapi *openapi)
{
    yaml_document_delete(&openapi->document);
    heap_free(openapi);
}

/* --- requests and responses --------------------------------------------------------------------------------------- */

/* "/status/{id}": one segment. */
static bool is_path(const char *template, const char *path, char ret_segment[VALUE_SIZE])
{
    ret_segment[0] = '\0';
    size_t same = strcspn(template, "{");
    if (strncmp(template, path, same) != 0)
        return false;
    if (!template[same])
        return path[same] == '\0';
    const char *rest = strchr(template, '}') + 1;
    size_t length = strcspn(path + same, "/?");
    snprintf(ret_segment, VALUE_SIZE, "%.*s", (int)length, path + same);
    return length > 0 && strcmp(path + same + length, rest) == 0;
}

static yaml_node_t *find_operation(const struct openapi *openapi, const char *method,
                                   const char *path, char ret_segment[VALUE_SIZE])
{
    char lower[16] = "";
    for (size_t i = 0; method[i] && i < sizeof lower - 1; i++)
        lower[i] = (char)tolower((unsigned char)method[i]);
    yaml_node_t *paths = follow(openapi, "#/paths");
    for (yaml_node_pair_t *pair = paths->data.mapping.pairs.start;
         pair < paths->data.mapping.pairs.top; pair++)
        if (is_path(text_of(node_at(openapi, pair->key)), path, ret_segment))
            return find(openapi, node_at(openapi, pair->value), lower);
    return NULL;
}

static bool takes_text(const struct openapi *openapi, yaml_node_t *schema, const char *text,
                       struct text *why)
{
    cJSON *value = cJSON_CreateString(text);
    bool is_taken = takes(openapi, schema, value, why);
    cJSON_Delete(value);
    return is_taken;
}

/* The value of a header line; false: there is none. */
static bool find_header(const char *headers, const char *name, char ret_value[VALUE_SIZE])
{
    for (const char *at = headers; *at; at += strcspn(at, "\n"), at += *at == '\n')
        if (strncasecmp(at, name, strlen(name)) == 0 && at[strlen(name)] == ':') {
            at += strlen(name) + 1;
            at += strspn(at, " ");
            snprintf(ret_value, VALUE_SIZE, "%.*s", (int)strcspn(at, "\r\n"), at);
            return true;
        }
    return false;
}

static bool takes_parameter(const struct openapi *openapi, const yaml_node_t *parameter,
                            const struct openapi_request *request, const char *segment,
                            struct text *why)
{
    char value[VALUE_SIZE];
    const char *name = text_of(find(openapi, parameter, "name"));
    const char *place = text_of(find(openapi, parameter, "in"));
    if (strcmp(place, "path") == 0) {
        if (!path_segment_read(segment, value, sizeof value)) {
            text_addf(why, "%s is not percent-encoded", name);
            return false;
        }
    } else {
        assert_string_equal(place, "header");
        if (!find_header(request->headers, name, value)) {
            text_addf(why, "the header %s is missing", name);
            return false;
        }
    }
    return takes_text(openapi, find_resolved(openapi, parameter, "schema"), value, why);
}

static bool takes_parameters(const struct openapi *openapi, const yaml_node_t *operation,
                             const struct openapi_request *request, const char *segment,
                             struct text *why)
{
    const yaml_node_t *list = find(openapi, operation, "parameters");
    if (!list)
        return true;
    for (yaml_node_item_t *item = list->data.sequence.items.start;
         item < list->data.sequence.items.top; item++)
        if (!takes_parameter(openapi, node_at(openapi, *item), request, segment, why))
            return false;
    return true;
}

/* The schema of its JSON; NULL: it has none. */
static yaml_node_t *schema_of(const struct openapi *openapi, const yaml_node_t *message)
{
    const yaml_node_t *content = find(openapi, message, "content");
    return find_resolved(openapi, find(openapi, content, "application/json"), "schema");
}

static bool takes_body(const struct openapi *openapi, const yaml_node_t *message, const char *body,
                       struct text *why)
{
    yaml_node_t *schema = schema_of(openapi, message);
    if (!schema)
        return true;
    cJSON *value = cJSON_ParseWithOpts(body, NULL, true);
    bool is_taken = value && takes(openapi, schema, value, why);
    if (!value)
        text_addf(why, "no JSON: %.80s", body);
    cJSON_Delete(value);
    return is_taken;
}

bool openapi_takes_request(const struct openapi *openapi, const struct openapi_request *request,
                           struct text *why)
{
    char segment[VALUE_SIZE];
    char type[VALUE_SIZE];
    yaml_node_t *operation = find_operation(openapi, request->method, request->path, segment);
    if (!operation) {
        text_addf(why, "there is no %s %s", request->method, request->path);
        return false;
    }
    const yaml_node_t *body = find_resolved(openapi, operation, "requestBody");
    if (body && (!find_header(request->headers, "Content-Type", type) ||
                 strcmp(type, "application/json") != 0)) {
        text_add(why, "the body is not application/json");
        return false;
    }
    if (!body && *request->body) {
        text_add(why, "a body that is not expected");
        return false;
    }
    return takes_parameters(openapi, operation, request, segment, why) &&
           (!body || takes_body(openapi, body, request->body, why));
}

/* "404", else "4XX", else "default". */
static yaml_node_t *find_response(const struct openapi *openapi, const yaml_node_t *operation,
                                  int status)
{
    char code[16];
    const yaml_node_t *responses = find(openapi, operation, "responses");
    snprintf(code, sizeof code, "%d", status);
    yaml_node_t *response = find_resolved(openapi, responses, code);
    snprintf(code, sizeof code, "%dXX", status / 100);
    if (!response)
        response = find_resolved(openapi, responses, code);
    return response ? response : find_resolved(openapi, responses, "default");
}

bool openapi_takes_response(const struct openapi *openapi, const char *method, const char *path,
                            int status, const char *body, struct text *why)
{
    char segment[VALUE_SIZE];
    const yaml_node_t *operation = find_operation(openapi, method, path, segment);
    const yaml_node_t *response = operation ? find_response(openapi, operation, status) : NULL;
    if (!response) {
        text_addf(why, "%s %s has no response %d", method, path, status);
        return false;
    }
    return takes_body(openapi, response, body, why);
}
