/*
 * buffers.c: memory lent to the kernel, which picks a buffer when there is something to put into it (provided buffers, since Linux 5.19).
 *
 * One mapping: the kernel's ring of entries, in whole pages, then the buffers. Every entry of the ring has its buffer, so a buffer that comes back
 * always finds room.
 */
#include "internal.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* The kernel's own limit (io_uring/kbuf.c). */
#define MAX_ENTRIES 32768U

_Static_assert(sizeof(struct io_uring_buf) == 16, "an entry of a buffer ring has 16 bytes");
_Static_assert(offsetof(struct io_uring_buf, len) == 8, "an entry is address, length, number");
_Static_assert(offsetof(struct io_uring_buf, bid) == 12, "an entry is address, length, number");
_Static_assert(offsetof(struct io_uring_buf_ring, tail) == 14, "the ring's tail lies in its first entry");
_Static_assert(sizeof(struct io_uring_buf_reg) == 40, "a registration has 40 bytes");

struct us_buffer_ring {
    /** The mapping's beginning: the ring, which is an array of entries whose first also holds the tail. */
    struct io_uring_buf_ring *ring;
    struct io_uring_buf *entries;
    unsigned char *first_buffer;
    size_t mapped;
    uint32_t buffer_size;
    uint32_t group;
    uint16_t mask;
    /** What the kernel's tail is; only we write it. */
    uint16_t tail;
};

/** Enters a buffer behind the tail; publish makes it the kernel's. */
static void enter(us_buffer_ring *buffers, uint16_t buffer)
{
    struct io_uring_buf *entry = &buffers->entries[buffers->tail & buffers->mask];
    /* Field by field: the tail lies in the first entry's last two bytes. */
    entry->addr = (uint64_t)(uintptr_t)(buffers->first_buffer + ((size_t)buffer * buffers->buffer_size));
    entry->len = buffers->buffer_size;
    entry->bid = buffer;
    buffers->tail++;
}

static void publish(us_buffer_ring *buffers) { __atomic_store_n(&buffers->ring->tail, buffers->tail, __ATOMIC_RELEASE); }

/** Memory that a child of fork does not get: the kernel writes to these pages, and they must stay the parent's. NULL where there is none. */
static void *map(size_t length)
{
    void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (madvise(memory, length, MADV_DONTFORK) < 0) {
        (void)munmap(memory, length);
        return NULL;
    }
    return memory;
}

int32_t us_buffer_ring_create(us_ring *ring, uint32_t group, uint32_t entries, uint32_t buffer_size, us_buffer_ring **buffers)
{
    if (group > UINT16_MAX || entries == 0 || entries > MAX_ENTRIES || (entries & (entries - 1)) != 0 || buffer_size == 0 || buffer_size > INT32_MAX) {
        return -EINVAL;
    }
    if (ring->epoll != NULL) {
        return -EOPNOTSUPP;
    }
    us_buffer_ring *created = calloc(1, sizeof *created);
    if (created == NULL) {
        return -ENOMEM;
    }
    created->buffer_size = buffer_size;
    created->group = group;
    created->mask = (uint16_t)(entries - 1);
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t ring_length = ((entries * sizeof(struct io_uring_buf)) + page - 1) / page * page;
    created->mapped = ring_length + ((size_t)entries * buffer_size);
    void *memory = map(created->mapped);
    if (memory == NULL) {
        free(created);
        return -ENOMEM;
    }
    created->ring = memory;
    created->entries = memory;
    created->first_buffer = (unsigned char *)memory + ring_length;
    struct io_uring_buf_reg registration = {.ring_addr = (uint64_t)(uintptr_t)created->ring, .ring_entries = entries, .bgid = (uint16_t)group};
    int32_t answer = io_uring_register_buf_ring(&ring->uring, &registration, 0);
    if (answer < 0) {
        (void)munmap(created->ring, created->mapped);
        free(created);
        return answer;
    }
    for (uint32_t i = 0; i < entries; i++) {
        enter(created, (uint16_t)i);
    }
    publish(created);
    *buffers = created;
    return 0;
}

void us_buffer_ring_destroy(us_ring *ring, us_buffer_ring *buffers)
{
    if (buffers != NULL) {
        (void)io_uring_unregister_buf_ring(&ring->uring, (int)buffers->group);
        (void)munmap(buffers->ring, buffers->mapped);
        free(buffers);
    }
}

void *us_buffer_ring_at(const us_buffer_ring *buffers, uint32_t buffer)
{
    return buffers->first_buffer + ((size_t)(buffer & buffers->mask) * buffers->buffer_size);
}

void us_buffer_ring_return(us_buffer_ring *buffers, uint32_t buffer)
{
    enter(buffers, (uint16_t)(buffer & buffers->mask));
    publish(buffers);
}
