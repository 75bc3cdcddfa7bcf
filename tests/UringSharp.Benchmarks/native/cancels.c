#include "ceiling.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

/** Takes one completion. Of a wait that was cancelled, and of the cancel itself. */
static void take(struct io_uring *ring)
{
    struct io_uring_cqe *completion = NULL;
    check(io_uring_wait_cqe(ring, &completion), "io_uring_wait_cqe");
    if (completion->res != 0 && completion->res != -ECANCELED) {
        errno = EIO;
        fail("neither cancelled nor the cancel");
    }
    io_uring_cqe_seen(ring, completion);
}

struct score run_cancels(const struct plan *plan)
{
    static const uint64_t cancels = UINT64_C(1) << 32U;
    struct io_uring ring;
    open_ring(&ring, plan->depth * 2);
    make_pipe(plan, "cancel");
    int file = open_pipe(plan, "cancel", O_RDONLY | O_NONBLOCK);
    struct score score = {.threads = 1};
    clock_begin(plan);
    do {
        for (unsigned i = 0; i < plan->depth; i++) {
            struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
            io_uring_prep_poll_add(entry, file, POLLIN);
            io_uring_sqe_set_data64(entry, i);
        }

        /* All wait in the kernel before anybody thinks of cancelling them. */
        check(io_uring_submit(&ring), "io_uring_submit");
        for (unsigned i = 0; i < plan->depth; i++) {
            struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
            io_uring_prep_cancel64(entry, i, 0);
            io_uring_sqe_set_data64(entry, cancels | i);
        }
        check(io_uring_submit_and_wait(&ring, plan->depth * 2), "io_uring_submit_and_wait");
        for (unsigned i = 0; i < plan->depth * 2; i++) {
            take(&ring);
        }
        score.operations += plan->depth;
    } while (!clock_is_over());
    clock_end();
    io_uring_queue_exit(&ring);
    close(file);
    return score;
}
