/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-report: draws the pages of results (labseal-report(8)). */
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/report/keeper.h"
#include "audit/report/worker.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"
#include "lib/seal/record.h"

#define PEER_FD	  3
#define FILES_MAX 64

struct arguments {
	const char *user;
	bool development;
};

static const char usage_text[] = "Usage: labseal-report [--user NAME] [--development]\n"
				 "labseald and 'labseal report' start this program, with "
				 "descriptor 3 (who asks for pages).\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return LS_EXIT_USAGE;
}

static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "user", required_argument, NULL, 'u' },
		{ "development", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .user = NULL };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'u': a.user = optarg; break;
		case 'd': a.development = true; break;
		default: return usage();
		}
	}
	struct stat st;
	if (optind != argc || fstat(PEER_FD, &st) < 0 || !S_ISSOCK(st.st_mode))
		return usage();
	*ret = a;
	return 0;
}

/* The keeper's: it starts workers, waits for them and ends them; they take away more. */
static int confine(const struct arguments *a)
{
	static const char *const syscalls[] = {
		LS_CONFINE_BASIC_SYSCALLS,
		LS_CONFINE_AGAIN_SYSCALLS,
		"clone",
		"clone3",
		"fork",
		"set_robust_list",
		"rseq",
		"getppid",
		"wait4",
		"kill",
		"pidfd_open",
		"memfd_create",
		"pipe2",
		"setpriority",
		"pread64",
		"sysinfo",
		"openat", /* a worker may: it gets nothing by it (Landlock) */
		NULL,
	};
	const struct ls_confinement c = {
		.user = a->user,
		.syscalls = syscalls,
		.files_max = FILES_MAX,
		.no_new_code = true,
	};
	return ls_confine_or_refuse(&c, "report.unconfined", a->development);
}

int main(int argc, char **argv)
{
	ls_log_init("labseal-report", LS_LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	if (ls_command_answered("labseal-report", usage_text, argc, argv))
		return LS_EXIT_HOLDS;
	struct arguments a;
	struct ls_error err = { 0 };
	int rc = parse_arguments(argc, argv, &a);
	if (rc != 0)
		return rc;
	ls_record_warm_up();
	rc = confine(&a);
	const struct ls_keeper keeper = { .peer = PEER_FD,
					  .time_limit_ms = LS_WORKER_TIME_MS,
					  .work = ls_worker_work };
	if (rc == 0)
		rc = ls_keeper_serve(&keeper, &err) < 0 ? LS_EXIT_FAILED : LS_EXIT_HOLDS;
	if (err.code)
		ls_log_error(&err);
	return rc;
}
