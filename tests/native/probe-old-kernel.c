/*
 * Guards: us_probe on kernels that lack flags, or refuse io_uring: each setup flag is judged by itself, a refusal is passed on, and
 * sysctl_disabled is set in any case.
 */
#include "fake-kernel.h"

static unsigned kernel_flags;
static int kernel_error;

static int fake_setup(const struct io_uring_params *parameters)
{
    return (parameters->flags & ~kernel_flags) != 0 ? EINVAL : kernel_error;
}

static int fake_enter(unsigned to_submit, unsigned wait_count, unsigned flags, const struct io_uring_getevents_arg *argument)
{
    (void)to_submit;
    (void)wait_count;
    (void)flags;
    (void)argument;
    return 0;
}

/** What stands in for /proc/sys/kernel/io_uring_disabled. */
static const char *sysctl_path;

__attribute__((visibility("default"))) int open(const char *path, int flags, ...)
{
    static int (*real)(const char *, int, ...);
    if (real == NULL) {
        *(void **)&real = dlsym(RTLD_NEXT, "open");
    }
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    bool sysctl = sysctl_path != NULL && strcmp(path, "/proc/sys/kernel/io_uring_disabled") == 0;
    return real(sysctl ? sysctl_path : path, flags, mode);
}

static int32_t sysctl_probed(const char *content)
{
    char path[PATH_MAX];
    us_probe_result result;
    snprintf(path, sizeof path, "%s", in_folder("io_uring_disabled"));
    if (content == NULL) {
        CHECK_EQUAL(0, unlink(path));
    } else {
        FILE *file = fopen(path, "we");
        CHECK(file != NULL && fputs(content, file) >= 0 && fclose(file) == 0);
    }
    sysctl_path = path;
    CHECK_EQUAL(-EPERM, us_probe(&result));
    sysctl_path = NULL;
    return result.sysctl_disabled;
}

int main(void)
{
    kernel_flags = UINT32_MAX;
    us_ring_destroy(make_ring(4));
    us_probe_result result;
    static const unsigned kernels[] = {
        US_SETUP_CQSIZE,
        US_SETUP_CQSIZE | US_SETUP_CLAMP,
        US_SETUP_CQSIZE | US_SETUP_CLAMP | US_SETUP_SUBMIT_ALL,
        US_SETUP_CQSIZE | US_SETUP_CLAMP | US_SETUP_SUBMIT_ALL | US_SETUP_COOP_TASKRUN | US_SETUP_TASKRUN_FLAG,
        /* None like this exists; a flag in the middle that is missing must not hide the newer ones. */
        US_SETUP_CQSIZE | US_SETUP_SINGLE_ISSUER | US_SETUP_DEFER_TASKRUN,
    };
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++) {
        kernel_flags = kernels[i];
        CHECK_EQUAL(0, us_probe(&result));
        CHECK_EQUAL(kernels[i], result.setup_flags);
        CHECK((result.opcodes[0] & 1) != 0);
    }
    kernel_flags = UINT32_MAX;
    static const int errors[] = {EPERM, ENOSYS, ENOMEM};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        kernel_error = errors[i];
        memset(&result, 0xA5, sizeof result);
        CHECK_EQUAL(-errors[i], us_probe(&result));
        CHECK_EQUAL(0, result.setup_flags);
        CHECK_EQUAL(0, result.opcodes[0]);
    }
    kernel_error = EPERM;
    CHECK_EQUAL(0, sysctl_probed("0\n"));
    CHECK_EQUAL(1, sysctl_probed("1\n"));
    CHECK_EQUAL(2, sysctl_probed("2\n"));
    CHECK_EQUAL(-1, sysctl_probed(""));
    CHECK_EQUAL(-1, sysctl_probed("no number\n"));
    CHECK_EQUAL(-1, sysctl_probed(NULL));
    CHECK_EQUAL(0, count_ring_descriptors());
    return 0;
}
