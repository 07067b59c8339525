#include "tests/support/crash_program.h"

#include "engine/base/heap.h"
#include "engine/base/panic.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#define FILE_NAME "crash_shim"
#define CLOCKS_NAME "clocks"

static void open_clocks(struct crash_program *program, const struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(&fixture->program_fixture, CLOCKS_NAME, path);
    bool is_open = clocks_open(&program->clocks, path);
    must(is_open);
    size_t count = 0;
    program->environment[count++] = program->file;
    for (size_t i = 0; program->clocks.environment[i]; i++) {
        must(count < CRASH_PROGRAM_VARIABLES_MAX);
        program->environment[count++] = program->clocks.environment[i];
    }
}

void crash_program_open(struct crash_program *program, const struct api_fixture *fixture)
{
    char path[PROGRAM_FIXTURE_PATH_SIZE];
    program_fixture_path(&fixture->program_fixture, FILE_NAME, path);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd >= 0);
    must(ftruncate(fd, sizeof *program->shared) == 0);
    void *memory = mmap(NULL, sizeof *program->shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    must(memory != MAP_FAILED);
    *program = (struct crash_program){ .shared = memory, .fd = fd };
    program->shared->failpoint = CRASH_NOWHERE;
    snprintf(program->file, sizeof program->file, "CRASH_SHIM=%s", path);
    open_clocks(program, fixture);
}

void crash_program_close(struct crash_program *program)
{
    munmap(program->shared, sizeof *program->shared);
    close(program->fd);
    program->shared = NULL;
    clocks_close(&program->clocks);
}

static void arm(struct crash_shim *shared, const struct crash_place *place)
{
    shared->failpoint = place->hit > 0 ? (int)place->failpoint : CRASH_NOWHERE;
    shared->hit = place->hit;
    shared->is_power_lost = place->is_power_lost;
    shared->power_seed = place->power_seed;
    for (size_t i = 0; i < FAILPOINT_COUNT; i++)
        shared->hits[i] = 0;
}

/* The tests of a fixture name the program in the environment. */
static void start(struct crash_program *program, struct api_fixture *fixture,
                  const char *const *arguments)
{
    char path[CRASH_PROGRAM_PATH_SIZE];
    const char *usual = getenv("AUTOSCALER");
    char *before = usual ? heap_copy_text(usual, strlen(usual)) : NULL;
    snprintf(path, sizeof path, "%s-failpoints", usual ? usual : "build/release/autoscaler");
    must(setenv("AUTOSCALER", path, 1) == 0);
    fixture->program_fixture.environment = program->environment;
    api_fixture_start(fixture, arguments);
    fixture->program_fixture.environment = NULL;
    if (before)
        must(setenv("AUTOSCALER", before, 1) == 0);
    else
        unsetenv("AUTOSCALER");
    heap_free(before);
}

void crash_program_start(struct crash_program *program, struct api_fixture *fixture,
                         const struct crash_place *place, const char *const *arguments)
{
    arm(program->shared, place);
    start(program, fixture, arguments);
}

void crash_program_start_usual(struct crash_program *program, struct api_fixture *fixture,
                               const char *const *arguments)
{
    fixture->program_fixture.environment = program->clocks.environment;
    api_fixture_start(fixture, arguments);
    fixture->program_fixture.environment = NULL;
}

int crash_program_hits(const struct crash_program *program, enum failpoint_id failpoint)
{
    return program->shared->hits[failpoint];
}

void crash_program_set_fault(struct crash_program *program, enum fault fault)
{
    program->shared->disk.fault = (int)fault;
}

void crash_program_set_recording_fault(struct crash_program *program, enum fault fault)
{
    program->shared->disk.is_recording_only = true;
    program->shared->disk.fault = (int)fault;
}

void crash_program_block_syncs(struct crash_program *program, bool is_blocked)
{
    must(flock(program->fd, is_blocked ? LOCK_EX : LOCK_UN) == 0);
    program->shared->disk.are_syncs_blocked = is_blocked;
}
