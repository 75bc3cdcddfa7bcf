/*
 * Guards: us_buffer_ring_destroy unmaps the buffers, and a child of fork(2) has none of them (madvise DONTFORK): the kernel goes on writing to the
 * parent's pages.
 */
#include "check.h"

#include <sys/wait.h>

enum { BUFFERS = 16, SIZE = 65536 };

static bool is_mapped(const void *address)
{
    bool mapped = false;
    char line[PATH_MAX + 128];
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        char *end;
        uintptr_t first = strtoull(line, &end, 16);
        uintptr_t last = strtoull(end + 1, NULL, 16);
        mapped |= (uintptr_t)address >= first && (uintptr_t)address < last;
    }
    fclose(maps);
    return mapped;
}

int main(void)
{
    us_ring *ring = make_ring(8);
    us_buffer_ring *buffers;
    int32_t answer = us_buffer_ring_create(ring, 0, BUFFERS, SIZE, &buffers);
    if (answer == -EINVAL) {
        SKIP("this kernel has no buffer rings (Linux 5.19)");
    }
    CHECK_EQUAL(0, answer);
    const void *last = us_buffer_ring_at(buffers, BUFFERS - 1);
    CHECK(is_mapped(last));
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        _exit(is_mapped(last));
    }
    int status;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(0, WEXITSTATUS(status));
    us_buffer_ring_destroy(ring, buffers);
    CHECK(!is_mapped(last));
    us_ring_destroy(ring);
    return 0;
}
