/*
 * bench_ring - pointers passed from thread to thread through the ring, beside a bounded queue with a mutex.
 *
 * Both pass the same pointers through the same number of places, in turns, so that other load affects
 * both. A thread that finds the ring full or empty yields; with the queue it sleeps.
 */
#include "engine/base/heap.h"
#include "engine/base/panic.h"
#include "engine/base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define MESSAGES 500000
#define ROUNDS 7

static double now_ns(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* --- the bare equivalent --------------------------------------------------------------------------------------- */

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t has_item;
    pthread_cond_t has_room;
    void **items;
    size_t size;
    size_t head; /* next to write */
    size_t tail; /* next to read */
};

static void queue_init(struct queue *queue, size_t size)
{
    *queue = (struct queue){ .items = heap_alloc(size, sizeof *queue->items), .size = size };
    must(queue->items);
    must(pthread_mutex_init(&queue->mutex, NULL) == 0);
    must(pthread_cond_init(&queue->has_item, NULL) == 0);
    must(pthread_cond_init(&queue->has_room, NULL) == 0);
}

static void queue_fini(struct queue *queue)
{
    pthread_cond_destroy(&queue->has_room);
    pthread_cond_destroy(&queue->has_item);
    pthread_mutex_destroy(&queue->mutex);
    heap_free(queue->items);
}

static void queue_push(struct queue *queue, void *item)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->head - queue->tail == queue->size)
        pthread_cond_wait(&queue->has_room, &queue->mutex);
    queue->items[queue->head++ % queue->size] = item;
    pthread_cond_signal(&queue->has_item);
    pthread_mutex_unlock(&queue->mutex);
}

static void *queue_pop(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->head == queue->tail)
        pthread_cond_wait(&queue->has_item, &queue->mutex);
    void *item = queue->items[queue->tail++ % queue->size];
    pthread_cond_signal(&queue->has_room);
    pthread_mutex_unlock(&queue->mutex);
    return item;
}

/* --- what is measured ------------------------------------------------------------------------------------------ */

/* Both sides touch nothing but the pointer: numbers made into addresses, from 1. */
static void *item_of(uintptr_t number)
{
    return (void *)number;
}

static void *fill_ring(void *context)
{
    for (uintptr_t number = 1; number <= MESSAGES; number++)
        while (!ring_push(context, item_of(number)))
            sched_yield();
    return NULL;
}

static void drain_ring(void *context)
{
    for (uintptr_t number = 1; number <= MESSAGES; number++) {
        void *item;
        while (!(item = ring_pop(context)))
            sched_yield();
        must(item == item_of(number));
    }
}

static void *fill_queue(void *context)
{
    for (uintptr_t number = 1; number <= MESSAGES; number++)
        queue_push(context, item_of(number));
    return NULL;
}

static void drain_queue(void *context)
{
    for (uintptr_t number = 1; number <= MESSAGES; number++)
        must(queue_pop(context) == item_of(number));
}

/* Millions of messages a second. */
static double measure(void *(*fill)(void *), void (*drain)(void *), void *context)
{
    pthread_t producer;
    double started = now_ns();
    must(pthread_create(&producer, NULL, fill, context) == 0);
    drain(context);
    must(pthread_join(producer, NULL) == 0);
    return MESSAGES * 1e3 / (now_ns() - started);
}

/* --- figures --------------------------------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    double difference = *(const double *)a - *(const double *)b;
    return (difference > 0) - (difference < 0);
}

static double median_of(double *samples)
{
    qsort(samples, ROUNDS, sizeof *samples, compare);
    return samples[ROUNDS / 2];
}

static void compare_both(size_t size)
{
    double ring_rates[ROUNDS];
    double queue_rates[ROUNDS];
    double ratios[ROUNDS];
    struct ring *ring;
    struct queue queue;
    must(ring_create(size, &ring) == 0);
    queue_init(&queue, size);
    for (size_t i = 0; i < ROUNDS; i++) {
        ring_rates[i] = measure(fill_ring, drain_ring, ring);
        queue_rates[i] = measure(fill_queue, drain_queue, &queue);
        ratios[i] = ring_rates[i] / queue_rates[i];
    }
    queue_fini(&queue);
    ring_destroy(ring);
    double ratio = median_of(ratios);
    printf("  %4zu places: ring %.1f, queue %.1f million a second; %.1f times (%.1f..%.1f)\n", size,
           median_of(ring_rates), median_of(queue_rates), ratio, ratios[0], ratios[ROUNDS - 1]);
}

int main(void)
{
    printf("pointers from thread to thread, beside a mutex and conditions, %d rounds of %d:\n",
           ROUNDS, MESSAGES);
    compare_both(8);
    compare_both(256);
    compare_both(1024);
    return 0;
}
