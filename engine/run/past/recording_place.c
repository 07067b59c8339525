#include "engine/run/past/recording_place.h"

#include "engine/base/quote.h"
#include "engine/base/text.h"
#include "engine/recording/recording_schema.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

bool recording_place_is_file(const char *path)
{
    static const char head[] = "SQLite format 3";
    char found[sizeof head];
    struct stat st;
    if (stat(path, &st) || !S_ISREG(st.st_mode))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return false;
    ssize_t size = read(fd, found, sizeof found);
    close(fd);
    return size == (ssize_t)sizeof found && memcmp(found, head, sizeof head) == 0;
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
    return text.was_cut ? error_set(err, -ENAMETOOLONG, "the path is too long") : 0;
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
