#include "engine/recording/recording_reader.h"

#include "engine/base/heap.h"
#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/recording/compression.h"
#include "engine/recording/recording_schema.h"
#include "engine/store/state_dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct recording_reader {
    char *path;
    struct database *database;
    struct statement *next;
    struct compressor *compressor;
    struct recording_table *table;
    struct recording_names names;
    struct recording_format format;
    int64_t format_number; /* 0: none was read */
    int64_t last_seq;
    int64_t group; /* 0: the next frame that fits is the first one of a group */
    int64_t damaged;
};

enum frame_column {
    COLUMN_SEQ,
    COLUMN_GROUP,
    COLUMN_FORMAT,
    COLUMN_IS_END,
    COLUMN_PASS,
    COLUMN_BEGUN,
    COLUMN_ENDED,
    COLUMN_DEPLOYMENTS,
    COLUMN_BYTES,
    COLUMN_DATA,
    COLUMN_IS_GOOD,
};

/* The path of the command line may have any bytes. */
static int with_path(const char *path, struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    return error_prefix(err, "%s", storage);
}

/* --- opening --------------------------------------------------------------------------------------------------- */

static int open_parts(struct recording_reader *reader, const char *path, struct error *err)
{
    struct stat st;
    reader->path = heap_copy_text(path, strlen(path));
    if (!reader->path || compressor_create(FRAME_SIZE_MAX, &reader->compressor) ||
        recording_table_create(&reader->table))
        return error_no_memory(err);
    if (stat(path, &st))
        return error_set(err, -errno, "%s",
                         errno == ENOENT ? "there is no recording" : strerror(errno));
    int failed = database_open(path, DATABASE_READ, 0, &reader->database, err);
    failed = failed ? failed : recording_schema_check(reader->database, NULL, err);
    return failed ? failed
                  : statement_create(reader->database,
                                     "SELECT " FRAME_COLUMNS ", sum IS file_sum(" FRAME_COLUMNS ")"
                                     " FROM frames WHERE seq > ?1 ORDER BY seq LIMIT 1",
                                     &reader->next, err);
}

int recording_reader_open(const char *path, struct recording_reader **ret_reader, struct error *err)
{
    struct recording_reader *reader = heap_alloc(1, sizeof *reader);
    if (!reader)
        return error_no_memory(err);
    int failed = open_parts(reader, path, err);
    if (failed) {
        recording_reader_close(reader);
        return with_path(path, err);
    }
    *ret_reader = reader;
    return 0;
}

void recording_reader_close(struct recording_reader *reader)
{
    if (!reader)
        return;
    statement_destroy(reader->next);
    database_close(reader->database, false);
    compressor_destroy(reader->compressor);
    recording_table_destroy(reader->table);
    heap_free(reader->path);
    heap_free(reader);
}

const struct recording_table *recording_reader_table(const struct recording_reader *reader)
{
    return reader->table;
}

int64_t recording_reader_damaged(const struct recording_reader *reader)
{
    return reader->damaged;
}

bool recording_reader_is_own(const struct recording_reader *reader)
{
    return reader->format.is_own;
}

/* --- seeking --------------------------------------------------------------------------------------------------- */

static int find_group(struct recording_reader *reader, const char *sql, int64_t argument,
                      int64_t *ret_group, struct error *err)
{
    struct statement *statement;
    int failed = statement_create(reader->database, sql, &statement, err);
    if (failed)
        return failed;
    statement_bind_integer(statement, 1, argument);
    int found = statement_step(statement, err);
    *ret_group = found > 0 ? statement_integer(statement, 0) : 0;
    statement_destroy(statement);
    return found < 0 ? found : 0;
}

static void go_to(struct recording_reader *reader, int64_t group)
{
    reader->last_seq = group > 0 ? group - 1 : 0;
    reader->group = 0;
    recording_table_clear(reader->table);
}

void recording_reader_skim(struct recording_reader *reader)
{
    recording_table_skim(reader->table);
}

struct database *recording_reader_database(const struct recording_reader *reader)
{
    return reader->database;
}

int64_t recording_reader_position(const struct recording_reader *reader)
{
    return reader->last_seq;
}

void recording_reader_go_to_group(struct recording_reader *reader, int64_t group)
{
    go_to(reader, group);
}

int recording_reader_seek(struct recording_reader *reader, struct wall at, struct error *err)
{
    int64_t group = 0;
    int failed = find_group(reader,
                            "SELECT grp FROM groups WHERE begun_ms <= ?1 AND EXISTS"
                            " (SELECT 1 FROM frames WHERE seq >= groups.grp"
                            " AND is_end = 1 AND ended_ms <= ?1 ORDER BY seq LIMIT 1)"
                            " ORDER BY grp DESC LIMIT 1",
                            at.ms, &group, err);
    if (failed)
        return with_path(reader->path, err);
    go_to(reader, group);
    return 0;
}

/* --- frames ---------------------------------------------------------------------------------------------------- */

static int use_format(struct recording_reader *reader, int64_t number, struct error *err)
{
    if (number == reader->format_number)
        return 0;
    int failed = recording_schema_get_format(reader->database, number, &reader->names, err);
    if (failed)
        return failed;
    reader->format_number = 0;
    if (!recording_format_read(&reader->names, &reader->format))
        return error_set(err, ERR_DAMAGED, "too many names of fields");
    reader->format_number = number;
    return 0;
}

static struct frame_facts facts_of(struct statement *row)
{
    return (struct frame_facts){
        .is_group_first =
            statement_integer(row, COLUMN_GROUP) == statement_integer(row, COLUMN_SEQ),
        .is_pass_end = statement_integer(row, COLUMN_IS_END) != 0,
        .pass = (uint32_t)statement_integer(row, COLUMN_PASS),
        .begun = { statement_integer(row, COLUMN_BEGUN) },
        .ended = { statement_integer(row, COLUMN_ENDED) },
        .row_count = (size_t)statement_integer(row, COLUMN_DEPLOYMENTS),
    };
}

static int apply_row(struct recording_reader *reader, struct statement *row, recording_visit *visit,
                     void *context, struct error *err)
{
    size_t block_size;
    size_t size = 0;
    const void *bytes = NULL;
    if (!statement_integer(row, COLUMN_IS_GOOD))
        return error_set(err, ERR_DAMAGED, "a recorded pass has a wrong checksum");
    int failed = use_format(reader, statement_integer(row, COLUMN_FORMAT), err);
    if (failed)
        return failed;
    const void *block = statement_blob(row, COLUMN_DATA, &block_size);
    failed = decompress_block(reader->compressor, block, block_size, &bytes, &size);
    if (failed)
        return failed == -ENOMEM ? error_no_memory(err)
                                 : error_set(err, failed, "a recorded pass is not compressed data");
    return recording_table_apply(reader->table, &reader->format, bytes, size, visit, context, err);
}

static void leave_out(struct recording_reader *reader)
{
    reader->damaged++;
    reader->group = 0;
    recording_table_clear(reader->table);
}

/* 1: applied; 0: left out; else an error, ERR_DAMAGED of the file. */
static int take_row(struct recording_reader *reader, struct statement *row, recording_visit *visit,
                    void *context, struct frame_facts *ret_facts, struct error *err)
{
    struct frame_facts facts = facts_of(row);
    int64_t group = statement_integer(row, COLUMN_GROUP);
    int64_t seq = statement_integer(row, COLUMN_SEQ);
    if (seq <= reader->last_seq) /* a damaged index: it would never end */
        return error_set(err, ERR_DAMAGED, "its rows are not in order");
    reader->last_seq = seq;
    if (facts.is_group_first)
        recording_table_clear(reader->table);
    else if (group != reader->group || group == 0)
        return 0;
    *ret_facts = facts;
    int failed = apply_row(reader, row, visit, context, err);
    if (failed == ERR_DAMAGED)
        leave_out(reader);
    if (failed)
        return failed == ERR_DAMAGED ? 0 : failed;
    reader->group = group;
    return 1;
}

/* Pages of the file are damaged: the next group may be on others. 0: there is none. */
static int skip_group(struct recording_reader *reader, struct error *err)
{
    int64_t group = 0;
    leave_out(reader);
    int failed = find_group(reader, "SELECT min(grp) FROM groups WHERE grp > ?1 + 1",
                            reader->last_seq, &group, err);
    if (failed || group <= reader->last_seq + 1)
        return failed;
    reader->last_seq = group - 1;
    return 1;
}

int recording_reader_next(struct recording_reader *reader, recording_visit *visit, void *context,
                          struct frame_facts *ret_facts, struct error *err)
{
    int result = 0;
    int found;
    do {
        statement_bind_integer(reader->next, 1, reader->last_seq);
        found = statement_step(reader->next, err);
        if (found > 0)
            result = take_row(reader, reader->next, visit, context, ret_facts, err);
        statement_reset(reader->next);
        if (found == ERR_DAMAGED || result == ERR_DAMAGED) {
            found = skip_group(reader, err);
            result = 0;
        }
    } while (found > 0 && result == 0);
    if (found < 0)
        return with_path(reader->path, err);
    return found > 0 ? result : 0;
}
