/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's process, looked at from outside.  /bin/cat plays the enclave:
 * it waits for input on a socket.  enclave_inside_test.c looks from inside.
 */
#include "host/supervisor/enclave_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/confine.h"

#define ORDINARY 12345 /* a user that nobody is */
#define WAIT_MS	 10000

struct enclave {
	struct ls_enclave_files files;
	struct ls_enclave_process process;
	pid_t pid;
	int channel;
};

static int prepare(struct enclave *e, const char *program, struct ls_error *err)
{
	*e = (struct enclave){ .channel = -1, .process.control = -1 };
	int rc = ls_enclave_files_of(program, &e->files, err);
	return rc < 0 ? rc : ls_enclave_process_open(&e->files, &e->process, err);
}

static int run_on(struct enclave *e, int channel, struct ls_error *err)
{
	struct ls_child_fd fds[] = { { channel, 0 }, { channel, 1 } };
	return ls_enclave_process_run(&e->process, fds, 2, &e->pid, err);
}

static int run(struct enclave *e, struct ls_error *err)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	int rc = run_on(e, ends[1], err);
	close(ends[1]);
	e->channel = ends[0];
	return rc;
}

static void end(struct enclave *e)
{
	if (e->channel >= 0)
		close(e->channel);
	if (e->pid > 0) {
		kill(e->pid, SIGKILL);
		waitpid(e->pid, NULL, 0);
	}
	ls_enclave_process_close(&e->process);
	ls_enclave_files_free(&e->files);
}

/* What a machine without user namespaces or tmpfs says: a reason to skip, not to fail. */
static const char *why_not(int rc, const struct ls_error *err)
{
	static char why[sizeof(err->message)];
	if (rc != -EOPNOTSUPP)
		return NULL;
	snprintf(why, sizeof(why), "%s", err->message);
	return why;
}

static bool echoes(const struct enclave *e)
{
	char byte = 'x';
	return write(e->channel, "y", 1) == 1 && read(e->channel, &byte, 1) == 1 && byte == 'y';
}

#define RUNNING(e)                                                      \
	struct ls_error err = { 0 };                                    \
	__attribute__((cleanup(end))) struct enclave e;                 \
	int opened_ = prepare(&e, "/bin/cat", &err);                    \
	if (why_not(opened_, &err))                                     \
		TEST_SKIP(why_not(opened_, &err));                      \
	if (opened_ == 0)                                               \
		opened_ = run(&e, &err);                                \
	if (opened_ < 0)                                                \
		TEST_FAIL("%s: %s", err.id, err.message);               \
	REQUIRE(opened_ == 0);                                          \
	/* its start is over: nothing of its loader is open any more */ \
	REQUIRE(echoes(&e))

/* /proc/PID/name, as text. */
static const char *proc_text(pid_t pid, const char *name)
{
	static char text[65536];
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t size = 0;
	ssize_t n;
	while (fd >= 0 && (n = read(fd, text + size, sizeof(text) - 1 - size)) > 0)
		size += (size_t)n;
	text[size] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

TEST(it_runs_and_ends_when_it_is_killed)
{
	RUNNING(e);
	CHECK(echoes(&e));
	int status = 0;
	CHECK_INT_EQ(kill(e.pid, SIGKILL), 0);
	CHECK_INT_EQ(ls_child_wait(e.pid, WAIT_MS, &status), 1);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	e.pid = 0;
}

TEST(it_ends_when_its_channel_does)
{
	RUNNING(e);
	int status = -1;
	close(e.channel);
	e.channel = -1;
	CHECK_INT_EQ(ls_child_wait(e.pid, WAIT_MS, &status), 1);
	CHECK_INT_EQ(status, 0);
	e.pid = 0;
}

/* A supervisor that is killed, before and after it let its enclave run. */
static void dying_supervisor(bool after, int channel, int report)
{
	struct ls_error err;
	struct enclave e;
	pid_t pid = -1;
	if (prepare(&e, "/bin/cat", &err) == 0) {
		pid = e.process.pid;
		if (after && run_on(&e, channel, &err) < 0)
			pid = -1;
	}
	if (write(report, &pid, sizeof(pid)) < 0)
		_exit(1);
	for (;;)
		pause();
}

/* The channel's other end stays open in here: only the death tells. */
TEST(it_ends_when_its_parent_does)
{
	for (int after = 0; after < 2; after++) {
		int report[2], channel[2], status;
		pid_t enclave = 0;
		REQUIRE(pipe2(report, O_CLOEXEC) == 0 &&
			socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == 0);
		/* its orphan becomes our child: so its end can be awaited */
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		pid_t supervisor = fork();
		if (supervisor == 0)
			dying_supervisor(after, channel[1], report[1]);
		CHECK_INT_EQ(read(report[0], &enclave, sizeof(enclave)), sizeof(enclave));
		kill(supervisor, SIGKILL);
		waitpid(supervisor, NULL, 0);
		if (enclave > 0) {
			CHECK_INT_EQ(ls_child_wait(enclave, WAIT_MS, &status), 1);
			CHECK(!after || (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
		}
		for (int i = 0; i < 2; i++) {
			close(report[i]);
			close(channel[i]);
		}
		if (enclave <= 0)
			TEST_SKIP("this machine cannot have such a process");
	}
}

TEST(all_its_namespaces_are_its_own)
{
	static const char *const names[] = { "user", "mnt", "pid", "ipc", "uts", "net" };
	RUNNING(e);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], ours[64] = "", its[64] = "";
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		CHECK(readlink(path, ours, sizeof(ours) - 1) > 0);
		snprintf(path, sizeof(path), "/proc/%d/ns/%s", (int)e.pid, names[i]);
		CHECK(readlink(path, its, sizeof(its) - 1) > 0);
		if (strcmp(ours, its) == 0)
			TEST_FAIL("%s: %s is shared", names[i], its);
	}
}

TEST(one_user_and_one_group_are_mapped)
{
	RUNNING(e);
	unsigned inside, outside, count;
	char more;
	static const char *const maps[] = { "uid_map", "gid_map" };
	for (int i = 0; i < 2; i++) {
		CHECK_INT_EQ(sscanf(proc_text(e.pid, maps[i]), "%u %u %u %c", &inside, &outside,
				    &count, &more),
			     3);
		CHECK_INT_EQ(count, 1);
		CHECK(inside != 0);
		CHECK(geteuid() != 0 || outside != 0);
	}
	CHECK_STR_EQ(proc_text(e.pid, "setgroups"), "deny\n");
}

TEST(its_only_mount_is_a_read_only_tmpfs)
{
	RUNNING(e);
	const char *info = proc_text(e.pid, "mountinfo");
	CHECK_STR_HAS(info, " / / ro,nosuid,nodev");
	CHECK_STR_HAS(info, " - tmpfs none ro,");
	CHECK(strchr(info, '\n') && strchr(info, '\n')[1] == '\0');
}

static void count_files(int dirfd, size_t *count)
{
	DIR *dir = fdopendir(dirfd);
	struct dirent *entry;
	while (dir && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		int fd = openat(dirfd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			count_files(fd, count);
		else
			++*count;
	}
	if (dir)
		closedir(dir);
}

static int open_root(pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/root", (int)pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void check_file(int root, const struct ls_enclave_file *f)
{
	struct ls_digest there;
	struct stat st;
	uint64_t size = 0;
	_cleanup_close_ int fd = openat(root, ls_enclave_file_path(f), O_RDONLY | O_CLOEXEC);
	/* the program can be read by root alone: of it an ordinary user sees that it is there */
	if (fd < 0 && errno == EACCES && geteuid() != 0 && !(f->mode & 0444)) {
		CHECK(fstatat(root, ls_enclave_file_path(f), &st, 0) == 0);
		CHECK_INT_EQ(st.st_mode & 07777, f->mode);
		CHECK_INT_EQ(st.st_size, f->size);
	} else if (fd < 0 || fstat(fd, &st) < 0 || ls_sha256_fd(fd, &there, &size, NULL) < 0)
		TEST_FAIL("%s: %s", f->name, strerror(errno));
	else if (!ls_digest_equal(&there, &f->sha256) || size != f->size)
		TEST_FAIL("%s is not what was measured", f->name);
	else
		CHECK_INT_EQ(st.st_mode & 07777, f->mode);
}

TEST(its_root_holds_exactly_what_was_measured)
{
	RUNNING(e);
	_cleanup_close_ int root = open_root(e.pid);
	if (root < 0 && errno == EACCES)
		TEST_SKIP("only root may look");
	REQUIRE(root >= 0);
	for (size_t i = 0; i < e.files.count; i++)
		check_file(root, &e.files.files[i]);
	size_t count = 0;
	count_files(dup(root), &count);
	CHECK_INT_EQ(count, e.files.count);
}

TEST(it_holds_the_descriptors_it_was_given_and_no_other)
{
	int leak = fcntl(0, F_DUPFD, 77); /* without O_CLOEXEC */
	RUNNING(e);
	char path[64], link[64];
	for (int fd = 0; fd < 256; fd++) {
		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)e.pid, fd);
		ssize_t n = readlink(path, link, sizeof(link) - 1);
		if (fd > 2)
			CHECK(n < 0);
		else if (n < 0 && errno != EACCES)
			TEST_FAIL("descriptor %d is not there", fd);
	}
	close(leak);
	CHECK_STR_EQ(proc_text(e.pid, "environ"), "");
}

TEST(it_has_no_rights_and_no_core)
{
	RUNNING(e);
	const char *status = proc_text(e.pid, "status");
	static const char *const lines[] = { "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb" };
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char line[64];
		snprintf(line, sizeof(line), "\n%s:\t0000000000000000\n", lines[i]);
		CHECK_STR_HAS(status, line);
	}
	CHECK_STR_HAS(status, "\nNoNewPrivs:\t1\n");
	CHECK_STR_HAS(status, "\nCoreDumping:\t0\n");
	CHECK(strstr(status, "\nUid:\t0") == NULL || geteuid() != 0);
	/* the second number of NSpid: it is the first of its namespace */
	const char *pids = strstr(status, "\nNSpid:");
	int outer, inner = 0;
	CHECK(pids && sscanf(pids, " NSpid: %d %d", &outer, &inner) == 2 && inner == 1);
	const char *limits = proc_text(e.pid, "limits");
	CHECK_STR_HAS(limits, "Max core file size        0                    0 ");
}

/* As the very user that it runs as. */
static int try_as_its_user(const struct enclave *e, int (*attempt)(pid_t pid))
{
	pid_t pid = fork();
	if (pid == 0) {
		if (setresgid(e->process.gid, e->process.gid, e->process.gid) < 0 ||
		    setresuid(e->process.uid, e->process.uid, e->process.uid) < 0)
			_exit(250);
		_exit(attempt(e->pid));
	}
	int status = 0;
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int try_attach(pid_t pid)
{
	return ptrace(PTRACE_SEIZE, pid, 0, 0) < 0 ? errno : 0;
}

static int open_proc(pid_t pid, const char *name)
{
	char path[64], byte;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return errno;
	return read(fd, &byte, 1) < 0 ? errno : 0;
}

static int try_memory(pid_t pid)
{
	return open_proc(pid, "mem");
}

static int try_maps(pid_t pid)
{
	return open_proc(pid, "maps");
}

static int try_environment(pid_t pid)
{
	return open_proc(pid, "environ");
}

static int try_root(pid_t pid)
{
	return open_proc(pid, "root/labseal-enclave");
}

static int try_descriptor(pid_t pid)
{
	return open_proc(pid, "fd/0");
}

TEST(another_process_of_its_user_cannot_look_into_it)
{
	if (geteuid() != 0)
		TEST_SKIP("an ordinary user owns the namespaces, and may");
	RUNNING(e);
	if (!e.process.privileged)
		TEST_SKIP("root has no right to make namespaces here");
	CHECK_INT_EQ(try_as_its_user(&e, try_attach), EPERM);
	CHECK_INT_EQ(try_as_its_user(&e, try_memory), EACCES);
	CHECK_INT_EQ(try_as_its_user(&e, try_maps), EACCES);
	CHECK_INT_EQ(try_as_its_user(&e, try_environment), EACCES);
	CHECK_INT_EQ(try_as_its_user(&e, try_root), EACCES);
	CHECK_INT_EQ(try_as_its_user(&e, try_descriptor), EACCES);
	CHECK(echoes(&e));
}

/* --- what is measured is what runs -------------------------------------------------------- */

static void copy_program(const char *folder, char *path, size_t size)
{
	snprintf(path, size, "%s/program", folder);
	CHECK_INT_EQ(ls_file_copy(AT_FDCWD, "/bin/cat", AT_FDCWD, path, 0755, NULL), 0);
}

/* Written over in place: the file that was found is another one now, under the same inode. */
TEST(a_file_that_changes_after_it_was_measured_changes_nothing)
{
	char folder[] = "/tmp/labseal-test-XXXXXX", path[64];
	struct ls_error err = { 0 };
	__attribute__((cleanup(end))) struct enclave e;
	REQUIRE(mkdtemp(folder) != NULL);
	copy_program(folder, path, sizeof(path));
	int rc = prepare(&e, path, &err);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	CHECK_INT_EQ(write(fd, "#!/bin/false\n", 13), 13);
	close(fd);
	ls_remove_tree(AT_FDCWD, folder, NULL);
	if (why_not(rc, &err))
		TEST_SKIP(why_not(rc, &err));
	REQUIRE(rc == 0);
	CHECK_INT_EQ(run(&e, &err), 0);
	CHECK(echoes(&e));
	_cleanup_close_ int cat = open("/bin/cat", O_RDONLY | O_CLOEXEC);
	struct ls_digest wanted;
	CHECK_INT_EQ(ls_sha256_fd(cat, &wanted, NULL, &err), 0);
	for (size_t i = 0; i < e.files.count; i++)
		if (strcmp(e.files.files[i].name, LS_ENCLAVE_PROGRAM) == 0)
			CHECK(ls_digest_equal(&e.files.files[i].sha256, &wanted));
}

TEST(it_is_measured_as_it_is_on_the_disk)
{
	RUNNING(e);
	_cleanup_enclave_files_ struct ls_enclave_files disk = { 0 };
	CHECK_INT_EQ(ls_enclave_files_of("/bin/cat", &disk, &err), 0);
	CHECK_INT_EQ(ls_enclave_files_hash(&disk, &err), 0);
	REQUIRE(disk.count == e.files.count);
	for (size_t i = 0; i < disk.count; i++) {
		CHECK_STR_EQ(disk.files[i].name, e.files.files[i].name);
		CHECK(ls_digest_equal(&disk.files[i].sha256, &e.files.files[i].sha256));
		CHECK_INT_EQ(disk.files[i].size, e.files.files[i].size);
	}
}

TEST(a_file_that_is_not_there_any_more_is_named)
{
	char folder[] = "/tmp/labseal-test-XXXXXX", path[64];
	struct ls_error err = { 0 };
	_cleanup_enclave_files_ struct ls_enclave_files files = { 0 };
	struct ls_enclave_process process;
	REQUIRE(mkdtemp(folder) != NULL);
	copy_program(folder, path, sizeof(path));
	CHECK_INT_EQ(ls_enclave_files_of(path, &files, &err), 0);
	ls_remove_tree(AT_FDCWD, folder, NULL);
	int rc = ls_enclave_process_open(&files, &process, &err);
	if (why_not(rc, &err))
		TEST_SKIP(why_not(rc, &err));
	CHECK_INT_EQ(rc, -ENOENT);
	CHECK_STR_HAS(err.message, path);
}

/* --- as an ordinary user ------------------------------------------------------------------ */

/* 0, or 1 and what is wrong on the log; 77: cannot be had here. */
static int be_ordinary(void)
{
	struct ls_error err = { 0 };
	struct enclave e;
	if (setresgid(ORDINARY, ORDINARY, ORDINARY) < 0 ||
	    setresuid(ORDINARY, ORDINARY, ORDINARY) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0)
		return 1;
	int rc = prepare(&e, "/bin/cat", &err);
	if (rc == 0)
		rc = run(&e, &err);
	if (rc < 0) {
		printf("  %s: %s\n", err.id, err.message);
		return rc == -EOPNOTSUPP ? 77 : 1;
	}
	const char *map = proc_text(e.pid, "uid_map");
	unsigned inside = 0, outside = 0, count = 0;
	sscanf(map, "%u %u %u", &inside, &outside, &count);
	const char *status = proc_text(e.pid, "status");
	bool well = echoes(&e) && inside == ORDINARY && outside == ORDINARY && count == 1 &&
		    strstr(status, "\nUid:\t12345\t12345\t12345\t12345\n") &&
		    strstr(status, "\nCapEff:\t0000000000000000\n") &&
		    (e.process.missing & LS_CONFINE_USER) && !e.process.privileged;
	if (well) /* the next one overwrites the text */
		well = strstr(proc_text(e.pid, "mountinfo"), " / / ro,nosuid,nodev") != NULL;
	end(&e);
	return well ? 0 : 1;
}

TEST(an_ordinary_user_can_have_one)
{
	if (geteuid() != 0)
		TEST_SKIP("this is one already");
	pid_t pid = fork();
	if (pid == 0)
		_exit(be_ordinary());
	int status = -1;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		TEST_SKIP("an ordinary user cannot have namespaces here");
	CHECK_INT_EQ(status, 0);
}

/* --- as the system user --------------------------------------------------------------------- */

#define SYSTEM_UID 64321
#define SYSTEM_GID 64322

/* In a mount namespace whose /etc/passwd has it. */
static int be_with_system_user(void)
{
	static const char line[] = LS_ENCLAVE_USER ":x:64321:64322::/:/usr/sbin/nologin\n";
	char path[] = "/tmp/labseal-test-XXXXXX", wanted[64];
	struct ls_error err = { 0 };
	struct enclave e;
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, line, sizeof(line) - 1) < 0 || fchmod(fd, 0644) < 0)
		return 1;
	int rc = unshare(CLONE_NEWNS) < 0 ||
				 mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
				 mount(path, "/etc/passwd", NULL, MS_BIND, NULL) < 0
			 ? 77
			 : 0;
	unlink(path);
	if (rc != 0)
		return rc;
	rc = prepare(&e, "/bin/cat", &err);
	if (rc == 0)
		rc = run(&e, &err);
	if (rc < 0) {
		printf("  %s: %s\n", err.id, err.message);
		return rc == -EOPNOTSUPP ? 77 : 1;
	}
	CHECK_INT_EQ(e.process.missing, 0);
	CHECK(echoes(&e));
	snprintf(wanted, sizeof(wanted), "\nUid:\t%d\t%d\t", SYSTEM_UID, SYSTEM_UID);
	CHECK_STR_HAS(proc_text(e.pid, "status"), wanted);
	snprintf(wanted, sizeof(wanted), "\nGid:\t%d\t%d\t", SYSTEM_GID, SYSTEM_GID);
	CHECK_STR_HAS(proc_text(e.pid, "status"), wanted);
	CHECK_STR_HAS(proc_text(e.pid, "status"), "\nGroups:\t \n");
	CHECK_INT_EQ(try_as_its_user(&e, try_attach), EPERM);
	end(&e);
	return ls_test_failures;
}

TEST(root_gives_it_the_system_user)
{
	if (geteuid() != 0)
		TEST_SKIP("only root can");
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0)
		_exit(be_with_system_user());
	int status = -1;
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		TEST_SKIP("root has no right to mount here");
	CHECK_INT_EQ(status, 0);
}

/* --- what a machine may not offer --------------------------------------------------------- */

struct denial {
	const char *syscall;
	unsigned long flags; /* only when its first argument has these; 0: always */
	int code;
	const char *id, *words;
};

/* In a child where the kernel refuses that call, on the way of the ordinary user or of root. */
static int refused_with(const struct denial *d, bool ordinary)
{
	struct ls_error err = { 0 };
	struct enclave e;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int number = seccomp_syscall_resolve_name(d->syscall);
	if (ordinary &&
	    (setresgid(ORDINARY, ORDINARY, ORDINARY) < 0 ||
	     setresuid(ORDINARY, ORDINARY, ORDINARY) < 0 || prctl(PR_SET_DUMPABLE, 1) < 0))
		return 1;
	int rc = seccomp_rule_add(filter, SCMP_ACT_ERRNO((uint32_t)d->code), number,
				  d->flags ? 1 : 0,
				  SCMP_A0(SCMP_CMP_MASKED_EQ, d->flags, d->flags));
	if (rc < 0 || seccomp_load(filter) < 0)
		return 1;
	seccomp_release(filter);
	rc = prepare(&e, "/bin/cat", &err);
	if (rc == 0)
		rc = run(&e, &err);
	bool well = rc == -EOPNOTSUPP && err.code == rc && strcmp(err.id, d->id) == 0 &&
		    strstr(err.message, d->words);
	if (!well)
		printf("  %s refused: %d '%s' %s\n", d->syscall, rc, err.id, err.message);
	/* and nothing is left of it */
	well = well && waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
	return well ? 0 : 1;
}

TEST(what_cannot_be_had_is_named_with_what_to_do)
{
	static const struct denial denials[] = {
		{ "fsopen", 0, ENODEV, "enclave.tmpfs", "CONFIG_TMPFS" },
		{ "fsmount", 0, EPERM, "enclave.tmpfs", "security module" },
		{ "mount_setattr", 0, ENOSYS, "enclave.tmpfs", "read-only" },
		{ "pivot_root", 0, EINVAL, "enclave.root", "initial RAM disk" },
		{ "move_mount", 0, EPERM, "enclave.root", "pivot_root" },
		{ "unshare", CLONE_NEWUSER, ENOSPC, "enclave.user", "user.max_user_namespaces" },
		{ "clone", CLONE_NEWUSER, EPERM, "enclave.user", "unprivileged_userns_clone" },
		{ "clone", CLONE_NEWNS, ENOSPC, "enclave.namespaces", "user.max_*" },
	};
	for (size_t i = 0; i < sizeof(denials) / sizeof(denials[0]); i++) {
		/* root makes no user namespace by clone(2) */
		bool ordinary = strcmp(denials[i].id, "enclave.namespaces") != 0;
		if (geteuid() != 0 && !ordinary)
			continue;
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			_exit(refused_with(&denials[i], geteuid() == 0 && ordinary));
		int status = -1;
		waitpid(pid, &status, 0);
		if (status != 0)
			TEST_FAIL("%s: %#x", denials[i].syscall, (unsigned)status);
	}
}

TEST_MAIN()
