#include "engine/backend/backend.h"
#include "engine/backend/backend_ops.h"
#include "tests/support/test.h"
#include "tests/support/watched_heap.h"

#include <string.h>

#define BACKEND(id) extern const struct backend_ops backend_##id;
#include "engine/backend/backends.def"
#undef BACKEND

static const struct backend_config config = {
    .name = "rest",
    .url = "http://127.0.0.1:1",
    .http = { .user_agent = "autoscaler/test", .connect_timeout_ms = 1000, .calls_max = 5 },
    .timeout_ms = 1000,
    .concurrency = 4,
};

static const struct backend_listener no_listener = { NULL, NULL, NULL, NULL };

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
    uv_loop_t loop;
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
        uv_loop_t loop;
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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_name_is_that_of_the_list),
        cmocka_unit_test(test_a_back_end_is_created_by_its_name),
        cmocka_unit_test(test_an_unknown_name_is_refused),
        cmocka_unit_test(test_no_back_end_is_closed_at_once),
    };
    return cmocka_run_group_tests_name("backend", tests, NULL, NULL);
}
