#include "tui/key_config.h"

#include "engine/base/panic.h"
#include "engine/base/quote.h"

_Static_assert(KEY_LIST_MAX <= KEY_GIVEN_MAX, "the console takes all keys of a configuration");

struct reading {
    const struct config *config;
    struct warnings *warnings;
    struct warnings *more;
    struct error *err;
    int failed;
};

/* The first error, and the sentences of the others. */
static void refuse(void *context, size_t index, const char *sentence)
{
    struct reading *reading = context;
    const struct key_entry *entry = &reading->config->console.keys.entries[index];
    char storage[QUOTE_SIZE];
    struct text path;
    struct error error;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, reading->config->config_file);
    error_set(&error, ERR_CONFIG, "%s:%zu:%zu: console.keys.%s: %s", storage, entry->line,
              entry->column, entry->command, sentence);
    if (reading->failed)
        warnings_add(reading->more, "%s", error.msg);
    else
        *reading->err = error;
    reading->failed = error.code;
}

static void warn(void *context, const char *sentence)
{
    struct reading *reading = context;
    warnings_add(reading->warnings, "console.keys: %s", sentence);
}

int key_config_read(const struct config *config, struct key_bindings *ret_bindings,
                    struct warnings *warnings, struct warnings *more, struct error *err)
{
    const struct key_list *list = &config->console.keys;
    struct key_given given[KEY_LIST_MAX];
    struct reading reading = { .config = config, .warnings = warnings, .more = more, .err = err };
    struct key_report report = { refuse, warn, &reading };
    for (size_t i = 0; i < list->count; i++) {
        const struct key_entry *entry = &list->entries[i];
        given[i] = (struct key_given){ entry->command, entry->key, entry->line };
    }
    key_bindings_read(given, list->count, &report, ret_bindings);
    return reading.failed;
}

struct key_bindings key_config_bindings(const struct config *config)
{
    struct key_bindings bindings;
    struct warnings warnings = { 0 };
    struct warnings more = { 0 };
    struct error err;
    int failed = key_config_read(config, &bindings, &warnings, &more, &err);
    warnings_fini(&warnings);
    warnings_fini(&more);
    must(!failed);
    return bindings;
}
