#include "engine/backend/backend.h"
#include "engine/backend/backend_ops.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKEND(id) extern const struct backend_ops backend_##id;
#include "engine/backend/backends.def"
#undef BACKEND

#define CALLS_MAX 8

static const struct backend_config config = {
    .name = "rest",
    .url = "http://127.0.0.1:1",
    .user_agent = "autoscaler/test",
    .connect_timeout_ms = 1000,
    .timeout_ms = 1000,
    .concurrency = 4,
};

/* --- the list ---------------------------------------------------------------------------------------------------- */

static const struct backend_listener no_listener = { NULL, NULL, NULL, NULL, NULL, NULL };

static void count(void *context)
{
    ++*(int *)context;
}

static void test_every_name_is_that_of_the_list(void **state)
{
    (void)state;
#define BACKEND(id) assert_string_equal(backend_##id.name, #id);
#include "engine/backend/backends.def"
#undef BACKEND
}

static void test_a_back_end_is_created_by_its_name(void **state)
{
    (void)state;
    uv_loop_t loop = { 0 };
    struct backend *backend = NULL;
    struct error err;
    int closed = 0;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(backend_create(&loop, &config, &no_listener, &backend, &err), 0);
    assert_ptr_equal(backend->ops, &backend_rest);
    backend_close(backend, count, &closed);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(closed, 1);
    assert_int_equal(uv_loop_close(&loop), 0);
    assert_int_equal(watched_heap.live_count, 0);
}

static void test_an_unknown_name_is_refused(void **state)
{
    (void)state;
    static const char *const names[] = { "", "res", "rest ", "REST", "\x1b[31m" };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        uv_loop_t loop = { 0 };
        struct backend_config unknown = config;
        struct backend *backend = NULL;
        struct error err;
        unknown.name = names[i];
        assert_int_equal(uv_loop_init(&loop), 0);
        assert_int_equal(backend_create(&loop, &unknown, &no_listener, &backend, &err), ERR_CONFIG);
        assert_null(backend);
        assert_memory_equal(err.msg, "unknown back end '", 18);
        assert_non_null(strstr(err.msg, "'; known: rest"));
        assert_null(strchr(err.msg, '\x1b'));
        assert_int_equal(uv_loop_close(&loop), 0);
    }
}

static void test_no_back_end_is_closed_at_once(void **state)
{
    (void)state;
    int closed = 0;
    backend_close(NULL, count, &closed);
    assert_int_equal(closed, 1);
}

/* --- a back end in memory ---------------------------------------------------------------------------------------- */

enum call_kind { CALL_DISCOVERY, CALL_READ, CALL_SCALE };

struct fake_call {
    enum call_kind kind;
    uint32_t slot;
    bool is_cancelled;
};

/* Ends its calls on request of the test, in the order in which they were started. */
struct fake {
    struct backend backend;
    struct fake_call calls[CALLS_MAX];
    size_t call_count;
    int64_t timeout_ms;
    const char *id; /* of the call that was started last */
    const char *key;
    const char *version;
    int32_t delta;
    bool is_full;      /* refuses every call */
    bool ends_at_once; /* inside the start, which is not allowed */
};

static struct fake *fake_of(struct backend *backend)
{
    return (struct fake *)backend;
}

static void fake_end_first(struct fake *fake)
{
    assert_true(fake->call_count > 0);
    struct fake_call call = fake->calls[0];
    memmove(fake->calls, fake->calls + 1, --fake->call_count * sizeof call);
    switch (call.kind) {
    case CALL_DISCOVERY:
        backend_end_discovery(&fake->backend,
                              &(struct discovery_result){ .took_ms = 11, .text = "" });
        break;
    case CALL_READ:
        backend_end_read(&fake->backend, call.slot,
                         &(struct read_result){ .status = { 1, 20, 3 },
                                                .version = "41",
                                                .is_cancelled = call.is_cancelled,
                                                .text = "" });
        break;
    case CALL_SCALE:
        backend_end_scale(&fake->backend, call.slot,
                          &(struct scale_result){ .outcome = SCALE_ACCEPTED, .text = "" });
        break;
    }
}

static int fake_start(struct fake *fake, enum call_kind kind, uint32_t slot, struct error *err)
{
    if (fake->is_full)
        return error_set(err, -EAGAIN, "full");
    assert_true(fake->call_count < CALLS_MAX);
    fake->calls[fake->call_count++] = (struct fake_call){ .kind = kind, .slot = slot };
    if (fake->ends_at_once)
        fake_end_first(fake);
    return 0;
}

static int fake_create(uv_loop_t *loop, const struct backend_config *from,
                       struct backend **ret_backend, struct error *err)
{
    (void)loop;
    if (from->concurrency == 0)
        return error_set(err, -ENOMEM, "no memory");
    struct fake *fake = heap_alloc(1, sizeof *fake);
    assert_non_null(fake);
    fake->timeout_ms = from->timeout_ms;
    *ret_backend = &fake->backend;
    return 0;
}

static int fake_configure(struct backend *backend, const struct backend_config *from,
                          struct error *err)
{
    (void)err;
    fake_of(backend)->timeout_ms = from->timeout_ms;
    return 0;
}

static int fake_discover(struct backend *backend, struct error *err)
{
    return fake_start(fake_of(backend), CALL_DISCOVERY, 0, err);
}

static int fake_read(struct backend *backend, uint32_t slot, const char *id, struct error *err)
{
    fake_of(backend)->id = id;
    return fake_start(fake_of(backend), CALL_READ, slot, err);
}

static int fake_scale(struct backend *backend, uint32_t slot, const struct scale_request *request,
                      struct error *err)
{
    struct fake *fake = fake_of(backend);
    fake->id = request->id;
    fake->delta = request->delta;
    fake->key = request->key;
    fake->version = request->version;
    return fake_start(fake, CALL_SCALE, slot, err);
}

static void fake_cancel_reads(struct backend *backend)
{
    struct fake *fake = fake_of(backend);
    for (size_t i = 0; i < fake->call_count; i++)
        fake->calls[i].is_cancelled = fake->calls[i].kind != CALL_SCALE;
}

static void fake_close(struct backend *backend)
{
    (void)backend; /* the test calls fake_finish_close */
}

static void fake_finish_close(struct fake *fake)
{
    while (fake->call_count > 0)
        fake_end_first(fake);
    backend_end_close(&fake->backend);
}

static void fake_destroy(struct backend *backend)
{
    heap_free(backend);
}

static const struct backend_ops fake_ops = {
    .name = "fake",
    .create = fake_create,
    .configure = fake_configure,
    .discover = fake_discover,
    .read = fake_read,
    .scale = fake_scale,
    .cancel_reads = fake_cancel_reads,
    .close = fake_close,
    .destroy = fake_destroy,
};

static const struct scale_request scale = { "eu-2", -3, "key", "40" };

/* --- its listener ------------------------------------------------------------------------------------------------ */

struct fixture {
    struct backend *backend;
    struct fake *fake;
    int discovered;
    int read;
    int scaled;
    int closed;
    uint32_t slot; /* of the last result */
    struct discovery_result discovery_result;
    struct read_result read_result;
    struct scale_result scale_result;
    int64_t alone_ms;
    int reads_to_start; /* by the listener, one for each read that ends */
};

static void on_discovered(void *context, const struct discovery_result *result)
{
    struct fixture *fixture = context;
    fixture->discovered++;
    fixture->discovery_result = *result;
}

static void on_read(void *context, uint32_t slot, const struct read_result *result)
{
    struct fixture *fixture = context;
    struct error err;
    fixture->read++;
    fixture->slot = slot;
    fixture->read_result = *result;
    if (fixture->reads_to_start == 0)
        return;
    fixture->reads_to_start--;
    /* The read that has ended is no longer counted. */
    assert_int_equal(fixture->backend->reads_in_flight, 0);
    assert_int_equal(backend_read(fixture->backend, slot + 1, "next", &err), 0);
    assert_int_equal(fixture->backend->reads_in_flight, 1);
}

static void on_scaled(void *context, uint32_t slot, const struct scale_result *result)
{
    struct fixture *fixture = context;
    fixture->scaled++;
    fixture->slot = slot;
    fixture->scale_result = *result;
}

static void on_surprised(void *context, int64_t alone_ms)
{
    struct fixture *fixture = context;
    fixture->alone_ms = alone_ms;
}

/* The loop of the fake is not run; its owner is the thread that opened the fixture. */
static void open_fixture(struct fixture *fixture)
{
    static struct thread_owner owner;
    static uv_loop_t loop = { .data = &owner };
    thread_owner_take(&owner);
    const struct backend_listener listener = { on_discovered, on_read, on_scaled,
                                               on_surprised,  NULL,    fixture };
    *fixture = (struct fixture){ 0 };
    assert_int_equal(
        backend_create_with(&fake_ops, &loop, &config, &listener, &fixture->backend, NULL), 0);
    fixture->fake = fake_of(fixture->backend);
}

static void start_all(struct fixture *fixture)
{
    assert_int_equal(backend_discover(fixture->backend, NULL), 0);
    assert_int_equal(backend_read(fixture->backend, 7, "eu-1", NULL), 0);
    assert_int_equal(backend_scale(fixture->backend, 8, &scale, NULL), 0);
}

static void close_fixture(struct fixture *fixture)
{
    backend_close(fixture->backend, count, &fixture->closed);
    assert_int_equal(fixture->closed, 0);
    fake_finish_close(fixture->fake);
    assert_int_equal(fixture->closed, 1);
    assert_int_equal(watched_heap.live_count, 0);
}

static void assert_ended(const struct fixture *fixture, int discovered, int read, int scaled)
{
    assert_int_equal(fixture->discovered, discovered);
    assert_int_equal(fixture->read, read);
    assert_int_equal(fixture->scaled, scaled);
}

/* --- every call ends exactly once -------------------------------------------------------------------------------- */

static void test_a_surprise_is_told(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    backend_tell_surprise(fixture.backend, 600000);
    assert_int_equal(fixture.alone_ms, 600000);
    close_fixture(&fixture);
}

static void test_every_call_ends_once(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    start_all(&fixture);
    assert_ended(&fixture, 0, 0, 0);
    fake_end_first(fixture.fake);
    assert_ended(&fixture, 1, 0, 0);
    fake_end_first(fixture.fake);
    assert_ended(&fixture, 1, 1, 0);
    fake_end_first(fixture.fake);
    assert_ended(&fixture, 1, 1, 1);
    close_fixture(&fixture);
    assert_ended(&fixture, 1, 1, 1);
}

static void test_calls_and_results_are_passed_on(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    assert_int_equal(backend_discover(fixture.backend, NULL), 0);
    fake_end_first(fixture.fake);
    assert_int_equal(fixture.discovery_result.took_ms, 11);

    assert_int_equal(backend_read(fixture.backend, 7, "eu-1", NULL), 0);
    assert_string_equal(fixture.fake->id, "eu-1");
    fake_end_first(fixture.fake);
    assert_int_equal(fixture.slot, 7);
    assert_int_equal(fixture.read_result.status.total_servers, 20);
    assert_string_equal(fixture.read_result.version, "41");
    assert_false(fixture.read_result.is_cancelled);

    assert_int_equal(backend_scale(fixture.backend, 8, &scale, NULL), 0);
    assert_string_equal(fixture.fake->id, "eu-2");
    assert_int_equal(fixture.fake->delta, -3);
    assert_string_equal(fixture.fake->key, "key");
    assert_string_equal(fixture.fake->version, "40");
    fake_end_first(fixture.fake);
    assert_int_equal(fixture.slot, 8);
    assert_int_equal(fixture.scale_result.outcome, SCALE_ACCEPTED);

    struct backend_config slower = config;
    slower.timeout_ms = 2000;
    assert_int_equal(backend_configure(fixture.backend, &slower, NULL), 0);
    assert_int_equal(fixture.fake->timeout_ms, 2000);
    close_fixture(&fixture);
}

static void test_a_refused_call_does_not_count(void **state)
{
    (void)state;
    struct fixture fixture;
    struct error err;
    open_fixture(&fixture);
    fixture.fake->is_full = true;
    assert_int_equal(backend_discover(fixture.backend, &err), -EAGAIN);
    assert_int_equal(backend_read(fixture.backend, 7, "eu-1", &err), -EAGAIN);
    assert_int_equal(backend_scale(fixture.backend, 8, &scale, &err), -EAGAIN);
    assert_string_equal(err.msg, "full");
    fixture.fake->is_full = false;
    start_all(&fixture);
    close_fixture(&fixture);
    assert_ended(&fixture, 1, 1, 1);
}

static void test_the_listener_starts_the_next_call(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    fixture.reads_to_start = 2;
    assert_int_equal(backend_read(fixture.backend, 1, "eu-1", NULL), 0);
    for (int ended = 1; ended <= 3; ended++) {
        fake_end_first(fixture.fake);
        assert_ended(&fixture, 0, ended, 0);
    }
    assert_int_equal(fixture.slot, 3);
    close_fixture(&fixture);
}

static void test_cancelled_reads_end_too(void **state)
{
    (void)state;
    struct fixture fixture;
    open_fixture(&fixture);
    start_all(&fixture);
    backend_cancel_reads(fixture.backend);
    assert_ended(&fixture, 0, 0, 0);
    close_fixture(&fixture);
    assert_ended(&fixture, 1, 1, 1);
    assert_true(fixture.read_result.is_cancelled);
}

/* Calls in flight end on close. Calls that the listener starts then are refused. */
static void test_nothing_starts_while_it_closes(void **state)
{
    (void)state;
    struct fixture fixture;
    struct error err;
    open_fixture(&fixture);
    start_all(&fixture);
    backend_close(fixture.backend, count, &fixture.closed);
    assert_int_equal(backend_discover(fixture.backend, &err), ERR_CANCELLED);
    assert_int_equal(backend_read(fixture.backend, 7, "eu-1", &err), ERR_CANCELLED);
    assert_int_equal(backend_scale(fixture.backend, 8, &scale, &err), ERR_CANCELLED);
    fake_finish_close(fixture.fake);
    assert_ended(&fixture, 1, 1, 1);
    assert_int_equal(fixture.closed, 1);
    assert_int_equal(watched_heap.live_count, 0);
}

static void test_a_creation_that_fails_leaves_nothing(void **state)
{
    (void)state;
    struct backend_config none = config;
    struct backend *backend = NULL;
    struct error err;
    none.concurrency = 0;
    assert_int_equal(backend_create_with(&fake_ops, NULL, &none, &no_listener, &backend, &err),
                     -ENOMEM);
    assert_null(backend);
    assert_int_equal(watched_heap.live_count, 0);
}

/* --- a back end that breaks the rules ---------------------------------------------------------------------------- */

static void end_a_discovery_at_once(struct fixture *fixture)
{
    fixture->fake->ends_at_once = true;
    backend_discover(fixture->backend, NULL);
}

static void end_a_read_at_once(struct fixture *fixture)
{
    fixture->fake->ends_at_once = true;
    backend_read(fixture->backend, 7, "eu-1", NULL);
}

static void end_a_scale_at_once(struct fixture *fixture)
{
    fixture->fake->ends_at_once = true;
    backend_scale(fixture->backend, 8, &scale, NULL);
}

static void end_a_read_twice(struct fixture *fixture)
{
    const struct read_result result = { .text = "" };
    backend_read(fixture->backend, 7, "eu-1", NULL);
    backend_end_read(fixture->backend, 7, &result);
    backend_end_read(fixture->backend, 7, &result);
}

static void return_an_endless_version(struct fixture *fixture)
{
    struct read_result result = { .text = "" };
    memset(result.version, '1', sizeof result.version);
    backend_read(fixture->backend, 7, "eu-1", NULL);
    backend_end_read(fixture->backend, 7, &result);
}

static void end_a_scale_as_a_read(struct fixture *fixture)
{
    const struct read_result result = { .text = "" };
    backend_scale(fixture->backend, 8, &scale, NULL);
    backend_end_read(fixture->backend, 8, &result);
}

static void close_with_a_call_in_flight(struct fixture *fixture)
{
    backend_scale(fixture->backend, 8, &scale, NULL);
    backend_close(fixture->backend, count, &fixture->closed);
    backend_end_close(fixture->backend);
}

static void close_unasked(struct fixture *fixture)
{
    backend_end_close(fixture->backend);
}

static void *discover_on_this_thread(void *context)
{
    struct fixture *fixture = context;
    backend_discover(fixture->backend, NULL);
    return NULL;
}

static void use_from_another_thread(struct fixture *fixture)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, discover_on_this_thread, fixture) == 0)
        pthread_join(thread, NULL);
}

static const struct bug_row {
    const char *name;
    void (*commit)(struct fixture *fixture);
} bug_rows[] = {
    { "a discovery ends inside its start", end_a_discovery_at_once },
    { "a read ends inside its start", end_a_read_at_once },
    { "a scale ends inside its start", end_a_scale_at_once },
    { "a read ends twice", end_a_read_twice },
    { "a scale ends as a read", end_a_scale_as_a_read },
    { "a version without an end", return_an_endless_version },
    { "closed with a call in flight", close_with_a_call_in_flight },
    { "closed without a request", close_unasked },
    { "used from another thread", use_from_another_thread },
};

static void bug_is_caught(void **state)
{
    const struct bug_row *row = *state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct fixture fixture;
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        open("/dev/null", O_WRONLY);
        open_fixture(&fixture);
        row->commit(&fixture);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(test_every_name_is_that_of_the_list),
        cmocka_unit_test(test_a_back_end_is_created_by_its_name),
        cmocka_unit_test(test_an_unknown_name_is_refused),
        cmocka_unit_test(test_no_back_end_is_closed_at_once),
        cmocka_unit_test(test_every_call_ends_once),
        cmocka_unit_test(test_a_surprise_is_told),
        cmocka_unit_test(test_calls_and_results_are_passed_on),
        cmocka_unit_test(test_a_refused_call_does_not_count),
        cmocka_unit_test(test_the_listener_starts_the_next_call),
        cmocka_unit_test(test_cancelled_reads_end_too),
        cmocka_unit_test(test_nothing_starts_while_it_closes),
        cmocka_unit_test(test_a_creation_that_fails_leaves_nothing),
    };
    struct CMUnitTest tests[COUNT_OF(bug_rows) + COUNT_OF(others)];
    TESTS_FROM_ROWS(tests, bug_rows, bug_is_caught);
    memcpy(tests + COUNT_OF(bug_rows), others, sizeof others);
    return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}
