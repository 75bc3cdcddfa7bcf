/*
 * ring.c: the life of a ring, and the one call that drives it.
 *
 * liburing maps the queues; submitting, waiting and reaping are done here, because liburing's submit-and-wait publishes the submission
 * queue inside the wait and needs one call to wait and another to take the completions.
 */
#include "internal.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's IORING_MAX_ENTRIES and IORING_MAX_CQ_ENTRIES (io_uring/io_uring.h). */
#define MAX_SQ_ENTRIES 32768U
#define MAX_CQ_ENTRIES (2U * MAX_SQ_ENTRIES)

US_SAME(US_SETUP_CQSIZE, IORING_SETUP_CQSIZE);
US_SAME(US_SETUP_CLAMP, IORING_SETUP_CLAMP);
US_SAME(US_SETUP_SUBMIT_ALL, IORING_SETUP_SUBMIT_ALL);
US_SAME(US_SETUP_COOP_TASKRUN, IORING_SETUP_COOP_TASKRUN);
US_SAME(US_SETUP_TASKRUN_FLAG, IORING_SETUP_TASKRUN_FLAG);
US_SAME(US_SETUP_SINGLE_ISSUER, IORING_SETUP_SINGLE_ISSUER);
US_SAME(US_SETUP_DEFER_TASKRUN, IORING_SETUP_DEFER_TASKRUN);
US_SAME(US_COMPLETION_BUFFER, IORING_CQE_F_BUFFER);
US_SAME(US_COMPLETION_MORE, IORING_CQE_F_MORE);
_Static_assert(sizeof(struct io_uring_sqe) == 64, "a submission queue entry has 64 bytes");
_Static_assert(sizeof(struct io_uring_cqe) == 16, "a completion queue entry has 16 bytes");

uint32_t us_abi_version(void) { return US_ABI_VERSION; }

/* ---- creation ------------------------------------------------------------------------------------------------- */

/** Takes away wishes that make no sense without another flag, so that they cannot drag down the flags that do. */
static uint32_t without_orphans(uint32_t flags, uint32_t required)
{
    uint32_t orphans = 0;
    if ((flags & US_SETUP_SINGLE_ISSUER) == 0) {
        orphans |= US_SETUP_DEFER_TASKRUN;
    }
    flags &= ~orphans | required;
    orphans = 0;
    if ((flags & ((uint32_t)US_SETUP_COOP_TASKRUN | (uint32_t)US_SETUP_DEFER_TASKRUN)) == 0) {
        orphans |= US_SETUP_TASKRUN_FLAG;
    }
    return flags & (~orphans | required);
}

/** The highest bit: the kernel numbers its flags in the order of their arrival. */
static uint32_t newest_of(uint32_t flags) { return UINT32_C(1) << (31 - __builtin_clz(flags)); }

/** io_uring_setup(2), until the kernel accepts the flags. Returns the descriptor; parameters tell what was granted. */
static int setup_with_fallback(const us_ring_options *options, struct io_uring_params *parameters)
{
    /* Not liburing's own setup: from 2.5 on it asks for NO_SQARRAY by itself, which would make the queue's layout depend on its version. */
    uint32_t required = options->required_flags;
    uint32_t flags = (options->wanted_flags & US_SETUP_KNOWN) | required;
    uint32_t sq_entries = options->sq_entries;
    uint32_t cq_entries = options->cq_entries;
    if ((required & ~US_SETUP_KNOWN) != 0 || sq_entries == 0 || (cq_entries != 0 && cq_entries < sq_entries)) {
        return -EINVAL;
    }
    if (cq_entries != 0) {
        flags |= US_SETUP_CQSIZE;
    } else {
        flags &= ~(uint32_t)US_SETUP_CQSIZE | required;
    }
    /* Sizes the kernel would refuse must not look like refused flags. */
    if ((flags & US_SETUP_CLAMP) != 0) {
        sq_entries = sq_entries < MAX_SQ_ENTRIES ? sq_entries : MAX_SQ_ENTRIES;
        cq_entries = cq_entries < MAX_CQ_ENTRIES ? cq_entries : MAX_CQ_ENTRIES;
    } else if (sq_entries > MAX_SQ_ENTRIES || cq_entries > MAX_CQ_ENTRIES) {
        return -EINVAL;
    }
    for (;;) {
        flags = without_orphans(flags, required);
        *parameters = (struct io_uring_params){.flags = flags, .cq_entries = (flags & US_SETUP_CQSIZE) != 0 ? cq_entries : 0};
        long descriptor = syscall(__NR_io_uring_setup, sq_entries, parameters);
        if (descriptor >= 0) {
            return (int)descriptor;
        }
        uint32_t optional = flags & ~required;
        if (errno != EINVAL || optional == 0) {
            return -errno;
        }
        flags &= ~newest_of(optional);
    }
}

/** Maps the queues of a ring; its descriptor then belongs to it. */
static int32_t map(us_ring *ring, int descriptor, struct io_uring_params *parameters)
{
    int answer = io_uring_queue_mmap(descriptor, parameters, &ring->uring);
    if (answer < 0) {
        (void)close(descriptor);
        return answer;
    }
    /* Up to 2.3 the mapping sets most of these, 2.9 leaves them to its own setup. */
    ring->uring.ring_fd = descriptor;
    ring->uring.enter_ring_fd = descriptor;
    ring->uring.flags = parameters->flags;
    ring->uring.features = parameters->features;
    /* A child of fork must not share the queues: it would submit in our name. */
    answer = io_uring_ring_dontfork(&ring->uring);
    /* A filter may let rings be made and deny their use: better met here than later, when there is no way back. */
    if (answer >= 0 && syscall(__NR_io_uring_enter, descriptor, 0, 0, 0, NULL, 0) < 0) {
        answer = -errno;
    }
    if (answer < 0) {
        io_uring_queue_exit(&ring->uring);
        return answer;
    }
    ring->sq_entries = parameters->sq_entries;
    ring->sq_mask = parameters->sq_entries - 1;
    ring->cq_entries = parameters->cq_entries;
    ring->cq_mask = parameters->cq_entries - 1;
    ring->hidden_task_work = (parameters->flags & (IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG)) == IORING_SETUP_DEFER_TASKRUN;
    /* Entry i always lies at index i: the array is written once and never again. */
    for (uint32_t i = 0; i < ring->sq_entries; i++) {
        ring->uring.sq.array[i] = i;
    }
    return 0;
}

int32_t us_ring_create(const us_ring_options *options, us_ring **ring, us_ring_info *info)
{
    us_ring *created = calloc(1, sizeof *created);
    if (created == NULL) {
        return -ENOMEM;
    }
    struct io_uring_params parameters;
    int descriptor = setup_with_fallback(options, &parameters);
    int32_t answer = descriptor < 0 ? descriptor : map(created, descriptor, &parameters);
    if (answer < 0) {
        free(created);
        return answer;
    }
    *info = (us_ring_info){
        .sq_entries = parameters.sq_entries,
        .cq_entries = parameters.cq_entries,
        .setup_flags = parameters.flags & US_SETUP_KNOWN,
        .features = parameters.features,
        .descriptor = descriptor,
    };
    *ring = created;
    return 0;
}

int32_t us_ring_limit_workers(us_ring *ring, uint32_t bounded)
{
    if (ring->epoll != NULL) {
        return -EOPNOTSUPP;
    }
    /* 0 asks and changes nothing; the limit of the unbounded ones stays, that of processes (RLIMIT_NPROC). */
    unsigned limits[] = {bounded, 0};
    int answer = io_uring_register_iowq_max_workers(&ring->uring, limits);
    return answer < 0 ? answer : 0;
}

void us_ring_destroy(us_ring *ring)
{
    if (ring == NULL) {
        return;
    }
    us_faults_forget(ring);
    if (ring->epoll != NULL) {
        us_epoll_destroy(ring);
    } else {
        io_uring_queue_exit(&ring->uring);
        free(ring);
    }
}

/* ---- the state of the queues ---------------------------------------------------------------------------------- */

uint32_t us_ring_space(us_ring *ring) { return ring->sq_entries - us_sq_pending(ring); }

uint32_t us_ring_unsubmitted(us_ring *ring) { return us_sq_pending(ring); }

uint32_t us_ring_ready(us_ring *ring) { return us_load_acquire(ring->uring.cq.ktail) - *ring->uring.cq.khead + us_faults_ready(ring); }

uint32_t us_ring_overflows(us_ring *ring) { return ring->overflows; }

uint32_t us_ring_dropped(us_ring *ring) { return us_load_acquire(ring->uring.cq.koverflow); }

/* ---- driving it ----------------------------------------------------------------------------------------------- */

/** Where completions go, and how far that has got. */
struct harvest {
    us_completion *completions;
    uint32_t capacity;
    uint32_t taken;
    /** Completions seen, also those that are dropped because nobody waits for them. */
    uint32_t seen;
};

/** Takes completions as long as they fit; those that do not stay in the queue. */
static void reap(us_ring *ring, struct harvest *harvest)
{
    if (us_fault_leaves_queue()) {
        return;
    }
    struct io_uring_cq *queue = &ring->uring.cq;
    uint32_t head = *queue->khead;
    uint32_t tail = us_load_acquire(queue->ktail);
    uint32_t first = head;
    while (head != tail && harvest->taken < harvest->capacity) {
        const struct io_uring_cqe *entry = &queue->cqes[head & ring->cq_mask];
        if (entry->user_data != US_IGNORED_USER_DATA) {
            harvest->completions[harvest->taken++] = (us_completion){.user_data = entry->user_data, .result = entry->res, .flags = entry->flags};
        }
        head++;
    }
    if (head != first) {
        harvest->seen += head - first;
        us_store_release(queue->khead, head);
    }
}

/** Whether completions wait in the kernel that come into the queue only with an enter. */
static bool needs_flush(const us_ring *ring)
{
    return ring->hidden_task_work || (us_load_acquire(ring->uring.sq.kflags) & (IORING_SQ_CQ_OVERFLOW | IORING_SQ_TASKRUN)) != 0;
}

/** io_uring_enter(2), once. Returns 0 or -errno; GETEVENTS always, since it alone flushes what did not fit into the completion queue. */
static int32_t enter(const us_ring *ring, uint32_t to_submit, uint32_t wait_count, int64_t timeout_nanoseconds)
{
    int32_t fault = us_faults_enter(&to_submit, &wait_count);
    if (fault < 0) {
        return fault;
    }
    unsigned flags = IORING_ENTER_GETEVENTS;
    struct __kernel_timespec span;
    struct io_uring_getevents_arg argument = {0};
    bool limited = wait_count > 0 && timeout_nanoseconds >= 0;
    if (limited) {
        span = us_span(timeout_nanoseconds);
        argument.ts = (uint64_t)(uintptr_t)&span;
        flags |= IORING_ENTER_EXT_ARG;
    }
    long answer = syscall(__NR_io_uring_enter, ring->uring.ring_fd, to_submit, wait_count, flags, limited ? &argument : NULL,
                          limited ? sizeof argument : 0);
    return answer < 0 ? -errno : 0;
}

int32_t us_ring_enter(us_ring *ring, uint32_t wait_count, int64_t timeout_nanoseconds, us_completion *completions, uint32_t capacity)
{
    struct harvest harvest = {.completions = completions, .capacity = capacity <= INT32_MAX ? capacity : INT32_MAX};
    /* First, so that what the kernel holds back for want of room finds room when we enter. */
    reap(ring, &harvest);

    uint32_t ready = harvest.seen + us_ring_ready(ring);
    if (ready > 0 || timeout_nanoseconds == 0) {
        wait_count = 0;
    } else if (wait_count > ring->cq_entries) {
        wait_count = ring->cq_entries;
    }
    if (wait_count > 0 && timeout_nanoseconds > 0 && (ring->uring.features & IORING_FEAT_EXT_ARG) == 0) {
        return -ENOSYS;
    }
    if ((us_load_acquire(ring->uring.sq.kflags) & IORING_SQ_CQ_OVERFLOW) != 0) {
        ring->overflows++;
    }
    wait_count = us_faults_begin(ring, wait_count);
    uint32_t to_submit = us_sq_pending(ring);
    int32_t answer = 0;
    if (ring->epoll != NULL) {
        answer = us_epoll_enter(ring, wait_count, timeout_nanoseconds);
        reap(ring, &harvest);
    } else if (to_submit > 0 || wait_count > 0 || needs_flush(ring)) {
        us_store_release(ring->uring.sq.ktail, ring->sq_tail);
        answer = enter(ring, to_submit, wait_count, timeout_nanoseconds);
        reap(ring, &harvest);
    }
    harvest.taken = us_faults_deliver(ring, completions, harvest.taken, harvest.capacity);
    if (harvest.taken > 0) {
        return (int32_t)harvest.taken;
    }
    /* The kernel tells of a loss with -EBADR, but hides it behind the number of submissions where there were some. Its count does not lie. */
    uint32_t dropped = us_ring_dropped(ring);
    if (dropped != ring->drops_reported) {
        ring->drops_reported = dropped;
        return -EBADR;
    }
    /* An end of the wait like any other, or a loss that has been told of; a failed submission matters only where nothing else was got done. */
    bool harmless = answer == -EINTR || answer == -ETIME || answer == -EBADR || ((answer == -EAGAIN || answer == -EBUSY) && harvest.seen > 0);
    return harmless ? 0 : answer;
}
