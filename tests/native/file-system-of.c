/*
 * Guards: us_file_system_of tells the type of the file system a path lies on, with the device of that very place, and leaves no descriptor.
 */
#include "check.h"

#include <linux/magic.h>
#include <sys/vfs.h>

static void check_place(const char *path)
{
    struct statfs system;
    struct stat status;
    uint64_t device = 0;
    CHECK_EQUAL(0, statfs(path, &system));
    CHECK_EQUAL(0, stat(path, &status));
    CHECK_EQUAL(system.f_type, us_file_system_of(path, &device));
    CHECK_EQUAL(status.st_dev, device);
}

int main(void)
{
    uint64_t device = 12345;
    check_place("/");
    check_place("/proc/self/status");
    check_place(in_folder("."));
    CHECK_EQUAL(PROC_SUPER_MAGIC, us_file_system_of("/proc", &device));
    device = 12345;
    CHECK_EQUAL(-ENOENT, us_file_system_of(in_folder("missing"), &device));
    CHECK_EQUAL(12345, device);
    int before = dup(0);
    CHECK_EQUAL(0, us_close(before));
    check_place("/");
    int after = dup(0);
    CHECK_EQUAL(before, after);
    CHECK_EQUAL(0, us_close(after));
    return 0;
}
