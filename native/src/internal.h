/*
 * internal.h: what the shim's own files share. Nothing here is part of the interface.
 */
#ifndef US_INTERNAL_H
#define US_INTERNAL_H

#include "faults.h"
#include "uringsharp.h"

#include <errno.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>

_Static_assert(sizeof(void *) == 8, "the interface is made for 64-bit processes");

/** A number of the interface is the kernel's. The casts: two enumerations do not compare. */
#define US_SAME(ours, theirs) _Static_assert((int)(ours) == (int)(theirs), #ours " is not the kernel's number")

#define US_NANOSECONDS_PER_SECOND INT64_C(1000000000)

/* glibc's TEMP_FAILURE_RETRY yields a long and is not to be had with every libc. */
#define UNTIL_NOT_INTERRUPTED(answer, call)                                                                                             \
    do {                                                                                                                                \
        (answer) = us_fault_interrupts() ? -1 : (call);                                                                                 \
    } while ((answer) < 0 && errno == EINTR)

/** Every flag this shim can honour. Others would change the layout of the queues or the way they are driven. */
#define US_SETUP_KNOWN                                                                                                                  \
    ((uint32_t)US_SETUP_CQSIZE | (uint32_t)US_SETUP_CLAMP | (uint32_t)US_SETUP_SUBMIT_ALL | (uint32_t)US_SETUP_COOP_TASKRUN |          \
     (uint32_t)US_SETUP_TASKRUN_FLAG | (uint32_t)US_SETUP_SINGLE_ISSUER | (uint32_t)US_SETUP_DEFER_TASKRUN)

struct us_epoll;

struct us_ring {
    /** liburing's view: where the queues are mapped. Its own submit and wait are not used. */
    struct io_uring uring;
    uint32_t sq_entries;
    uint32_t sq_mask;
    /** The next entry to prepare; the kernel sees it when us_ring_enter publishes it. */
    uint32_t sq_tail;
    uint32_t cq_entries;
    uint32_t cq_mask;
    /** How much of the kernel's count of lost completions has been reported with -EBADR. */
    uint32_t drops_reported;
    /** How often completions have waited behind a full queue. */
    uint32_t overflows;
    /** Completions wait for an enter, and no flag tells of them: DEFER_TASKRUN without TASKRUN_FLAG. */
    bool hidden_task_work;
    /** What drives the queues instead of the kernel; NULL for io_uring. */
    struct us_epoll *epoll;
#ifdef US_FAULTS
    struct us_ring_faults *faults;
#endif
};

/** Submits and waits as io_uring_enter(2) does. Returns 0 or -errno. */
int32_t us_epoll_enter(us_ring *ring, uint32_t wait_count, int64_t timeout_nanoseconds);

/** Ends what waits, silently, and frees a ring over epoll. */
void us_epoll_destroy(us_ring *ring);

/* A queue's index or flags as the kernel wrote them, and everything the kernel wrote before. */
static inline uint32_t us_load_acquire(const unsigned *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

/* clang-tidy does not see that the builtin writes. NOLINTNEXTLINE(readability-non-const-parameter) */
static inline void us_store_release(unsigned *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

/** Entries prepared that the kernel has not consumed, published or not. */
static inline uint32_t us_sq_pending(const us_ring *ring) { return ring->sq_tail - us_load_acquire(ring->uring.sq.khead); }

/** open(2)'s flags for us_open_flags, with what every descriptor of ours gets; -EINVAL for combinations without a meaning. */
int32_t us_native_open_flags(uint32_t flags);

/**
 * openat2(2) with RESOLVE_CACHED and native flags: the descriptor, or -EAGAIN where the path would have to be looked up for real. -ELOOP for a path with a
 * symbolic link anywhere in it, where links are not followed.
 */
int32_t us_open_path_cached(const char *path, int32_t native_flags, bool follows_links);

/** Whether a device is one of those given. */
static inline bool us_is_among(uint64_t device, const uint64_t *devices, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (devices[i] == device) {
            return true;
        }
    }
    return false;
}

/** A span of nanoseconds, cut so that the kernel can add the present time to it without overflow. */
static inline struct __kernel_timespec us_span(int64_t nanoseconds)
{
    const int64_t longest = INT64_MAX / 4;
    if (nanoseconds > longest) {
        nanoseconds = longest;
    }
    return (struct __kernel_timespec){.tv_sec = nanoseconds / US_NANOSECONDS_PER_SECOND, .tv_nsec = nanoseconds % US_NANOSECONDS_PER_SECOND};
}

#endif
