#include "ceiling.h"
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

void check(int result, const char *what)
{
    if (result < 0) {
        errno = -result;
        fail(what);
    }
}

void open_ring(struct io_uring *ring, unsigned entries)
{
    int result = io_uring_queue_init(entries, ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
    if (result == -EINVAL) {
        /* Older than Linux 6.1. */
        result = io_uring_queue_init(entries, ring, 0);
    }
    check(result, "io_uring_queue_init");
}

/** Prepares the next transfer of a slot; false at the end of the course. */
static bool prepare(struct io_uring *ring, const struct plan *plan, int file, char *blocks, unsigned slot, struct course *course)
{
    int64_t offset = course_next(course);
    if (offset < 0) {
        return false;
    }

    struct io_uring_sqe *entry = io_uring_get_sqe(ring);
    char *block = blocks + (slot * plan->block);
    if (plan->writes) {
        io_uring_prep_write(entry, file, block, (unsigned)plan->block, (uint64_t)offset);
    } else {
        io_uring_prep_read(entry, file, block, (unsigned)plan->block, (uint64_t)offset);
    }
    io_uring_sqe_set_data64(entry, slot);
    return true;
}

struct score run_ring(const struct plan *plan)
{
    struct io_uring ring;
    open_ring(&ring, plan->depth);
    int file = open_file(plan, plan->writes ? O_WRONLY : O_RDONLY);
    char *blocks = allocate(plan->block * plan->depth);
    uint32_t *order = order_of(plan);
    struct course course = course_of(plan, order, 0, 1);
    struct score score = {.threads = 1};
    unsigned pending = 0;
    clock_begin(plan);
    while (pending < plan->depth && prepare(&ring, plan, file, blocks, pending, &course)) {
        pending++;
    }

    bool is_over = pending == 0;
    while (pending > 0) {
        check(io_uring_submit_and_wait(&ring, 1), "io_uring_submit_and_wait");
        unsigned head = 0;
        unsigned seen = 0;
        struct io_uring_cqe *completion = NULL;
        io_uring_for_each_cqe(&ring, head, completion) {
            seen++;
            check(completion->res, "transfer");
            if ((size_t)completion->res != plan->block) {
                errno = EIO;
                fail("short transfer");
            }
            score.operations++;
            is_over = is_over || clock_is_over();
            if (is_over || !prepare(&ring, plan, file, blocks, (unsigned)completion->user_data, &course)) {
                pending--;
            }
        }
        io_uring_cq_advance(&ring, seen);
    }

    clock_end();
    score.bytes = score.operations * plan->block;
    io_uring_queue_exit(&ring);
    free(blocks);
    free(order);
    close(file);
    return score;
}

/** Opens the next file, whose path the kernel has in its cache, and prepares the read of its first block. */
static void prepare_file(struct io_uring *ring, const struct plan *plan, uint64_t index, char *blocks, int *files, unsigned slot)
{
    const char *path = file_path(index);
    files[slot] = open(path, O_RDONLY | O_CLOEXEC);
    if (files[slot] < 0) {
        fail(path);
    }

    struct io_uring_sqe *entry = io_uring_get_sqe(ring);
    io_uring_prep_read(entry, files[slot], blocks + (slot * plan->block), (unsigned)plan->block, 0);
    io_uring_sqe_set_data64(entry, slot);
}

struct score run_files_ring(const struct plan *plan)
{
    struct io_uring ring;
    open_ring(&ring, plan->depth);
    char *blocks = allocate(plan->block * plan->depth);
    int *files = allocate(plan->depth * sizeof *files);
    struct score score = {.threads = 1};
    uint64_t next = 0;
    unsigned pending = 0;
    prepare_paths(plan);
    clock_begin(plan);
    while (pending < plan->depth && next < plan->count) {
        prepare_file(&ring, plan, next++, blocks, files, pending++);
    }

    while (pending > 0) {
        check(io_uring_submit_and_wait(&ring, 1), "io_uring_submit_and_wait");
        unsigned head = 0;
        unsigned seen = 0;
        struct io_uring_cqe *completion = NULL;
        io_uring_for_each_cqe(&ring, head, completion) {
            unsigned slot = (unsigned)completion->user_data;
            seen++;
            check(completion->res, "read");
            close(files[slot]);
            score.operations++;
            if (next < plan->count) {
                prepare_file(&ring, plan, next++, blocks, files, slot);
            } else {
                pending--;
            }
        }
        io_uring_cq_advance(&ring, seen);
    }

    clock_end();
    score.bytes = score.operations * plan->block;
    io_uring_queue_exit(&ring);
    free(blocks);
    free(files);
    return score;
}
