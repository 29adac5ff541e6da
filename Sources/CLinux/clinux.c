#define _GNU_SOURCE 1
#include "clinux.h"

#include <errno.h>
#include <linux/sockios.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#ifndef ZG_REVISION
#define ZG_REVISION ""
#endif

const char *zg_revision(void) {
    return ZG_REVISION;
}

int zg_accept(int listener) {
    return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int zg_set_nonblocking(int fd, int on) {
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0) return -1;
    return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int zg_unacknowledged_bytes(int fd) {
    int bytes;
    return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

int zg_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid) {
    struct ucred peer;
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return -1;
    *pid = peer.pid;
    *uid = peer.uid;
    *gid = peer.gid;
    return 0;
}

uint64_t zg_boot_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int64_t zg_wall_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void zg_wipe(void *memory, size_t count) {
    explicit_bzero(memory, count);
}

void zg_tune_allocator(void) {
    // No brk churn between requests; still small enough that a burst's memory goes back to the system.
    mallopt(M_TRIM_THRESHOLD, 4 << 20);
    mallopt(M_TOP_PAD, 256 << 10);
    // Larger content is allocated by itself: in the heap it would leave holes that only small content fits in.
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
    // One arena a thread costs address space and memory; the workers rarely contend.
    mallopt(M_ARENA_MAX, 4);
}

void zg_trim_heap(void) {
    malloc_trim(0);
}

uint64_t zg_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    if (limit.rlim_cur < limit.rlim_max) {
        struct rlimit raised = {limit.rlim_max, limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
    }
    return limit.rlim_cur;
}

void zg_name_thread(const char *name) {
    char shortened[16] = {0};
    strncpy(shortened, name, sizeof shortened - 1);
    pthread_setname_np(pthread_self(), shortened);
}

int zg_epoll_set(int epoll, int operation, int fd, uint32_t events, uint64_t key) {
    struct epoll_event event = {.events = events, .data = {.u64 = key}};
    return epoll_ctl(epoll, operation, fd, &event);
}

void zg_open_standard_streams(void) {
    // open(2) returns the lowest descriptor that is free, and those below are open by then.
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDWR) < 0) return;
}

void zg_ignore_sigpipe(void) {
    signal(SIGPIPE, SIG_IGN);
}

int zg_inotify(void) {
    return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

int zg_processors(void) {
    cpu_set_t usable;
    int count = sched_getaffinity(0, sizeof usable, &usable) == 0 ? CPU_COUNT(&usable) : (int)sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? count : 1;
}

int zg_inotify_add(int inotify, const char *directory) {
    return inotify_add_watch(inotify, directory, IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB | IN_ONLYDIR);
}

int zg_inotify_remove(int inotify, int watch) {
    return inotify_rm_watch(inotify, watch);
}

pid_t zg_spawn(const char *path, char *const arguments[], int output, int errors) {
    // The child writes errno there; that a program was executed closes it.
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t parent = getpid();
    pid_t child = fork();
    int code = errno;
    if (child == 0) {
        // Other threads may hold locks, so only async-signal-safe functions are called from here on.
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        // The parent may have ended before.
        if (getppid() != parent) _exit(127);
        int input = open("/dev/null", O_RDONLY | O_CLOEXEC);
        if (input >= 0 && dup2(input, 0) >= 0 && dup2(output, 1) >= 0 && dup2(errors, 2) >= 0) execv(path, arguments);
        code = errno;
        if (write(report[1], &code, sizeof code) < 0) _exit(126);
        _exit(127);
    }
    close(report[1]);
    if (child > 0) {
        ssize_t count;
        while ((count = read(report[0], &code, sizeof code)) < 0 && errno == EINTR) {}
        if (count > 0) {
            waitpid(child, NULL, 0);
            child = -1;
        }
    }
    close(report[0]);
    if (child < 0) errno = code;
    return child;
}
