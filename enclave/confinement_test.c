/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process with the enclave's very confinement tries, in each of its phases, what the
 * enclave must never be able to do.  It has no root of its own here, so that
 * each refusal is this layer's alone.
 */
#include "enclave/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/exit.h"
#include "lib/base/test.h"
#include "lib/proc/confine.h"

#define CHANNEL	     3
#define STATUS_ERROR 250
#define STATUS_NONE  251 /* this kernel has no seccomp or no Landlock */

/* Serving a token: as serving, but that the files of one folder can be read. */
enum phase { SETUP, SERVING_A_TOKEN, SERVING };
#define TOKENS "/usr/share/doc" /* one that is there */

/* What is tried: 0, or why not (an errno). */
typedef int attempt(void);

static int result_of(long rc)
{
	return rc < 0 ? errno : 0;
}

/* The wait status of a process that was confined up to this phase and then tries; -1: cannot be. */
static int try_it(enum phase phase, attempt *make)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		int pair[2];
		unsigned missing = 0;
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 || dup2(pair[0], CHANNEL) < 0)
			_exit(STATUS_ERROR);
		if (ls_enclave_confine_setup(&missing, NULL) < 0)
			_exit(STATUS_ERROR);
		if (missing & (LS_CONFINE_LANDLOCK | LS_CONFINE_SECCOMP))
			_exit(STATUS_NONE);
		int folder = phase == SERVING_A_TOKEN ? open(TOKENS, O_PATH | O_CLOEXEC) : -1;
		if (phase != SETUP && ls_enclave_confine_serving(folder, &missing, NULL) < 0)
			_exit(STATUS_ERROR);
		_exit(make());
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == STATUS_NONE ? -1 : status;
}

/* --- what it may do ------------------------------------------------------------------------- */

static int try_its_work(void)
{
	static char byte;
	char *memory = malloc(4 << 20);
	if (!memory || syscall(SYS_getrandom, memory, 1 << 10, 0) < 0)
		return 1;
	free(memory);
	return write(CHANNEL, "x", 1) == 1 && read(CHANNEL, &byte, 0) == 0 ? 0 : 2;
}

static int try_read_root(void)
{
	char byte;
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? errno : result_of(read(fd, &byte, 1));
}

static int try_executable_memory(void)
{
	void *p = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return p == MAP_FAILED ? errno : 0;
}

TEST(confinement_the_enclave_can_work)
{
	int status = try_it(SERVING, try_its_work);
	if (status == -1)
		TEST_SKIP("this kernel has no seccomp or no Landlock");
	CHECK_INT_EQ(status, 0);
	CHECK_INT_EQ(try_it(SETUP, try_its_work), 0);
}

/* As a key backend's module needs it: then, and not later. */
TEST(confinement_libraries_can_load_while_it_is_set_up)
{
	int status = try_it(SETUP, try_read_root);
	if (status == -1)
		TEST_SKIP("this kernel has no seccomp or no Landlock");
	CHECK_INT_EQ(status, 0);
	CHECK_INT_EQ(try_it(SETUP, try_executable_memory), 0);
}

static int try_read_token(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET };
	struct stat st;
	int fd = open(TOKENS, O_RDONLY);
	if (fd < 0 || fcntl(fd, F_GETFL) < 0 || fstat(fd, &st) < 0)
		return errno;
	fcntl(fd, F_SETLKW, &lock); /* of a folder it fails, but does not kill */
	return try_its_work();
}

TEST(confinement_a_token_is_read_and_nothing_else)
{
	int status = try_it(SERVING_A_TOKEN, try_read_token);
	if (status == -1)
		TEST_SKIP("this kernel has no seccomp or no Landlock");
	CHECK_INT_EQ(status, 0);
	status = try_it(SERVING_A_TOKEN, try_read_root);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == EACCES);
}

/* --- what is refused while it is set up ------------------------------------------------------- */

static int try_write_file(void)
{
	return result_of(open("/dev/null", O_WRONLY | O_CLOEXEC));
}

static int try_make_file(void)
{
	return result_of(open("/tmp/labseal-confinement", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int try_many_files(void)
{
	for (int i = 0; i < 32; i++)
		if (open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0)
			return errno;
	return 0;
}

static int try_raise_core_limit(void)
{
	struct rlimit core = { 0, 1 };
	if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
		return 1;
	return prctl(PR_GET_DUMPABLE) == 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 2;
}

TEST(confinement_what_is_refused_while_it_is_set_up)
{
	static const struct {
		const char *name;
		attempt *make;
		int wanted;
	} all[] = {
		{ "write a file", try_write_file, EACCES },
		{ "make a file", try_make_file, EACCES },
		{ "open files without end", try_many_files, EMFILE },
		{ "have cores, be traced, gain rights", try_raise_core_limit, 0 },
	};
	bool can = try_it(SETUP, try_its_work) != -1;
	for (size_t i = 0; can && i < sizeof(all) / sizeof(all[0]); i++) {
		int status = try_it(SETUP, all[i].make);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != all[i].wanted)
			TEST_FAIL("%s: status %#x, not error %d", all[i].name, (unsigned)status,
				  all[i].wanted);
	}
	if (!can)
		TEST_SKIP("this kernel has no seccomp or no Landlock");
}

/* --- what kills ----------------------------------------------------------------------------- */

static char page[8192];

/* With arguments that would work, or fail, without harm; it never gets so far. */
static const struct {
	const char *name;
	enum phase from; /* from this phase on */
	long number, a, b, c;
} deadly[] = {
	/* programs and processes */
	{ "execve", SETUP, SYS_execve, (long)"/bin/true", 0, 0 },
	{ "execve (itself)", SETUP, SYS_execve, (long)"/labseal-enclave", 0, 0 },
	{ "execveat", SETUP, SYS_execveat, AT_FDCWD, (long)"/bin/true", 0 },
	{ "clone", SETUP, SYS_clone, SIGCHLD, 0, 0 },
	{ "clone3", SETUP, SYS_clone3, 0, 0, 0 },
	{ "fork", SETUP, SYS_fork, 0, 0, 0 },
	{ "vfork", SETUP, SYS_vfork, 0, 0, 0 },
	{ "kill", SETUP, SYS_kill, 1, 0, 0 },
	{ "tgkill", SETUP, SYS_tgkill, 1, 1, 0 },
	{ "ptrace", SETUP, SYS_ptrace, 0, 0, 0 },
	{ "process_vm_readv", SETUP, SYS_process_vm_readv, 1, 0, 0 },
	{ "process_vm_writev", SETUP, SYS_process_vm_writev, 1, 0, 0 },
	{ "pidfd_open", SETUP, SYS_pidfd_open, 1, 0, 0 },
	{ "pidfd_getfd", SETUP, SYS_pidfd_getfd, 0, 0, 0 },
	/* the network */
	{ "socket (TCP)", SETUP, SYS_socket, AF_INET, SOCK_STREAM, 0 },
	{ "socket (local)", SETUP, SYS_socket, AF_UNIX, SOCK_STREAM, 0 },
	{ "socketpair", SETUP, SYS_socketpair, AF_UNIX, SOCK_STREAM, 0 },
	{ "connect", SETUP, SYS_connect, CHANNEL, 0, 0 },
	{ "bind", SETUP, SYS_bind, CHANNEL, 0, 0 },
	{ "listen", SETUP, SYS_listen, CHANNEL, 1, 0 },
	{ "accept4", SETUP, SYS_accept4, CHANNEL, 0, 0 },
	{ "recvmsg (descriptors)", SETUP, SYS_recvmsg, CHANNEL, 0, 0 },
	/* files */
	{ "openat2", SETUP, SYS_openat2, AT_FDCWD, (long)"/etc/passwd", 0 },
	{ "open_by_handle_at", SETUP, SYS_open_by_handle_at, CHANNEL, 0, 0 },
	{ "unlinkat", SETUP, SYS_unlinkat, AT_FDCWD, (long)"/tmp/x", 0 },
	{ "renameat2", SETUP, SYS_renameat2, AT_FDCWD, (long)"/tmp/x", AT_FDCWD },
	{ "mkdirat", SETUP, SYS_mkdirat, AT_FDCWD, (long)"/tmp/x", 0700 },
	{ "mknodat", SETUP, SYS_mknodat, AT_FDCWD, (long)"/tmp/x", S_IFIFO },
	{ "symlinkat", SETUP, SYS_symlinkat, (long)"/", AT_FDCWD, (long)"/tmp/x" },
	{ "linkat", SETUP, SYS_linkat, AT_FDCWD, (long)"/tmp/x", AT_FDCWD },
	{ "fchmodat", SETUP, SYS_fchmodat, AT_FDCWD, (long)"/tmp/x", 0777 },
	{ "fchownat", SETUP, SYS_fchownat, AT_FDCWD, (long)"/tmp/x", 0 },
	{ "truncate", SETUP, SYS_truncate, (long)"/tmp/x", 0, 0 },
	{ "chdir", SETUP, SYS_chdir, (long)"/", 0, 0 },
	{ "ioctl", SETUP, SYS_ioctl, CHANNEL, 0, 0 },
	{ "dup", SETUP, SYS_dup, CHANNEL, 0, 0 },
	{ "splice", SETUP, SYS_splice, CHANNEL, 0, 1 },
	{ "memfd_create", SETUP, SYS_memfd_create, (long)"m", 0, 0 },
	{ "memfd_secret", SETUP, SYS_memfd_secret, 0, 0, 0 },
	{ "shmget", SETUP, SYS_shmget, 1, 4096, 0 },
	{ "shmat", SETUP, SYS_shmat, 1, 0, SHM_EXEC },
	/* roots and namespaces */
	{ "mount", SETUP, SYS_mount, 0, 0, 0 },
	{ "umount2", SETUP, SYS_umount2, (long)"/", 0, 0 },
	{ "fsopen", SETUP, SYS_fsopen, (long)"tmpfs", 0, 0 },
	{ "open_tree", SETUP, SYS_open_tree, AT_FDCWD, (long)"/", OPEN_TREE_CLONE },
	{ "move_mount", SETUP, SYS_move_mount, 0, 0, 0 },
	{ "mount_setattr", SETUP, SYS_mount_setattr, AT_FDCWD, (long)"/", 0 },
	{ "pivot_root", SETUP, SYS_pivot_root, (long)"/", (long)"/", 0 },
	{ "chroot", SETUP, SYS_chroot, (long)"/", 0, 0 },
	{ "unshare", SETUP, SYS_unshare, 0, 0, 0 },
	{ "setns", SETUP, SYS_setns, CHANNEL, 0, 0 },
	/* rights */
	{ "setuid", SETUP, SYS_setuid, 0, 0, 0 },
	{ "setresuid", SETUP, SYS_setresuid, 0, 0, 0 },
	{ "setgroups", SETUP, SYS_setgroups, 0, 0, 0 },
	{ "capset", SETUP, SYS_capset, 0, 0, 0 },
	{ "keyctl", SETUP, SYS_keyctl, 0, 0, 0 },
	{ "munlockall", SETUP, SYS_munlockall, 0, 0, 0 },
	/* the kernel's further doors */
	{ "bpf", SETUP, SYS_bpf, 0, 0, 0 },
	{ "io_uring_setup", SETUP, SYS_io_uring_setup, 1, 0, 0 },
	{ "perf_event_open", SETUP, SYS_perf_event_open, 0, 0, 0 },
	{ "userfaultfd", SETUP, SYS_userfaultfd, 0, 0, 0 },
	{ "pkey_mprotect", SETUP, SYS_pkey_mprotect, 0, 0, 0 },
	{ "personality", SETUP, SYS_personality, 0xffffffff, 0, 0 },
	{ "modify_ldt", SETUP, SYS_modify_ldt, 0, 0, 0 },
	{ "init_module", SETUP, SYS_init_module, 0, 0, 0 },
	{ "kexec_load", SETUP, SYS_kexec_load, 0, 0, 0 },
	{ "reboot", SETUP, SYS_reboot, 0, 0, 0 },
	{ "clock_settime", SETUP, SYS_clock_settime, 0, 0, 0 },
	/* what set-up needed */
	{ "openat", SERVING, SYS_openat, AT_FDCWD, (long)"/etc/passwd", O_RDONLY },
	{ "newfstatat", SERVING, SYS_newfstatat, AT_FDCWD, (long)"/", (long)page },
	{ "fstat", SERVING, SYS_fstat, CHANNEL, (long)page, 0 },
	{ "pread64", SERVING_A_TOKEN, SYS_pread64, CHANNEL, (long)page, 1 },
	{ "lseek", SERVING, SYS_lseek, CHANNEL, 0, 0 },
	{ "getdents64", SERVING_A_TOKEN, SYS_getdents64, CHANNEL, 0, 0 },
	{ "access", SERVING_A_TOKEN, SYS_access, (long)"/etc/passwd", R_OK, 0 },
	{ "fcntl", SERVING, SYS_fcntl, CHANNEL, F_GETFL, 0 },
	{ "fcntl (duplicating)", SERVING_A_TOKEN, SYS_fcntl, CHANNEL, F_DUPFD, 0 },
	{ "fcntl (flags)", SERVING_A_TOKEN, SYS_fcntl, CHANNEL, F_SETFL, 0 },
	{ "openat (writing)", SERVING_A_TOKEN, SYS_openat, AT_FDCWD, (long)TOKENS "/x", O_RDWR },
	{ "openat (making)", SERVING_A_TOKEN, SYS_openat, AT_FDCWD, (long)TOKENS "/x",
	  O_RDONLY | O_CREAT },
	{ "prctl", SERVING_A_TOKEN, SYS_prctl, PR_GET_DUMPABLE, 0, 0 },
	{ "seccomp", SERVING_A_TOKEN, SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, 0 },
	{ "setrlimit", SERVING_A_TOKEN, SYS_setrlimit, RLIMIT_CORE, 0, 0 },
	{ "prlimit64", SERVING_A_TOKEN, SYS_prlimit64, 0, RLIMIT_NOFILE, 0 },
	{ "landlock_create_ruleset", SERVING_A_TOKEN, SYS_landlock_create_ruleset, 0, 0, 1 },
	/* code */
	{ "mmap executable", SERVING_A_TOKEN, SYS_mmap, 0, 4096, PROT_READ | PROT_EXEC },
	{ "mmap writable and executable", SERVING_A_TOKEN, SYS_mmap, 0, 4096,
	  PROT_READ | PROT_WRITE | PROT_EXEC },
	{ "mprotect executable", SERVING_A_TOKEN, SYS_mprotect, (long)page, 4096,
	  PROT_READ | PROT_EXEC },
};

static size_t current; /* in deadly */

static int try_deadly(void)
{
	return result_of(syscall(deadly[current].number, deadly[current].a, deadly[current].b,
				 deadly[current].c, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void expect_killed(enum phase phase)
{
	static const char *const names[] = { "set-up", "serving a token", "serving" };
	int status = try_it(phase, try_deadly);
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
		TEST_FAIL("%s, %s: status %#x, not killed", names[phase], deadly[current].name,
			  (unsigned)status);
}

TEST(confinement_what_it_does_not_need_kills_it)
{
#ifdef LABSEAL_SANITIZE
	TEST_SKIP("the sanitizer's own calls are on the list");
#endif
	if (try_it(SETUP, try_its_work) == -1)
		TEST_SKIP("this kernel has no seccomp or no Landlock");
	for (current = 0; current < sizeof(deadly) / sizeof(deadly[0]); current++) {
		for (int phase = deadly[current].from; phase <= SERVING; phase++)
			expect_killed(phase);
	}
}

TEST_MAIN()
