/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/reporter.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/proc/child.h"
#include "lib/proc/confine.h"
#include "lib/proc/packet.h"

#define DESCRIPTION_SIZE 128

static int start(struct ls_reporter *r, struct ls_error *err)
{
	const char *argv[] = { r->program, "--user", LS_REPORTER_USER,
			       r->development ? "--development" : NULL, NULL };
	const struct ls_child_fd fds[] = { { r->socket, 3 } };
	const struct ls_child_spec spec = {
		.path = r->program,
		.argv = argv,
		.fds = fds,
		.fd_count = 1,
		.death_signal = SIGKILL,
		.own_group = true,
	};
	return ls_child_spawn(&spec, &r->pid, err);
}

static void start_or_wait(struct ls_reporter *r, int64_t now_ms)
{
	struct ls_error err = { 0 };
	r->due = 0;
	if (start(r, &err) == 0)
		return;
	ls_log(LS_LOG_WARNING, "reporter.start", "results have no report.html: %s", err.message);
	r->due = now_ms + ls_back_off_next(&r->back_off, now_ms);
}

int ls_reporter_open(struct ls_reporter *r, const char *program, bool development, int *ret_asker,
		     struct ls_error *err)
{
	int ends[2];
	int rc = ls_packet_pair(ends, err);
	if (rc < 0)
		return rc;
	*r = (struct ls_reporter){ .is_open = true, .development = development, .socket = ends[0] };
	snprintf(r->program, sizeof(r->program), "%s", program);
	*ret_asker = ends[1];
	start_or_wait(r, 0);
	return 0;
}

void ls_reporter_ended(struct ls_reporter *r, int status, int64_t now_ms)
{
	char how[DESCRIPTION_SIZE];
	r->pid = 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return; /* the publisher has gone: the next one gets a new socket */
	if (WIFEXITED(status) && WEXITSTATUS(status) == LS_EXIT_UNCONFINED) {
		ls_log(LS_LOG_ERROR, "reporter.unconfined",
		       LS_REPORTER_PROGRAM
		       " cannot confine itself on this machine, as its line above says: results "
		       "have no report.html; 'labseal provision' makes the user it needs");
		return;
	}
	ls_log(LS_LOG_WARNING, "reporter.ended", LS_REPORTER_PROGRAM " %s; it is started again",
	       ls_child_describe(status, how, sizeof(how)));
	r->due = now_ms + ls_back_off_next(&r->back_off, now_ms);
}

void ls_reporter_look(struct ls_reporter *r, int64_t now_ms)
{
	if (r->is_open && r->due > 0 && now_ms >= r->due)
		start_or_wait(r, now_ms);
}

void ls_reporter_close(struct ls_reporter *r)
{
	if (!r->is_open)
		return;
	close(r->socket); /* it ends by that, too */
	ls_child_stop(r->pid, 0);
	memset(r, 0, sizeof(*r));
}
