#include "ceiling.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/** What one thread does. */
struct part {
    const struct plan *plan;
    void (*run)(struct part *part);
    int file;
    unsigned index;
    const uint32_t *order;
    uint64_t operations;
    pthread_t thread;
};

static void *start_part(void *argument)
{
    struct part *part = argument;
    part->run(part);
    return NULL;
}

/** Runs the plan on `depth` threads, of which this is one. */
static struct score run_parts(const struct plan *plan, void (*run)(struct part *part), int file)
{
    uint32_t *order = order_of(plan);
    struct part *parts = allocate(plan->depth * sizeof *parts);
    struct score score = {.threads = plan->depth};
    clock_begin(plan);
    for (unsigned i = 0; i < plan->depth; i++) {
        parts[i] = (struct part){.plan = plan, .run = run, .file = file, .index = i, .order = order};
        if (i > 0) {
            errno = pthread_create(&parts[i].thread, NULL, start_part, &parts[i]);
            if (errno != 0) {
                fail("pthread_create");
            }
        }
    }
    run(&parts[0]);
    for (unsigned i = 0; i < plan->depth; i++) {
        if (i > 0) {
            pthread_join(parts[i].thread, NULL);
        }
        score.operations += parts[i].operations;
    }
    clock_end();
    score.bytes = score.operations * plan->block;
    free(parts);
    free(order);
    return score;
}

static void transfer_blocks(struct part *part)
{
    const struct plan *plan = part->plan;
    struct course course = course_of(plan, part->order, part->index, plan->depth);
    void *block = allocate(plan->block);
    int64_t offset = 0;
    while ((offset = course_next(&course)) >= 0) {
        ssize_t done = plan->writes ? pwrite(part->file, block, plan->block, offset) : pread(part->file, block, plan->block, offset);
        if (done != (ssize_t)plan->block) {
            fail("transfer");
        }
        part->operations++;
        if (clock_is_over()) {
            break;
        }
    }
    free(block);
}

struct score run_calls(const struct plan *plan)
{
    int file = open_file(plan, plan->writes ? O_WRONLY : O_RDONLY);
    struct score score = run_parts(plan, transfer_blocks, file);
    close(file);
    return score;
}

static void read_files(struct part *part)
{
    const struct plan *plan = part->plan;
    void *block = allocate(plan->block);
    do {
        for (uint64_t i = part->index; i < plan->count; i += plan->depth) {
            const char *path = file_path(i);
            int file = open(path, O_RDONLY | O_CLOEXEC);
            if (file < 0 || pread(file, block, plan->block, 0) < 0 || close(file) != 0) {
                fail(path);
            }
            part->operations++;
        }
    } while (!clock_is_over());
    free(block);
}

struct score run_files(const struct plan *plan)
{
    prepare_paths(plan);
    return run_parts(plan, read_files, -1);
}

static void stat_files(struct part *part)
{
    const struct plan *plan = part->plan;
    do {
        for (uint64_t i = part->index; i < plan->count; i += plan->depth) {
            const char *path = file_path(i);
            struct stat status;
            if (stat(path, &status) != 0) {
                fail(path);
            }
            part->operations++;
        }
    } while (!clock_is_over());
}

struct score run_stats(const struct plan *plan)
{
    prepare_paths(plan);
    return run_parts(plan, stat_files, -1);
}
