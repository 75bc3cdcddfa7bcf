/*
 * check.h: what the native tests share.
 *
 * A test is one file about one behaviour. It ends with 0 (passed), 77 (skipped, with the reason) or anything else (failed). Nothing sleeps to
 * wait for something: AWAIT looks until it is so, and a watchdog ends a test that hangs.
 */
#ifndef CHECK_H
#define CHECK_H

#include "uringsharp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CHECK_UNUSED __attribute__((unused))

#define SECOND INT64_C(1000000000)
#define MILLISECOND INT64_C(1000000)

/** The longest any single thing may take; far beyond what it needs, so that a loaded machine does not fail a test. */
#define DEADLINE (20 * SECOND)

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

#define CHECK_EQUAL(expected, actual) check_equal(__FILE__, __LINE__, #actual, (long long)(expected), (long long)(actual))

/** Looks until the condition holds. */
#define AWAIT(condition)                                                                                                                \
    for (int64_t check_end = check_now() + DEADLINE; !(condition);) {                                                                   \
        if (check_now() > check_end) {                                                                                                  \
            check_failed(__FILE__, __LINE__, "in time: " #condition);                                                                   \
        }                                                                                                                               \
        check_pause();                                                                                                                  \
    }

#define SKIP(reason)                                                                                                                    \
    do {                                                                                                                                \
        printf("skipped: %s\n", reason);                                                                                                \
        exit(77);                                                                                                                       \
    } while (0)

static CHECK_UNUSED _Noreturn void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    exit(1);
}

static CHECK_UNUSED void check_equal(const char *file, int line, const char *expression, long long expected, long long actual)
{
    if (expected != actual) {
        fprintf(stderr, "%s:%d: %s is %lld, not %lld\n", file, line, expression, actual, expected);
        exit(1);
    }
}

static CHECK_UNUSED int64_t check_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND + now.tv_nsec;
}

/** Between two looks at something another thread or the kernel is about to do. */
static CHECK_UNUSED void check_pause(void)
{
    struct timespec span = {.tv_nsec = MILLISECOND / 4};
    nanosleep(&span, NULL);
}

static void check_bark(int signal)
{
    static const char text[] = "the watchdog ended the test: it hangs\n";
    (void)signal;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) {
        _exit(3);
    }
    _exit(2);
}

static __attribute__((constructor)) void check_start(void)
{
    struct sigaction bark = {.sa_handler = check_bark};
    sigaction(SIGALRM, &bark, NULL);
    /* As in a .NET process: a write to a pipe without a reader says EPIPE. */
    signal(SIGPIPE, SIG_IGN);
    alarm(120);
}

/* ---- a folder of one's own -------------------------------------------------------------------------------------- */

static char check_folder[PATH_MAX];
static pid_t check_folder_owner;

static int check_remove(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

static void check_remove_folder(void)
{
    if (getpid() == check_folder_owner) {
        nftw(check_folder, check_remove, 8, FTW_DEPTH | FTW_PHYS);
    }
}

/** The path of a name in a folder that vanishes with the test. The answer is good until the fourth call after. */
static CHECK_UNUSED const char *in_folder(const char *name)
{
    static char paths[4][PATH_MAX + NAME_MAX + 2];
    static unsigned next;
    if (check_folder[0] == '\0') {
        const char *parent = getenv("TMPDIR");
        snprintf(check_folder, sizeof check_folder, "%s/uringsharp-XXXXXX", parent != NULL ? parent : "/tmp");
        CHECK(mkdtemp(check_folder) != NULL);
        check_folder_owner = getpid();
        atexit(check_remove_folder);
    }
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", check_folder, name);
    return path;
}

/** A regular file of that many bytes, byte i being i % 251. Returns its descriptor, opened for reading and writing. */
static CHECK_UNUSED int make_file(const char *path, size_t length)
{
    int descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(descriptor >= 0);
    unsigned char *bytes = malloc(length + 1);
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)(i % 251);
    }
    CHECK_EQUAL(length, pwrite(descriptor, bytes, length, 0));
    free(bytes);
    return descriptor;
}

/* ---- rings ------------------------------------------------------------------------------------------------------ */

static CHECK_UNUSED us_ring *make_ring_with(uint32_t sq_entries, uint32_t cq_entries, uint32_t flags, us_ring_info *info)
{
    us_ring_options options = {.sq_entries = sq_entries, .cq_entries = cq_entries, .required_flags = flags};
    us_ring *ring = NULL;
    int32_t answer = us_ring_create(&options, &ring, info);
    if (answer == -ENOSYS || answer == -EPERM) {
        SKIP("this kernel or its policy refuses io_uring");
    }
    if (answer == -EINVAL && flags != 0) {
        SKIP("this kernel does not know the setup flags of this test");
    }
    CHECK_EQUAL(0, answer);
    return ring;
}

static CHECK_UNUSED us_ring *make_ring(uint32_t sq_entries)
{
    us_ring_info info;
    return make_ring_with(sq_entries, 0, US_SETUP_NONE, &info);
}

/** Hands over what is prepared, and takes nothing. */
static CHECK_UNUSED void submit(us_ring *ring)
{
    CHECK_EQUAL(0, us_ring_enter(ring, 0, 0, NULL, 0));
    CHECK_EQUAL(0, us_ring_unsubmitted(ring));
}

/** Waits for one completion. */
#define take(ring) check_take(ring, __FILE__, __LINE__)

/** Waits for one completion, which must be this one. Yields its result. */
#define take_of(ring, user_data) check_take_of(ring, user_data, __FILE__, __LINE__)

static CHECK_UNUSED us_completion check_take(us_ring *ring, const char *file, int line)
{
    us_completion completion;
    int64_t end = check_now() + DEADLINE;
    int32_t answer;
    do {
        answer = us_ring_enter(ring, 1, SECOND, &completion, 1);
        if (answer < 0 || check_now() > end) {
            fprintf(stderr, "%s:%d: no completion came: %d\n", file, line, answer);
            exit(1);
        }
    } while (answer == 0);
    return completion;
}

static CHECK_UNUSED int32_t check_take_of(us_ring *ring, uint64_t user_data, const char *file, int line)
{
    us_completion completion = check_take(ring, file, line);
    check_equal(file, line, "the completion's user_data", (long long)user_data, (long long)completion.user_data);
    return completion.result;
}

/**
 * Nothing but a no-operation prepared here completes: what was caused before, by this thread, has caused no completion. The kernel posts
 * completions of earlier events before it hands out that of a later submission of the same thread.
 */
#define check_silent(ring) check_silent_at(ring, __FILE__, __LINE__)

static CHECK_UNUSED void check_silent_at(us_ring *ring, const char *file, int line)
{
    const uint64_t mark = UINT64_C(0x5113);
    CHECK_EQUAL(0, us_prepare_nop(ring, mark));
    check_equal(file, line, "the mark's result", 0, check_take_of(ring, mark, file, line));
    check_equal(file, line, "completions behind the mark", 0, us_ring_ready(ring));
}

/** How many of the links in a folder of /proc, or lines of a file there, name an io_uring. */
static CHECK_UNUSED unsigned count_ring_descriptors(void)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc/self/fd");
    CHECK(folder != NULL);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char target[64] = {0};
        if (readlinkat(dirfd(folder), entry->d_name, target, sizeof target - 1) > 0) {
            count += strstr(target, "[io_uring]") != NULL;
        }
    }
    closedir(folder);
    return count;
}

static CHECK_UNUSED unsigned count_ring_mappings(void)
{
    unsigned count = 0;
    char line[PATH_MAX + 128];
    FILE *maps = fopen("/proc/self/maps", "re");
    CHECK(maps != NULL);
    while (fgets(line, sizeof line, maps) != NULL) {
        count += strstr(line, "[io_uring]") != NULL;
    }
    fclose(maps);
    return count;
}

#endif
