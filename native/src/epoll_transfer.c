/*
 * epoll_transfer.c: reads and writes of a ring over epoll.
 *
 * What is read or written here is a description that others share and whose mode is theirs; a poll has said that it is ready. Where the
 * kernel can be asked not to wait, it is. Where it cannot (an inotify, a signalfd, the master of a terminal), somebody else may be quicker, or a write be longer than
 * there is room, and whoever asks waits: that must not be the thread that drives the ring, so each such transfer has a thread for its short life. A timer
 * interrupts it time and again, so that it sees a cancellation.
 */
#include "epoll_ring.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* What the thread needs is a system call's stack. */
#define STACK_SIZE (64UL * 1024)
/* The longest that a cancellation is not seen. */
#define TICK_NANOSECONDS 5000000

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

struct transfer {
    struct transfer *next;
    struct us_transfers *owner;
    struct io_uring_sqe entry;
    int32_t result;
    /** 1 where it is to end: written by the ring's thread. */
    unsigned cancelled;
};

struct us_transfers {
    pthread_mutex_t lock;
    struct transfer *running;
    struct transfer *ended;
    int event;
    /** The ring, and each thread. */
    uint32_t references;
};

static pthread_once_t tick_once = PTHREAD_ONCE_INIT;
/** A real-time signal that nobody else uses; 0 where there is none. */
static int tick_signal;

static void on_tick(int number) { (void)number; }

static void choose_signal(void)
{
    struct sigaction action = {.sa_handler = on_tick};
    for (int each = SIGRTMAX; each > SIGRTMIN && tick_signal == 0; each--) {
        struct sigaction present;
        if (sigaction(each, NULL, &present) == 0 && present.sa_handler == SIG_DFL && sigaction(each, &action, NULL) == 0) {
            tick_signal = each;
        }
    }
}

/* The entry carries the address as a number. NOLINTNEXTLINE(performance-no-int-to-ptr) */
static void *memory_of(const struct io_uring_sqe *entry) { return (void *)(uintptr_t)entry->addr; }

static int32_t transfer(const struct io_uring_sqe *entry)
{
    return entry->opcode == IORING_OP_READ ? us_read(entry->fd, memory_of(entry), entry->len) : us_write(entry->fd, memory_of(entry), entry->len);
}

/** Whether it is always ready, as poll(2) has it, and yet may have to wait for a disk. */
static bool is_file(int descriptor)
{
    int32_t type = us_file_type_of(descriptor);
    return type == US_FILE_REGULAR || type == US_FILE_BLOCK;
}

int32_t us_transfer_now(const struct io_uring_sqe *entry)
{
    bool reads = entry->opcode == IORING_OP_READ;
    /* Offset -1: at the current position, or where there are no positions. */
    int32_t result = reads ? us_read_cached(entry->fd, memory_of(entry), entry->len, (int64_t)entry->off)
                           : us_write_cached(entry->fd, memory_of(entry), entry->len, (int64_t)entry->off);
    if (result == -EAGAIN && is_file(entry->fd)) {
        return US_TRANSFER_MAY_BLOCK;
    }
    if (result != -EOPNOTSUPP && result != -ENOSYS && result != -EINVAL) {
        return result;
    }
    int flags = fcntl(entry->fd, F_GETFL);
    if (flags < 0) {
        return -errno;
    }
    if ((flags & O_NONBLOCK) != 0) {
        return transfer(entry);
    }
    result = reads ? us_receive(entry->fd, memory_of(entry), entry->len) : us_send(entry->fd, memory_of(entry), entry->len);
    return result == -ENOTSOCK ? US_TRANSFER_MAY_BLOCK : result;
}

/** Lets go of a reference, with the lock held, which this gives back. */
static void release(struct us_transfers *transfers)
{
    bool is_last = --transfers->references == 0;
    (void)pthread_mutex_unlock(&transfers->lock);
    if (!is_last) {
        return;
    }
    while (transfers->ended != NULL) {
        struct transfer *each = transfers->ended;
        transfers->ended = each->next;
        free(each);
    }
    (void)close(transfers->event);
    (void)pthread_mutex_destroy(&transfers->lock);
    free(transfers);
}

/** Has the calling thread's system calls interrupted now and then. False where that cannot be had. */
static bool start_ticks(timer_t *timer)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = tick_signal};
    event.sigev_notify_thread_id = (pid_t)syscall(SYS_gettid);
    if (tick_signal == 0 || timer_create(CLOCK_MONOTONIC, &event, timer) < 0) {
        return false;
    }
    struct itimerspec each = {.it_interval.tv_nsec = TICK_NANOSECONDS, .it_value.tv_nsec = TICK_NANOSECONDS};
    (void)timer_settime(*timer, 0, &each, NULL);
    return true;
}

/** Until it has moved something, failed, or been cancelled; an interrupted call has moved nothing. */
static int32_t transfer_or_cancel(struct transfer *mine)
{
    timer_t timer;
    bool ticks = start_ticks(&timer);
    const struct io_uring_sqe *entry = &mine->entry;
    int32_t result = -EINTR;
    while (result == -EINTR) {
        if (us_load_acquire(&mine->cancelled) != 0) {
            result = -ECANCELED;
            break;
        }
        /* Without ticks nothing ends a call that waits: so only what is ready is asked for. */
        struct pollfd ready = {.fd = entry->fd, .events = entry->opcode == IORING_OP_READ ? POLLIN : POLLOUT};
        if (!ticks && poll(&ready, 1, TICK_NANOSECONDS / 1000000) == 0) {
            continue;
        }
        ssize_t answer = entry->opcode == IORING_OP_READ ? read(entry->fd, memory_of(entry), entry->len) : write(entry->fd, memory_of(entry), entry->len);
        result = answer < 0 ? -errno : (int32_t)answer;
    }
    if (ticks) {
        (void)timer_delete(timer);
    }
    return result;
}

/** Takes out of the running ones, with the lock held. */
static void stop_running(struct us_transfers *transfers, const struct transfer *stopped)
{
    struct transfer **link = &transfers->running;
    while (*link != stopped) {
        link = &(*link)->next;
    }
    *link = stopped->next;
}

static void *run(void *argument)
{
    struct transfer *mine = argument;
    struct us_transfers *owner = mine->owner;
    mine->result = transfer_or_cancel(mine);
    (void)close(mine->entry.fd);
    (void)pthread_mutex_lock(&owner->lock);
    stop_running(owner, mine);
    mine->next = owner->ended;
    owner->ended = mine;
    (void)us_event_signal(owner->event);
    release(owner);
    return NULL;
}

static struct us_transfers *create(int epoll)
{
    struct us_transfers *created = calloc(1, sizeof *created);
    if (created == NULL) {
        return NULL;
    }
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = US_TRANSFERS_EVENT};
    created->references = 1;
    created->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (created->event < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, created->event, &event) < 0 || pthread_mutex_init(&created->lock, NULL) != 0) {
        if (created->event >= 0) {
            (void)close(created->event);
        }
        free(created);
        return NULL;
    }
    return created;
}

/** Starts a detached thread that no signal but the tick is delivered to. Returns 0 or an errno. */
static int start_thread(struct transfer *started)
{
    pthread_attr_t attributes;
    int answer = pthread_attr_init(&attributes);
    if (answer != 0) {
        return answer;
    }
    sigset_t all;
    sigset_t before;
    pthread_t thread;
    (void)pthread_once(&tick_once, choose_signal);
    (void)sigfillset(&all);
    if (tick_signal != 0) {
        (void)sigdelset(&all, tick_signal);
    }
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    (void)pthread_sigmask(SIG_BLOCK, &all, &before);
    answer = pthread_create(&thread, &attributes, run, started);
    if (answer == EINVAL) {
        /* What others keep for each thread may need more than that. */
        (void)pthread_attr_destroy(&attributes);
        (void)pthread_attr_init(&attributes);
        (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        answer = pthread_create(&thread, &attributes, run, started);
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    (void)pthread_attr_destroy(&attributes);
    return answer;
}

int32_t us_transfers_start(struct us_transfers **transfers, int epoll, const struct io_uring_sqe *entry)
{
    if (*transfers == NULL) {
        *transfers = create(epoll);
    }
    struct transfer *started = *transfers != NULL ? malloc(sizeof *started) : NULL;
    if (started == NULL) {
        return -ENOMEM;
    }
    *started = (struct transfer){.owner = *transfers, .entry = *entry};
    started->entry.fd = fcntl(entry->fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (started->entry.fd < 0) {
        int32_t answer = -errno;
        free(started);
        return answer;
    }
    (void)pthread_mutex_lock(&(*transfers)->lock);
    (*transfers)->references++;
    started->next = (*transfers)->running;
    (*transfers)->running = started;
    (void)pthread_mutex_unlock(&(*transfers)->lock);
    if (start_thread(started) != 0) {
        (void)pthread_mutex_lock(&(*transfers)->lock);
        stop_running(*transfers, started);
        release(*transfers);
        (void)close(started->entry.fd);
        free(started);
        /* Not -EAGAIN, upon which the transfer would be tried again and again. */
        return -ENOMEM;
    }
    return 0;
}

void us_transfers_cancel(struct us_transfers *transfers, uint64_t user_data)
{
    (void)pthread_mutex_lock(&transfers->lock);
    for (struct transfer *each = transfers->running; each != NULL; each = each->next) {
        if (each->entry.user_data == user_data) {
            us_store_release(&each->cancelled, 1);
        }
    }
    (void)pthread_mutex_unlock(&transfers->lock);
}

bool us_transfers_take(struct us_transfers *transfers, uint64_t *user_data, int32_t *result)
{
    (void)pthread_mutex_lock(&transfers->lock);
    struct transfer *taken = transfers->ended;
    if (taken != NULL) {
        transfers->ended = taken->next;
    }
    (void)pthread_mutex_unlock(&transfers->lock);
    if (taken == NULL) {
        return false;
    }
    *user_data = taken->entry.user_data;
    *result = taken->result;
    free(taken);
    return true;
}

void us_transfers_leave(struct us_transfers *transfers)
{
    if (transfers != NULL) {
        (void)pthread_mutex_lock(&transfers->lock);
        release(transfers);
    }
}
