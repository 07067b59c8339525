#include "tui/console/saved_views.h"

#include "engine/base/text.h"

#include <string.h>

#define TITLE "autoscaler console 1"
#define FIELDS 7
#define LINE_SIZE 1024

/* False: control characters or invalid UTF-8. */
static bool is_printable(const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        uint32_t code_point;
        size_t size = utf8_decode(text, length, &code_point);
        if (size == 0 || !code_point_is_printable(code_point))
            return false;
        text += size;
        length -= size;
    }
    return true;
}

/* --- writing --------------------------------------------------------------------------------------------------- */

/* digit, view, sort, direction, columns, filter, name; the digit of the last view is 0. */
static void add_line(struct text *text, int digit, const struct saved_view *view)
{
    char columns[COLUMN_CHOICE_TEXT_SIZE];
    if (!view->is_there || !is_printable(view->filter))
        return;
    column_choice_format(&view->columns, columns);
    text_addf(text, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", digit, view_name(view->view),
              columns_row(view->sort)->word, view->is_descending ? "down" : "up", columns,
              view->filter, view->name);
}

void saved_views_format(const struct saved_views *views, char ret_text[SAVED_VIEWS_TEXT_SIZE])
{
    struct text text;
    text_init(&text, ret_text, SAVED_VIEWS_TEXT_SIZE);
    text_add(&text, TITLE "\n");
    add_line(&text, 0, &views->last);
    for (int i = 0; i < SAVED_VIEWS_MAX; i++)
        add_line(&text, i + 1, &views->digits[i]);
}

/* --- merging --------------------------------------------------------------------------------------------------- */

/* By what is written of them. */
static bool is_same(const struct saved_view *a, const struct saved_view *b)
{
    char lines[2][LINE_SIZE];
    struct text texts[2];
    text_init(&texts[0], lines[0], LINE_SIZE);
    text_init(&texts[1], lines[1], LINE_SIZE);
    add_line(&texts[0], 1, a);
    add_line(&texts[1], 1, b);
    return strcmp(lines[0], lines[1]) == 0;
}

void saved_views_merge(struct saved_views *own, const struct saved_views *base,
                       const struct saved_views *other)
{
    for (int i = 0; i < SAVED_VIEWS_MAX; i++)
        if (is_same(&own->digits[i], &base->digits[i]))
            own->digits[i] = other->digits[i];
}

/* --- reading --------------------------------------------------------------------------------------------------- */

/* Cuts a line at its tabs. False: it has another number of fields. */
static bool cut(char *line, char *fields[FIELDS])
{
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = line;
        char *tab = strchr(line, '\t');
        if ((tab != NULL) != (i < FIELDS - 1))
            return false;
        if (!tab)
            return true;
        *tab = '\0';
        line = tab + 1;
    }
    return true;
}

static bool is_filter(const char *text)
{
    struct filter *filter = NULL;
    struct error err;
    if (filter_create(&filter))
        return false;
    bool is_good = is_printable(text) && filter_set(filter, text, &err) == 0;
    filter_destroy(filter);
    return is_good;
}

static bool is_name(const char *text)
{
    return strlen(text) < SAVED_NAME_SIZE && is_printable(text);
}

static bool parse_fields(char *fields[FIELDS], struct saved_view *ret_view)
{
    struct saved_view view = { .is_there = true };
    if (!view_parse(fields[1], &view.view) || !columns_parse(fields[2], &view.sort) ||
        (strcmp(fields[3], "up") != 0 && strcmp(fields[3], "down") != 0) ||
        !column_choice_parse(fields[4], &view.columns) || !is_filter(fields[5]) ||
        !is_name(fields[6]))
        return false;
    view.is_descending = strcmp(fields[3], "down") == 0;
    memcpy(view.filter, fields[5], strlen(fields[5]) + 1);
    memcpy(view.name, fields[6], strlen(fields[6]) + 1);
    *ret_view = view;
    return true;
}

static bool parse_line(const char *line, size_t length, struct saved_views *views)
{
    char copy[LINE_SIZE];
    char *fields[FIELDS];
    if (length >= sizeof copy)
        return false;
    memcpy(copy, line, length);
    copy[length] = '\0';
    if (!cut(copy, fields) || strlen(fields[0]) != 1 || fields[0][0] < '0' || fields[0][0] > '9')
        return false;
    int digit = fields[0][0] - '0';
    struct saved_view *view = digit == 0 ? &views->last : &views->digits[digit - 1];
    return !view->is_there && parse_fields(fields, view);
}

bool saved_views_parse(const char *text, struct saved_views *ret_views)
{
    struct saved_views views = { 0 };
    size_t title = strlen(TITLE "\n");
    if (strncmp(text, TITLE "\n", title) != 0)
        return false;
    for (text += title; *text != '\0';) {
        size_t length = strcspn(text, "\n");
        if (text[length] != '\n' || !parse_line(text, length, &views))
            return false;
        text += length + 1;
    }
    views.last.name[0] = '\0';
    views.last.filter[0] = '\0';
    *ret_views = views;
    return true;
}
