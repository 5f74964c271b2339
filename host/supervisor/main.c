/* SPDX-License-Identifier: Apache-2.0 */
/* labseald: see labseald(8). */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/guard.h"
#include "host/supervisor/install.h"
#include "host/supervisor/machine.h"
#include "host/supervisor/notify.h"
#include "host/supervisor/phase.h"
#include "host/supervisor/rundir.h"
#include "host/supervisor/state.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "policy/policy.h"

#define STOP_EMBED_MS  25000  /* a stop that takes longer is ended by force */
#define STOP_SYSTEM_MS 100000 /* an instrument's Windows is given its time to shut down */

struct arguments {
	const char *policy;
	int ready_fd;
	bool install;
	struct ls_domain_install media;
};

static int usage(const char *problem)
{
	if (problem)
		fprintf(stderr, "labseald: %s\n", problem);
	fputs("Usage: labseald [--ready-fd N | --install [--cdrom FILE] [--floppy FILE]] POLICY\n",
	      problem ? stderr : stdout);
	return problem ? LS_EXIT_USAGE : LS_EXIT_HOLDS;
}

/* -1: go on; else the exit status. */
static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "ready-fd", required_argument, NULL, 'r' },
		{ "foreground", no_argument, NULL, 'f' }, /* it always is: for service files */
		{ "install", no_argument, NULL, 'i' },
		{ "cdrom", required_argument, NULL, 'c' },
		{ "floppy", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .ready_fd = -1 };
	uint64_t number;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'r':
			if (ls_parse_u64(optarg, strlen(optarg), &number) < 0 || number < 3 ||
			    number > 1023 || fcntl((int)number, F_SETFD, FD_CLOEXEC) < 0)
				return usage("--ready-fd: not an open descriptor from 3 to 1023");
			a.ready_fd = (int)number;
			break;
		case 'f': break;
		case 'i': a.install = true; break;
		case 'c': a.media.cdrom = optarg; break;
		case 'd': a.media.floppy = optarg; break;
		case 'h': return usage(NULL);
		case 'v': puts("labseald " LABSEAL_VERSION); return LS_EXIT_HOLDS;
		default: return LS_EXIT_USAGE;
		}
	}
	if (optind + 1 != argc)
		return usage("exactly one policy file is needed");
	if (!a.install && (a.media.cdrom || a.media.floppy))
		return usage("--cdrom and --floppy are for --install");
	a.policy = argv[optind];
	*ret = a;
	return -1;
}

static int load_policy(const char *path, struct ls_policy **ret_policy)
{
	static struct ls_policy_faults faults;
	struct ls_error err = { 0 };
	int rc = ls_policy_load(path, ret_policy, &faults, &err);
	if (rc == 0)
		return 0;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 20);
	if (faults.count > 0 && ls_policy_faults_print(&faults, &text) == 0)
		fputs(ls_buffer_str(&text), stderr);
	else
		ls_log_error(&err);
	return faults.count > 0 ? LS_EXIT_DOES_NOT_HOLD
	       : rc == -ENOMEM	? LS_EXIT_FAILED
				: LS_EXIT_COULD_NOT_CHECK;
}

struct work {
	const struct ls_policy *policy;
	int state_fd, ready_fd;
	const struct ls_domain_install *media; /* NULL: the locked machine */
	struct ls_run run;
	struct ls_notify notify;
};

static int work(void *context)
{
	struct work *w = context;
	if (w->media)
		return ls_install(w->policy, w->state_fd, &w->run, w->media);
	return ls_supervise(w->policy, w->state_fd, &w->run, w->ready_fd, &w->notify);
}

/* Before anything of it is cleared away. */
static void tell_last_end(int state_fd)
{
	enum ls_run_end end = ls_run_last_end(state_fd);
	_cleanup_close_ int spool = openat(state_fd, LS_STATE_SPOOL,
					   O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (end != LS_RUN_ENDED)
		ls_log(LS_LOG_WARNING, "run.interrupted",
		       "the run before this one did not end in order: %s; what it had (%llu "
		       "files and events waited in the spool) is sealed by this one",
		       end == LS_RUN_REBOOTED ? "the host was restarted" : "it was killed",
		       (unsigned long long)(spool < 0 ? 0 : ls_spool_waiting(spool)));
}

/* The lock is held from here on; what an earlier run left is gone. */
static int take_over(const struct ls_policy *policy, int *ret_lock, struct work *w,
		     struct ls_error *err)
{
	int killed = 0;
	w->state_fd = ls_state_open(policy, 1, err);
	if (w->state_fd < 0)
		return w->state_fd;
	*ret_lock = ls_state_lock(w->state_fd, policy->state, err);
	int rc = *ret_lock < 0 ? *ret_lock : 0;
	if (rc == 0 && !w->media)
		rc = ls_phase_must_be_locked(w->state_fd, err);
	if (rc == 0)
		tell_last_end(w->state_fd);
	if (rc == 0)
		rc = ls_run_clear(w->state_fd, &killed, err);
	if (rc < 0)
		return rc;
	if (killed > 0)
		ls_log(LS_LOG_WARNING, "run.cleared",
		       "ended %d processes of an earlier run that was killed", killed);
	return ls_run_create(w->state_fd, &w->run, err);
}

static int run(const struct arguments *a)
{
	struct ls_error err = { 0 };
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_close_ int lock = -1;
	int notify_fds[2], status = load_policy(a->policy, &policy);
	if (status != 0)
		return status;
	struct work w = { .policy = policy, .state_fd = -1, .ready_fd = a->ready_fd };
	w.media = a->install ? &a->media : NULL;
	if (ls_notify_open(notify_fds, &w.notify.every_ms, &err) < 0 ||
	    take_over(policy, &lock, &w, &err) < 0) {
		ls_log_error(&err);
		return strncmp(err.id, "phase.", 6) == 0 ? LS_EXIT_DOES_NOT_HOLD : LS_EXIT_FAILED;
	}
	w.notify.fd = notify_fds[1];
	status = ls_guard(work, &w, &w.run,
			  policy->vm.connection == LS_CONNECT_EMBED ? STOP_EMBED_MS
								    : STOP_SYSTEM_MS,
			  notify_fds[0]);
	close(w.state_fd);
	return status;
}

int main(int argc, char **argv)
{
	struct arguments a;
	if (argc > 1 && strcmp(argv[1], "--machine") == 0)
		return ls_domain_process(argc, argv);
	ls_command_keep_standard();
	ls_log_init("labseald", LS_LOG_INFO);
	int status = parse_arguments(argc, argv, &a);
	return status >= 0 ? status : run(&a);
}
