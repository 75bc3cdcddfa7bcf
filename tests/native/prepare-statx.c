/*
 * Guards: us_prepare_statx: by path, by descriptor (AT_EMPTY_PATH), not following a link, errors; the answer has 256 bytes and no more.
 */
#include "check.h"

/* The libc's struct statx may be younger or older than the kernel's; both have 256 bytes. */
_Static_assert(sizeof(struct statx) == 256, "struct statx");

static us_ring *ring;
static struct statx answers[2];

static int32_t statx_by_ring(int folder, const char *path, uint32_t flags)
{
    memset(answers, 0xA5, sizeof answers);
    CHECK_EQUAL(0, us_prepare_statx(ring, 1, folder, path, flags, STATX_BASIC_STATS, &answers[0]));
    int32_t result = take_of(ring, 1);
    for (size_t i = 0; i < sizeof answers[1]; i++) {
        CHECK_EQUAL(0xA5, ((unsigned char *)&answers[1])[i]);
    }
    return result;
}

int main(void)
{
    ring = make_ring(4);
    int file = make_file(in_folder("file"), 12345);
    CHECK_EQUAL(0, fchmod(file, 0640));
    struct stat status;
    CHECK_EQUAL(0, fstat(file, &status));
    CHECK_EQUAL(0, symlink("file", in_folder("link")));
    CHECK_EQUAL(0, statx_by_ring(AT_FDCWD, in_folder("link"), 0));
    CHECK_EQUAL(STATX_BASIC_STATS, answers[0].stx_mask & STATX_BASIC_STATS);
    CHECK_EQUAL(12345, answers[0].stx_size);
    CHECK_EQUAL(S_IFREG | 0640, answers[0].stx_mode);
    CHECK_EQUAL(status.st_ino, answers[0].stx_ino);
    CHECK_EQUAL(0, statx_by_ring(AT_FDCWD, in_folder("link"), AT_SYMLINK_NOFOLLOW));
    CHECK_EQUAL(S_IFLNK, answers[0].stx_mode & S_IFMT);
    CHECK_EQUAL(0, statx_by_ring(file, "", AT_EMPTY_PATH));
    CHECK_EQUAL(status.st_ino, answers[0].stx_ino);
    int folder = open(in_folder("."), O_PATH | O_CLOEXEC);
    CHECK_EQUAL(0, statx_by_ring(folder, "file", 0));
    CHECK_EQUAL(status.st_ino, answers[0].stx_ino);
    CHECK_EQUAL(-ENOENT, statx_by_ring(folder, "none", 0));
    CHECK_EQUAL(-ENOTDIR, statx_by_ring(folder, "file/none", 0));
    CHECK_EQUAL(-EINVAL, statx_by_ring(folder, "file", 0x40000000));
    us_ring_destroy(ring);
    return 0;
}
