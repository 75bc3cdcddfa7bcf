#include "ceiling.h"

#include <stdio.h>
#include <string.h>

/** SplitMix64. */
uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15U;
    uint64_t mixed = *state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31U);
}

uint32_t *order_of(const struct plan *plan)
{
    if (!plan->once) {
        return NULL;
    }

    uint64_t blocks = plan->size / plan->block;
    uint32_t *order = allocate(blocks * sizeof *order);
    uint64_t random = 1;
    for (uint64_t i = 0; i < blocks; i++) {
        uint64_t other = next_random(&random) % (i + 1);
        order[i] = order[other];
        order[other] = (uint32_t)i;
    }
    return order;
}

struct course course_of(const struct plan *plan, const uint32_t *order, unsigned index, unsigned loops)
{
    uint64_t blocks = plan->size / plan->block;
    return (struct course){
        .random = index,
        .blocks = blocks,
        .block = plan->block,
        .order = order,
        .next = blocks * index / loops,
        .end = blocks * (index + 1) / loops,
    };
}

int64_t course_next(struct course *course)
{
    if (course->order == NULL) {
        return (int64_t)(next_random(&course->random) % course->blocks * course->block);
    }
    return course->next == course->end ? -1 : (int64_t)((uint64_t)course->order[course->next++] * course->block);
}

/* Made before any thread is started: a path put together is half as dear as a system call on it. */
static char *paths;
static size_t path_size;

void prepare_paths(const struct plan *plan)
{
    /* A prime that does not divide the number of files visits each of them once. */
    static const uint64_t stride = 7919;
    static const size_t name_size = sizeof "/4294967295";
    path_size = strlen(plan->path) + name_size;
    paths = allocate(plan->count * path_size);
    for (uint64_t i = 0; i < plan->count; i++) {
        (void)snprintf(paths + (i * path_size), path_size, "%s/%05u", plan->path, (unsigned)(i * stride % plan->count));
    }
}

const char *file_path(uint64_t index)
{
    return paths + (index * path_size);
}
