/*
 * faults.h: what a kernel may do and seldom does, done often. Only in liburingsharp_faults.so, which is built with US_FAULTS and is never part
 * of the product; without it every hook is nothing.
 *
 * The law of this file: a fault is something a real kernel may answer. No byte is lost, no cancellation is dropped, completions of one request
 * keep their order, and nothing waits for ever that would not wait without the faults.
 */
#ifndef US_FAULTS_H
#define US_FAULTS_H

#include "uringsharp.h"

#include <stdbool.h>

/** The kinds of faults, as bits of a mask. */
typedef enum us_fault_kind {
    /** io_uring_enter fails and has done nothing: EINTR while waiting, EAGAIN or EBUSY while submitting. */
    US_FAULT_ENTER = 1 << 0,
    /** io_uring_enter takes fewer entries than it was given. */
    US_FAULT_SHORT_SUBMIT = 1 << 1,
    /** A completion comes some enters later. */
    US_FAULT_DELAY = 1 << 2,
    /** Completions of different requests come in another order. */
    US_FAULT_REORDER = 1 << 3,
    /** Completions are left in their queue, which a small one overflows by. */
    US_FAULT_OVERFLOW = 1 << 4,
    /** A request ends without having done anything: EAGAIN, EINTR, ECANCELED, ERESTARTSYS, or ENOBUFS. */
    US_FAULT_REFUSE = 1 << 5,
    /** A transfer moves less than was asked for. */
    US_FAULT_CUT = 1 << 6,
    /** A system call is interrupted before it has done anything. */
    US_FAULT_INTERRUPT = 1 << 7,
    /** A call that does not wait would have to. */
    US_FAULT_AGAIN = 1 << 8,
    /** A cancellation comes some enters later, so that its target may end first. */
    US_FAULT_LATE_CANCEL = 1 << 9,
    /** A read or write ends with ENOMEM: an error that users see. Only where it is asked for. */
    US_FAULT_NO_MEMORY = 1 << 10,
} us_fault_kind;

#define US_FAULT_KINDS 11
#define US_FAULTS_HARMLESS ((1U << 10) - 1U)

#ifdef US_FAULTS

/** What the layer keeps for a ring. */
struct us_ring_faults;

/** Starts anew: a seed, how many of a thousand occasions are used, and a mask of kinds. The environment's URINGSHARP_FAULTS=seed:rate:mask does the same when the library is loaded. */
US_API void us_faults_configure(uint64_t seed, uint32_t rate_per_mille, uint32_t kinds);

/** Writes how many faults of each kind there were, for the first kinds. Returns the sum of all. */
US_API uint64_t us_faults_counts(uint64_t *counts, uint32_t capacity);

/** True, with errno EINTR, where a call is to be interrupted. */
bool us_fault_interrupts(void);

/** How much of a transfer is asked for. offset: its place in a file, or -1. */
uint32_t us_fault_cut(int32_t descriptor, uint32_t length, int64_t offset, bool is_write);

/** How many buffers of a transfer are filled or taken. */
uint32_t us_fault_cut_buffers(uint32_t count, int64_t offset);

/** How much of a copy within the kernel is asked for. */
uint64_t us_fault_cut_copy(uint64_t length);

/** Whether a call on a pipe or stream that does not wait finds nothing to do. events: what it waits for. */
bool us_fault_would_block(int32_t descriptor, uint32_t events);

/** Whether the cache has not got what is asked for. */
bool us_fault_not_cached(void);

/** Before the queue is published: alters new entries. Returns how many completions may be waited for. */
uint32_t us_faults_begin(us_ring *ring, uint32_t wait_count);

/** Instead of io_uring_enter, or before it: -errno, or 0 to enter with what is left of the wishes. */
int32_t us_faults_enter(uint32_t *to_submit, uint32_t *wait_count);

/** Whether completions are left in their queue this time. */
bool us_fault_leaves_queue(void);

/** After the completions were taken: keeps some, gives some kept before. Returns how many there are now. */
uint32_t us_faults_deliver(us_ring *ring, us_completion *completions, uint32_t taken, uint32_t capacity);

/** Completions that are kept for want of room alone. */
uint32_t us_faults_ready(const us_ring *ring);

/** The end of a ring. */
void us_faults_forget(us_ring *ring);

#else

static inline bool us_fault_interrupts(void) { return false; }

static inline uint32_t us_fault_cut(int32_t descriptor, uint32_t length, int64_t offset, bool is_write)
{
    (void)descriptor;
    (void)offset;
    (void)is_write;
    return length;
}

static inline uint32_t us_fault_cut_buffers(uint32_t count, int64_t offset)
{
    (void)offset;
    return count;
}

static inline uint64_t us_fault_cut_copy(uint64_t length) { return length; }

static inline bool us_fault_would_block(int32_t descriptor, uint32_t events)
{
    (void)descriptor;
    (void)events;
    return false;
}

static inline bool us_fault_not_cached(void) { return false; }

static inline uint32_t us_faults_begin(const us_ring *ring, uint32_t wait_count)
{
    (void)ring;
    return wait_count;
}

static inline int32_t us_faults_enter(const uint32_t *to_submit, const uint32_t *wait_count)
{
    (void)to_submit;
    (void)wait_count;
    return 0;
}

static inline bool us_fault_leaves_queue(void) { return false; }

static inline uint32_t us_faults_deliver(const us_ring *ring, const us_completion *completions, uint32_t taken, uint32_t capacity)
{
    (void)ring;
    (void)completions;
    (void)capacity;
    return taken;
}

static inline uint32_t us_faults_ready(const us_ring *ring)
{
    (void)ring;
    return 0;
}

static inline void us_faults_forget(const us_ring *ring) { (void)ring; }

#endif
#endif
