#include "tests/support/environment.h"

#include "tests/support/test.h"

#include "engine/base/panic.h"

#include <stdio.h>
#include <stdlib.h>

/* Nothing can be created there, not even by root. */
#define NO_DIRECTORY "/dev/null"

static void environment_add_path(struct environment *environment, const char *name,
                                 const char *directory, const char *file)
{
    char path[ENVIRONMENT_VARIABLE_SIZE];
    int length = snprintf(path, sizeof path, "%s%s", directory, file);
    must(length > 0);
    must(length < ENVIRONMENT_VARIABLE_SIZE);
    environment_add(environment, name, path);
}

void environment_init(struct environment *environment, const char *const *wanted, const char *home)
{
    static const char *const kept[] = { "PATH",          "ASAN_OPTIONS",     "LSAN_OPTIONS",
                                        "TSAN_OPTIONS",  "UBSAN_OPTIONS",    "LD_LIBRARY_PATH",
                                        "TERMINFO_DIRS", "LLVM_PROFILE_FILE" };
    environment->count = 0;
    for (size_t i = 0; wanted && wanted[i]; i++)
        environment_add(environment, wanted[i], "");
    for (size_t i = 0; i < COUNT_OF(kept); i++) {
        char name[64];
        const char *value = getenv(kept[i]);
        snprintf(name, sizeof name, "%s=", kept[i]);
        if (value)
            environment_add(environment, name, value);
    }
    environment_add(environment, "HOME=", home ? home : "/dev/null");
    environment_add_path(environment, "AUTOSCALER_STATE_DIR=", home ? home : NO_DIRECTORY,
                         "/state");
    environment_add_path(environment, "RUNTIME_DIRECTORY=", home ? home : NO_DIRECTORY, "");
    environment_add(environment, "AUTOSCALER_CONFIG=", "/dev/null"); /* not the one in /etc */
}

void environment_add(struct environment *environment, const char *name, const char *value)
{
    must(environment->count < ENVIRONMENT_VARIABLES_MAX);
    char *variable = environment->storage[environment->count];
    int length = snprintf(variable, ENVIRONMENT_VARIABLE_SIZE, "%s%s", name, value);
    must(length > 0);
    must(length < ENVIRONMENT_VARIABLE_SIZE);
    environment->variables[environment->count++] = variable;
    environment->variables[environment->count] = NULL;
}
