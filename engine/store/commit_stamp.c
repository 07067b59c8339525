#include "engine/store/commit_stamp.h"

#include "engine/base/text.h"
#include "engine/store/state_dir.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MULTIPLIER 0x9e3779b97f4a7c15u
#define PATH_SIZE (STATE_PATH_SIZE + 64)
#define LINE_LENGTH 37 /* 19 digits, a space, 16 digits of the checksum, a newline */

static int open_beside(const char *journal_path, int flags)
{
    char path[PATH_SIZE];
    struct text text;
    text_init(&text, path, sizeof path);
    text_addf(&text, "%s-commits", journal_path);
    return text.was_cut ? -1 : open(path, flags | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR);
}

static uint64_t sum_of(uint64_t seed, int64_t number)
{
    uint64_t sum = (seed ^ (uint64_t)number) * MULTIPLIER;
    return (sum ^ sum >> 29) * MULTIPLIER;
}

static void format_line(char ret_line[LINE_LENGTH + 1], uint64_t seed, int64_t number)
{
    snprintf(ret_line, LINE_LENGTH + 1, "%019" PRId64 " %016" PRIx64 "\n", number,
             sum_of(seed, number));
}

int64_t commit_stamp_read(const char *journal_path, uint64_t seed)
{
    char found[LINE_LENGTH + 1] = "";
    char expected[LINE_LENGTH + 1];
    int64_t number = 0;
    int fd = open_beside(journal_path, O_RDONLY);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, found, LINE_LENGTH);
    close(fd);
    if (size != LINE_LENGTH || !integer_parse(found, strcspn(found, " "), &number) || number < 0)
        return 0;
    format_line(expected, seed, number);
    return strcmp(found, expected) == 0 ? number : 0;
}

void commit_stamp_open(struct commit_stamp *stamp, const char *journal_path, uint64_t seed)
{
    *stamp =
        (struct commit_stamp){ .fd = open_beside(journal_path, O_WRONLY | O_CREAT), .seed = seed };
}

void commit_stamp_put(const struct commit_stamp *stamp, int64_t number)
{
    char line[LINE_LENGTH + 1];
    if (stamp->fd < 0)
        return;
    format_line(line, stamp->seed, number);
    ssize_t written = pwrite(stamp->fd, line, LINE_LENGTH, 0);
    (void)written; /* a line that is not whole counts as none */
}

void commit_stamp_close(struct commit_stamp *stamp)
{
    if (stamp->fd >= 0)
        close(stamp->fd);
    stamp->fd = -1;
}
