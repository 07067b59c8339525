/*
 * Faults of the recording: its disk is full, may only be read, or reports errors, while that of the journal works.
 */
#include "tests/faults/fault.h"
#include "tests/faults/neighbour.h"

#include "engine/recording/recorder_config.h"
#include "tests/support/crash_program.h"
#include "tests/support/test.h"

#define READS 20

static int64_t lines(const struct api_fixture *fixture, const char *text)
{
    return program_count_lines(fixture->program_fixture.program, text);
}

static void run_failing_disk(struct api_fixture *fixture, enum fault fault)
{
    static const struct crash_place nowhere = { .hit = 0 };
    struct crash_program program;
    neighbour_add(fixture);
    crash_program_open(&program, fixture);
    crash_program_start(&program, fixture, &nowhere, NULL);
    api_fixture_wait(fixture, " info pass_done ");
    crash_program_set_recording_fault(&program, fault);
    api_fixture_wait(fixture, " warn recording_unavailable error=");
    neighbour_grow(fixture);
    api_fixture_wait_reads(fixture, NEIGHBOUR, READS);
    clocks_pass(&program.clocks, RECORDER_RETRY_MS);
    api_fixture_wait_reads(fixture, NEIGHBOUR, READS);
    assert_int_equal(lines(fixture, " recording_unavailable "), 1);
    crash_program_set_recording_fault(&program, FAULT_NONE);
    clocks_pass(&program.clocks, RECORDER_RETRY_MS);
    api_fixture_wait(fixture, " info recording_available ");
    assert_int_equal(lines(fixture, " state_unavailable "), 0);
    neighbour_stop(fixture);
    crash_program_close(&program);
}

void fault_106(struct api_fixture *fixture)
{
    static const enum fault faults[] = { FAULT_FULL, FAULT_READ_ONLY, FAULT_ERROR, FAULT_SHORT };
    for (size_t i = 0; i < COUNT_OF(faults); i++) {
        if (i > 0)
            api_fixture_renew(fixture);
        run_failing_disk(fixture, faults[i]);
    }
}
