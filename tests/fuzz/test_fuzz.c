/*
 * Replays the stored inputs of all fuzz targets: every file of tests/data/corpora/NAME is one test. With arguments,
 * NAME and files, only those. No fuzzer is needed.
 */
#include "tests/support/test.h"

#include "engine/base/panic.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DIRECTORY "tests/data/corpora"
#define PATH_SIZE 512
#define FILES_MAX 100 /* of one target */
#define FILE_SIZE_MAX ((size_t)1 << 20)

/* clang-format off */
#define TARGETS(X)                                                                                 \
    X(config) X(decode) X(discovery) X(error_body) X(exposition) X(filter) X(json_scan) X(reconciler) \
    X(numbers) X(options) X(path_segment) X(record) X(recording) X(retry_after) X(scale) X(status) X(text) X(trace)

#define DECLARE(name) int fuzz_##name(const uint8_t *data, size_t size);
TARGETS(DECLARE)

static const struct target {
    const char *name;
    int (*play)(const uint8_t *data, size_t size);
} targets[] = {
#define ROW(name) { #name, fuzz_##name },
    TARGETS(ROW)
};
/* clang-format on */

struct entry {
    const struct target *target;
    char path[PATH_SIZE];
};

/* The current input, for the panic hook. */
static const char *playing;

static void name_it(void)
{
    const char *const words[] = { "input ", playing, "\n" };
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        ssize_t written = write(STDERR_FILENO, words[i], strlen(words[i]));
        (void)written;
    }
}

static void play(const struct target *target, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot read %s", path);
    uint8_t *bytes = malloc(FILE_SIZE_MAX);
    assert_non_null(bytes);
    size_t size = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    /* A copy of exactly the size, so that a sanitizer detects reads beyond the end. */
    uint8_t *exact = malloc(size > 0 ? size : 1);
    assert_non_null(exact);
    memcpy(exact, bytes, size);
    free(bytes);
    playing = path;
    panic_set_hook(name_it);
    target->play(exact, size);
    free(exact);
}

static void check_file(void **state)
{
    const struct entry *entry = *state;
    play(entry->target, entry->path);
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int play_directory(const struct target *target)
{
    static struct entry entries[FILES_MAX];
    static struct CMUnitTest tests[FILES_MAX];
    char directory[PATH_SIZE / 2];
    struct dirent **files;
    snprintf(directory, sizeof directory, DIRECTORY "/%s", target->name);
    int count = scandir(directory, &files, is_file, alphasort);
    if (count < 1 || count > FILES_MAX) {
        printf("%s: expected 1 to %d files, found %d\n", directory, FILES_MAX, count);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        entries[i].target = target;
        snprintf(entries[i].path, PATH_SIZE, "%s/%.200s", directory, files[i]->d_name);
        free(files[i]);
        tests[i] = (struct CMUnitTest){ .name = entries[i].path,
                                        .test_func = check_file,
                                        .initial_state = &entries[i] };
    }
    free(files);
    return _cmocka_run_group_tests(target->name, tests, (size_t)count, NULL, NULL);
}

static int play_named(int count, char *const words[])
{
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        if (strcmp(targets[i].name, words[0]) != 0)
            continue;
        for (int at = 1; at < count; at++)
            play(&targets[i], words[at]);
        return 0;
    }
    printf("no target '%s'\n", words[0]);
    return 1;
}

int main(int argc, char *argv[])
{
    int failed = 0;
    if (argc > 1)
        return play_named(argc - 1, argv + 1);
    for (size_t i = 0; i < COUNT_OF(targets); i++)
        failed += play_directory(&targets[i]);
    return failed;
}
