// What Swift cannot call itself on Linux: variadic functions, function-like macros, and flags whose type it imports oddly.
#ifndef ZG_CLINUX_H
#define ZG_CLINUX_H

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// epoll's flags are an enum in C; as plain numbers they combine.
static const uint32_t zg_epollin = EPOLLIN;
static const uint32_t zg_epollout = EPOLLOUT;
static const uint32_t zg_epollerr = EPOLLERR;
static const uint32_t zg_epollhup = EPOLLHUP;
static const uint32_t zg_epollrdhup = EPOLLRDHUP;
static const uint32_t zg_epollet = EPOLLET;
static const int32_t zg_epoll_cloexec = EPOLL_CLOEXEC;
static const int32_t zg_efd_flags = EFD_NONBLOCK | EFD_CLOEXEC;
static const int32_t zg_sfd_flags = SFD_NONBLOCK | SFD_CLOEXEC;
static const int32_t zg_sock_stream_flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
static const int32_t zg_msg_nosignal = MSG_NOSIGNAL;
/// Looks at what has been received, without waiting.
static const int32_t zg_msg_peek = MSG_PEEK | MSG_DONTWAIT;

/// The commit that was built; empty if the build did not know it.
const char *zg_revision(void);

/// accept4(2) with SOCK_NONBLOCK and SOCK_CLOEXEC; the peer's address is not asked for.
int zg_accept(int listener);

/// fcntl(2) F_SETFL: sets or clears O_NONBLOCK. 0, or -1 with errno.
int zg_set_nonblocking(int fd, int on);

/// The peer's pid, uid and gid of a connected Unix socket (SO_PEERCRED). 0, or -1 with errno.
int zg_peer_credentials(int fd, int32_t *pid, uint32_t *uid, uint32_t *gid);

/// Bytes written to a TCP socket that the peer has not acknowledged yet (SIOCOUTQ, tcp(7)), or -1 with errno.
int zg_unacknowledged_bytes(int fd);

/// Nanoseconds of CLOCK_BOOTTIME: monotonic, counts time suspended.
uint64_t zg_boot_nanoseconds(void);

/// Nanoseconds since 1970 of CLOCK_REALTIME.
int64_t zg_wall_nanoseconds(void);

/// Names the calling thread, as ps(1) and top(1) show it; at most 15 bytes count.
void zg_name_thread(const char *name);

/// epoll_ctl(2) with `key` as the event's data. 0, or -1 with errno.
int zg_epoll_set(int epoll, int operation, int fd, uint32_t events, uint64_t key);

/// Opens the null device for each of the descriptors 0, 1 and 2 that is closed, so that no other file gets their number and,
/// with it, what is meant for standard output or standard error. Must be called before anything else is opened.
void zg_open_standard_streams(void);

/// A write to a pipe or socket that nobody reads fails with EPIPE instead of ending the process.
void zg_ignore_sigpipe(void);

/// inotify_init1(2), non-blocking; inotify_add_watch(2) on a directory for whatever could change a file in it; and its end.
int zg_inotify(void);
int zg_inotify_add(int inotify, const char *directory);
int zg_inotify_remove(int inotify, int watch);

/// Processors that the process may use (sched_getaffinity(2)); at least 1.
int zg_processors(void);

/// Overwrites memory in a way that the optimiser may not drop (explicit_bzero).
void zg_wipe(void *memory, size_t count);

/// Keeps the heap from being trimmed and grown between requests (mallopt M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD).
void zg_tune_allocator(void);

/// Returns free heap to the system (malloc_trim(3)).
void zg_trim_heap(void);

/// Forbids the calling thread, and those that it starts, to run programs and to change the file system, but for sockets in
/// `socket_directories` (landlock(7)). 0; -1 with errno when the kernel offers none, and nothing is changed then.
int zg_landlock(const char *const *socket_directories, size_t count);

/// Denies all threads the system calls that a gateway never makes, with EPERM (seccomp(2)). 0, or -1 with errno.
int zg_seccomp(void);

/// Keeps the process's memory, which holds secrets, out of core dumps and from other processes of its user (prctl(2)
/// PR_SET_DUMPABLE). 0, or -1 with errno.
int zg_forbid_core_dumps(void);

/// Raises the soft limit of open descriptors to the hard one. The limit now in force, or 0 if it cannot be read.
uint64_t zg_raise_descriptor_limit(void);

/// Starts a program with `output` and `errors` as its standard output and standard error, an empty standard input, and no signal blocked.
/// The kernel sends it SIGTERM when the calling thread ends. Its process id, or -1 with errno.
pid_t zg_spawn(const char *path, char *const arguments[], int output, int errors);

#endif
