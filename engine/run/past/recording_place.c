#include "engine/run/past/recording_place.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/recording/recording_schema.h"
#include "engine/store/schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_SIZE 100 /* the header of a database of SQLite */
#define APPLICATION_ID_OFFSET 68

static bool join(const char *directory, const char *name, char ret_path[STATE_PATH_SIZE])
{
    struct text text;
    text_init(&text, ret_path, STATE_PATH_SIZE);
    text_addf(&text, "%s/%s", directory, name);
    return !text.was_cut;
}

bool recording_place_is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* The first bytes of a regular file; -1: it is none, or cannot be read. */
static ssize_t read_head(const char *path, unsigned char ret_head[HEAD_SIZE])
{
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode))
        return -1;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -1;
    ssize_t size = read(fd, ret_head, HEAD_SIZE);
    close(fd);
    return size;
}

static bool is_database(const unsigned char *head, ssize_t size)
{
    static const char begin[] = "SQLite format 3";
    return size >= (ssize_t)sizeof begin && memcmp(head, begin, sizeof begin) == 0;
}

bool recording_place_is_file(const char *path)
{
    unsigned char head[HEAD_SIZE];
    return is_database(head, read_head(path, head));
}

static bool is_white(unsigned char byte)
{
    return byte == '\t' || byte == '\n' || byte == '\r';
}

static bool is_text(const unsigned char *head, ssize_t size)
{
    for (ssize_t i = 0; i < size; i++)
        if (head[i] == 0x7f || (head[i] < ' ' && !is_white(head[i])))
            return false;
    return true;
}

static uint32_t application_id(const unsigned char *head)
{
    const unsigned char *bytes = head + APPLICATION_ID_OFFSET;
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* NULL: it looks like a recording. */
static const char *what_else(const unsigned char *head, ssize_t size)
{
    if (size == 0)
        return "it is empty, and not a recording";
    if (!is_database(head, size))
        return is_text(head, size) ? "it is a text, and not a recording" : "it is not a recording";
    if (size < HEAD_SIZE)
        return "it is the beginning of a database, and not a recording";
    uint32_t id = application_id(head);
    if (id == SCHEMA_APPLICATION_ID)
        return "it is the journal: the recording is " RECORDING_FILE_NAME " beside it";
    return id == RECORDING_APPLICATION_ID
               ? NULL
               : "it is a database of something else, and not a recording";
}

static int check_file(const char *path, struct error *err)
{
    unsigned char head[HEAD_SIZE];
    ssize_t size = read_head(path, head);
    const char *other = size >= 0 ? what_else(head, size) : NULL;
    return other ? error_set(err, ERR_USAGE, "%s", other) : 0;
}

/* Is there a recording in this directory? */
static bool has_recording(const char *directory, char ret_file[STATE_PATH_SIZE])
{
    struct stat st;
    return join(directory, RECORDING_FILE_NAME, ret_file) && stat(ret_file, &st) == 0;
}

static int count_below(const char *path, DIR *directory, char ret_file[STATE_PATH_SIZE])
{
    char below[STATE_PATH_SIZE];
    char file[STATE_PATH_SIZE];
    int count = 0;
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (entry->d_name[0] == '.' || !join(path, entry->d_name, below) ||
            !has_recording(below, file))
            continue;
        memcpy(ret_file, file, sizeof file);
        count++;
    }
    return count;
}

static int find_below(const char *path, char ret_file[STATE_PATH_SIZE], struct error *err)
{
    DIR *directory = opendir(path);
    if (!directory)
        return error_set(err, -errno, "%s", strerror(errno));
    int count = count_below(path, directory, ret_file);
    closedir(directory);
    if (count == 0)
        return error_set(err, -ENOENT, "there is no recording");
    if (count > 1)
        return error_set(err, ERR_USAGE,
                         "there are recordings of %d APIs: name the directory of one", count);
    return 0;
}

static int find(const char *path, char ret_file[STATE_PATH_SIZE], struct error *err)
{
    struct stat st;
    struct text text;
    if (stat(path, &st))
        return error_set(err, -errno, "%s", strerror(errno));
    if (S_ISDIR(st.st_mode))
        return has_recording(path, ret_file) ? 0 : find_below(path, ret_file, err);
    text_init(&text, ret_file, STATE_PATH_SIZE);
    text_add(&text, path);
    return text.was_cut ? error_set(err, -ENAMETOOLONG, "the path is too long")
                        : check_file(path, err);
}

int recording_place_find(const char *path, char ret_file[STATE_PATH_SIZE], struct error *err)
{
    char storage[QUOTE_SIZE];
    struct text text;
    if (find(path, ret_file, err) == 0)
        return 0;
    text_init(&text, storage, sizeof storage);
    quote_add_path(&text, path);
    return error_prefix(err, "%s", storage);
}
