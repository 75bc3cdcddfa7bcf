/*
 * Guards: us_set_nonblocking changes that one flag and no other, both ways, also where nothing is to be changed.
 */
#include "check.h"

int main(void)
{
    int file = open(in_folder("file"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    for (uint32_t i = 0; i < 6; i++) {
        CHECK_EQUAL(0, us_set_nonblocking(file, i / 2 % 2));
        CHECK_EQUAL(US_OPEN_WRITE_ONLY | US_OPEN_APPEND | (i / 2 % 2 != 0 ? US_OPEN_NONBLOCK : 0), us_get_flags(file));
    }
    CHECK_EQUAL(-EBADF, us_set_nonblocking(-1, 1));
    return 0;
}
