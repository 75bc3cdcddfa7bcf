/*
 * Guards: us_make_fifo makes a FIFO with the mode asked for, cut by the umask, and its errors.
 */
#include "check.h"

int main(void)
{
    umask(027);
    CHECK_EQUAL(0, us_make_fifo(in_folder("fifo"), 0666));
    struct stat status;
    CHECK_EQUAL(0, stat(in_folder("fifo"), &status));
    CHECK_EQUAL(S_IFIFO | 0640, status.st_mode);
    CHECK_EQUAL(-EEXIST, us_make_fifo(in_folder("fifo"), 0600));
    CHECK_EQUAL(-ENOENT, us_make_fifo(in_folder("none/fifo"), 0600));
    CHECK_EQUAL(-ENOTDIR, us_make_fifo(in_folder("fifo/fifo"), 0600));
    CHECK_EQUAL(-ENOENT, us_make_fifo("", 0600));
    char name[NAME_MAX + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    CHECK_EQUAL(-ENAMETOOLONG, us_make_fifo(in_folder(name), 0600));
    return 0;
}
