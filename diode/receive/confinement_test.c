/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process with the receiver's descriptors and its very confinement tries what
 * the receiver must never be able to do.
 */
#include "diode/receive/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/confine.h"

#define CHANNEL 3
#define ENCLAVE 4
#define SPOOL	5
#define PEER	6

static char dir[64];
static int fifo_held;

/* What is tried: 0, or why not (an errno). */
typedef int attempt(void);

static int result_of(long rc)
{
	return rc < 0 ? errno : 0;
}

/* --- the process -------------------------------------------------------------------------- */

static void be_the_receiver(void)
{
	char path[128];
	int pair[2];
	snprintf(path, sizeof(path), "%s/fifo", dir);
	int fifo = open(path, O_RDONLY | O_NONBLOCK);
	snprintf(path, sizeof(path), "%s/spool", dir);
	int spool = open(path, O_RDONLY | O_DIRECTORY);
	if (fifo < 0 || spool < 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0)
		_exit(250);
	/* out of the way first */
	fifo = fcntl(fifo, F_DUPFD, 20);
	spool = fcntl(spool, F_DUPFD, 20);
	int socket = fcntl(pair[0], F_DUPFD, 20);
	pair[1] = fcntl(pair[1], F_DUPFD, 20);
	dup2(fifo, CHANNEL);
	dup2(socket, ENCLAVE);
	dup2(spool, SPOOL);
	dup2(pair[1], PEER); /* only so that there is one */
	close_range(PEER + 1, ~0u, 0);
}

/* Its wait status, or -1 where the kernel has no Landlock. */
static int try_it(attempt *make)
{
	pid_t pid = fork();
	if (pid == 0) {
		unsigned missing = 0;
		be_the_receiver();
		if (ls_diode_confine(SPOOL, NULL, &missing, NULL) < 0)
			_exit(250);
		_exit(missing & LS_CONFINE_LANDLOCK ? 251 : make());
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 251 ? -1 : status;
}

static void begin(void)
{
	char path[128];
	snprintf(dir, sizeof(dir), "/tmp/confinement-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/fifo", dir);
	REQUIRE(mkfifo(path, 0600) == 0);
	fifo_held = open(path, O_RDWR | O_CLOEXEC);
	snprintf(path, sizeof(path), "%s/outside", dir);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	snprintf(path, sizeof(path), "%s/spool", dir);
	REQUIRE(mkdir(path, 0700) == 0);
	snprintf(path, sizeof(path), "%s/spool/link", dir);
	REQUIRE(symlink("../outside", path) == 0);
}

static void end(void)
{
	close(fifo_held);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

/* --- what it may do ------------------------------------------------------------------------- */

static int try_its_work(void)
{
	char byte;
	int fd = openat(SPOOL, "t-1", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool done = fd >= 0 && write(fd, "x", 1) == 1 && fsync(fd) == 0 &&
		    renameat(SPOOL, "t-1", SPOOL, "f-1") == 0 && fsync(SPOOL) == 0 &&
		    unlinkat(SPOOL, "f-1", 0) == 0 && write(ENCLAVE, "x", 1) == 1 &&
		    read(CHANNEL, &byte, 1) < 0 && errno == EAGAIN;
	return done ? 0 : 1;
}

TEST(confinement_the_receiver_can_work)
{
	begin();
	int status = try_it(try_its_work);
	end();
	if (status == -1)
		TEST_SKIP("this kernel has no Landlock");
	CHECK_INT_EQ(status, 0);
}

/* --- what is refused -------------------------------------------------------------------------- */

static int try_write_channel(void)
{
	return result_of(write(CHANNEL, "x", 1));
}

static int try_reopen_channel(void)
{
	return result_of(open("/proc/self/fd/3", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

static int try_channel_by_path(void)
{
	return result_of(openat(SPOOL, "../fifo", O_WRONLY | O_NONBLOCK | O_CLOEXEC));
}

static int try_read_outside(void)
{
	return result_of(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static int try_read_beside(void)
{
	return result_of(openat(SPOOL, "../outside", O_RDONLY | O_CLOEXEC));
}

static int try_follow_link(void)
{
	return result_of(openat(SPOOL, "link", O_RDWR | O_CLOEXEC));
}

static int try_create_outside(void)
{
	return result_of(openat(SPOOL, "../made", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static int try_list_outside(void)
{
	return result_of(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int try_remove_outside(void)
{
	return result_of(unlinkat(SPOOL, "../outside", 0));
}

static int try_share_memory_file(void)
{
	return result_of(open("/dev/shm/labseal-test", O_RDWR | O_CREAT | O_CLOEXEC, 0600));
}

#ifndef LABSEAL_SANITIZE /* which needs much */
static int try_much_memory(void)
{
	void *place = mmap(NULL, LS_DIODE_MEMORY_MAX, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return place == MAP_FAILED ? errno : 0;
}
#endif

static int try_many_files(void)
{
	for (int i = 0; i < 2 * LS_DIODE_FILES_MAX; i++)
		if (openat(SPOOL, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0)
			return errno;
	return 0;
}

TEST(confinement_what_it_may_not_is_refused)
{
	static const struct {
		const char *name;
		attempt *make;
		int wanted;
	} all[] = {
		{ "write into the channel", try_write_channel, EBADF },
		{ "open the channel again for writing", try_reopen_channel, EACCES },
		{ "open the channel by its name", try_channel_by_path, EACCES },
		{ "open a file elsewhere", try_read_outside, EACCES },
		{ "open a file beside the spool", try_read_beside, EACCES },
		{ "follow a link out of the spool", try_follow_link, EACCES },
		{ "make a file beside the spool", try_create_outside, EACCES },
		{ "list a folder elsewhere", try_list_outside, EACCES },
		{ "remove a file beside the spool", try_remove_outside, EACCES },
		{ "share memory by name", try_share_memory_file, EACCES },
		{ "open files without end", try_many_files, EMFILE },
#ifndef LABSEAL_SANITIZE
		{ "take memory without end", try_much_memory, ENOMEM },
#endif
	};
	begin();
	bool landlock = try_it(try_its_work) != -1;
	for (size_t i = 0; landlock && i < sizeof(all) / sizeof(all[0]); i++) {
		int status = try_it(all[i].make);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != all[i].wanted)
			TEST_FAIL("%s: status %#x, not error %d", all[i].name, (unsigned)status,
				  all[i].wanted);
	}
	end();
	if (!landlock)
		TEST_SKIP("this kernel has no Landlock");
}

/* --- what kills
 * ----------------------------------------------------------------------------------- */

/* With arguments that would work, or fail, without harm; it never gets so far. */
static const struct {
	const char *name;
	long number, a, b, c;
} deadly[] = {
	{ "socket", SYS_socket, AF_INET, SOCK_STREAM, 0 },
	{ "socket (local)", SYS_socket, AF_UNIX, SOCK_STREAM, 0 },
	{ "connect", SYS_connect, ENCLAVE, 0, 0 },
	{ "bind", SYS_bind, ENCLAVE, 0, 0 },
	{ "listen", SYS_listen, ENCLAVE, 1, 0 },
	{ "accept4", SYS_accept4, ENCLAVE, 0, 0 },
	{ "execve", SYS_execve, (long)"/bin/true", 0, 0 },
	{ "execveat", SYS_execveat, SPOOL, (long)"x", 0 },
	{ "fork", SYS_clone, SIGCHLD, 0, 0 },
	{ "clone3", SYS_clone3, 0, 0, 0 },
	{ "kill", SYS_kill, 1, 0, 0 },
	{ "ptrace", SYS_ptrace, 0, 0, 0 },
	{ "process_vm_writev", SYS_process_vm_writev, 1, 0, 0 },
	{ "pidfd_getfd", SYS_pidfd_getfd, 0, 0, 0 },
	{ "ioctl", SYS_ioctl, CHANNEL, 0, 0 },
	{ "splice", SYS_splice, CHANNEL, 0, ENCLAVE },
	{ "tee", SYS_tee, CHANNEL, ENCLAVE, 0 },
	{ "mknodat", SYS_mknodat, SPOOL, (long)"p", S_IFIFO | 0600 },
	{ "symlinkat", SYS_symlinkat, (long)"/", SPOOL, (long)"s" },
	{ "linkat", SYS_linkat, SPOOL, (long)"link", SPOOL },
	{ "mkdirat", SYS_mkdirat, SPOOL, (long)"d", 0700 },
	{ "fchmod", SYS_fchmod, SPOOL, 0777, 0 },
	{ "fchown", SYS_fchown, SPOOL, 0, 0 },
	{ "memfd_create", SYS_memfd_create, (long)"m", 0, 0 },
	{ "io_uring_setup", SYS_io_uring_setup, 1, 0, 0 },
	{ "open_by_handle_at", SYS_open_by_handle_at, SPOOL, 0, 0 },
	{ "chdir", SYS_chdir, (long)"/", 0, 0 },
	{ "mount", SYS_mount, 0, 0, 0 },
	{ "unshare", SYS_unshare, 0, 0, 0 },
	{ "setuid", SYS_setuid, 0, 0, 0 },
	{ "prctl", SYS_prctl, 0, 0, 0 },
	{ "prlimit64", SYS_prlimit64, 0, RLIMIT_NOFILE, 0 },
	{ "bpf", SYS_bpf, 0, 0, 0 },
	{ "keyctl", SYS_keyctl, 0, 0, 0 },
	{ "perf_event_open", SYS_perf_event_open, 0, 0, 0 },
	{ "userfaultfd", SYS_userfaultfd, 0, 0, 0 },
	{ "reboot", SYS_reboot, 0, 0, 0 },
};

static size_t current; /* in deadly */

static int try_deadly(void)
{
	return result_of(syscall(deadly[current].number, deadly[current].a, deadly[current].b,
				 deadly[current].c, 0, 0, 0));
}

TEST(confinement_what_it_never_needs_kills)
{
#ifdef LABSEAL_SANITIZE
	TEST_SKIP("the sanitizer's own calls are on the list");
#endif
	begin();
	bool landlock = try_it(try_its_work) != -1;
	for (current = 0; landlock && current < sizeof(deadly) / sizeof(deadly[0]); current++) {
		int status = try_it(try_deadly);
		if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSYS)
			TEST_FAIL("%s: status %#x, not killed", deadly[current].name,
				  (unsigned)status);
	}
	end();
	if (!landlock)
		TEST_SKIP("this kernel has no Landlock");
}

TEST_MAIN()
