/*
 * fake-kernel.h: a kernel that answers io_uring's calls as the test wants. The shim makes them through syscall(2)'s wrapper, which the test
 * replaces by its own; calls the test has no answer for go to the real kernel.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include "check.h"

#include <dlfcn.h>
#include <linux/io_uring.h>
#include <stdarg.h>
#include <sys/syscall.h>

/** The answer to io_uring_setup or io_uring_enter: 0 to ask the real kernel, otherwise the errno it fails with. */
static int fake_setup(const struct io_uring_params *parameters);
static int fake_enter(unsigned to_submit, unsigned wait_count, unsigned flags, const struct io_uring_getevents_arg *argument);

static unsigned setups;
static unsigned enters;
/** Every flag any io_uring_setup asked for. */
static unsigned setup_flags_asked;
/** US_FEATURE_* that the kernel is to be without. */
static unsigned features_hidden;
/** Where the kernel put things, in the ring set up last. */
static struct io_uring_params last_setup;

__attribute__((visibility("default"))) long syscall(long number, ...)
{
    static long (*real)(long, ...);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    }
    long values[6];
    va_list arguments;
    va_start(arguments, number);
    for (size_t i = 0; i < 6; i++) {
        values[i] = va_arg(arguments, long);
    }
    va_end(arguments);
    int error = 0;
    if (number == __NR_io_uring_setup) {
        setups++;
        setup_flags_asked |= ((struct io_uring_params *)values[1])->flags;
        error = fake_setup((struct io_uring_params *)values[1]);
    } else if (number == __NR_io_uring_enter) {
        enters++;
        error = fake_enter((unsigned)values[1], (unsigned)values[2], (unsigned)values[3], (const struct io_uring_getevents_arg *)values[4]);
    }
    if (error != 0) {
        errno = error;
        return -1;
    }
    long answer = real(number, values[0], values[1], values[2], values[3], values[4], values[5]);
    if (number == __NR_io_uring_setup && answer >= 0) {
        ((struct io_uring_params *)values[1])->features &= ~features_hidden;
        last_setup = *(struct io_uring_params *)values[1];
    }
    return answer;
}

#endif
