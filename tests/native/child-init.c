/*
 * child-init: the first process of a kernel under test, in an emulator (build.sh kernel-6.1). Not a test.
 *
 * Mounts what the tests need, the ext4 of a virtio disk, whose drivers are in /modules, as /disk among it. Runs the programs in /tests but the child-*
 * there, then the commands in /commands, one a line, and turns the machine off. For each it prints "RESULT CODE SECONDS NAME" behind its output.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMAND_LENGTH = 1024, ARGUMENTS = 32 };

static void mount_or_say(const char *source, const char *target, const char *type, const char *options)
{
    mkdir(target, 0755);
    if (mount(source, target, type, 0, options) < 0 && errno != EBUSY) {
        fprintf(stderr, "init: mount %s: %s\n", target, strerror(errno));
    }
}

static int is_shown(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void make_disk(void)
{
    struct dirent **entries;
    int count = scandir("/modules", &entries, is_shown, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "/modules/%s", entries[i]->d_name);
        int module = open(path, O_RDONLY | O_CLOEXEC);
        if (module < 0 || syscall(SYS_finit_module, module, "", 0) < 0) {
            fprintf(stderr, "init: %s: %s\n", path, strerror(errno));
        }
        close(module);
    }
    mount_or_say("/dev/vda", "/disk", "ext4", "");
    setenv("TMPDIR", "/disk", 1);
}

static void run(const char *name, char *const *arguments)
{
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        dup2(STDOUT_FILENO, STDERR_FILENO);
        execv(arguments[0], arguments);
        printf("%s: %s\n", arguments[0], strerror(errno));
        fflush(stdout);
        _exit(127);
    }
    int status = 0;
    pid_t ended;
    /* Orphans are the first process's children. */
    do {
        ended = wait(&status);
    } while (ended != child && !(ended < 0 && errno == ECHILD));
    clock_gettime(CLOCK_MONOTONIC, &after);
    printf("\nRESULT %d %ld %s\n", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), (long)(after.tv_sec - before.tv_sec), name);
    fflush(stdout);
}

static int is_test(const struct dirent *entry)
{
    return is_shown(entry) && strncmp(entry->d_name, "child-", 6) != 0;
}

static void run_tests(void)
{
    struct dirent **entries;
    int count = scandir("/tests", &entries, is_test, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "/tests/%s", entries[i]->d_name);
        run(entries[i]->d_name, (char *const[]){path, NULL});
    }
}

static void run_commands(void)
{
    char line[COMMAND_LENGTH];
    FILE *commands = fopen("/commands", "re");
    while (commands != NULL && fgets(line, sizeof line, commands) != NULL) {
        char name[COMMAND_LENGTH];
        char *arguments[ARGUMENTS] = {NULL};
        int count = 0;
        line[strcspn(line, "\n")] = '\0';
        strcpy(name, line);
        for (char *word = strtok(line, " "); word != NULL && count < ARGUMENTS - 1; word = strtok(NULL, " ")) {
            arguments[count++] = word;
        }
        if (count > 0) {
            run(name, arguments);
        }
    }
}

int main(void)
{
    mount_or_say("proc", "/proc", "proc", "");
    mount_or_say("sysfs", "/sys", "sysfs", "");
    mount_or_say("devtmpfs", "/dev", "devtmpfs", "");
    mount_or_say("devpts", "/dev/pts", "devpts", "");
    mount_or_say("tmpfs", "/dev/shm", "tmpfs", "");
    mount_or_say("tmpfs", "/tmp", "tmpfs", "");
    setenv("HOME", "/tmp", 1);
    setenv("PATH", "/usr/bin:/bin", 1);
    make_disk();
    run_tests();
    run_commands();
    sync();
    /* The emulator is told to end where the machine would start again. */
    reboot(RB_AUTOBOOT);
    return 1;
}
