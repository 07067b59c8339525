#include "engine/config/notify_list.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"
#include "engine/config/secret.h"

#include <string.h>

int notify_list_add(struct notify_list *list, struct notify_entry **ret_entry, struct error *err)
{
    must(list->count < NOTIFY_LIST_MAX);
    struct notify_entry *entries = heap_resize(list->entries, list->count + 1, sizeof *entries);
    if (!entries)
        return error_no_memory(err);
    list->entries = entries;
    entries[list->count] = (struct notify_entry){ 0 };
    *ret_entry = &entries[list->count++];
    return 0;
}

void notify_list_fini(struct notify_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct notify_entry *entry = &list->entries[i];
        heap_free(entry->name);
        path_list_fini(&entry->event_words);
        secret_free(entry->url);
        heap_free(entry->url_file);
        heap_free(entry->ca_file);
        path_list_fini(&entry->command);
    }
    heap_free(list->entries);
    *list = (struct notify_list){ 0 };
}

static bool is_sendable(enum event_id id)
{
    return id != EVENT_NOTICE_FAILED && id != EVENT_NOTICE_RECOVERED &&
           id != EVENT_NOTICE_REFUSED && id != EVENT_NOTICES_DROPPED &&
           id != EVENT_EVENTS_SUPPRESSED && id != EVENT_ENGINE_STOPPED;
}

static int level_of(const char *word)
{
    for (int level = 0; level < LEVEL_COUNT; level++)
        if (strcmp(level_name((enum level)level), word) == 0)
            return level;
    return LEVEL_COUNT;
}

size_t notify_choose(const char *word, bool events[EVENT_COUNT])
{
    size_t count = 0;
    int level = level_of(word);
    for (int i = 0; i < EVENT_COUNT; i++) {
        const struct event_row *row = event_row((enum event_id)i);
        bool is_chosen = (int)row->level >= level || pattern_matches(word, row->name);
        if (!is_chosen || !is_sendable((enum event_id)i))
            continue;
        events[i] = true;
        count++;
    }
    return count;
}
