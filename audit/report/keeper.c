/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/report/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/proc/child.h"
#include "lib/proc/packet.h"
#include "lib/report/ask.h"

#define DESCRIPTION_SIZE 128

/* One worker, from its start to its end. */
struct worker {
	pid_t pid;
	int page, reason; /* ours; reason: the pipe's read end, non-blocking */
	bool late;
};

/* --- a worker ------------------------------------------------------------------ */

static void become_worker(const struct ls_keeper *k, const struct ls_report_job *job, pid_t keeper)
{
	close(k->peer);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(1);
	_exit(k->work(job));
}

static int start(const struct ls_keeper *k, struct ls_report_job *job, struct worker *w,
		 struct ls_error *err)
{
	int ends[2];
	w->page = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (w->page < 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return ls_fail_errno(err, errno, "report.start", "cannot start a worker");
	w->reason = ends[0];
	_cleanup_close_ int write_end = ends[1];
	job->page = w->page;
	job->reason = write_end;
	pid_t keeper = getpid();
	w->pid = fork();
	if (w->pid == 0)
		become_worker(k, job, keeper);
	return w->pid < 0 ? ls_fail_errno(err, errno, "report.start", "cannot start a worker") : 0;
}

/*
 * Wait for its end, at most for the time it has.  A peer that goes needs no page any more.
 * 0 and the wait status; -EPIPE: the peer is gone.
 */
static int wait_for(const struct ls_keeper *k, struct worker *w, int *ret_status,
		    struct ls_error *err)
{
	_cleanup_close_ int pidfd = (int)syscall(SYS_pidfd_open, w->pid, 0);
	struct pollfd p[2] = { { .fd = pidfd, .events = POLLIN },
			       { .fd = k->peer, .events = POLLRDHUP } };
	int rc;
	do
		rc = pidfd < 0 ? 0 : poll(p, 2, k->time_limit_ms);
	while (rc < 0 && errno == EINTR);
	bool gone = rc > 0 && (p[1].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
	w->late = rc == 0;
	if (rc <= 0 || gone)
		kill(w->pid, SIGKILL);
	while (waitpid(w->pid, ret_status, 0) < 0)
		if (errno != EINTR)
			return ls_fail_errno(err, errno, "report.wait", "cannot wait for a worker");
	w->pid = 0;
	return gone ? -EPIPE : 0;
}

/* What it says of why there is no run, or what is to be said of its end. */
static void read_reason(const struct worker *w, int status, char *reason, size_t size)
{
	char how[DESCRIPTION_SIZE];
	ssize_t n = read(w->reason, reason, size - 1);
	reason[n > 0 ? n : 0] = '\0';
	if (w->late)
		snprintf(reason, size, "reading the file took too long and was ended");
	else if (!WIFEXITED(status) || n <= 0)
		snprintf(reason, size, "the process that read the file %s",
			 ls_child_describe(status, how, sizeof(how)));
}

/* It must have ended: whoever could still write keeps a file from being sealed. */
static bool seal_page(int page)
{
	struct stat st;
	return fstat(page, &st) == 0 && st.st_size > 0 &&
	       (uint64_t)st.st_size <= LS_REPORT_PAGE_MAX &&
	       fcntl(page, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) ==
		       0;
}

/* What became of one attempt. */
struct outcome {
	bool has_page, has_run;
	char reason[LS_REPORT_TEXT_MAX + 1];
};

static int attempt(const struct ls_keeper *k, struct ls_report_job *job, int *ret_page,
		   struct outcome *ret, struct ls_error *err)
{
	struct worker w = { .page = -1, .reason = -1 };
	int status = 0;
	int rc = start(k, job, &w, err);
	if (rc == 0)
		rc = wait_for(k, &w, &status, err);
	if (rc == 0) {
		bool made = WIFEXITED(status) && (WEXITSTATUS(status) == LS_WORKER_RUN ||
						  WEXITSTATUS(status) == LS_WORKER_NO_RUN);
		ret->has_run = made && WEXITSTATUS(status) == LS_WORKER_RUN;
		ret->reason[0] = '\0';
		if (!ret->has_run)
			read_reason(&w, status, ret->reason, sizeof(ret->reason));
		ret->has_page = made && seal_page(w.page);
		if (made && !ret->has_page)
			snprintf(ret->reason, sizeof(ret->reason), "the page was not one");
		*ret_page = ret->has_page ? ls_steal_fd(&w.page) : -1;
	}
	ls_cleanup_close(&w.page);
	ls_cleanup_close(&w.reason);
	return rc;
}

/* --- requests ------------------------------------------------------------------ */

static int send_answer(const struct ls_keeper *k, uint64_t number, const struct outcome *o,
		       int page, struct ls_error *err)
{
	const struct ls_report_answer answer = {
		.number = number,
		.has_page = o->has_page,
		.has_run = o->has_run,
		.problem = { (const uint8_t *)o->reason, strlen(o->reason) },
	};
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_PACKET_MAX);
	int rc = ls_encode_report_answer(&answer, &body);
	if (rc < 0)
		return ls_fail(err, rc, "report.answer", "cannot put an answer together");
	return ls_packet_send(k->peer, LS_MSG_REPORTED, body.data, body.size, &page,
			      o->has_page ? 1 : 0, err);
}

static int draw(const struct ls_keeper *k, const struct ls_report_request *request, const int *fds,
		struct ls_error *err)
{
	struct ls_report_job job = { .request = request, .fds = fds };
	struct outcome first = { .has_page = false }, second = first;
	_cleanup_close_ int page = -1;
	int rc = attempt(k, &job, &page, &first, err);
	if (rc < 0 || first.has_page)
		return rc < 0 ? rc : send_answer(k, request->number, &first, page, err);
	ls_log(LS_LOG_WARNING, "report.worker", "%s", first.reason);
	job.without = first.reason;
	rc = attempt(k, &job, &page, &second, err);
	if (rc < 0)
		return rc;
	memcpy(second.reason, first.reason, sizeof(second.reason));
	second.has_run = false;
	return send_answer(k, request->number, &second, page, err);
}

static size_t wanted_fds(const struct ls_report_request *r)
{
	return r->is_sealed ? LS_REPORT_SEAL_FILES + r->count : 1;
}

/* A request that makes no sense is passed over: there is nobody to tell that knows it. */
static int serve_one(const struct ls_keeper *k, const struct ls_packet *packet,
		     struct ls_error *err)
{
	struct ls_report_request request;
	struct ls_error why = { 0 };
	int rc = packet->message.type == LS_MSG_REPORT
			 ? ls_decode_report_request(&packet->message, &request, &why)
			 : ls_fail(&why, -EBADMSG, "report.request", "a message of type %#x came",
				   packet->message.type);
	if (rc == 0 && packet->fd_count != wanted_fds(&request))
		rc = ls_fail(&why, -EBADMSG, "report.request", "a request came with %zu files",
			     packet->fd_count);
	if (rc < 0) {
		ls_log_error(&why);
		return 0;
	}
	return draw(k, &request, packet->fds, err);
}

/* Whoever asked the one before this one need not wait for its answer; what waits is taken now. */
static int say_begun(const struct ls_keeper *k, struct ls_error *err)
{
	const struct outcome none = { .has_page = false };
	struct pollfd p = { .fd = k->peer, .events = POLLIN };
	if (poll(&p, 1, 0) != 0)
		return 0;
	return send_answer(k, LS_REPORT_BEGUN, &none, -1, err);
}

int ls_keeper_serve(const struct ls_keeper *k, struct ls_error *err)
{
	int begun = say_begun(k, err);
	if (begun < 0)
		return begun == -EPIPE ? 0 : begun;
	for (;;) {
		struct ls_packet packet;
		int rc = ls_packet_receive(k->peer, &packet, err);
		if (rc == 0)
			return 0;
		if (rc == -EBADMSG)
			continue;
		if (rc < 0)
			return rc;
		rc = serve_one(k, &packet, err);
		ls_packet_close(&packet);
		if (rc == -EPIPE)
			return 0;
		if (rc < 0)
			return rc;
	}
}
