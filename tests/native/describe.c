/*
 * Guards: us_describe, us_file_type_of and us_length_of, for each kind of descriptor.
 */
#include "check.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>

static us_file_info describe(int descriptor, us_file_type type)
{
    us_file_info info;
    memset(&info, 0xA5, sizeof info);
    CHECK_EQUAL(0, us_describe(descriptor, &info));
    CHECK_EQUAL(type, info.type);
    CHECK_EQUAL(type, us_file_type_of(descriptor));
    CHECK_EQUAL(info.length, us_length_of(descriptor));
    if (type != US_FILE_REGULAR && type != US_FILE_BLOCK) {
        CHECK_EQUAL(0, info.direct_memory_alignment);
        CHECK_EQUAL(0, info.direct_offset_alignment);
    }
    return info;
}

int main(void)
{
    int file = make_file(in_folder("file"), 12345);
    CHECK_EQUAL(0, fchmod(file, 04751));
    struct stat status;
    CHECK_EQUAL(0, fstat(file, &status));
    us_file_info info = describe(file, US_FILE_REGULAR);
    CHECK_EQUAL(12345, info.length);
    CHECK_EQUAL(04751, info.mode);
    CHECK_EQUAL(status.st_ino, info.inode);
    CHECK_EQUAL(status.st_dev, info.device);
    printf("direct I/O here: memory %u, offset %u\n", info.direct_memory_alignment, info.direct_offset_alignment);
    /* What the kernel says must hold: the smallest direct transfer works. */
    if (info.direct_offset_alignment != 0 && info.direct_offset_alignment != UINT32_MAX) {
        int32_t direct = us_open(in_folder("file"), US_OPEN_READ_ONLY | US_OPEN_DIRECT, 0);
        CHECK(direct >= 0);
        void *block;
        CHECK_EQUAL(0, posix_memalign(&block, 4096, (size_t)info.direct_offset_alignment * 2));
        CHECK_EQUAL(info.direct_offset_alignment, pread(direct, block, info.direct_offset_alignment, info.direct_offset_alignment));
        CHECK_EQUAL(info.direct_offset_alignment % 251, *(unsigned char *)block);
        free(block);
        CHECK_EQUAL(0, us_close(direct));
    }
    CHECK_EQUAL(0, ftruncate(file, INT64_C(6) << 32));
    CHECK_EQUAL(INT64_C(6) << 32, describe(file, US_FILE_REGULAR).length);

    CHECK_EQUAL(0, us_make_fifo(in_folder("fifo"), 0600));
    describe(us_open(in_folder("fifo"), US_OPEN_READ_ONLY | US_OPEN_NONBLOCK, 0), US_FILE_FIFO);
    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC));
    describe(ends[0], US_FILE_FIFO);
    CHECK_EQUAL(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    describe(ends[0], US_FILE_SOCKET);
    describe(us_open(in_folder("."), US_OPEN_READ_ONLY, 0), US_FILE_DIRECTORY);
    describe(us_open("/dev/null", US_OPEN_READ_WRITE, 0), US_FILE_CHARACTER);
    CHECK_EQUAL(0, symlink("file", in_folder("link")));
    describe(us_open(in_folder("link"), US_OPEN_PATH | US_OPEN_NOFOLLOW, 0), US_FILE_LINK);
    describe(us_event_create(), US_FILE_UNKNOWN);

    CHECK_EQUAL(-EBADF, us_describe(-1, &info));
    CHECK_EQUAL(-EBADF, us_file_type_of(-1));
    CHECK_EQUAL(-EBADF, us_length_of(-1));
    return 0;
}
