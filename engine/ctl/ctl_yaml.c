#include "engine/ctl/ctl_yaml.h"

#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <yaml.h>

#define NUMBER_SIZE 32

static yaml_char_t *bytes_of(const char *text)
{
    return (yaml_char_t *)(uintptr_t)text;
}

static bool emit(yaml_emitter_t *emitter, yaml_event_t *event, int is_made)
{
    return is_made && yaml_emitter_emit(emitter, event);
}

static bool emit_scalar(yaml_emitter_t *emitter, const char *text, bool is_quoted)
{
    yaml_event_t event;
    return emit(emitter, &event,
                yaml_scalar_event_initialize(
                    &event, NULL, NULL, bytes_of(text), (int)strlen(text), !is_quoted, is_quoted,
                    is_quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE));
}

static bool emit_leaf(yaml_emitter_t *emitter, const cJSON *value)
{
    char number[NUMBER_SIZE];
    struct text text;
    if (cJSON_IsString(value))
        return emit_scalar(emitter, value->valuestring, true);
    text_init(&text, number, sizeof number);
    if (cJSON_IsNumber(value))
        text_addf(&text, "%.15g", value->valuedouble);
    else if (cJSON_IsBool(value))
        text_add(&text, cJSON_IsTrue(value) ? "true" : "false");
    else
        text_add(&text, "null");
    return emit_scalar(emitter, number, false);
}

static bool begin(yaml_emitter_t *emitter, const cJSON *value)
{
    yaml_event_t event;
    return cJSON_IsArray(value)
               ? emit(emitter, &event,
                      yaml_sequence_start_event_initialize(&event, NULL, NULL, 1,
                                                           YAML_BLOCK_SEQUENCE_STYLE))
               : emit(emitter, &event,
                      yaml_mapping_start_event_initialize(&event, NULL, NULL, 1,
                                                          YAML_BLOCK_MAPPING_STYLE));
}

static bool end(yaml_emitter_t *emitter, const cJSON *value)
{
    yaml_event_t event;
    return emit(emitter, &event,
                cJSON_IsArray(value) ? yaml_sequence_end_event_initialize(&event)
                                     : yaml_mapping_end_event_initialize(&event));
}

static bool is_container(const cJSON *value)
{
    return cJSON_IsArray(value) || cJSON_IsObject(value);
}

/* A key of ours needs no quotes. An empty container is complete. */
static bool emit_one(yaml_emitter_t *emitter, const cJSON *value, const cJSON *container)
{
    if (container && cJSON_IsObject(container) && !emit_scalar(emitter, value->string, false))
        return false;
    if (!is_container(value))
        return emit_leaf(emitter, value);
    return begin(emitter, value) && (value->child || end(emitter, value));
}

/* cJSON has no links to containers: those that are open are kept. It has bounded their number. */
static bool emit_value(yaml_emitter_t *emitter, const cJSON *root)
{
    const cJSON *open[CJSON_NESTING_LIMIT];
    size_t depth = 0;
    const cJSON *value = root;
    while (value) {
        if (!emit_one(emitter, value, depth > 0 ? open[depth - 1] : NULL))
            return false;
        if (is_container(value) && value->child) {
            must(depth < CJSON_NESTING_LIMIT);
            open[depth++] = value;
            value = value->child;
            continue;
        }
        while (depth > 0 && !value->next) {
            value = open[--depth];
            if (!end(emitter, value))
                return false;
        }
        value = depth > 0 ? value->next : NULL;
    }
    return true;
}

static bool emit_document(yaml_emitter_t *emitter, const cJSON *root)
{
    yaml_event_t event;
    return emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
           emit(emitter, &event,
                yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1)) &&
           emit_value(emitter, root) &&
           emit(emitter, &event, yaml_document_end_event_initialize(&event, 1)) &&
           emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

int ctl_yaml_print(const char *json, size_t size, FILE *out, struct error *err)
{
    yaml_emitter_t emitter;
    cJSON *root = cJSON_ParseWithLength(json, size);
    if (!root)
        return error_set(err, ERR_BAD_JSON, "the engine sent no JSON: is it another program?");
    if (!yaml_emitter_initialize(&emitter)) {
        cJSON_Delete(root);
        return error_no_memory(err);
    }
    yaml_emitter_set_output_file(&emitter, out);
    yaml_emitter_set_width(&emitter, -1);
    /* What cannot be written is reported by the caller, as for the other forms of output. */
    bool is_good = emit_document(&emitter, root) || emitter.error == YAML_WRITER_ERROR;
    yaml_emitter_delete(&emitter);
    cJSON_Delete(root);
    return is_good ? 0 : error_no_memory(err);
}
