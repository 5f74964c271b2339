/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/supervisor/enclave_steps.h"
#include "lib/base/cleanup.h"
#include "lib/proc/confine.h"

#define NAMESPACES (CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS)
#define WAIT_MS	   30000 /* for copying and hashing, on a slow disk */
#define PATH_SIZE  64

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
		return ls_enclave_no_user_namespace(code, err);
	ls_fail_errno(err, code, "enclave.namespaces",
		      "the enclave cannot have namespaces of its own (mount, pid, network, IPC, "
		      "UTS); the kernel must have them and their limits (sysctl user.max_*) must "
		      "not be used up");
	return ls_enclave_unavailable(err);
}

/* The maps of the namespace in which it prepares, or, of a privileged one, of the last one. */
static int let_go_on(const struct ls_enclave_process *p, struct ls_error *err)
{
	char path[PATH_SIZE];
	enum ls_enclave_step go = LS_STEP_GO;
	snprintf(path, sizeof(path), "/proc/%d", (int)p->pid);
	_cleanup_close_ int dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = dir < 0	 ? -errno
		 : p->privileged ? ls_enclave_write_maps(dir, p->uid, p->uid, p->gid, p->gid)
				 : ls_enclave_write_maps(dir, 0, p->uid, 0, p->gid);
	if (rc < 0)
		return ls_enclave_no_user_namespace(-rc, err);
	rc = ls_enclave_send(p->control, &go, sizeof(go));
	return rc < 0 ? ls_fail_errno(err, -rc, "enclave.prepare", "the enclave's process ended")
		      : 0;
}

/* Its next report.  1: it is at its end without one, which is how a program's start shows. */
static int await_report(const struct ls_enclave_process *p, struct ls_enclave_report *report,
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
	int rc = ls_enclave_receive(p->control, report, sizeof(*report));
	if (rc == -EPIPE)
		return 1;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "enclave.prepare",
				     "cannot hear the enclave's process");
	if (report->step == LS_STEP_FAILED)
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
	struct ls_enclave_report report;
	int rc = await_report(p, &report, err);
	if (rc != 0)
		return rc < 0 ? rc : ended_early(err);
	if (report.step != LS_STEP_MEASURED || report.count != files->count)
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
	enum ls_enclave_step go = LS_STEP_GO;
	int ends[2];
	choose_user(&p);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return ls_fail_errno(err, errno, "enclave.prepare", "cannot make a socket pair");
	p.pid = make_process(&p);
	if (p.pid == 0) {
		close(ends[0]);
		ls_enclave_child(&p, files, ends[1]);
	}
	int clone_errno = errno;
	close(ends[1]);
	p.control = ends[0];
	if (p.pid < 0) {
		close(p.control);
		return clone_failed(clone_errno, p.privileged, err);
	}
	int rc = 0;
	if (p.privileged)
		rc = ls_enclave_send(p.control, &go, sizeof(go));
	else
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
	struct ls_enclave_order order = { .step = LS_STEP_RUN, .fd_count = count };
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
		struct ls_enclave_report report = { 0 };
		int rc = await_report(p, &report, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
		if (report.step != LS_STEP_WANTS_MAP || !p->privileged)
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
