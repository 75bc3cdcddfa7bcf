/*
 * child-deny.c: starts a program that io_uring is denied to, by seccomp as containers do it.
 *
 * child-deny EPERM|ENOSYS PROGRAM ARGUMENTS…: io_uring_setup, _enter and _register answer that error. It makes sure of it before it starts the program.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int count, char **arguments)
{
    if (count < 3 || (strcmp(arguments[1], "EPERM") != 0 && strcmp(arguments[1], "ENOSYS") != 0)) {
        fprintf(stderr, "usage: child-deny EPERM|ENOSYS PROGRAM ARGUMENTS...\n");
        return 2;
    }
    int answer = strcmp(arguments[1], "EPERM") == 0 ? EPERM : ENOSYS;
    /* The three have the same numbers on every architecture .NET runs on, one after the other. */
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, __NR_io_uring_setup, 0, 2),
        BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, __NR_io_uring_register, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof filter / sizeof *filter, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
        perror("seccomp");
        return 3;
    }
    if (syscall(__NR_io_uring_setup, 0, NULL) != -1 || errno != answer) {
        fprintf(stderr, "io_uring_setup is not denied\n");
        return 4;
    }
    execvp(arguments[2], arguments + 2);
    perror(arguments[2]);
    return 5;
}
