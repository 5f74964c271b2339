/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/supervisor/enclave_root.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/proc/confine.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)

#define WAIT_MS	     30000 /* for copying and hashing, on a slow disk */
#define PATH_SIZE    64
#define MAP_SIZE     64
#define HOST_NAME    "enclave"
#define PROGRAM_PATH "/" LS_ENCLAVE_PROGRAM

/* What the process has open while it prepares; all else is closed at once. */
enum { CONTROL = 3, NULL_DEVICE, OWN_PROC, FIRST_RECEIVED };

/* --- messages between labseald and the process, both of one program and one machine ------- */

enum step {
	STEP_GO = 1,	/* to it: the maps of its user namespace are written */
	STEP_MEASURED,	/* from it: it is in its root, and this is what is there */
	STEP_RUN,	/* to it, with descriptors */
	STEP_WANTS_MAP, /* from it: it is in its last user namespace */
	STEP_FAILED,	/* from it, the last one */
};

struct report {
	enum step step;
	struct ls_error err;
	size_t count;
	struct {
		struct ls_digest sha256;
		uint64_t size;
	} files[LS_ENCLAVE_FILES_MAX];
};

struct order {
	enum step step;
	size_t fd_count;
	int numbers[LS_CHILD_FDS_MAX];
};

static int send_record(int fd, const void *record, size_t size)
{
	ssize_t n;
	do
		n = send(fd, record, size, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size ? 0 : n < 0 ? -errno : -EIO;
}

/* 0; -EPIPE at its end. */
static int receive_record(int fd, void *record, size_t size)
{
	ssize_t n;
	do
		n = recv(fd, record, size, 0);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size ? 0 : n == 0 ? -EPIPE : n < 0 ? -errno : -EIO;
}

/* --- maps --------------------------------------------------------------------------------- */

static int write_at(int dirfd, const char *name, const char *text)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return ls_write_all(fd, text, strlen(text));
}

static int write_map(int process_dir, const char *name, unsigned inside, unsigned outside)
{
	char text[MAP_SIZE];
	snprintf(text, sizeof(text), "%u %u 1\n", inside, outside);
	return write_at(process_dir, name, text);
}

/* One user and one group.  outside: as the parent user namespace numbers them. */
static int write_maps(int process_dir, uid_t uid, uid_t outside_uid, gid_t gid, gid_t outside_gid)
{
	int rc = write_at(process_dir, "setgroups", "deny");
	if (rc == 0)
		rc = write_map(process_dir, "uid_map", uid, outside_uid);
	if (rc == 0)
		rc = write_map(process_dir, "gid_map", gid, outside_gid);
	return rc;
}

static int unavailable(struct ls_error *err)
{
	if (err)
		err->code = -EOPNOTSUPP;
	return -EOPNOTSUPP;
}

static int no_user_namespace(int code, struct ls_error *err)
{
	ls_fail_errno(err, code, "enclave.user",
		      "the enclave cannot have a user namespace of its own; allow them (sysctl "
		      "user.max_user_namespaces, and where the system has it "
		      "kernel.unprivileged_userns_clone or AppArmor's restriction), or start "
		      "labseald as root");
	return unavailable(err);
}

/* --- in the process ----------------------------------------------------------------------- */

struct child {
	const struct ls_enclave_process *process;
	struct ls_enclave_files *files;
	int control;
};

/* Its end of the control socket, /dev/null and its own folder in /proc: these three stay. */
static int take_descriptors(int control, struct ls_error *err)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int proc = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (null < 0 || proc < 0)
		return ls_fail_errno(err, errno, "enclave.prepare",
				     "cannot open /dev/null and /proc/self for the enclave");
	/* out of each other's way first */
	control = fcntl(control, F_DUPFD_CLOEXEC, FIRST_RECEIVED);
	null = fcntl(null, F_DUPFD_CLOEXEC, FIRST_RECEIVED);
	proc = fcntl(proc, F_DUPFD_CLOEXEC, FIRST_RECEIVED);
	if (control < 0 || null < 0 || proc < 0 || dup3(control, CONTROL, O_CLOEXEC) < 0 ||
	    dup3(null, NULL_DEVICE, O_CLOEXEC) < 0 || dup3(proc, OWN_PROC, O_CLOEXEC) < 0 ||
	    close_range(FIRST_RECEIVED, ~0u, 0) < 0)
		return ls_fail_errno(err, errno, "enclave.prepare",
				     "cannot arrange the enclave's descriptors");
	return 0;
}

static int set_limit(int resource, rlim_t value)
{
	struct rlimit l = { value, value };
	return setrlimit(resource, &l);
}

/* More may be had by root only; the enclave says if it is too little. */
static void allow_locked_memory(void)
{
	struct rlimit l;
	if (set_limit(RLIMIT_MEMLOCK, LS_ENCLAVE_MEMORY_MAX) == 0 ||
	    getrlimit(RLIMIT_MEMLOCK, &l) < 0)
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &l);
}

static int prepare(struct child *c, struct ls_error *err)
{
	enum step go;
	umask(022);
	setsid(); /* no controlling terminal, no Ctrl-C from one */
	prctl(PR_SET_NAME, LS_ENCLAVE_PROGRAM);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int rc = take_descriptors(c->control, err);
	c->control = CONTROL;
	if (rc < 0)
		return rc;
	rc = receive_record(CONTROL, &go, sizeof(go));
	if (rc < 0)
		return ls_fail_errno(err, -rc, "enclave.prepare", "the supervisor went away");
	if (sethostname(HOST_NAME, strlen(HOST_NAME)) < 0 || set_limit(RLIMIT_CORE, 0) < 0 ||
	    (c->process->privileged && setgroups(0, NULL) < 0))
		return ls_fail_errno(err, errno, "enclave.prepare",
				     "the enclave cannot give up core dumps and groups");
	allow_locked_memory();
	_cleanup_close_ int mount = ls_enclave_root_build(c->files, err);
	return mount < 0 ? mount : ls_enclave_root_enter(mount, err);
}

static int tell_measured(const struct child *c)
{
	static struct report report;
	report.step = STEP_MEASURED;
	report.count = c->files->count;
	for (size_t i = 0; i < c->files->count; i++) {
		report.files[i].sha256 = c->files->files[i].sha256;
		report.files[i].size = c->files->files[i].size;
	}
	return send_record(CONTROL, &report, sizeof(report));
}

/* The descriptors come in the order of their numbers in the message. */
static int receive_run(struct ls_child_fd fds[static LS_CHILD_FDS_MAX], size_t *ret_count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(LS_CHILD_FDS_MAX * sizeof(int))];
	} control;
	struct order order;
	int received[LS_CHILD_FDS_MAX];
	struct iovec part = { &order, sizeof(order) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof(control) };
	ssize_t n;
	do
		n = recvmsg(CONTROL, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n != (ssize_t)sizeof(order))
		return n < 0 ? -errno : -EPIPE;
	const struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	if (!c || c->cmsg_type != SCM_RIGHTS || order.fd_count > LS_CHILD_FDS_MAX - 2 ||
	    c->cmsg_len != CMSG_LEN(order.fd_count * sizeof(int)))
		return -EBADMSG;
	memcpy(received, CMSG_DATA(c), order.fd_count * sizeof(int));
	for (size_t i = 0; i < order.fd_count; i++)
		fds[i] = (struct ls_child_fd){ received[i], order.numbers[i] };
	*ret_count = order.fd_count;
	return 0;
}

/* Into the last user namespace, which has one user in it and owns nothing. */
static int enter_user_namespace(const struct ls_enclave_process *p, struct ls_error *err)
{
	enum step go;
	struct report wants = { .step = STEP_WANTS_MAP };
	if (unshare(CLONE_NEWUSER) < 0)
		return no_user_namespace(errno, err);
	int rc = 0;
	if (!p->privileged)
		rc = write_maps(OWN_PROC, p->uid ? p->uid : LS_ENCLAVE_NOBODY, 0,
				p->gid ? p->gid : LS_ENCLAVE_NOBODY, 0);
	if (rc == 0 && p->privileged) {
		rc = send_record(CONTROL, &wants, sizeof(wants));
		if (rc == 0)
			rc = receive_record(CONTROL, &go, sizeof(go));
	}
	return rc < 0 ? no_user_namespace(-rc, err) : 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap) < 0)
			return -errno;
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return -errno;
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

static int give_up_rights(const struct ls_enclave_process *p, struct ls_error *err)
{
	uid_t uid = p->uid ? p->uid : LS_ENCLAVE_NOBODY;
	gid_t gid = p->gid ? p->gid : LS_ENCLAVE_NOBODY;
	if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 ||
	    drop_capabilities() < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    /* the change of user has cleared it; if the parent died meanwhile, the channels tell */
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return ls_fail_errno(err, errno, "enclave.rights",
				     "the enclave cannot give up its rights");
	return 0;
}

/* By the name that it has on the host: for who looks at the processes from there. */
static const char *source_of_program(const struct ls_enclave_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->files[i].name, LS_ENCLAVE_PROGRAM) == 0)
			return files->files[i].source;
	return LS_ENCLAVE_PROGRAM;
}

static int execute(const struct ls_enclave_files *files, const struct ls_child_fd *fds,
		   size_t count, int *control, struct ls_error *err)
{
	char *const argv[] = { (char *)source_of_program(files), NULL };
	static char *const envp[] = { NULL };
	ls_child_reset_signals();
	int rc = ls_child_arrange_fds(fds, count, control);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "enclave.descriptors",
				     "the enclave cannot take over its descriptors");
	execve(PROGRAM_PATH, argv, envp);
	return ls_fail_errno(err, errno, "enclave.exec", "cannot execute '%s' in its own root",
			     LS_ENCLAVE_PROGRAM);
}

static bool is_named(const struct ls_child_fd *fds, size_t count, int number)
{
	for (size_t i = 0; i < count; i++)
		if (fds[i].to == number)
			return true;
	return false;
}

static int become_enclave(struct child *c, struct ls_error *err)
{
	struct ls_child_fd fds[LS_CHILD_FDS_MAX];
	size_t count = 0;
	int rc = receive_run(fds, &count);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "enclave.run", "the supervisor went away");
	/* there is room for the two: the sender sees to it */
	for (int fd = 0; fd < 2; fd++)
		if (!is_named(fds, count, fd))
			fds[count++] = (struct ls_child_fd){ NULL_DEVICE, fd };
	rc = enter_user_namespace(c->process, err);
	if (rc == 0)
		rc = give_up_rights(c->process, err);
	return rc < 0 ? rc : execute(c->files, fds, count, &c->control, err);
}

static _Noreturn void run_child(const struct ls_enclave_process *p, struct ls_enclave_files *files,
				int control)
{
	struct child c = { p, files, control };
	struct report failed = { .step = STEP_FAILED };
	int rc = prepare(&c, &failed.err);
	if (rc == 0)
		rc = tell_measured(&c);
	if (rc == 0)
		rc = become_enclave(&c, &failed.err);
	failed.err.code = rc;
	send_record(c.control, &failed, sizeof(failed));
	_exit(127);
}

/* --- in labseald -------------------------------------------------------------------------- */

static void choose_user(struct ls_enclave_process *p)
{
	const struct passwd *account = geteuid() == 0 ? getpwnam(LS_ENCLAVE_USER) : NULL;
	p->privileged = geteuid() == 0;
	p->uid = account ? account->pw_uid : p->privileged ? LS_ENCLAVE_NOBODY : geteuid();
	p->gid = account ? account->pw_gid : p->privileged ? LS_ENCLAVE_NOBODY : getegid();
	p->missing = account ? 0 : LS_CONFINE_USER;
}

/* clone(2) as fork(2) does it: the memory is copied, and one thread goes on in it. */
static pid_t clone_process(unsigned long namespaces)
{
	return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Root without the right to make namespaces (in a container) goes the ordinary user's way. */
static pid_t make_process(struct ls_enclave_process *p)
{
	if (p->privileged) {
		pid_t pid = clone_process(NAMESPACES);
		if (pid >= 0 || errno != EPERM)
			return pid;
		p->privileged = false;
		p->uid = geteuid();
		p->gid = getegid();
		p->missing |= LS_CONFINE_USER;
	}
	return clone_process(NAMESPACES | CLONE_NEWUSER);
}

static int clone_failed(int code, bool privileged, struct ls_error *err)
{
	if (!privileged)
		return no_user_namespace(code, err);
	ls_fail_errno(err, code, "enclave.namespaces",
		      "the enclave cannot have namespaces of its own (mount, pid, network, IPC, "
		      "UTS); the kernel must have them and their limits (sysctl user.max_*) must "
		      "not be used up");
	return unavailable(err);
}

/* The maps of the namespace in which it prepares, or, of a privileged one, of the last one. */
static int let_go_on(const struct ls_enclave_process *p, struct ls_error *err)
{
	char path[PATH_SIZE];
	enum step go = STEP_GO;
	snprintf(path, sizeof(path), "/proc/%d", (int)p->pid);
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = dir < 0	 ? -errno
		 : p->privileged ? write_maps(dir, p->uid, p->uid, p->gid, p->gid)
				 : write_maps(dir, 0, p->uid, 0, p->gid);
	if (rc < 0)
		return no_user_namespace(-rc, err);
	rc = send_record(p->control, &go, sizeof(go));
	return rc < 0 ? ls_fail_errno(err, -rc, "enclave.prepare", "the enclave's process ended")
		      : 0;
}

/* Its next report.  1: it is at its end without one, which is how a program's start shows. */
static int await_report(const struct ls_enclave_process *p, struct report *report,
			struct ls_error *err)
{
	struct pollfd ready = { .fd = p->control, .events = POLLIN };
	int n;
	do
		n = poll(&ready, 1, WAIT_MS);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return ls_fail_errno(err, n < 0 ? errno : ETIMEDOUT, "enclave.prepare",
				     "the enclave's process gives no answer");
	int rc = receive_record(p->control, report, sizeof(*report));
	if (rc == -EPIPE)
		return 1;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "enclave.prepare",
				     "cannot hear the enclave's process");
	if (report->step == STEP_FAILED)
		return ls_fail(err, report->err.code < 0 ? report->err.code : -EIO, report->err.id,
			       "%s", report->err.message);
	return 0;
}

static int ended_early(struct ls_error *err)
{
	return ls_fail(err, -ECHILD, "enclave.prepare",
		       "the enclave's process ended while it was prepared");
}

static int take_measurements(const struct ls_enclave_process *p, struct ls_enclave_files *files,
			     struct ls_error *err)
{
	struct report report;
	int rc = await_report(p, &report, err);
	if (rc != 0)
		return rc < 0 ? rc : ended_early(err);
	if (report.step != STEP_MEASURED || report.count != files->count)
		return ls_fail(err, -EPROTO, "enclave.prepare",
			       "the enclave's process answers what was not asked");
	for (size_t i = 0; i < files->count; i++) {
		files->files[i].sha256 = report.files[i].sha256;
		files->files[i].size = report.files[i].size;
	}
	return 0;
}

int ls_enclave_process_open(struct ls_enclave_files *files, struct ls_enclave_process *ret_process,
			    struct ls_error *err)
{
	struct ls_enclave_process p = { .control = -1 };
	enum step go = STEP_GO;
	int ends[2];
	choose_user(&p);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ls_fail_errno(err, errno, "enclave.prepare", "cannot make a socket pair");
	p.pid = make_process(&p);
	if (p.pid == 0) {
		close(ends[0]);
		run_child(&p, files, ends[1]);
	}
	int clone_errno = errno;
	close(ends[1]);
	p.control = ends[0];
	int rc = p.pid < 0 ? clone_failed(clone_errno, p.privileged, err) : 0;
	if (rc == 0 && p.privileged)
		rc = send_record(p.control, &go, sizeof(go));
	else if (rc == 0)
		rc = let_go_on(&p, err);
	if (rc == 0)
		rc = take_measurements(&p, files, err);
	if (rc < 0) {
		ls_enclave_process_close(&p);
		return rc;
	}
	*ret_process = p;
	return 0;
}

static int send_run(int control, const struct ls_child_fd *fds, size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(LS_CHILD_FDS_MAX * sizeof(int))];
	} rights = { .bytes = { 0 } };
	struct order order = { .step = STEP_RUN, .fd_count = count };
	int from[LS_CHILD_FDS_MAX];
	for (size_t i = 0; i < count; i++) {
		from[i] = fds[i].from;
		order.numbers[i] = fds[i].to;
	}
	struct iovec part = { &order, sizeof(order) };
	struct msghdr m = { .msg_iov = &part,
			    .msg_iovlen = 1,
			    .msg_control = &rights,
			    .msg_controllen = CMSG_SPACE(count * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	*c = (struct cmsghdr){ .cmsg_level = SOL_SOCKET,
			       .cmsg_type = SCM_RIGHTS,
			       .cmsg_len = CMSG_LEN(count * sizeof(int)) };
	memcpy(CMSG_DATA(c), from, count * sizeof(int));
	return sendmsg(control, &m, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* Until it executes (0) or says why not. */
static int see_it_run(const struct ls_enclave_process *p, struct ls_error *err)
{
	for (;;) {
		struct report report = { 0 };
		int rc = await_report(p, &report, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (report.step != STEP_WANTS_MAP || !p->privileged)
			return ls_fail(err, -EPROTO, "enclave.prepare",
				       "the enclave's process answers what was not asked");
		rc = let_go_on(p, err);
		if (rc < 0)
			return rc;
	}
}

int ls_enclave_process_run(struct ls_enclave_process *p, const struct ls_child_fd *fds,
			   size_t fd_count, pid_t *ret_pid, struct ls_error *err)
{
	int rc = fd_count == 0 || fd_count > LS_CHILD_FDS_MAX - 2
			 ? ls_fail(err, -EINVAL, "enclave.descriptors", "too many descriptors")
			 : send_run(p->control, fds, fd_count);
	if (rc < 0)
		ls_fail_errno(err, -rc, "enclave.run", "cannot tell the enclave's process to run");
	else
		rc = see_it_run(p, err);
	if (rc < 0) {
		ls_enclave_process_close(p);
		return rc;
	}
	close(ls_steal_fd(&p->control));
	*ret_pid = p->pid;
	p->pid = 0;
	return 0;
}

void ls_enclave_process_close(struct ls_enclave_process *p)
{
	if (p->pid <= 0)
		return;
	ls_child_stop(p->pid, 0); /* number 1 of its namespace: no SIGTERM reaches it */
	p->pid = 0;
	if (p->control >= 0)
		close(ls_steal_fd(&p->control));
}
