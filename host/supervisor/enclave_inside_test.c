/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in the enclave's root tries what the root and the namespaces must
 * refuse by themselves: it has no seccomp filter and no Landlock (those are
 * enclave/confinement_test.c's), so each refusal here is theirs alone.
 *
 * The program is this one: started as the enclave it makes the attempt whose
 * number it is sent, and answers what came of it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/supervisor/enclave_process.h"
#include "lib/base/cleanup.h"
#include "lib/base/test.h"

#define CHANNEL 3
#define LEAKED	77
#define FDS_MAX 4096

/* What the tests outside tell it. */
struct question {
	unsigned attempt;
	pid_t outsider;
	uint16_t port;
};

/* What the machine has one of by each name is named by who tests: this test may run twice. */
static key_t shm_key(pid_t outsider)
{
	return 0x1a000000 + outsider;
}

static socklen_t local_address(pid_t outsider, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(ret->sun_path + 1, sizeof(ret->sun_path) - 1, "labseal-inside-test-%d",
			 (int)outsider); /* abstract */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* --- inside: 0 when it worked, else the errno --------------------------------------------- */

static struct question asked;

static int result_of(long rc)
{
	return rc < 0 ? errno : 0;
}

static int try_open(const char *path, int flags)
{
	return result_of(open(path, flags | O_CLOEXEC, 0600));
}

static int read_host_file(void)
{
	return try_open("/etc/passwd", O_RDONLY);
}

static int read_above(void)
{
	return try_open("/../../etc/passwd", O_RDONLY);
}

static int see_proc(void)
{
	return try_open("/proc/self/status", O_RDONLY);
}

static int see_devices(void)
{
	return try_open("/dev/null", O_RDWR);
}

static int read_program(void)
{
	return try_open("/labseal-enclave", O_RDONLY);
}

static int write_program(void)
{
	return try_open("/labseal-enclave", O_WRONLY);
}

static int make_file(void)
{
	return try_open("/new", O_WRONLY | O_CREAT);
}

static int make_hidden_file(void)
{
	return try_open("/", O_RDWR | O_TMPFILE);
}

static int make_folder(void)
{
	return result_of(mkdir("/new", 0700));
}

static int remove_file(void)
{
	return result_of(unlink("/labseal-enclave"));
}

static int rename_file(void)
{
	return result_of(rename("/labseal-enclave", "/other"));
}

static int change_mode(void)
{
	return result_of(chmod("/labseal-enclave", 0777));
}

static int make_device(void)
{
	return result_of(mknod("/null", S_IFCHR | 0666, 0x103));
}

static int run_host_program(void)
{
	execl("/bin/true", "true", (char *)NULL);
	return errno;
}

static int mount_something(void)
{
	return result_of(mount("none", "/lib", "tmpfs", 0, NULL));
}

static int mount_writable(void)
{
	return result_of(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int make_superblock(void)
{
	return result_of(fsopen("tmpfs", FSOPEN_CLOEXEC));
}

static int clone_tree(void)
{
	return result_of(open_tree(AT_FDCWD, "/", OPEN_TREE_CLONE));
}

static int unmount_root(void)
{
	return result_of(umount2("/", MNT_DETACH));
}

static int pivot(void)
{
	return result_of(syscall(SYS_pivot_root, "/", "/"));
}

static int change_root(void)
{
	return result_of(chroot("/lib"));
}

static int leave_namespace(void)
{
	return result_of(unshare(CLONE_NEWNS));
}

static int leave_network(void)
{
	return result_of(unshare(CLONE_NEWNET));
}

static int set_host_name(void)
{
	return result_of(sethostname("x", 1));
}

static int become_root(void)
{
	return result_of(setresuid(0, 0, 0));
}

static int become_other(void)
{
	return result_of(setresuid(1, 1, 1));
}

static int have_groups(void)
{
	gid_t group = 0;
	return result_of(setgroups(1, &group));
}

static int take_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct all[2] = { { 0x1ff, 0x1ff, 0 } };
	return result_of(syscall(SYS_capset, &header, all));
}

static int see_outsider(void)
{
	return result_of(kill(asked.outsider, 0));
}

static int trace_outsider(void)
{
	return result_of(ptrace(PTRACE_SEIZE, asked.outsider, 0, 0));
}

static int signal_all(void)
{
	return result_of(kill(-1, 0));
}

static int connect_tcp(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = asked.port };
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	return fd < 0 ? errno : result_of(connect(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int connect_local(void)
{
	struct sockaddr_un to;
	socklen_t size = local_address(asked.outsider, &to);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	return fd < 0 ? errno : result_of(connect(fd, (struct sockaddr *)&to, size));
}

static int share_memory(void)
{
	return result_of(shmget(shm_key(asked.outsider), 4096, 0));
}

static int use_leaked(void)
{
	return result_of(fcntl(LEAKED, F_GETFD));
}

static int use_any_other(void)
{
	for (int fd = CHANNEL + 1; fd < FDS_MAX; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return fd;
	return EBADF;
}

static int raise_core_limit(void)
{
	struct rlimit l = { 1 << 20, 1 << 20 };
	return result_of(setrlimit(RLIMIT_CORE, &l));
}

/* How it starts: 0, or the number of what is not so. */
static int look_around(void)
{
	extern char **environ;
	struct utsname name;
	struct stat st;
	if (environ[0] != NULL)
		return 1;
	if (getpid() != 1 || getppid() != 0)
		return 2;
	if (prctl(PR_GET_DUMPABLE) != 0) /* it was so before its first instruction */
		return 3;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return 4;
	if (getuid() == 0 || getgid() == 0)
		return 5;
	if (uname(&name) < 0 || strcmp(name.nodename, "enclave") != 0)
		return 6;
	for (int fd = 0; fd < 2; fd++)
		if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode))
			return 7;
	int signal_number = 0;
	if (prctl(PR_GET_PDEATHSIG, &signal_number) < 0 || signal_number != SIGKILL)
		return 8;
	sigset_t blocked;
	struct sigaction action;
	if (sigprocmask(SIG_SETMASK, NULL, &blocked) < 0 || sigismember(&blocked, SIGTERM) ||
	    sigaction(SIGPIPE, NULL, &action) < 0 || action.sa_handler != SIG_DFL)
		return 9;
	return 0;
}

static const struct {
	const char *name;
	int (*make)(void);
	int wanted[2]; /* the second, if not 0, will do as well */
} attempts[] = {
	{ "start as it should", look_around, { 0 } },
	{ "read a file of the host", read_host_file, { ENOENT } },
	{ "climb out of the root", read_above, { ENOENT } },
	{ "see /proc", see_proc, { ENOENT } },
	{ "see /dev", see_devices, { ENOENT } },
	{ "read its own program", read_program, { EACCES } },
	{ "write its own program", write_program, { EROFS, EACCES } },
	{ "make a file", make_file, { EROFS } },
	{ "make a file without a name", make_hidden_file, { EROFS } },
	{ "make a folder", make_folder, { EROFS } },
	{ "remove a file", remove_file, { EROFS } },
	{ "rename a file", rename_file, { EROFS } },
	{ "change a file's mode", change_mode, { EROFS } },
	{ "make a device", make_device, { EROFS, EPERM } },
	{ "execute a program of the host", run_host_program, { ENOENT } },
	{ "mount", mount_something, { EPERM } },
	{ "mount its root writable", mount_writable, { EPERM } },
	{ "make a file system", make_superblock, { EPERM } },
	{ "clone its mount", clone_tree, { EPERM } },
	{ "unmount its root", unmount_root, { EPERM } },
	{ "pivot_root", pivot, { EPERM } },
	{ "chroot", change_root, { EPERM } },
	{ "make a mount namespace", leave_namespace, { EPERM } },
	{ "make a network namespace", leave_network, { EPERM } },
	{ "set the host name", set_host_name, { EPERM } },
	{ "become root", become_root, { EINVAL } }, /* it is not mapped */
	{ "become another user", become_other, { EINVAL } },
	{ "set its groups", have_groups, { EPERM } },
	{ "take capabilities", take_capabilities, { EPERM } },
	{ "see a process outside", see_outsider, { ESRCH } },
	{ "trace a process outside", trace_outsider, { ESRCH } },
	{ "signal all processes", signal_all, { ESRCH } },
	{ "connect by TCP", connect_tcp, { ENETUNREACH } },
	{ "connect to a local socket", connect_local, { ECONNREFUSED } },
	{ "share memory by its key", share_memory, { ENOENT } },
	{ "use a descriptor that leaked", use_leaked, { EBADF } },
	{ "use any descriptor that it was not given", use_any_other, { EBADF } },
	{ "raise its core limit", raise_core_limit, { EPERM } },
};
#define ATTEMPTS (sizeof(attempts) / sizeof(attempts[0]))

static int be_the_enclave(void)
{
	if (read(CHANNEL, &asked, sizeof(asked)) != sizeof(asked) || asked.attempt >= ATTEMPTS)
		return 1;
	int result = attempts[asked.attempt].make();
	return write(CHANNEL, &result, sizeof(result)) == sizeof(result) ? 0 : 1;
}

/* --- outside ------------------------------------------------------------------------------ */

static int listen_tcp(uint16_t *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t size = sizeof(at);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, 1) == 0 &&
	      getsockname(fd, (struct sockaddr *)&at, &size) == 0);
	*ret_port = at.sin_port;
	return fd;
}

static int listen_local(void)
{
	struct sockaddr_un at;
	socklen_t size = local_address(getpid(), &at);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&at, size) == 0 && listen(fd, 1) == 0);
	return fd;
}

/* Its answer, or -1 (none) or -EOPNOTSUPP. */
static int ask(const struct question *q)
{
	struct ls_error err = { 0 };
	_cleanup_enclave_files_ struct ls_enclave_files files = { 0 };
	struct ls_enclave_process process;
	char self[LS_CLOSURE_PATH_SIZE];
	int ends[2], answer = -1;
	pid_t pid;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	int rc = ls_enclave_files_of(self, &files, &err);
	if (rc == 0)
		rc = ls_enclave_process_open(&files, &process, &err);
	struct ls_child_fd fds[] = { { ends[1], CHANNEL } };
	if (rc == 0)
		rc = ls_enclave_process_run(&process, fds, 1, &pid, &err);
	close(ends[1]);
	if (rc == 0) {
		if (send(ends[0], q, sizeof(*q), MSG_NOSIGNAL) < 0 ||
		    read(ends[0], &answer, sizeof(answer)) != sizeof(answer))
			answer = -1;
		waitpid(pid, NULL, 0);
	} else if (rc != -EOPNOTSUPP) {
		TEST_FAIL("%s: %s", err.id, err.message);
	}
	close(ends[0]);
	return rc < 0 ? rc : answer;
}

TEST(what_the_root_and_the_namespaces_refuse)
{
	struct question q = { .outsider = getpid() };
	_cleanup_close_ int tcp = listen_tcp(&q.port);
	_cleanup_close_ int local = listen_local();
	REQUIRE(tcp >= 0 && local >= 0);
	int leaked = fcntl(0, F_DUPFD, LEAKED);
	int memory = shmget(shm_key(q.outsider), 4096, IPC_CREAT | 0666);
	int answer = 0;
	signal(SIGPIPE, SIG_IGN); /* as labseald has it */
	for (q.attempt = 0; answer != -EOPNOTSUPP && q.attempt < ATTEMPTS; q.attempt++) {
		const int *wanted = attempts[q.attempt].wanted;
		answer = ask(&q);
		if (answer != -EOPNOTSUPP && answer != wanted[0] &&
		    (wanted[1] == 0 || answer != wanted[1]))
			TEST_FAIL("%s: %d, not %d (%s)", attempts[q.attempt].name, answer,
				  wanted[0], strerror(wanted[0]));
	}
	close(leaked);
	shmctl(memory, IPC_RMID, NULL);
	if (answer == -EOPNOTSUPP)
		TEST_SKIP("this machine cannot have an enclave's root");
}

int run_tests(int argc, char **argv);
#define main run_tests
TEST_MAIN()
#undef main

int main(int argc, char **argv)
{
	if (getpid() == 1 && access("/" LS_ENCLAVE_PROGRAM, F_OK) == 0)
		_exit(be_the_enclave()); /* a leak checker at exit() would need /proc */
	return run_tests(argc, argv);
}
