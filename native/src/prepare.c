/*
 * prepare.c: filling submission queue entries. Nothing here enters the kernel.
 */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>

US_SAME(US_OP_NOP, IORING_OP_NOP);
US_SAME(US_OP_READV, IORING_OP_READV);
US_SAME(US_OP_WRITEV, IORING_OP_WRITEV);
US_SAME(US_OP_FSYNC, IORING_OP_FSYNC);
US_SAME(US_OP_POLL_ADD, IORING_OP_POLL_ADD);
US_SAME(US_OP_TIMEOUT, IORING_OP_TIMEOUT);
US_SAME(US_OP_ASYNC_CANCEL, IORING_OP_ASYNC_CANCEL);
US_SAME(US_OP_FALLOCATE, IORING_OP_FALLOCATE);
US_SAME(US_OP_OPENAT, IORING_OP_OPENAT);
US_SAME(US_OP_CLOSE, IORING_OP_CLOSE);
US_SAME(US_OP_STATX, IORING_OP_STATX);
US_SAME(US_OP_READ, IORING_OP_READ);
US_SAME(US_OP_WRITE, IORING_OP_WRITE);
US_SAME(US_OP_FADVISE, IORING_OP_FADVISE);
US_SAME(US_OP_OPENAT2, IORING_OP_OPENAT2);
US_SAME(US_OP_SPLICE, IORING_OP_SPLICE);
US_SAME(US_OP_RENAMEAT, IORING_OP_RENAMEAT);
US_SAME(US_OP_UNLINKAT, IORING_OP_UNLINKAT);
US_SAME(US_OP_MKDIRAT, IORING_OP_MKDIRAT);
US_SAME(US_OP_SYMLINKAT, IORING_OP_SYMLINKAT);
US_SAME(US_OP_LINKAT, IORING_OP_LINKAT);
US_SAME(US_OP_MSG_RING, IORING_OP_MSG_RING);
/* READ_MULTISHOT, FUTEX_WAIT and FTRUNCATE are unknown to liburing 2.3: their numbers are the header's own. */
_Static_assert(sizeof(us_buffer) == sizeof(struct iovec), "us_buffer is struct iovec");
_Static_assert(offsetof(us_buffer, base) == offsetof(struct iovec, iov_base), "us_buffer is struct iovec");
_Static_assert(offsetof(us_buffer, length) == offsetof(struct iovec, iov_len), "us_buffer is struct iovec");
_Static_assert(sizeof(us_timespec) == sizeof(struct __kernel_timespec), "us_timespec is struct __kernel_timespec");
_Static_assert(offsetof(us_timespec, nanoseconds) == offsetof(struct __kernel_timespec, tv_nsec), "us_timespec is struct __kernel_timespec");

/** The next free entry, or NULL where the queue is full. It is cleared: liburing's helpers of some versions set only what they use. */
static struct io_uring_sqe *next_entry(us_ring *ring)
{
    if (us_sq_pending(ring) == ring->sq_entries) {
        return NULL;
    }
    struct io_uring_sqe *entry = &ring->uring.sq.sqes[ring->sq_tail & ring->sq_mask];
    ring->sq_tail++;
    memset(entry, 0, sizeof *entry);
    return entry;
}

int32_t us_prepare_nop(us_ring *ring, uint64_t user_data)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_nop(entry);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_read(us_ring *ring, uint64_t user_data, int32_t descriptor, void *buffer, uint32_t length, int64_t offset)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_read(entry, descriptor, buffer, length, (uint64_t)offset);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_write(us_ring *ring, uint64_t user_data, int32_t descriptor, const void *buffer, uint32_t length, int64_t offset)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_write(entry, descriptor, buffer, length, (uint64_t)offset);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_readv(us_ring *ring, uint64_t user_data, int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_readv(entry, descriptor, (const struct iovec *)(const void *)buffers, count, (uint64_t)offset);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_writev(us_ring *ring, uint64_t user_data, int32_t descriptor, const us_buffer *buffers, uint32_t count, int64_t offset)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_writev(entry, descriptor, (const struct iovec *)(const void *)buffers, count, (uint64_t)offset);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_open(us_ring *ring, uint64_t user_data, const char *path, uint32_t flags, uint32_t mode)
{
    int32_t native = us_native_open_flags(flags);
    if (native < 0) {
        return native;
    }
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_openat(entry, AT_FDCWD, path, native, mode);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_close(us_ring *ring, uint64_t user_data, int32_t descriptor)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_close(entry, descriptor);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_poll(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t events, uint32_t multishot)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    if (multishot != 0) {
        io_uring_prep_poll_multishot(entry, descriptor, events);
    } else {
        io_uring_prep_poll_add(entry, descriptor, events);
    }
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_read_multishot(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t group)
{
    if (group > UINT16_MAX) {
        return -EINVAL;
    }
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    /* As liburing has it from 2.6 on: no memory of its own, no length, the current position. */
    io_uring_prep_rw(US_OP_READ_MULTISHOT, entry, descriptor, NULL, 0, UINT64_MAX);
    entry->flags = IOSQE_BUFFER_SELECT;
    entry->buf_group = (uint16_t)group;
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_cancel(us_ring *ring, uint64_t user_data, uint64_t target_user_data)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_cancel64(entry, target_user_data, 0);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_for_worker(us_ring *ring)
{
    if (us_sq_pending(ring) == 0) {
        return -ENOENT;
    }
    ring->uring.sq.sqes[(ring->sq_tail - 1) & ring->sq_mask].flags |= IOSQE_ASYNC;
    return 0;
}

int32_t us_prepare_fsync(us_ring *ring, uint64_t user_data, int32_t descriptor, uint32_t data_only)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_fsync(entry, descriptor, data_only != 0 ? IORING_FSYNC_DATASYNC : 0);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_statx(us_ring *ring, uint64_t user_data, int32_t folder, const char *path, uint32_t flags, uint32_t mask, void *result)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    io_uring_prep_statx(entry, folder, path, (int)flags, mask, result);
    entry->user_data = user_data;
    return 0;
}

int32_t us_prepare_timeout(us_ring *ring, uint64_t user_data, const us_timespec *span)
{
    struct io_uring_sqe *entry = next_entry(ring);
    if (entry == NULL) {
        return -EBUSY;
    }
    /* The helper's parameter is not const; the kernel only reads it. */
    io_uring_prep_timeout(entry, (struct __kernel_timespec *)(void *)span, 0, 0);
    entry->user_data = user_data;
    return 0;
}
