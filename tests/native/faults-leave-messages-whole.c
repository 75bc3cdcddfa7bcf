/* What a kernel never cuts is not cut: a counter, a short write to a pipe, a packet, what it refuses as a whole; and direct I/O ends between blocks. */
#include "check.h"

#include "faults.h"

#include <fcntl.h>
#include <sys/eventfd.h>

int main(void)
{
    us_faults_configure(4, 1000, US_FAULT_CUT);
    int event = eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(event >= 0);
    CHECK_EQUAL(8, us_fault_cut(event, 8, -1, false));

    int ends[2];
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(4096, us_fault_cut(ends[1], 4096, -1, true));
    CHECK(us_fault_cut(ends[1], 4097, -1, true) < 4097);
    CHECK(us_fault_cut(ends[0], 4096, -1, false) < 4096);
    CHECK_EQUAL(1, us_fault_cut(ends[0], 1, -1, false));
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_DIRECT));
    CHECK_EQUAL(8192, us_fault_cut(ends[1], 8192, -1, true));

    /* A pipe whose writers have left has ended, and never says that it is empty. */
    us_faults_configure(4, 1000, US_FAULT_AGAIN);
    char byte;
    CHECK_EQUAL(0, pipe2(ends, O_CLOEXEC | O_NONBLOCK));
    CHECK_EQUAL(1, write(ends[1], "x", 1));
    CHECK_EQUAL(-EAGAIN, us_read(ends[0], &byte, 1));
    CHECK_EQUAL(0, close(ends[1]));
    CHECK_EQUAL(1, us_read(ends[0], &byte, 1));
    CHECK_EQUAL(0, us_read(ends[0], &byte, 1));

    us_faults_configure(4, 1000, US_FAULT_CUT);
    int file = make_file(in_folder("file"), 1 << 16);
    CHECK(us_fault_cut(file, 100, 0, false) < 100);
    /* Where the end of it has no number it fails, and a part of it would not. */
    CHECK_EQUAL(100, us_fault_cut(file, 100, INT64_MAX - 50, false));
    CHECK_EQUAL(2, us_fault_cut_buffers(2, INT64_MAX - 50));
    CHECK_EQUAL(1, us_fault_cut_buffers(2, 0));
    int direct = open(in_folder("file"), O_RDONLY | O_DIRECT | O_CLOEXEC);
    if (direct < 0) {
        SKIP("there is no direct I/O in this folder");
    }
    for (int i = 0; i < 100; i++) {
        uint32_t length = us_fault_cut(direct, 1 << 16, 0, false);
        CHECK(length > 0 && length < 1 << 16 && length % 4096 == 0);
    }
    CHECK_EQUAL(512, us_fault_cut(direct, 512, 0, false));
    return 0;
}
