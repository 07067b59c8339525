#include "tests/store/fault_vfs.h"

#include "engine/base/panic.h"
#include "engine/base/random.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4200
#define IMAGES_MAX 16
#define SECTOR_SIZE 512

enum change_kind { CHANGE_WRITE, CHANGE_TRUNCATE };

/* One operation that was not synced. */
struct change {
    enum change_kind kind;
    int64_t offset; /* of a truncation: the new size */
    int size;
    unsigned char *bytes;
    struct change *next;
};

/* What is on the disk of one file, and what is not yet. */
struct image {
    char path[PATH_SIZE];
    bool exists;
    unsigned char *bytes;
    int64_t size;
    struct change *first;
    struct change *last;
};

struct fault_file {
    sqlite3_file base;
    struct image *image; /* NULL: not recorded */
    bool is_recording;   /* of passes */
    sqlite3_file *real;
};

static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    enum fault fault;
    int64_t first;
    int64_t last; /* -1: none */
    int64_t count;
    int64_t failed;
    bool is_blocked;
    bool is_waiting;
    bool is_recording;
    uint64_t seed;
    struct fault_switch *other; /* NULL: there is none */
    int other_file;
    size_t image_count;
    struct image images[IMAGES_MAX];
} state = { .mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void lock(void)
{
    pthread_mutex_lock(&state.mutex);
}

static void unlock(void)
{
    pthread_mutex_unlock(&state.mutex);
}

/* --- images ---------------------------------------------------------------------------------------------------- */

static void resize_image(struct image *image, int64_t size)
{
    unsigned char *bytes = realloc(image->bytes, (size_t)size + 1);
    must(bytes);
    if (size > image->size)
        memset(bytes + image->size, 0, (size_t)(size - image->size));
    image->bytes = bytes;
    image->size = size;
}

static void apply_write(struct image *image, const struct change *change, int from, int size)
{
    if (change->offset + from + size > image->size)
        resize_image(image, change->offset + from + size);
    memcpy(image->bytes + change->offset + from, change->bytes + from, (size_t)size);
}

static void drop_changes(struct image *image)
{
    while (image->first) {
        struct change *change = image->first;
        image->first = change->next;
        free(change->bytes);
        free(change);
    }
    image->last = NULL;
}

static void sync_image(struct image *image)
{
    for (const struct change *change = image->first; change; change = change->next) {
        if (change->kind == CHANGE_TRUNCATE)
            resize_image(image, change->offset);
        else
            apply_write(image, change, 0, change->size);
    }
    drop_changes(image);
}

static void add_change(struct image *image, enum change_kind kind, int64_t offset,
                       const void *bytes, int size)
{
    struct change *change = calloc(1, sizeof *change);
    must(change);
    *change = (struct change){ .kind = kind, .offset = offset, .size = size };
    if (size > 0) {
        change->bytes = malloc((size_t)size);
        must(change->bytes);
        memcpy(change->bytes, bytes, (size_t)size);
    }
    if (image->last)
        image->last->next = change;
    else
        image->first = change;
    image->last = change;
}

static void load_image(struct image *image)
{
    FILE *file = fopen(image->path, "rb");
    struct stat st;
    if (!file)
        return;
    must(fstat(fileno(file), &st) == 0);
    resize_image(image, st.st_size);
    must(fread(image->bytes, 1, (size_t)st.st_size, file) == (size_t)st.st_size);
    fclose(file);
}

static struct image *find_image(const char *path)
{
    for (size_t i = 0; i < state.image_count; i++)
        if (strcmp(state.images[i].path, path) == 0)
            return &state.images[i];
    return NULL;
}

/* A file that was there before counts as synced. */
static struct image *open_image(const char *path)
{
    struct image *image = find_image(path);
    if (!image) {
        must(state.image_count < IMAGES_MAX);
        image = &state.images[state.image_count++];
        snprintf(image->path, sizeof image->path, "%s", path);
    }
    if (!image->exists)
        load_image(image);
    image->exists = true;
    return image;
}

static void delete_image(const char *path)
{
    struct image *image = find_image(path);
    if (!image)
        return;
    drop_changes(image);
    resize_image(image, 0);
    image->exists = false;
}

static void forget_images(void)
{
    for (size_t i = 0; i < state.image_count; i++) {
        drop_changes(&state.images[i]);
        free(state.images[i].bytes);
        state.images[i] = (struct image){ .exists = false };
    }
    state.image_count = 0;
}

static void apply_part(struct image *image, const struct change *change, uint64_t *seed)
{
    for (int from = 0; from < change->size; from += SECTOR_SIZE) {
        int size = change->size - from < SECTOR_SIZE ? change->size - from : SECTOR_SIZE;
        *seed = random_mix(*seed + 1);
        if (*seed % 2)
            apply_write(image, change, from, size);
    }
}

static void lose_changes(struct image *image, uint64_t seed)
{
    if (seed == 1)
        sync_image(image);
    for (const struct change *change = image->first; seed && change; change = change->next)
        if (change->kind == CHANGE_WRITE)
            apply_part(image, change, &seed);
}

static void write_image(const struct image *image)
{
    FILE *file = fopen(image->path, "wb");
    must(file);
    must(fwrite(image->bytes, 1, (size_t)image->size, file) == (size_t)image->size);
    must(fclose(file) == 0);
}

static void lose_power(void)
{
    for (size_t i = 0; i < state.image_count; i++) {
        struct image *image = &state.images[i];
        if (!image->exists)
            continue;
        lose_changes(image, state.seed > 1 ? random_mix(state.seed + i) : state.seed);
        write_image(image);
    }
}

/* --- faults ---------------------------------------------------------------------------------------------------- */

enum operation { OPERATION_WRITE, OPERATION_SYNC, OPERATION_TRUNCATE, OPERATION_DELETE };

static bool is_due(void)
{
    state.count++;
    return state.fault != FAULT_NONE && state.count >= state.first &&
           (state.last < 0 || state.count <= state.last);
}

/* relaxed: an operation that begins while the fault is set may be before it. */
static enum fault fault_now(bool is_recording)
{
    if (is_due())
        return state.fault;
    if (!state.other || (!is_recording && atomic_load_explicit(&state.other->is_recording_only,
                                                               memory_order_relaxed)))
        return FAULT_NONE;
    return (enum fault)atomic_load_explicit(&state.other->fault, memory_order_relaxed);
}

static bool is_recording_name(const char *name)
{
    return name && strstr(name, "/recording.db");
}

/* The result of the operation, before it is carried out; `ret_is_short`: it is, in part. */
static int judge(enum operation operation, bool is_recording, bool *ret_is_short)
{
    bool is_writing = operation == OPERATION_WRITE || operation == OPERATION_TRUNCATE;
    *ret_is_short = false;
    switch (fault_now(is_recording)) {
    case FAULT_NONE:
        return SQLITE_OK;
    case FAULT_FULL:
        return is_writing ? SQLITE_FULL : SQLITE_OK;
    case FAULT_READ_ONLY:
        return is_writing || operation == OPERATION_DELETE ? SQLITE_READONLY : SQLITE_OK;
    case FAULT_ERROR:
        return operation == OPERATION_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_IOERR_WRITE;
    case FAULT_SHORT:
        *ret_is_short = operation == OPERATION_WRITE;
        return is_writing ? SQLITE_IOERR_WRITE : SQLITE_OK;
    case FAULT_SYNC:
        return operation == OPERATION_SYNC ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    case FAULT_POWER:
        lose_power();
        raise(SIGKILL);
        break;
    case FAULT_KILL:
        raise(SIGKILL);
    }
    return SQLITE_OK;
}

static int check(enum operation operation, bool is_recording, bool *ret_is_short)
{
    lock();
    int result = judge(operation, is_recording, ret_is_short);
    state.failed += result != SQLITE_OK;
    unlock();
    return result;
}

/* --- files ----------------------------------------------------------------------------------------------------- */

static struct fault_file *fault_of(sqlite3_file *file)
{
    return (struct fault_file *)(void *)file;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return fault_of(file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *bytes, int size, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), bytes, size, offset);
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 offset)
{
    bool is_short;
    int result = check(OPERATION_WRITE, fault_of(file)->is_recording, &is_short);
    if (result && !is_short)
        return result;
    if (is_short)
        size /= 2;
    lock();
    if (fault_of(file)->image)
        add_change(fault_of(file)->image, CHANGE_WRITE, offset, bytes, size);
    unlock();
    int written = real_of(file)->pMethods->xWrite(real_of(file), bytes, size, offset);
    return result ? result : written;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    bool is_short;
    int result = check(OPERATION_TRUNCATE, fault_of(file)->is_recording, &is_short);
    if (result)
        return result;
    lock();
    if (fault_of(file)->image)
        add_change(fault_of(file)->image, CHANGE_TRUNCATE, size, NULL, 0);
    unlock();
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static void wait_unblocked(void)
{
    lock();
    while (state.is_blocked) {
        state.is_waiting = true;
        pthread_cond_broadcast(&state.changed);
        pthread_cond_wait(&state.changed, &state.mutex);
    }
    state.is_waiting = false;
    unlock();
}

/* relaxed: a sync that begins while they are being blocked may be before it. */
static void wait_for_other(void)
{
    if (!state.other ||
        !atomic_load_explicit(&state.other->are_syncs_blocked, memory_order_relaxed))
        return;
    must(flock(state.other_file, LOCK_SH) == 0);
    must(flock(state.other_file, LOCK_UN) == 0);
}

static int file_sync(sqlite3_file *file, int flags)
{
    bool is_short;
    wait_unblocked();
    wait_for_other();
    int result = check(OPERATION_SYNC, fault_of(file)->is_recording, &is_short);
    if (result)
        return result;
    lock();
    if (fault_of(file)->image)
        sync_image(fault_of(file)->image);
    unlock();
    (void)flags;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret_size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *ret_is_reserved)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret_is_reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_memory)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret_memory);
}

static int file_map_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_map_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_unmap(sqlite3_file *file, int is_deleted)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), is_deleted);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_map,
    .xShmLock = file_map_lock,
    .xShmBarrier = file_map_barrier,
    .xShmUnmap = file_unmap,
};

static int vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
                    int *ret_flags)
{
    (void)vfs;
    struct fault_file *fault = fault_of(file);
    fault->base.pMethods = NULL;
    fault->image = NULL;
    fault->is_recording = is_recording_name(name);
    fault->real = (sqlite3_file *)(void *)(fault + 1);
    int result = state.real->xOpen(state.real, name, fault->real, flags, ret_flags);
    if (result)
        return result;
    fault->base.pMethods = &methods;
    lock();
    if (name && state.is_recording)
        fault->image = open_image(name);
    unlock();
    return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int is_synced)
{
    (void)vfs;
    bool is_short;
    int result = check(OPERATION_DELETE, is_recording_name(name), &is_short);
    if (result)
        return result;
    lock();
    delete_image(name);
    unlock();
    return state.real->xDelete(state.real, name, is_synced);
}

/* --- control --------------------------------------------------------------------------------------------------- */

void fault_vfs_install(void)
{
    must(sqlite3_initialize() == SQLITE_OK);
    state.real = sqlite3_vfs_find(NULL);
    state.vfs = *state.real;
    state.vfs.zName = "faults";
    state.vfs.szOsFile = (int)sizeof(struct fault_file) + state.real->szOsFile;
    state.vfs.xOpen = vfs_open;
    state.vfs.xDelete = vfs_delete;
    must(sqlite3_vfs_register(&state.vfs, 1) == SQLITE_OK);
}

void fault_vfs_set(enum fault fault, int64_t first, int64_t count)
{
    lock();
    state.fault = fault;
    state.first = first;
    /* From `first` on, without an end: `first` may be the largest number. */
    state.last = count < 0 ? -1 : count - 1 > INT64_MAX - first ? INT64_MAX : first + (count - 1);
    state.count = 0;
    state.failed = 0;
    unlock();
}

void fault_vfs_reset(void)
{
    fault_vfs_set(FAULT_NONE, 0, 0);
    lock();
    state.is_blocked = false;
    state.is_recording = false;
    forget_images();
    unlock();
}

int64_t fault_vfs_count(void)
{
    lock();
    int64_t count = state.count;
    unlock();
    return count;
}

int64_t fault_vfs_failed(void)
{
    lock();
    int64_t failed = state.failed;
    unlock();
    return failed;
}

void fault_vfs_block_syncs(bool is_blocked)
{
    lock();
    state.is_blocked = is_blocked;
    pthread_cond_broadcast(&state.changed);
    unlock();
}

void fault_vfs_await_block(void)
{
    lock();
    while (!state.is_waiting)
        pthread_cond_wait(&state.changed, &state.mutex);
    unlock();
}

void fault_vfs_record(uint64_t seed)
{
    lock();
    state.is_recording = true;
    state.seed = seed;
    unlock();
}

void fault_vfs_lose_power(void)
{
    lock();
    lose_power();
    raise(SIGKILL);
    abort();
}

void fault_vfs_obey(struct fault_switch *fault_switch, int file)
{
    state.other = fault_switch;
    state.other_file = file;
}
