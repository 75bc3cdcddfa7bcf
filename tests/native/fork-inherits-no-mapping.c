/*
 * Guards: a child of fork(2) has none of a ring's mappings (madvise DONTFORK): it cannot submit in our name, and keeps no memory.
 */
#include "check.h"

#include <sys/wait.h>

int main(void)
{
    us_ring *ring = make_ring(8);
    CHECK(count_ring_mappings() > 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        _exit((int)count_ring_mappings());
    }
    int status;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_EQUAL(0, WEXITSTATUS(status));
    /* The parent's are as good as before. */
    CHECK_EQUAL(0, us_prepare_nop(ring, 1));
    CHECK_EQUAL(0, take_of(ring, 1));
    us_ring_destroy(ring);
    return 0;
}
