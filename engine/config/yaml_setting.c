#include "engine/config/yaml_setting.h"

#include "engine/base/quote.h"

#include <stdbool.h>
#include <string.h>

/* 010 is eight in YAML 1.1 and ten elsewhere: which was meant is not known. */
static bool looks_octal(const struct yaml_reader *reader, const struct option_row *row)
{
    const char *text = yaml_reader_text(reader);
    text += *text == '-' || *text == '+';
    size_t length = strlen(text);
    return yaml_reader_is_plain(reader) && !option_is_text(row) && row->type != TYPE_PATTERN &&
           length > 1 && text[0] == '0' && strspn(text, "0123456789") == length;
}

int yaml_setting_take(struct yaml_reader *reader, const struct option_row *row, const char *key,
                      struct setting *ret_setting)
{
    ret_setting->place = yaml_reader_place(reader);
    bool is_wrong = reader->event.type != YAML_SCALAR_EVENT || yaml_reader_is_null(reader) ||
                    yaml_reader_has_nul(reader) ||
                    (option_is_bare(row) && !yaml_reader_is_plain(reader));
    if (is_wrong) {
        char storage[QUOTE_SIZE + 16];
        struct text found;
        text_init(&found, storage, sizeof storage);
        yaml_reader_add_found(reader, &found);
        option_refuse(row, storage, reader->err);
        return yaml_reader_refuse(reader, reader->event.start_mark, key);
    }
    if (looks_octal(reader, row))
        return yaml_reader_refuse_found(reader, key,
                                        "a number without a leading zero (YAML reads it as octal)");
    int failed = option_parse(row, yaml_reader_text(reader), &ret_setting->value, reader->err);
    return failed ? yaml_reader_refuse(reader, reader->event.start_mark, key) : 0;
}

int yaml_setting_refuse_repeated(struct yaml_reader *reader, const char *key, size_t line)
{
    return yaml_reader_fail(reader, reader->event.start_mark, key,
                            "repeated; already set in line %zu", line);
}
