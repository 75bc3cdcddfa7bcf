#include "ceiling.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct score run_stream_read(const struct plan *plan)
{
    int file = open_file(plan, O_RDONLY);
    void *block = allocate(plan->block);
    struct score score = {.threads = 1};
    uint64_t passes = 0;
    clock_begin(plan);
    do {
        ssize_t done = 0;
        passes++;
        while ((done = read(file, block, plan->block)) > 0) {
            score.operations++;
            score.bytes += (uint64_t)done;
        }
        if (done < 0 || lseek(file, 0, SEEK_SET) != 0) {
            fail("read");
        }
    } while (plan->count == 0 ? !clock_is_over() : passes < plan->count);
    clock_end();
    free(block);
    close(file);
    return score;
}

static void write_file(const struct plan *plan, const void *block, struct score *score)
{
    int file = open_file(plan, O_WRONLY | O_CREAT | O_TRUNC);
    for (uint64_t written = 0; written < plan->size; written += plan->block) {
        if (write(file, block, plan->block) != (ssize_t)plan->block) {
            fail("write");
        }
        score->operations++;
        score->bytes += plan->block;
        if (plan->sync_every != 0 && (written + plan->block) % plan->sync_every == 0 && fsync(file) != 0) {
            fail("fsync");
        }
    }
    close(file);
}

struct score run_stream_write(const struct plan *plan)
{
    void *block = allocate(plan->block);
    struct score score = {.threads = 1};
    clock_begin(plan);
    do {
        write_file(plan, block, &score);
    } while (!clock_is_over());
    clock_end();
    free(block);
    return score;
}

static int open_target(const struct plan *plan)
{
    int target = plan->target == NULL ? -1 : open(plan->target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (target < 0) {
        fail("target");
    }
    return target;
}

struct score run_copy(const struct plan *plan)
{
    int source = open_file(plan, O_RDONLY);
    int target = open_target(plan);
    void *block = allocate(plan->block);
    struct score score = {.operations = 1, .threads = 1};
    ssize_t done = 0;
    clock_begin(plan);
    while ((done = read(source, block, plan->block)) > 0) {
        if (write(target, block, (size_t)done) != done) {
            fail("write");
        }
        score.bytes += (uint64_t)done;
    }
    if (done < 0) {
        fail("read");
    }
    clock_end();
    free(block);
    close(source);
    close(target);
    return score;
}

struct score run_copy_range(const struct plan *plan)
{
    int source = open_file(plan, O_RDONLY);
    int target = open_target(plan);
    struct score score = {.operations = 1, .threads = 1};
    ssize_t done = 0;
    clock_begin(plan);
    while ((done = copy_file_range(source, NULL, target, NULL, plan->block, 0)) > 0) {
        score.bytes += (uint64_t)done;
    }
    if (done < 0) {
        fail("copy_file_range");
    }
    clock_end();
    close(source);
    close(target);
    return score;
}
