/*
 * Guards: the helper child-writer, on which the C# tests of FIFOs rest: its messages, its sessions, its exit codes.
 */
#include "check.h"

#include <libgen.h>
#include <spawn.h>
#include <sys/wait.h>

enum { COUNT = 300, SIZE = 100, SESSIONS = 3 };

static char helper[PATH_MAX];

static pid_t start(const char *const *arguments)
{
    pid_t child;
    CHECK_EQUAL(0, posix_spawn(&child, helper, NULL, NULL, (char *const *)(uintptr_t)arguments, (char *const[]){NULL}));
    return child;
}

static int exit_code(pid_t child)
{
    int status;
    CHECK_EQUAL(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void check_message(int fifo, uint64_t number)
{
    unsigned char message[SIZE];
    /* A message up to PIPE_BUF bytes comes whole. */
    CHECK_EQUAL(SIZE, us_read(fifo, message, SIZE));
    for (int i = 0; i < SIZE; i++) {
        CHECK_EQUAL(i < 8 ? number >> (8 * i) & 0xFF : number % 251, message[i]);
    }
}

int main(void)
{
    char self[PATH_MAX] = {0};
    CHECK(readlink("/proc/self/exe", self, sizeof self - 1) > 0);
    CHECK(snprintf(helper, sizeof helper, "%s/child-writer", dirname(self)) < (int)sizeof helper);
    if (access(helper, X_OK) < 0) {
        SKIP("there is no child-writer beside this test");
    }
    char fifo[PATH_MAX];
    snprintf(fifo, sizeof fifo, "%s", in_folder("fifo"));
    CHECK_EQUAL(0, us_make_fifo(fifo, 0600));

    pid_t child = start((const char *const[]){helper, fifo, "300", "100", "--delay-us", "20", "--seed", "7", "--sessions", "3", NULL});
    /* Opened for both, the FIFO has a reader across the writer's sessions, and no end between them. */
    int reader = open(fifo, O_RDWR | O_CLOEXEC);
    CHECK(reader >= 0);
    for (uint64_t number = 0; number < COUNT * SESSIONS; number++) {
        check_message(reader, number);
    }
    CHECK_EQUAL(0, us_poll_now(reader, US_POLL_IN));
    CHECK_EQUAL(0, us_close(reader));
    CHECK_EQUAL(0, exit_code(child));

    child = start((const char *const[]){helper, fifo, "1000000", "4096", NULL});
    reader = open(fifo, O_RDONLY | O_CLOEXEC);
    CHECK(reader >= 0);
    CHECK_EQUAL(0, us_close(reader));
    CHECK_EQUAL(3, exit_code(child));

    CHECK_EQUAL(1, exit_code(start((const char *const[]){helper, "/nonexistent/fifo", "1", "8", NULL})));
    CHECK_EQUAL(2, exit_code(start((const char *const[]){helper, fifo, "x", "8", NULL})));
    CHECK_EQUAL(2, exit_code(start((const char *const[]){helper, fifo, "1", "8", "--delay", "1", NULL})));
    CHECK_EQUAL(2, exit_code(start((const char *const[]){helper, NULL})));
    return 0;
}
