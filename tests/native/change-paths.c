/*
 * Guards: the changes of paths.c: deleting, renaming with its conditions, folders, links, modes, owners and times.
 */
#include "check.h"

static struct stat look(const char *path)
{
    struct stat status;
    CHECK_EQUAL(0, lstat(path, &status));
    return status;
}

static void check_rename(void)
{
    CHECK_EQUAL(0, us_close(make_file(in_folder("a"), 1)));
    CHECK_EQUAL(0, us_close(make_file(in_folder("b"), 2)));
    CHECK_EQUAL(-EEXIST, us_rename(in_folder("a"), in_folder("b"), US_RENAME_NO_REPLACE));
    int32_t exchanged = us_rename(in_folder("a"), in_folder("b"), US_RENAME_EXCHANGE);
    CHECK(exchanged == 0 || exchanged == -EINVAL);
    CHECK_EQUAL(exchanged == 0 ? 2 : 1, look(in_folder("a")).st_size);
    CHECK_EQUAL(0, us_rename(in_folder("a"), in_folder("b"), US_RENAME_REPLACE));
    CHECK_EQUAL(-ENOENT, us_rename(in_folder("a"), in_folder("b"), US_RENAME_REPLACE));
    CHECK_EQUAL(0, us_rename(in_folder("b"), in_folder("c"), US_RENAME_NO_REPLACE));
}

static void check_folders(void)
{
    umask(027);
    CHECK_EQUAL(0, us_make_folder(in_folder("folder"), 0777));
    CHECK_EQUAL(S_IFDIR | 0750, look(in_folder("folder")).st_mode);
    CHECK_EQUAL(-EEXIST, us_make_folder(in_folder("folder"), 0777));
    CHECK_EQUAL(-EISDIR, us_delete_file(in_folder("folder")));
    CHECK_EQUAL(0, us_make_folder(in_folder("folder/sub"), 0777));
    CHECK_EQUAL(-ENOTEMPTY, us_delete_folder(in_folder("folder")));
    CHECK_EQUAL(0, us_delete_folder(in_folder("folder/sub")));
    CHECK_EQUAL(0, us_delete_folder(in_folder("folder")));
    CHECK_EQUAL(-ENOTDIR, us_delete_folder(in_folder("c")));
}

static void check_links(void)
{
    char target[64];
    CHECK_EQUAL(0, us_make_symbolic_link("somewhere", in_folder("link")));
    CHECK_EQUAL(-EEXIST, us_make_symbolic_link("somewhere", in_folder("link")));
    CHECK_EQUAL(9, us_read_link(in_folder("link"), target, sizeof target));
    CHECK_EQUAL(0, memcmp("somewhere", target, 9));
    CHECK_EQUAL(4, us_read_link(in_folder("link"), target, 4));
    CHECK_EQUAL(-EINVAL, us_read_link(in_folder("c"), target, sizeof target));
    CHECK_EQUAL(0, us_make_link(in_folder("link"), in_folder("same link")));
    CHECK_EQUAL(2, look(in_folder("link")).st_nlink);
    CHECK_EQUAL(0, us_delete_file(in_folder("link")));
    CHECK_EQUAL(-ENOENT, us_delete_file(in_folder("link")));
}

static void check_mode_and_owner(void)
{
    CHECK_EQUAL(0, us_set_mode(in_folder("c"), 01604));
    CHECK_EQUAL(S_IFREG | 01604, look(in_folder("c")).st_mode);
    int file = open(in_folder("c"), O_RDWR | O_CLOEXEC);
    CHECK_EQUAL(0, us_set_mode_of(file, 0640));
    CHECK_EQUAL(S_IFREG | 0640, look(in_folder("c")).st_mode);
    CHECK_EQUAL(0, us_close(file));
    CHECK_EQUAL(-EBADF, us_set_mode_of(file, 0640));
    struct stat before = look(in_folder("c"));
    CHECK_EQUAL(0, us_set_owner(in_folder("c"), UINT32_MAX, UINT32_MAX, US_PATH_FOLLOW));
    if (geteuid() == 0) {
        CHECK_EQUAL(0, us_set_owner(in_folder("c"), 4321, UINT32_MAX, US_PATH_FOLLOW));
        CHECK_EQUAL(4321, look(in_folder("c")).st_uid);
        CHECK_EQUAL(before.st_gid, look(in_folder("c")).st_gid);
        CHECK_EQUAL(0, us_make_symbolic_link("c", in_folder("to c")));
        CHECK_EQUAL(0, us_set_owner(in_folder("to c"), UINT32_MAX, 1234, US_PATH_NO_FOLLOW));
        CHECK_EQUAL(1234, look(in_folder("to c")).st_gid);
        CHECK_EQUAL(before.st_gid, look(in_folder("c")).st_gid);
    }
    CHECK_EQUAL(-ENOENT, us_set_owner(in_folder("missing"), 0, 0, US_PATH_FOLLOW));
}

static void check_times(void)
{
    const us_timespec one = {.seconds = 1000000000, .nanoseconds = 7};
    const us_timespec other = {.seconds = -1, .nanoseconds = 999999999};
    CHECK_EQUAL(0, us_set_times(in_folder("c"), &one, &other, US_PATH_FOLLOW));
    CHECK_EQUAL(7, look(in_folder("c")).st_atim.tv_nsec);
    CHECK_EQUAL(-1, look(in_folder("c")).st_mtim.tv_sec);
    CHECK_EQUAL(999999999, look(in_folder("c")).st_mtim.tv_nsec);
    CHECK_EQUAL(0, us_set_times(in_folder("c"), NULL, &one, US_PATH_FOLLOW));
    CHECK_EQUAL(7, look(in_folder("c")).st_atim.tv_nsec);
    CHECK_EQUAL(1000000000, look(in_folder("c")).st_mtim.tv_sec);
    int file = open(in_folder("c"), O_RDWR | O_CLOEXEC);
    CHECK_EQUAL(0, us_set_times_of(file, &other, NULL));
    CHECK_EQUAL(-1, look(in_folder("c")).st_atim.tv_sec);
    CHECK_EQUAL(1000000000, look(in_folder("c")).st_mtim.tv_sec);
    CHECK_EQUAL(0, us_close(file));
    CHECK_EQUAL(-EBADF, us_set_times_of(file, &one, &one));
}

int main(void)
{
    check_rename();
    check_folders();
    check_links();
    check_mode_and_owner();
    check_times();
    return 0;
}
