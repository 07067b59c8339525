/*
 * Foreign bytes made printable, and drawn: every output is printable, valid UTF-8 within the size. Output that was not
 * cut can be decoded to the same bytes; output that was cut is the beginning of the whole. The first byte is the size,
 * the second the width of a canvas.
 */
#include "tests/fuzz/oracle.h"
#include "tests/fuzz/supply.h"
#include "tests/fuzz/target.h"

#include "engine/backend/json_scan.h"
#include "engine/base/quote.h"
#include "tui/draw/canvas.h"
#include "tui/draw/glyph.h"

#include <locale.h>

#define GROWTH 12 /* of a byte that is escaped, and quotes */
#define ROW_SIZE_MAX 4096

typedef void add_function(struct text *text, const char *bytes, size_t length);

/* \n, \t, \r, \xHH, \u{...}, a backslash before anything else. Returns the number of bytes. */
static size_t unescape(const char *text, size_t length, char *out)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] != '\\') {
            out[count++] = text[i];
            continue;
        }
        char c = text[++i];
        must(i < length);
        if (c == 'n' || c == 't' || c == 'r') {
            out[count++] = c == 'n' ? '\n' : c == 't' ? '\t' : '\r';
        } else if (c == 'x') {
            char digits[3] = { text[i + 1], text[i + 2], '\0' };
            out[count++] = (char)strtoul(digits, NULL, 16);
            i += 2;
        } else if (c == 'u') {
            char *end;
            unsigned long code_point = strtoul(text + i + 2, &end, 16);
            must(text[i + 1] == '{' && *end == '}');
            i = (size_t)(end - text);
            /* Written without the program's encoder. */
            if (code_point < 0x800) {
                out[count++] = (char)(0xc0 | code_point >> 6);
            } else if (code_point < 0x10000) {
                out[count++] = (char)(0xe0 | code_point >> 12);
                out[count++] = (char)(0x80 | (code_point >> 6 & 0x3f));
            } else {
                out[count++] = (char)(0xf0 | code_point >> 18);
                out[count++] = (char)(0x80 | (code_point >> 12 & 0x3f));
                out[count++] = (char)(0x80 | (code_point >> 6 & 0x3f));
            }
            out[count++] = (char)(0x80 | (code_point & 0x3f));
        } else {
            out[count++] = c;
        }
    }
    return count;
}

static struct text whole_text(add_function *add, const char *bytes, size_t length)
{
    size_t size = GROWTH * (length + 2);
    char *storage = malloc(size);
    struct text text;
    must(storage);
    text_init(&text, storage, size);
    add(&text, bytes, length);
    must(!text.was_cut);
    must(text.length == strlen(storage));
    must(oracle_is_printable(storage, text.length));
    return text;
}

static void check_cut(add_function *add, const char *bytes, size_t length, size_t size,
                      const struct text *whole)
{
    char *storage = malloc(size);
    struct text text;
    must(storage);
    text_init(&text, storage, size);
    add(&text, bytes, length);
    must(text.length < size);
    must(text.length == strlen(storage));
    must(text.length <= whole->length && memcmp(storage, whole->data, text.length) == 0);
    must(text.was_cut == (text.length < whole->length));
    must(oracle_is_printable(storage, text.length));
    free(storage);
}

static void check_back(const char *text, size_t length, const char *bytes, size_t size)
{
    char *back = malloc(length + 1);
    must(back);
    size_t count = unescape(text, length, back);
    must(count == size && memcmp(back, bytes, size) == 0);
    free(back);
}

static void check_escaped(const char *bytes, size_t length, size_t size)
{
    struct text text = whole_text(text_add_escaped, bytes, length);
    check_back(text.data, text.length, bytes, length);
    check_cut(text_add_escaped, bytes, length, size, &text);
    free(text.data);
}

/* Bare, or in quotes: no character inside can end the value early. */
static void check_value(const char *bytes, size_t length, size_t size)
{
    struct text text = whole_text(text_add_value, bytes, length);
    must(text.length > 0);
    if (text.data[0] == '"') {
        must(text.length >= 2 && text.data[text.length - 1] == '"');
        for (size_t i = 1; i + 1 < text.length; i += text.data[i] == '\\' ? 2 : 1)
            must(text.data[i] != '"');
        check_back(text.data + 1, text.length - 2, bytes, length);
    } else {
        must(!strpbrk(text.data, " \"\\="));
        must(text.length == length && memcmp(text.data, bytes, length) == 0);
    }
    check_cut(text_add_value, bytes, length, size, &text);
    free(text.data);
}

static void check_sentence(const char *bytes, size_t length, size_t size)
{
    struct text text = whole_text(text_add_sentence, bytes, length);
    must(text.length >= 2 && text.data[0] == '"' && text.data[text.length - 1] == '"');
    check_cut(text_add_sentence, bytes, length, size, &text);
    free(text.data);
}

static void check_json(const char *bytes, size_t length, size_t size)
{
    struct text text = whole_text(text_add_json, bytes, length);
    size_t back_length = 0;
    char *back = malloc(text.length);
    must(back);
    /* A NUL is written as \u0000, which only the strict reader of this program refuses. */
    if (!memchr(bytes, 0, length)) {
        struct json_fault fault;
        must(json_scan_check(text.data, (struct json_span){ .end = text.length }, &fault));
        must(oracle_read_string(text.data, text.length, back, &back_length));
        if (oracle_is_utf8(bytes, length))
            must(back_length == length && memcmp(back, bytes, length) == 0);
    }
    check_cut(text_add_json, bytes, length, size, &text);
    free(back);
    free(text.data);
}

static void check_quote(const char *bytes, size_t length, const char *string)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add(&text, bytes, length);
    must(!text.was_cut);
    must(oracle_is_printable(storage, text.length));
    text_reset(&text);
    quote_add_path(&text, string);
    must(!text.was_cut);
    must(oracle_is_printable(storage, text.length));
}

static int columns_of(const struct canvas *canvas)
{
    int columns = 0;
    for (int column = 0; column < canvas->columns; column++)
        columns += canvas_at(canvas, column, 0)->text[0] != ' ' ||
                   canvas_at(canvas, column, 0)->width != 1;
    return columns;
}

static void check_drawn(const char *bytes, size_t length, int columns, bool is_ascii)
{
    char row[ROW_SIZE_MAX];
    struct canvas canvas;
    canvas_init(&canvas);
    int r = canvas_resize(&canvas, columns, 2);
    must(r == 0);
    canvas.is_ascii = is_ascii;
    int taken = canvas_put_bytes(&canvas, canvas_area(&canvas), 0, 0, ROLE_NORMAL, bytes, length);
    int wanted = glyph_columns(bytes, length, is_ascii);
    must(taken >= 0 && taken <= columns);
    must(taken <= wanted);
    must(columns_of(&canvas) <= taken);
    canvas_row_text(&canvas, 0, row, sizeof row);
    must(oracle_is_printable(row, strlen(row)));
    canvas_row_text(&canvas, 1, row, sizeof row);
    must(row[0] == '\0');
    canvas_fini(&canvas);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct supply supply = { data, size };
    size_t text_size = (size_t)supply_byte(&supply) + 1;
    uint8_t width = supply_byte(&supply);
    char *bytes = supply_rest(&supply);
    char *string = supply_text(&supply);
    size_t length = supply.left;
    setlocale(LC_CTYPE, "C.UTF-8");
    check_escaped(bytes, length, text_size);
    check_value(bytes, length, text_size);
    check_sentence(bytes, length, text_size);
    check_json(bytes, length, text_size);
    check_quote(bytes, length, string);
    check_drawn(bytes, length, 1 + width % 100, width >= 200);
    free(bytes);
    free(string);
    return 0;
}
