/*
 * notify_list - where notices are sent: the entries of the key `notify`, as plain values.
 *
 * Zeroed memory is an empty list. The owner calls notify_list_fini, which wipes URLs. One thread at a time.
 */
#ifndef ENGINE_CONFIG_NOTIFY_LIST_H
#define ENGINE_CONFIG_NOTIFY_LIST_H

#include "engine/base/error.h"
#include "engine/config/path_list.h"
#include "engine/vocab.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTIFY_LIST_MAX 16
#define NOTIFY_COMMAND_MAX 64 /* words of a command */
#define NOTIFY_EVENTS_MAX 100 /* words of `events` */

enum notify_format { NOTIFY_JSON, NOTIFY_CHAT };

struct notify_entry {
    char *name;
    struct path_list event_words; /* as written */
    bool events[EVENT_COUNT];     /* that they choose */
    char *url;                    /* a secret, also from url_file; NULL: there is a command */
    char *url_file;
    char *ca_file;
    struct path_list command; /* without words: there is a URL */
    enum notify_format format;
    int64_t timeout_ms;
    int64_t max_age_ms;
    int64_t fold_ms;
    int32_t burst;
    int32_t per_minute;
    size_t line; /* of the entry in the file, from 1 */
    size_t column;
};

struct notify_list {
    struct notify_entry *entries;
    size_t count;
};

/* A zeroed entry at the end, which stays in its place until the next one is added. The list must not be full. */
int notify_list_add(struct notify_list *list, struct notify_entry **ret_entry, struct error *err);
void notify_list_fini(struct notify_list *list);

/*
 * Adds the events that a word chooses: a name, a shell pattern of names, or a severity. Returns their number. Events
 * that cannot be sent are never chosen: those about notices themselves, and those behind the last notice.
 */
size_t notify_choose(const char *word, bool events[EVENT_COUNT]);

#endif
