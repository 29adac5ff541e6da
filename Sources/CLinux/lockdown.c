#define _GNU_SOURCE 1
#include "clinux.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// Older kernel headers lack the newer rights; the kernel is asked which it knows.
#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

static const uint64_t changing =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_MAKE_SYM;

int zg_landlock(const char *const *socket_directories, size_t count) {
    int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return -1;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = changing};
    if (version >= 2) attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    if (ruleset < 0) return -1;
    for (size_t i = 0; i < count; i++) {
        struct landlock_path_beneath_attr rule = {
            .allowed_access = LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_REMOVE_FILE,
            .parent_fd = open(socket_directories[i], O_PATH | O_CLOEXEC),
        };
        if (rule.parent_fd < 0) continue;
        syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
        close(rule.parent_fd);
    }
    int result = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (result == 0) result = (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
    int code = errno;
    close(ruleset);
    errno = code;
    return result;
}

#if defined(__x86_64__)
#define ZG_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ZG_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

int zg_seccomp(void) {
#ifdef ZG_ARCHITECTURE
    // What a gateway never does, and an attacker in it would: other programs, other processes, the kernel's inside.
    static const int denied[] = {
        SYS_execve,       SYS_execveat,      SYS_ptrace,        SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount,
        SYS_umount2,      SYS_pivot_root,    SYS_chroot,        SYS_setns,            SYS_unshare,           SYS_init_module,
        SYS_finit_module, SYS_delete_module, SYS_kexec_load,    SYS_bpf,              SYS_perf_event_open,   SYS_userfaultfd,
        SYS_keyctl,       SYS_add_key,       SYS_request_key,   SYS_reboot,           SYS_swapon,            SYS_swapoff,
        SYS_acct,         SYS_settimeofday,  SYS_clock_settime, SYS_adjtimex,         SYS_sethostname,       SYS_setdomainname,
        SYS_clock_adjtime, SYS_fsopen,       SYS_fsmount,       SYS_move_mount,       SYS_open_tree,         SYS_mount_setattr,
        SYS_pidfd_getfd,  SYS_kcmp,          SYS_io_uring_setup, SYS_kexec_file_load, SYS_open_by_handle_at,
    };
    enum { count = sizeof denied / sizeof denied[0] };
    struct sock_filter filter[6 + 2 * count + 1];
    size_t n = 0;
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ZG_ARCHITECTURE, 1, 0);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
#ifdef __X32_SYSCALL_BIT
    // The same calls under other numbers.
    filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, __X32_SYSCALL_BIT, 0, 1);
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
#endif
    for (size_t i = 0; i < count; i++) {
        filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)denied[i], 0, 1);
        filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
    }
    filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
#else
    errno = ENOSYS;
    return -1;
#endif
}

int zg_forbid_core_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
