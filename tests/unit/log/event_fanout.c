#include "engine/log/event_fanout.h"

#include "tests/support/test.h"

#include <string.h>

#define READERS 5

struct received {
    char *order; /* of all readers */
    char name;
    int32_t count;
    struct wall last_at;
};

static void receive(void *context, const struct event *event, struct wall at)
{
    struct received *received = context;
    assert_int_equal(event->id, EVENT_SCALED);
    strncat(received->order, &received->name, 1);
    received->count++;
    received->last_at = at;
}

static void emit(struct event_fanout *fanout)
{
    struct event event;
    event_init(&event, EVENT_SCALED);
    event_fanout_take(fanout, &event);
}

static void every_reader_receives_every_event_in_order(void **state)
{
    (void)state;
    char order[32] = "";
    struct event_fanout fanout = { 0 };
    struct received received[READERS];
    struct event_reader readers[READERS];
    emit(&fanout); /* without readers: no effect */
    for (int i = 0; i < READERS; i++) {
        received[i] = (struct received){ .order = order, .name = (char)('a' + i) };
        readers[i] = (struct event_reader){ .take = receive, .context = &received[i] };
        event_fanout_add(&fanout, &readers[i]);
    }
    struct wall before = wall_now();
    emit(&fanout);
    assert_string_equal(order, "abcde");
    assert_in_range(received[0].last_at.ms, before.ms, wall_now().ms);
    for (int i = 1; i < READERS; i++)
        assert_int_equal(received[i].last_at.ms, received[0].last_at.ms);
    event_reader_remove(&readers[2]);
    event_reader_remove(&readers[0]);
    event_reader_remove(&readers[4]);
    event_reader_remove(&readers[4]);
    emit(&fanout);
    assert_string_equal(order, "abcdebd");
    event_fanout_add(&fanout, &readers[0]);
    emit(&fanout);
    assert_string_equal(order, "abcdebdbda");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_receives_every_event_in_order),
    };
    return cmocka_run_group_tests_name("event_fanout", tests, NULL, NULL);
}
