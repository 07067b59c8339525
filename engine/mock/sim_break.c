#include "engine/mock/sim_break.h"

#include <string.h>

static void add_folded(const char *id, struct text *list)
{
    text_add(list, ",{\"id\":\"");
    for (; *id; id++)
        text_add_char(list, (char)(*id >= 'a' && *id <= 'z' ? *id - 'a' + 'A' : *id));
    text_add(list, "\",\"servers_per_host\":1,\"target_free_pct\":10}");
}

static const struct {
    enum promise broken;
    const char *entry;
} entries[] = {
    { PROMISE_ENTRY_FORM,
      ",{\"id\":\"twice\",\"id\":\"twice\",\"servers_per_host\":1,\"target_free_pct\":10}" },
    { PROMISE_ENTRY_ID, ",{\"id\":\"..\",\"servers_per_host\":1,\"target_free_pct\":10}" },
    { PROMISE_SERVERS_PER_HOST,
      ",{\"id\":\"none\",\"servers_per_host\":0,\"target_free_pct\":10}" },
    { PROMISE_TARGET_FREE_PCT, ",{\"id\":\"all\",\"servers_per_host\":1,\"target_free_pct\":100}" },
    { PROMISE_ID_ENCODING, ",{\"id\":\"a b/c\",\"servers_per_host\":1,\"target_free_pct\":10}" },
};

void sim_break_add_entry(enum promise broken, const struct definition *first, struct text *list)
{
    if (broken == PROMISE_UNIQUE_IDS)
        add_folded(first->id, list);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        if (entries[i].broken == broken)
            text_add(list, entries[i].entry);
}

void sim_break_end_list(enum promise broken, struct text *list)
{
    text_add(list, broken == PROMISE_DISCOVERY_FORM ? "]" : "]}");
}

void sim_break_status(enum promise broken, int32_t servers_per_host, struct status *status)
{
    if (broken == PROMISE_FREE_SERVERS)
        status->free_servers = status->total_servers + 1;
    if (broken == PROMISE_SERVERS_HAVE_HOSTS)
        *status = (struct status){ .total_servers = 1 };
    if (broken == PROMISE_TOTAL_SERVERS)
        status->total_servers = status->current_hosts * servers_per_host + 1;
}

void sim_break_write_status(enum promise broken, const struct status *status, struct text *text)
{
    const char *quote = broken == PROMISE_STATUS_COUNTS ? "\"" : "";
    text_addf(text, "{\"current_hosts\":%s%d%s,\"total_servers\":%d,\"free_servers\":%d", quote,
              (int)status->current_hosts, quote, (int)status->total_servers,
              (int)status->free_servers);
    if (broken == PROMISE_STATUS_ID)
        text_add(text, ",\"id\":\"another\"");
    text_add(text, broken == PROMISE_STATUS_FORM ? ",}" : "}");
}
