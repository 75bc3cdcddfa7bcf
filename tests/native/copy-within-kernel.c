/*
 * Guards: us_copy_range copies at the offsets given and leaves the descriptors' positions alone; 0 at the source's end; us_clone shares or says that it cannot;
 * us_find_data finds what is not a hole; us_sync syncs.
 */
#include "check.h"

enum { LENGTH = 100000 };

static unsigned char bytes[LENGTH];

static void check_copy(void)
{
    int source = make_file(in_folder("source"), LENGTH);
    int copy = make_file(in_folder("copy"), 0);
    off_t position = lseek(source, 0, SEEK_CUR);
    int64_t copied = us_copy_range(source, 1000, copy, 2000, LENGTH);
    if (copied == -EXDEV || copied == -EINVAL || copied == -EOPNOTSUPP) {
        printf("not looked at: copy_file_range on this file system\n");
    } else {
        CHECK_EQUAL(LENGTH - 1000, copied);
        CHECK_EQUAL(position, lseek(source, 0, SEEK_CUR));
        CHECK_EQUAL(LENGTH + 1000, us_length_of(copy));
        CHECK_EQUAL(LENGTH - 1000, pread(copy, bytes, LENGTH, 2000));
        for (int i = 0; i < LENGTH - 1000; i++) {
            CHECK_EQUAL((i + 1000) % 251, bytes[i]);
        }
        CHECK_EQUAL(0, us_copy_range(source, LENGTH, copy, 0, 10));
    }
    CHECK_EQUAL(-EBADF, us_copy_range(source, 0, -1, 0, 10));
    CHECK_EQUAL(0, us_sync(copy, 0));
    CHECK_EQUAL(0, us_sync(copy, 1));
    CHECK_EQUAL(-EBADF, us_sync(-1, 0));

    int32_t cloned = us_clone(source, copy);
    CHECK(cloned == 0 || cloned == -EOPNOTSUPP || cloned == -EXDEV || cloned == -EINVAL || cloned == -ENOTTY);
    CHECK(cloned != 0 || us_length_of(copy) == LENGTH);
    CHECK_EQUAL(-EBADF, us_clone(source, -1));
    CHECK_EQUAL(0, us_close(source));
    CHECK_EQUAL(0, us_close(copy));
}

static void check_holes(void)
{
    int file = make_file(in_folder("sparse"), 0);
    CHECK_EQUAL(1, pwrite(file, "x", 1, 1 << 20));
    CHECK_EQUAL(0, us_set_length(file, 4 << 20));
    int64_t end = 0;
    int64_t start = us_find_data(file, 0, &end);
    CHECK(start >= 0 && start <= 1 << 20 && end > 1 << 20 && end <= 4 << 20);
    /* A file system without holes says that all of it is data. */
    start = us_find_data(file, end, &end);
    CHECK(start == -ENXIO || end == 4 << 20);
    CHECK_EQUAL(-ENXIO, us_find_data(file, 4 << 20, &end));
    CHECK_EQUAL(-EBADF, us_find_data(-1, 0, &end));
    CHECK_EQUAL(0, us_close(file));
}

int main(void)
{
    check_copy();
    check_holes();
    return 0;
}
