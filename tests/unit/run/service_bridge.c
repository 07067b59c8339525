/*
 * An engine that is stuck, as its health says, is not vouched for at the service manager: the watchdog fires.
 *
 * The engine is a process of its own, whose health the test changes; the manager is the test.
 */
#include "engine/config/config.h"
#include "engine/run/engine.h"
#include "engine/run/metrics_bridge.h"
#include "engine/service/health.h"
#include "tests/support/fake_manager.h"
#include "tests/support/test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* Ends a test that waits for ever. */
#define DEADLINE_S 120
#define WATCHDOG "WATCHDOG=1\n"
#define PASS "; pass "

/* Of both processes: what is added to the facts. */
struct trouble {
    _Atomic(int64_t) late_ms;
    _Atomic(int64_t) unrecordable_ms;
};

static struct trouble *trouble;

void __real_metrics_bridge_health(const struct metrics_bridge *bridge,
                                  struct health_facts *ret_facts);
void __wrap_metrics_bridge_health(const struct metrics_bridge *bridge,
                                  struct health_facts *ret_facts);

void __wrap_metrics_bridge_health(const struct metrics_bridge *bridge,
                                  struct health_facts *ret_facts)
{
    __real_metrics_bridge_health(bridge, ret_facts);
    ret_facts->late_ms += trouble->late_ms;
    ret_facts->unrecordable_ms += trouble->unrecordable_ms;
}

/* --- the engine ------------------------------------------------------------------------------------------------- */

static char program[] = "autoscaler";
static char no_ui[] = "--no-ui";
static char demo[] = "--demo=20";
static char speed[] = "--demo-speed=1000";
static char log_file[] = "--log-file=/dev/null";
static char no_socket[] = "--set=control.socket=off";
static char *arguments[] = { program, no_ui, demo, speed, log_file, no_socket, NULL };

static int reload(void *context, struct config **ret_config, struct warnings *more,
                  struct error *err)
{
    (void)context;
    (void)more;
    return config_load(COUNT_OF(arguments) - 1, arguments, ret_config, err);
}

static int run_engine(void)
{
    struct config *config = NULL;
    struct engine *engine = NULL;
    struct error err = { 0 };
    if (reload(NULL, &config, NULL, &err) || engine_create(config, reload, NULL, &engine, &err)) {
        fprintf(stderr, "%s\n", err.msg);
        return 1;
    }
    bool is_stopped = engine_run(engine) == ENGINE_STOPPED;
    engine_destroy(engine);
    return is_stopped ? 0 : 1;
}

/* --- the manager ------------------------------------------------------------------------------------------------ */

struct service {
    struct fake_manager manager;
    pid_t engine;
};

static int enter(void **state)
{
    static struct service service;
    char address[FAKE_MANAGER_ADDRESS_SIZE];
    alarm(DEADLINE_S);
    trouble->late_ms = 0;
    trouble->unrecordable_ms = 0;
    snprintf(address, sizeof address, "@autoscaler-test-%d", getpid());
    service = (struct service){ .engine = -1 };
    fake_manager_open(&service.manager, address);
    setenv("NOTIFY_SOCKET", address, 1);
    setenv("WATCHDOG_USEC", "2000", 1);
    service.engine = fork();
    if (service.engine == 0)
        _exit(run_engine());
    *state = &service;
    return service.engine > 0 ? 0 : -1;
}

static int leave(void **state)
{
    struct service *service = *state;
    if (service->engine > 0) {
        kill(service->engine, SIGKILL);
        waitpid(service->engine, NULL, 0);
    }
    fake_manager_close(&service->manager);
    alarm(0);
    return 0;
}

static int64_t count_behind(struct service *service, size_t start, const char *text)
{
    int64_t count = 0;
    const char *at = fake_manager_read(&service->manager) + start;
    for (; (at = strstr(at, text)); at++)
        count++;
    return count;
}

/* Waits until the text has come so often behind this place. */
static void wait_behind(struct service *service, size_t start, const char *text, int64_t count)
{
    struct pollfd place = { .fd = service->manager.fd, .events = POLLIN };
    while (count_behind(service, start, text) < count)
        poll(&place, 1, -1);
}

static void assert_stops(struct service *service)
{
    int status;
    size_t start = service->manager.size;
    assert_int_equal(kill(service->engine, SIGTERM), 0);
    wait_behind(service, start, "STOPPING=1\n", 1);
    assert_int_equal(waitpid(service->engine, &status, 0), service->engine);
    service->engine = -1;
    assert_int_equal(status, 0);
}

/* Passes go on, so the loop turns: only the health keeps the pings back. */
static void assert_not_vouched_for(struct service *service, _Atomic(int64_t) *fact, int64_t ms,
                                   const char *status)
{
    wait_behind(service, 0, WATCHDOG, 3);
    *fact = ms;
    wait_behind(service, 0, status, 1);
    const char *stuck = strstr(service->manager.text, status);
    size_t start = (size_t)(stuck - service->manager.text);
    wait_behind(service, start, PASS, 4);
    assert_int_equal(count_behind(service, start, WATCHDOG), 0);
    *fact = 0;
    wait_behind(service, start, WATCHDOG, 1);
    assert_stops(service);
}

static void a_stuck_loop_is_not_vouched_for(void **state)
{
    assert_not_vouched_for(*state, &trouble->late_ms, HEALTH_LOOP_MS + 1,
                           "STATUS=the loop is stuck: ");
}

static void a_stuck_state_directory_is_not_vouched_for(void **state)
{
    assert_not_vouched_for(*state, &trouble->unrecordable_ms, HEALTH_STATE_MS + 1,
                           "STATUS=the state directory is stuck: ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stuck_loop_is_not_vouched_for, enter, leave),
        cmocka_unit_test_setup_teardown(a_stuck_state_directory_is_not_vouched_for, enter, leave),
    };
    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);
    trouble = mmap(NULL, sizeof *trouble, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (trouble == MAP_FAILED)
        return 1;
    return cmocka_run_group_tests_name("service_bridge", tests, NULL, NULL);
}
