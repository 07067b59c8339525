#include "engine/view/publish_names.h"

#include "engine/base/arith.h"
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/text.h"

#include <errno.h>
#include <string.h>

/* The longest escape of a byte is four bytes: \xff. */
#define SHOWN_SIZE (4 * ID_SIZE_MAX + 1)
#define COUNT_MIN 256

void names_fini(struct names *names)
{
    for (size_t slot = 0; slot < names->count; slot++)
        heap_free(names->slots[slot].kept);
    heap_free(names->slots);
    *names = (struct names){ 0 };
}

int names_reserve(struct names *names, size_t slot_count)
{
    size_t count = names->count > 0 ? names->count : COUNT_MIN;
    while (count < slot_count)
        count *= 2;
    if (count == names->count)
        return 0;
    struct name_slot *slots = heap_resize(names->slots, count, sizeof *slots);
    if (!slots)
        return -ENOMEM;
    for (size_t slot = names->count; slot < count; slot++)
        slots[slot] = (struct name_slot){ 0 };
    names->slots = slots;
    names->count = count;
    return 0;
}

const struct snapshot_name *names_at(const struct names *names, uint32_t slot)
{
    const struct kept_name *kept = slot < names->count ? names->slots[slot].kept : NULL;
    return kept ? &kept->name : NULL;
}

static void fold(char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text - 'A' + 'a');
}

static const char *put_text(char **at, const char *text, size_t length)
{
    char *place = *at;
    memcpy(place, text, length + 1);
    *at += length + 1;
    return place;
}

/* A text that is the same in two forms is stored once. */
static struct kept_name *make_name(const char *id, bool is_entry, struct redaction *redaction)
{
    char shown[SHOWN_SIZE];
    char folded[SHOWN_SIZE];
    struct text text;
    size_t id_length = strlen(id);
    text_init(&text, shown, sizeof shown);
    text_add_escaped(&text, id, id_length);
    redaction_clean(redaction, &text);
    memcpy(folded, shown, text.length + 1);
    fold(folded);
    bool is_plain = strcmp(shown, id) == 0;
    bool is_lower = strcmp(folded, shown) == 0;

    size_t size = size_add(sizeof(struct kept_name), id_length + 1);
    size += (is_plain ? 0 : text.length + 1) + (is_lower ? 0 : text.length + 1);
    struct kept_name *kept = heap_alloc(1, size);
    if (!kept)
        return NULL;
    char *at = (char *)(kept + 1);
    kept->is_entry = is_entry;
    kept->name.id = put_text(&at, id, id_length);
    kept->name.shown = is_plain ? kept->name.id : put_text(&at, shown, text.length);
    kept->name.folded = is_lower ? kept->name.shown : put_text(&at, folded, text.length);
    return kept;
}

static void retire(struct kept_name *kept, struct holder *holder)
{
    if (!kept)
        return;
    if (!holder || holder->version < kept->born) {
        heap_free(kept);
        return;
    }
    kept->next = holder->names;
    holder->names = kept;
}

static bool is_name_of(const struct kept_name *kept, const char *id, bool is_entry)
{
    return kept && kept->is_entry == is_entry && strcmp(kept->name.id, id) == 0;
}

int names_set(struct names *names, uint32_t slot, const char *id, bool is_entry, uint64_t version,
              struct holder *newest)
{
    must(slot < names->count);
    if (id && is_name_of(names->slots[slot].kept, id, is_entry))
        return 0;
    struct kept_name *kept = NULL;
    if (id) {
        kept = make_name(id, is_entry, names->redaction);
        if (!kept)
            return -ENOMEM;
        kept->born = version;
    }
    retire(names->slots[slot].kept, newest);
    names->slots[slot] = (struct name_slot){ .kept = kept };
    return 0;
}

void names_hand_down(struct holder *from, struct holder *older)
{
    while (from->names) {
        struct kept_name *kept = from->names;
        from->names = kept->next;
        retire(kept, older);
    }
}
