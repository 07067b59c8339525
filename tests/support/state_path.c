#include "tests/support/state_path.h"

#include "tests/support/test.h"

#include <dirent.h>
#include <stdio.h>

#define DIRECTORY_NAME "state" /* see environment.h */

/* The path of the last directory. */
static int look(const struct program_fixture *program_fixture, char ret_path[STATE_PATH_TEXT_SIZE])
{
    char base[PROGRAM_FIXTURE_PATH_SIZE];
    DIR *directory = opendir(program_fixture_path(program_fixture, DIRECTORY_NAME, base));
    int count = 0;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(ret_path, STATE_PATH_TEXT_SIZE, "%s/%s/journal.db", base, entry->d_name);
        count++;
    }
    closedir(directory);
    return count;
}

const char *state_path_journal(const struct program_fixture *program_fixture,
                               char ret_path[STATE_PATH_TEXT_SIZE])
{
    assert_int_equal(look(program_fixture, ret_path), 1);
    return ret_path;
}

int state_path_count(const struct program_fixture *program_fixture)
{
    char path[STATE_PATH_TEXT_SIZE];
    return look(program_fixture, path);
}
