/*
 * Guards: us_write_cached writes at its place, wholly or short, or says that it would wait (-EAGAIN) or that the file system cannot tell
 * (-EOPNOTSUPP: ext4 up to Linux 6.18 at least); it never waits and never writes elsewhere.
 */
#include "check.h"

int main(void)
{
    char buffer[8] = {0};
    int file = make_file(in_folder("file"), 4096);
    int32_t answer = us_write_cached(file, "ABCD", 4, 100);
    CHECK_EQUAL(8, pread(file, buffer, 8, 98));
    if (answer == -EOPNOTSUPP || answer == -EAGAIN) {
        printf("this file system answers %d\n", answer);
        CHECK(memcmp(buffer, "bcdefghi", 8) == 0);
    } else {
        CHECK_EQUAL(4, answer);
        CHECK(memcmp(buffer, "bcABCDhi", 8) == 0);
    }
    CHECK_EQUAL(-EBADF, us_write_cached(-1, "ABCD", 4, 0));
    CHECK_EQUAL(0, us_close(file));
    return 0;
}
