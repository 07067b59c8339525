#include "tui/key_config.h"

#include "engine/base/panic.h"
#include "engine/base/quote.h"

_Static_assert(KEY_LIST_MAX <= KEY_GIVEN_MAX, "the console takes all keys of a configuration");

struct reading {
    const struct config *config;
    struct warnings *warnings;
    struct warnings *mistakes;
};

static void refuse(void *context, size_t index, const char *sentence)
{
    struct reading *reading = context;
    const struct key_entry *entry = &reading->config->console.keys.entries[index];
    char storage[QUOTE_SIZE];
    struct text path;
    text_init(&path, storage, sizeof storage);
    quote_add_path(&path, reading->config->config_file);
    warnings_add(reading->mistakes, "%s:%zu:%zu: console.keys.%s: %s", storage, entry->line,
                 entry->column, entry->command, sentence);
}

static void warn(void *context, const char *sentence)
{
    struct reading *reading = context;
    warnings_add(reading->warnings, "console.keys: %s", sentence);
}

static bool read_keys(struct reading *reading, struct key_bindings *ret_bindings)
{
    const struct key_list *list = &reading->config->console.keys;
    struct key_given given[KEY_LIST_MAX];
    struct key_report report = { refuse, warn, reading };
    for (size_t i = 0; i < list->count; i++) {
        const struct key_entry *entry = &list->entries[i];
        given[i] = (struct key_given){ entry->command, entry->key, entry->line };
    }
    return key_bindings_read(given, list->count, &report, ret_bindings);
}

bool key_config_check(const struct config *config, struct warnings *warnings,
                      struct warnings *mistakes)
{
    struct reading reading = { config, warnings, mistakes };
    struct key_bindings bindings;
    return read_keys(&reading, &bindings);
}

struct key_bindings key_config_bindings(const struct config *config)
{
    struct key_bindings bindings;
    struct warnings warnings = { 0 };
    struct warnings mistakes = { 0 };
    struct reading reading = { config, &warnings, &mistakes };
    bool is_good = read_keys(&reading, &bindings);
    warnings_fini(&warnings);
    warnings_fini(&mistakes);
    must(is_good);
    return bindings;
}
