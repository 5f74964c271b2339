/* SPDX-License-Identifier: Apache-2.0 */
/* In the process that becomes the enclave: its root, its namespaces, its rights, its program. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/supervisor/enclave_root.h"
#include "host/supervisor/enclave_steps.h"
#include "lib/base/cleanup.h"

#define HOST_NAME    "enclave"
#define PROGRAM_PATH "/" LS_ENCLAVE_PROGRAM

/* What the process has open while it prepares; all else is closed at once. */
enum { CONTROL = 3, NULL_DEVICE, OWN_PROC, FIRST_RECEIVED };

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
	enum ls_enclave_step go;
	umask(022);
	setsid(); /* no controlling terminal, no Ctrl-C from one */
	prctl(PR_SET_NAME, LS_ENCLAVE_PROGRAM);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	int rc = take_descriptors(c->control, err);
	c->control = CONTROL;
	if (rc < 0)
		return rc;
	rc = ls_enclave_receive(CONTROL, &go, sizeof(go));
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
	static struct ls_enclave_report report;
	report.step = LS_STEP_MEASURED;
	report.count = c->files->count;
	for (size_t i = 0; i < c->files->count; i++) {
		report.files[i].sha256 = c->files->files[i].sha256;
		report.files[i].size = c->files->files[i].size;
	}
	return ls_enclave_send(CONTROL, &report, sizeof(report));
}

/* The descriptors come in the order of their numbers in the message. */
static int receive_run(struct ls_child_fd fds[static LS_CHILD_FDS_MAX], size_t *ret_count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(LS_CHILD_FDS_MAX * sizeof(int))];
	} control;
	struct ls_enclave_order order;
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
	enum ls_enclave_step go;
	struct ls_enclave_report wants = { .step = LS_STEP_WANTS_MAP };
	if (unshare(CLONE_NEWUSER) < 0)
		return ls_enclave_no_user_namespace(errno, err);
	int rc = 0;
	if (!p->privileged)
		rc = ls_enclave_write_maps(OWN_PROC, p->uid ? p->uid : LS_ENCLAVE_NOBODY, 0,
					   p->gid ? p->gid : LS_ENCLAVE_NOBODY, 0);
	if (rc == 0 && p->privileged) {
		rc = ls_enclave_send(CONTROL, &wants, sizeof(wants));
		if (rc == 0)
			rc = ls_enclave_receive(CONTROL, &go, sizeof(go));
	}
	return rc < 0 ? ls_enclave_no_user_namespace(-rc, err) : 0;
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

_Noreturn void ls_enclave_child(const struct ls_enclave_process *p, struct ls_enclave_files *files,
				int control)
{
	struct child c = { p, files, control };
	struct ls_enclave_report failed = { .step = LS_STEP_FAILED };
	int rc = prepare(&c, &failed.err);
	if (rc == 0)
		rc = tell_measured(&c);
	if (rc == 0)
		rc = become_enclave(&c, &failed.err);
	failed.err.code = rc;
	ls_enclave_send(c.control, &failed, sizeof(failed));
	_exit(127);
}
