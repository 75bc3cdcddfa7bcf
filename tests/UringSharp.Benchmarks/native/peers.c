#include "ceiling.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/** How often a writer looks whether it is to stop: a system call that is not to weigh among its own. */
static const unsigned WRITES_BETWEEN_LOOKS = 256;

char *pipe_path(const struct plan *plan, const char *name)
{
    size_t size = strlen(plan->path) + strlen(name) + sizeof "/";
    char *path = allocate(size);
    (void)snprintf(path, size, "%s/%s", plan->path, name);
    return path;
}

void make_pipe(const struct plan *plan, const char *name)
{
    char *path = pipe_path(plan, name);
    if (mkfifo(path, S_IRUSR | S_IWUSR) != 0 && errno != EEXIST) {
        fail(path);
    }
    free(path);
}

int open_pipe(const struct plan *plan, const char *name, int flags)
{
    char *path = pipe_path(plan, name);
    int file = open(path, flags | O_CLOEXEC);
    if (file < 0) {
        fail(path);
    }
    free(path);
    return file;
}

void allow_many_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fail("getrlimit");
    }
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        fail("setrlimit");
    }
}

void start_peer(const struct plan *plan, struct score (*run)(const struct plan *plan))
{
    pid_t parent = getpid();
    pid_t peer = fork();
    if (peer < 0) {
        fail("fork");
    }
    if (peer == 0) {
        /* A parent that has died before this call would never be told of. */
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
            fail("parent");
        }
        (void)run(plan);
        _exit(EXIT_SUCCESS);
    }
}

/** Writes a whole block; false when nobody reads any more. */
static bool write_block(int file, const char *block, size_t size)
{
    while (size > 0) {
        ssize_t done = write(file, block, size);
        if (done < 0) {
            if (errno == EPIPE) {
                return false;
            }
            fail("write");
        }
        block += done;
        size -= (size_t)done;
    }
    return true;
}

static void expect_broken_pipes(void)
{
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) {
        fail("signals");
    }
}

struct score run_peer_echo(const struct plan *plan)
{
    expect_broken_pipes();
    int there = open_pipe(plan, "there", O_RDONLY);
    int back = open_pipe(plan, "back", O_WRONLY);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    ssize_t done = 0;
    clock_begin(plan);
    while ((done = read(there, block, plan->block)) > 0 && write_block(back, block, (size_t)done)) {
        score.operations++;
        score.bytes += (uint64_t)done;
    }
    clock_end();
    free(block);
    close(there);
    close(back);
    return score;
}

struct score run_peer_writer(const struct plan *plan)
{
    expect_broken_pipes();
    int file = open_pipe(plan, "stream", O_WRONLY);
    char *block = allocate(plan->block);
    struct score score = {.threads = 1};
    clock_begin(plan);
    while (write_block(file, block, plan->block)) {
        score.operations++;
        score.bytes += plan->block;
    }
    clock_end();
    free(block);
    close(file);
    return score;
}

/** Opens the writing ends of all pipes, each of which has a reader. */
static int *open_writing_ends(const struct plan *plan)
{
    allow_many_descriptors();
    prepare_paths(plan);
    int *files = allocate(plan->count * sizeof *files);
    for (uint64_t i = 0; i < plan->count; i++) {
        files[i] = open(file_path(i), O_WRONLY | O_CLOEXEC);
        if (files[i] < 0) {
            fail(file_path(i));
        }
    }
    return files;
}

static bool is_told_something(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) != 0;
}

/** Waits for a byte on standard input; false when it is closed. */
static bool wait_to_be_told(void)
{
    char byte = 0;
    return read(STDIN_FILENO, &byte, 1) == 1;
}

static void tell_ready(void)
{
    if (puts("ready") == EOF || fflush(stdout) != 0) {
        fail("standard output");
    }
}

/** Writes messages into pipes drawn at random until `is_over`; false when nobody reads any more. */
static bool scatter(const struct plan *plan, const int *files, const char *block, uint64_t *random, bool (*is_over)(void))
{
    do {
        for (unsigned i = 0; i < WRITES_BETWEEN_LOOKS; i++) {
            if (!write_block(files[next_random(random) % plan->count], block, plan->block)) {
                return false;
            }
        }
    } while (!is_over());
    return true;
}

static bool never(void)
{
    return false;
}

struct score run_peer_scatter(const struct plan *plan)
{
    expect_broken_pipes();
    int *files = open_writing_ends(plan);
    char *block = allocate(plan->block);
    uint64_t random = 1;
    (void)scatter(plan, files, block, &random, never);
    free(block);
    free(files);
    return (struct score){.threads = 1};
}

struct score run_peer_scatter_when_told(const struct plan *plan)
{
    expect_broken_pipes();
    int *files = open_writing_ends(plan);
    char *block = allocate(plan->block);
    uint64_t random = 1;

    /* A byte lets it begin, the next lets it stop. */
    do {
        tell_ready();
    } while (wait_to_be_told() && scatter(plan, files, block, &random, is_told_something) && wait_to_be_told());
    free(block);
    free(files);
    return (struct score){.threads = 1};
}

struct score run_peer_hold(const struct plan *plan)
{
    free(open_writing_ends(plan));
    tell_ready();
    (void)wait_to_be_told();

    /* Its end closes them, all at once. */
    return (struct score){.threads = 1};
}
