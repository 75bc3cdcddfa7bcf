/*
 * faults.c: a kernel that does often what kernels do seldom; see faults.h. Compiled for liburingsharp_faults.so alone.
 */
#include "internal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* The longest delay of a completion or cancellation, in enters. */
#define MAX_DELAY 4U
/* What the kernel writes to a pipe in one piece or not at all (PIPE_BUF), and what every device is aligned to. */
#define WHOLE 4096U
/* From here on the kernel looks first whether the end of a transfer has a number (EINVAL), before it moves less. */
#define FAR (INT64_C(1) << 62)
/* The most that a copy is cut to: many are of a length that no file has. */
#define MAX_CUT_COPY (UINT32_C(1) << 20)
/* The kernel's ERESTARTSYS, which it does not show to programs but for io_uring. */
#define RESTART 512
/* O_LARGEFILE as the kernel has it: in every description that was opened by a path, in none that pipe2(2) made. The C library hides it. */
#ifdef __aarch64__
#define OPENED_BY_PATH 0400000
#else
#define OPENED_BY_PATH 0100000
#endif

/** A completion that is kept, for so many enters. */
struct held_completion {
    us_completion completion;
    uint32_t delay;
};

/** A request that was made a no-operation, and what is answered in its name. */
struct refused_request {
    uint64_t user_data;
    int32_t result;
};

/** A cancellation that is kept, for so many enters. */
struct held_cancel {
    uint64_t user_data;
    uint64_t target;
    uint32_t delay;
};

struct us_ring_faults {
    struct held_completion *completions;
    uint32_t completion_count;
    uint32_t completion_room;
    struct refused_request *refused;
    uint32_t refused_count;
    uint32_t refused_room;
    struct held_cancel *cancels;
    uint32_t cancel_count;
    uint32_t cancel_room;
    /** Entries before this one have been looked at. */
    uint32_t seen_tail;
};

static struct {
    uint64_t state;
    uint64_t counts[US_FAULT_KINDS];
    uint32_t rate_per_mille;
    uint32_t kinds;
} faults;

/* ---- chance --------------------------------------------------------------------------------------------------- */

void us_faults_configure(uint64_t seed, uint32_t rate_per_mille, uint32_t kinds)
{
    __atomic_store_n(&faults.kinds, 0U, __ATOMIC_SEQ_CST);
    __atomic_store_n(&faults.state, seed, __ATOMIC_SEQ_CST);
    for (uint32_t kind = 0; kind < US_FAULT_KINDS; kind++) {
        __atomic_store_n(&faults.counts[kind], UINT64_C(0), __ATOMIC_SEQ_CST);
    }
    __atomic_store_n(&faults.rate_per_mille, rate_per_mille, __ATOMIC_SEQ_CST);
    __atomic_store_n(&faults.kinds, kinds, __ATOMIC_SEQ_CST);
}

uint64_t us_faults_counts(uint64_t *counts, uint32_t capacity)
{
    uint64_t sum = 0;
    for (uint32_t kind = 0; kind < US_FAULT_KINDS; kind++) {
        uint64_t count = __atomic_load_n(&faults.counts[kind], __ATOMIC_RELAXED);
        if (kind < capacity) {
            counts[kind] = count;
        }
        sum += count;
    }
    return sum;
}

static __attribute__((constructor)) void configure_from_environment(void)
{
    /* Before any thread of ours. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const char *text = getenv("URINGSHARP_FAULTS");
    if (text == NULL) {
        return;
    }
    char *end = NULL;
    uint64_t seed = strtoull(text, &end, 0);
    uint64_t rate = *end == ':' ? strtoull(end + 1, &end, 0) : 0;
    uint64_t kinds = *end == ':' ? strtoull(end + 1, &end, 0) : US_FAULTS_HARMLESS;
    us_faults_configure(seed, (uint32_t)rate, (uint32_t)kinds);
}

/** The next random number, by any thread (splitmix64). */
static uint64_t next_random(void)
{
    uint64_t mixed = __atomic_add_fetch(&faults.state, UINT64_C(0x9e3779b97f4a7c15), __ATOMIC_RELAXED);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

/** From 1 to a limit. */
static uint32_t up_to(uint32_t limit) { return (uint32_t)(next_random() % limit) + 1; }

static bool is_on(us_fault_kind kind) { return (__atomic_load_n(&faults.kinds, __ATOMIC_RELAXED) & (uint32_t)kind) != 0; }

/** Whether this occasion for a fault is used; it is then counted. */
static bool strikes(us_fault_kind kind)
{
    if (!is_on(kind) || next_random() % 1000 >= __atomic_load_n(&faults.rate_per_mille, __ATOMIC_RELAXED)) {
        return false;
    }
    __atomic_add_fetch(&faults.counts[__builtin_ctz((unsigned)kind)], UINT64_C(1), __ATOMIC_RELAXED);
    return true;
}

/* ---- calls outside the ring ----------------------------------------------------------------------------------- */

bool us_fault_interrupts(void)
{
    if (!strikes(US_FAULT_INTERRUPT)) {
        return false;
    }
    errno = EINTR;
    return true;
}

/** The type of what is open, without asking a server that may hang; 0 where it is unknown. */
static uint32_t type_of(int32_t descriptor)
{
    struct statx status;
    return statx(descriptor, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &status) < 0 ? 0 : status.stx_mode & (uint32_t)S_IFMT;
}

static bool has_flag(int32_t descriptor, int flag)
{
    int flags = fcntl(descriptor, F_GETFL);
    return flags >= 0 && ((unsigned)flags & (unsigned)flag) != 0;
}

static bool is_stream_socket(int32_t descriptor, uint32_t type)
{
    return type == (uint32_t)S_IFSOCK && us_is_stream_socket(descriptor) == 1;
}

/** The least a transfer may be cut to multiples of; 0 where it may not be cut: what it carries is a message, a counter, an event. */
static uint32_t unit_of(int32_t descriptor, bool is_write, uint32_t length)
{
    uint32_t type = type_of(descriptor);
    bool is_direct = has_flag(descriptor, O_DIRECT);
    if (type == (uint32_t)S_IFREG) {
        return is_direct ? WHOLE : 1;
    }
    if (type == (uint32_t)S_IFIFO) {
        /* The reading end of a pipe of packets does not know that it is one: those are not to be read with this library. */
        return is_direct || (is_write && length <= WHOLE) ? 0 : 1;
    }
    return is_stream_socket(descriptor, type) ? 1 : 0;
}

uint32_t us_fault_cut(int32_t descriptor, uint32_t length, int64_t offset, bool is_write)
{
    if (length < 2 || offset >= FAR || !is_on(US_FAULT_CUT)) {
        return length;
    }
    uint32_t unit = unit_of(descriptor, is_write, length);
    if (unit == 0 || length <= unit || !strikes(US_FAULT_CUT)) {
        return length;
    }
    return up_to((length - 1) / unit) * unit;
}

uint32_t us_fault_cut_buffers(uint32_t count, int64_t offset)
{
    return count > 1 && offset < FAR && strikes(US_FAULT_CUT) ? up_to(count - 1) : count;
}

uint64_t us_fault_cut_copy(uint64_t length)
{
    uint32_t limit = length < MAX_CUT_COPY ? (uint32_t)length : MAX_CUT_COPY;
    return limit > 1 && strikes(US_FAULT_CUT) ? up_to(limit - 1) : length;
}

bool us_fault_would_block(int32_t descriptor, uint32_t events)
{
    if (!is_on(US_FAULT_AGAIN)) {
        return false;
    }
    uint32_t type = type_of(descriptor);
    if (!(type == (uint32_t)S_IFIFO && has_flag(descriptor, O_NONBLOCK)) && !is_stream_socket(descriptor, type)) {
        return false;
    }
    if (type == (uint32_t)S_IFIFO && (events & (uint32_t)US_POLL_IN) != 0 && has_flag(descriptor, OPENED_BY_PATH)) {
        /* A FIFO that no writer has opened yet has ended and does not hang up: EAGAIN would be a lie, and nothing tells whether it were one. */
        return false;
    }
    /* Where the peer has left, the kernel says so and nothing else. */
    struct pollfd asked = {.fd = descriptor, .events = (short)events};
    const unsigned left = (unsigned)POLLHUP | (unsigned)POLLERR | (unsigned)POLLRDHUP;
    if (type == (uint32_t)S_IFSOCK) {
        asked.events = (short)((unsigned)asked.events | (unsigned)POLLRDHUP);
    }
    return poll(&asked, 1, 0) >= 0 && ((unsigned)asked.revents & left) == 0 && strikes(US_FAULT_AGAIN);
}

bool us_fault_not_cached(void) { return strikes(US_FAULT_AGAIN); }

/* ---- submissions ---------------------------------------------------------------------------------------------- */

/** Room for one more element of an array of the layer. */
static void *with_room(void *array, uint32_t count, uint32_t *room, size_t size)
{
    if (count < *room) {
        return array;
    }
    *room = *room == 0 ? 16 : *room * 2;
    void *grown = realloc(array, *room * size);
    if (grown == NULL) {
        abort();
    }
    return grown;
}

static struct us_ring_faults *state_of(us_ring *ring)
{
    if (ring->faults == NULL) {
        ring->faults = calloc(1, sizeof *ring->faults);
        if (ring->faults == NULL) {
            abort();
        }
        ring->faults->seen_tail = us_load_acquire(ring->uring.sq.khead);
    }
    return ring->faults;
}

/** Makes an entry one that does nothing. */
static void silence(struct io_uring_sqe *entry, uint64_t user_data)
{
    memset(entry, 0, sizeof *entry);
    io_uring_prep_nop(entry);
    entry->user_data = user_data;
}

/** What a request may be refused with, having done nothing; 0 where it may not. */
static int32_t refusal_of(uint8_t opcode)
{
    static const int32_t transfers[] = {-EAGAIN, -EINTR, -ECANCELED, -RESTART};
    /* Without EAGAIN, which tells of a writer; there may be none. */
    static const int32_t multishots[] = {-EINTR, -ECANCELED, -ENOBUFS};
    switch (opcode) {
    case US_OP_READ:
    case US_OP_WRITE:
    case US_OP_READV:
    case US_OP_WRITEV:
        return strikes(US_FAULT_NO_MEMORY) ? -ENOMEM : strikes(US_FAULT_REFUSE) ? transfers[up_to(4) - 1] : 0;
    case US_OP_READ_MULTISHOT:
        return strikes(US_FAULT_REFUSE) ? multishots[up_to(3) - 1] : 0;
    case US_OP_POLL_ADD:
    case US_OP_TIMEOUT:
        return strikes(US_FAULT_REFUSE) ? -ECANCELED : 0;
    default:
        return 0;
    }
}

static void cut_entry(struct io_uring_sqe *entry)
{
    if (entry->opcode == US_OP_READ || entry->opcode == US_OP_WRITE) {
        entry->len = us_fault_cut(entry->fd, entry->len, (int64_t)entry->off, entry->opcode == US_OP_WRITE);
    } else if (entry->opcode == US_OP_READV || entry->opcode == US_OP_WRITEV) {
        entry->len = us_fault_cut_buffers(entry->len, (int64_t)entry->off);
    }
}

static void hold_cancel(struct us_ring_faults *state, const struct io_uring_sqe *entry)
{
    state->cancels = with_room(state->cancels, state->cancel_count, &state->cancel_room, sizeof *state->cancels);
    state->cancels[state->cancel_count++] = (struct held_cancel){.user_data = entry->user_data, .target = entry->addr, .delay = up_to(MAX_DELAY)};
}

static void alter(struct us_ring_faults *state, struct io_uring_sqe *entry)
{
    if (entry->opcode == US_OP_ASYNC_CANCEL) {
        if (strikes(US_FAULT_LATE_CANCEL)) {
            hold_cancel(state, entry);
            silence(entry, US_IGNORED_USER_DATA);
        }
        return;
    }
    int32_t refusal = refusal_of(entry->opcode);
    if (refusal == 0) {
        cut_entry(entry);
        return;
    }
    state->refused = with_room(state->refused, state->refused_count, &state->refused_room, sizeof *state->refused);
    state->refused[state->refused_count++] = (struct refused_request){.user_data = entry->user_data, .result = refusal};
    silence(entry, entry->user_data);
}

/** Submits cancellations whose time has come, as far as there is room. */
static void release_cancels(us_ring *ring, struct us_ring_faults *state, bool all)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->cancel_count; i++) {
        struct held_cancel *cancel = &state->cancels[i];
        cancel->delay = all || cancel->delay == 0 ? 0 : cancel->delay - 1;
        if (cancel->delay > 0 || us_prepare_cancel(ring, cancel->user_data, cancel->target) < 0) {
            state->cancels[kept++] = *cancel;
        }
    }
    state->cancel_count = kept;
}

uint32_t us_faults_begin(us_ring *ring, uint32_t wait_count)
{
    struct us_ring_faults *state = state_of(ring);
    for (; state->seen_tail != ring->sq_tail; state->seen_tail++) {
        alter(state, &ring->uring.sq.sqes[state->seen_tail & ring->sq_mask]);
    }
    /* Whoever sleeps now may sleep until one of these comes. */
    bool all = wait_count > 0;
    release_cancels(ring, state, all);
    /* Released ones are not held a second time. */
    state->seen_tail = ring->sq_tail;
    for (uint32_t i = 0; i < state->completion_count; i++) {
        struct held_completion *held = &state->completions[i];
        held->delay = all || held->delay == 0 ? 0 : held->delay - 1;
    }
    return state->completion_count > 0 || state->cancel_count > 0 ? 0 : wait_count;
}

int32_t us_faults_enter(uint32_t *to_submit, uint32_t *wait_count)
{
    if (*to_submit == 0) {
        return *wait_count > 0 && strikes(US_FAULT_ENTER) ? -EINTR : 0;
    }
    if (strikes(US_FAULT_ENTER)) {
        return up_to(2) == 1 ? -EAGAIN : -EBUSY;
    }
    if (*to_submit > 1 && strikes(US_FAULT_SHORT_SUBMIT)) {
        /* The kernel does not wait when it could not submit all. */
        *to_submit = up_to(*to_submit - 1);
        *wait_count = 0;
    }
    return 0;
}

/* ---- completions ---------------------------------------------------------------------------------------------- */

bool us_fault_leaves_queue(void) { return strikes(US_FAULT_OVERFLOW); }

/** Whether a completion of the same request stands before it. */
static bool has_earlier(const struct held_completion *kept, uint32_t count, uint64_t user_data)
{
    for (uint32_t i = 0; i < count; i++) {
        if (kept[i].completion.user_data == user_data) {
            return true;
        }
    }
    return false;
}

static void keep(struct us_ring_faults *state, us_completion completion)
{
    for (uint32_t i = 0; i < state->refused_count; i++) {
        if (state->refused[i].user_data == completion.user_data) {
            completion.result = state->refused[i].result;
            state->refused[i] = state->refused[--state->refused_count];
            break;
        }
    }
    state->completions = with_room(state->completions, state->completion_count, &state->completion_room, sizeof *state->completions);
    state->completions[state->completion_count++] =
        (struct held_completion){.completion = completion, .delay = strikes(US_FAULT_DELAY) ? up_to(MAX_DELAY) : 0};
}

uint32_t us_faults_deliver(us_ring *ring, us_completion *completions, uint32_t taken, uint32_t capacity)
{
    struct us_ring_faults *state = state_of(ring);
    for (uint32_t i = 0; i < taken; i++) {
        keep(state, completions[i]);
    }
    uint32_t given = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < state->completion_count; i++) {
        const struct held_completion held = state->completions[i];
        if (given < capacity && held.delay == 0 && !has_earlier(state->completions, kept, held.completion.user_data)) {
            completions[given++] = held.completion;
        } else {
            state->completions[kept++] = held;
        }
    }
    state->completion_count = kept;
    for (uint32_t i = 1; i < given; i++) {
        if (completions[i].user_data != completions[i - 1].user_data && strikes(US_FAULT_REORDER)) {
            us_completion first = completions[i - 1];
            completions[i - 1] = completions[i];
            completions[i] = first;
        }
    }
    return given;
}

uint32_t us_faults_ready(const us_ring *ring)
{
    uint32_t ready = 0;
    for (uint32_t i = 0; ring->faults != NULL && i < ring->faults->completion_count; i++) {
        ready += ring->faults->completions[i].delay == 0;
    }
    return ready;
}

void us_faults_forget(us_ring *ring)
{
    if (ring->faults != NULL) {
        free(ring->faults->completions);
        free(ring->faults->refused);
        free(ring->faults->cancels);
        free(ring->faults);
        ring->faults = NULL;
    }
}
