/*
 * Guards: us_read_cached: a cached file answers at once; its tail is short, its end 0; what is cached in part answers in part, what is not at all
 * -EAGAIN; a directory -EOPNOTSUPP; a FIFO, tmpfs and /proc -EOPNOTSUPP, as facts measured on Linux 6.18 say.
 */
#include "check.h"

#include <sys/mman.h>

enum { LENGTH = 65536, PAGE = 4096 };

static unsigned char buffer[LENGTH];

/** Asks the kernel to forget the file's content, and looks whether it has. Not by reading: a miss starts the kernel's read-ahead. */
static bool evicted(int file)
{
    unsigned char resident[LENGTH / PAGE];
    CHECK_EQUAL(0, posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED));
    void *mapping = mmap(NULL, LENGTH, PROT_READ, MAP_SHARED, file, 0);
    CHECK(mapping != MAP_FAILED);
    CHECK_EQUAL(0, mincore(mapping, LENGTH, resident));
    CHECK_EQUAL(0, munmap(mapping, LENGTH));
    for (size_t i = 0; i < sizeof resident; i++) {
        if ((resident[i] & 1) != 0) {
            return false;
        }
    }
    return true;
}

/** With nothing cached: -EAGAIN. A disk may be quicker than the look, hence again and again. */
static bool misses(int file) { return evicted(file) && us_read_cached(file, buffer, LENGTH, 0) == -EAGAIN; }

/** With its beginning cached: that much. */
static bool hits_in_part(int file)
{
    if (!evicted(file)) {
        return false;
    }
    CHECK_EQUAL(1, pread(file, buffer, 1, 0));
    memset(buffer, 0, sizeof buffer);
    int32_t answer = us_read_cached(file, buffer, LENGTH, 0);
    if (answer < PAGE || answer >= LENGTH) {
        return false;
    }
    for (int i = 0; i < LENGTH; i++) {
        CHECK_EQUAL(i < answer ? i % 251 : 0, buffer[i]);
    }
    return true;
}

static void check_directory(void)
{
    int32_t folder = us_open(in_folder("."), US_OPEN_READ_ONLY | US_OPEN_DIRECTORY, 0);
    CHECK(folder >= 0);
    int32_t answer = us_read_cached(folder, buffer, LENGTH, 0);
    CHECK(answer == -EOPNOTSUPP || answer == -EISDIR);
    CHECK_EQUAL(0, us_close(folder));
    CHECK_EQUAL(-EBADF, us_read_cached(-1, buffer, LENGTH, 0));
}

static void check_unable(const char *path)
{
    int32_t file = us_open(path, US_OPEN_READ_ONLY | US_OPEN_NONBLOCK, 0);
    CHECK(file >= 0);
    CHECK_EQUAL(-EOPNOTSUPP, us_read_cached(file, buffer, LENGTH, -1));
    CHECK_EQUAL(0, us_close(file));
}

static void check_tmpfs(void)
{
    char path[] = "/dev/shm/uringsharp-XXXXXX";
    int file = mkostemp(path, O_CLOEXEC);
    if (file < 0) {
        printf("not looked at: there is no /dev/shm\n");
        return;
    }
    CHECK_EQUAL(0, unlink(path));
    CHECK_EQUAL(5, write(file, "tmpfs", 5));
    int32_t answer = us_read_cached(file, buffer, LENGTH, 0);
    if (answer == 5) {
        printf("not looked at: tmpfs of this kernel reads without blocking\n");
    } else {
        CHECK_EQUAL(-EOPNOTSUPP, answer);
    }
    CHECK_EQUAL(0, us_close(file));
}

int main(void)
{
    check_directory();
    check_tmpfs();
    CHECK_EQUAL(0, us_make_fifo(in_folder("fifo"), 0600));
    check_unable(in_folder("fifo"));
    check_unable("/proc/self/stat");

    int file = make_file(in_folder("file"), LENGTH + 10);
    int32_t answer = us_read_cached(file, buffer, LENGTH, 0);
    if (answer == -EOPNOTSUPP) {
        CHECK_EQUAL(0, us_close(file));
        SKIP("the file system of TMPDIR cannot read without blocking");
    }
    CHECK_EQUAL(LENGTH, answer);
    for (int i = 0; i < LENGTH; i++) {
        CHECK_EQUAL(i % 251, buffer[i]);
    }
    CHECK_EQUAL(10, us_read_cached(file, buffer, LENGTH, LENGTH));
    CHECK_EQUAL(0, us_read_cached(file, buffer, LENGTH, LENGTH + 10));
    CHECK_EQUAL(0, us_read_cached(file, buffer, LENGTH, INT64_C(1) << 40));
    CHECK_EQUAL(0, us_read_cached(file, buffer, 0, 0));
    CHECK_EQUAL(-EINVAL, us_read_cached(file, buffer, LENGTH, INT64_MIN));

    /* -1: the file's own position. */
    CHECK_EQUAL(100, lseek(file, 100, SEEK_SET));
    CHECK_EQUAL(10, us_read_cached(file, buffer, 10, -1));
    CHECK_EQUAL(100, buffer[0]);
    CHECK_EQUAL(110, lseek(file, 0, SEEK_CUR));

    CHECK_EQUAL(0, fsync(file));
    CHECK_EQUAL(0, posix_fadvise(file, 0, 0, POSIX_FADV_RANDOM));
    AWAIT(misses(file));
    AWAIT(hits_in_part(file));
    CHECK_EQUAL(0, us_close(file));
    return 0;
}
