/* The short words of the list are explained in autoscaler-console(7). Tests run from the root of the repository. */
#include "engine/vocab.h"

#include "engine/base/text.h"
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#define PAGE "man/autoscaler-console.7"
#define PAGE_SIZE ((size_t)1 << 18)
#define LINE_SIZE 256

static char page[PAGE_SIZE];

static int read_page(void **state)
{
    (void)state;
    FILE *file = fopen(PAGE, "r");
    assert_non_null(file);
    size_t size = fread(page, 1, sizeof page - 1, file);
    page[size] = '\0';
    fclose(file);
    return size > 0 && size < sizeof page - 1 ? 0 : -1;
}

static void short_names_of_reasons_are_explained(void **state)
{
    (void)state;
    for (int i = 0; i < REASON_COUNT; i++) {
        const struct reason_row *row = reason_row((enum reason)i);
        char lines[LINE_SIZE];
        struct text text;
        text_init(&text, lines, sizeof lines);
        text_addf(&text, "\n.It Li %s\n.Cm %s\n", row->short_name, row->name);
        bool is_short = strcmp(row->short_name, row->name) != 0;
        if ((strstr(page, lines) != NULL) != is_short)
            fail_msg("%s: %s", row->name, row->short_name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_names_of_reasons_are_explained),
    };
    return cmocka_run_group_tests_name("words of the manual", tests, read_page, NULL);
}
