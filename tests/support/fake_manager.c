#include "tests/support/fake_manager.h"

#include "tests/support/test.h"

#include "engine/base/heap.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FILLER "X=filler"

static socklen_t set_address(struct sockaddr_un *address, const char *text)
{
    size_t length = strlen(text);
    assert_true(length <= sizeof address->sun_path);
    *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
    memcpy(address->sun_path, text, length);
    if (text[0] == '@')
        address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int open_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    return fd;
}

void fake_manager_open(struct fake_manager *manager, const char *address)
{
    struct sockaddr_un own;
    socklen_t size = set_address(&own, address);
    *manager = (struct fake_manager){ .fd = open_socket() };
    memcpy(manager->address, address, strlen(address));
    assert_int_equal(bind(manager->fd, (struct sockaddr *)&own, size), 0);
    manager->text = heap_alloc(FAKE_MANAGER_TEXT_SIZE, 1);
    assert_non_null(manager->text);
}

void fake_manager_close(struct fake_manager *manager)
{
    close(manager->fd);
    if (manager->address[0] == '/')
        unlink(manager->address);
    heap_free(manager->text);
    manager->text = NULL;
}

const char *fake_manager_read(struct fake_manager *manager)
{
    char message[4096];
    ssize_t size;
    while ((size = recv(manager->fd, message, sizeof message, 0)) >= 0) {
        if ((size_t)size == strlen(FILLER) && memcmp(message, FILLER, (size_t)size) == 0)
            continue;
        assert_true(manager->size + (size_t)size + 2 <= FAKE_MANAGER_TEXT_SIZE);
        memcpy(manager->text + manager->size, message, (size_t)size);
        manager->size += (size_t)size;
        manager->text[manager->size++] = '\n';
    }
    assert_int_equal(errno, EAGAIN);
    return manager->text;
}

int64_t fake_manager_count(struct fake_manager *manager, const char *text)
{
    int64_t count = 0;
    for (const char *at = fake_manager_read(manager); (at = strstr(at, text)); at++)
        count++;
    return count;
}

void fake_manager_fill(struct fake_manager *manager)
{
    struct sockaddr_un address;
    socklen_t size = set_address(&address, manager->address);
    int fd = open_socket();
    while (sendto(fd, FILLER, strlen(FILLER), 0, (struct sockaddr *)&address, size) >= 0)
        continue;
    assert_int_equal(errno, EAGAIN);
    close(fd);
}
