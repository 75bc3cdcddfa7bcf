#include "ceiling.h"
#include "ring.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

struct score run_pipe_pingpong(const struct plan *plan)
{
    make_pipe(plan, "there");
    make_pipe(plan, "back");
    start_peer(plan, run_peer_echo);
    int there = open_pipe(plan, "there", O_WRONLY);
    int back = open_pipe(plan, "back", O_RDONLY);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    clock_begin(plan);
    do {
        /* A message this small is written and read in one piece. */
        if (write(there, block, plan->block) != (ssize_t)plan->block || read(back, block, plan->block) != (ssize_t)plan->block) {
            fail("round trip");
        }
        score.operations++;
    } while (!clock_is_over());
    clock_end();
    score.bytes = score.operations * plan->block;
    free(block);
    close(there);
    close(back);
    return score;
}

struct score run_pipe_pingpong_ring(const struct plan *plan)
{
    struct io_uring ring;
    open_ring(&ring, 2);
    make_pipe(plan, "there");
    make_pipe(plan, "back");
    start_peer(plan, run_peer_echo);
    int there = open_pipe(plan, "there", O_WRONLY);
    int back = open_pipe(plan, "back", O_RDONLY);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    clock_begin(plan);
    do {
        io_uring_prep_write(io_uring_get_sqe(&ring), there, block, (unsigned)plan->block, 0);
        io_uring_prep_read(io_uring_get_sqe(&ring), back, block, (unsigned)plan->block, 0);
        check(io_uring_submit_and_wait(&ring, 2), "io_uring_submit_and_wait");
        unsigned head = 0;
        unsigned seen = 0;
        struct io_uring_cqe *completion = NULL;
        io_uring_for_each_cqe(&ring, head, completion) {
            seen++;
            check(completion->res, "round trip");
        }
        io_uring_cq_advance(&ring, seen);
        score.operations++;
    } while (!clock_is_over());
    clock_end();
    score.bytes = score.operations * plan->block;
    io_uring_queue_exit(&ring);
    free(block);
    close(there);
    close(back);
    return score;
}

struct score run_pipe_stream(const struct plan *plan)
{
    make_pipe(plan, "stream");
    start_peer(plan, run_peer_writer);
    int file = open_pipe(plan, "stream", O_RDONLY);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    clock_begin(plan);
    do {
        ssize_t done = read(file, block, plan->block);
        if (done <= 0) {
            fail("read");
        }
        score.operations++;
        score.bytes += (uint64_t)done;
    } while (!clock_is_over());
    clock_end();
    free(block);
    close(file);
    return score;
}

/** An epoll(7) that watches the reading ends of all pipes. */
static int watch_reading_ends(const struct plan *plan)
{
    allow_many_descriptors();
    prepare_paths(plan);
    int watch = epoll_create1(EPOLL_CLOEXEC);
    if (watch < 0) {
        fail("epoll_create1");
    }
    for (uint64_t i = 0; i < plan->count; i++) {
        int file = open(file_path(i), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = file};
        if (file < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, file, &event) != 0) {
            fail(file_path(i));
        }
    }
    return watch;
}

struct score run_pipe_fanin(const struct plan *plan)
{
    enum { BATCH = 128 };
    struct epoll_event events[BATCH];
    int watch = watch_reading_ends(plan);
    start_peer(plan, run_peer_scatter);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    if (epoll_wait(watch, events, BATCH, -1) <= 0) {
        fail("epoll_wait");
    }
    clock_begin(plan);
    do {
        int ready = epoll_wait(watch, events, BATCH, -1);
        for (int i = 0; i < ready; i++) {
            if (read(events[i].data.fd, block, plan->block) != (ssize_t)plan->block) {
                fail("read");
            }
            score.operations++;
        }
    } while (!clock_is_over());
    clock_end();
    score.bytes = score.operations * plan->block;
    free(block);
    close(watch);
    return score;
}
