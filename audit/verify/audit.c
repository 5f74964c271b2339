/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit/verify/audit_share.h"
#include "audit/verify/result.h"
#include "audit/verify/trust.h"
#include "lib/base/cleanup.h"

static bool holds(int fd, const char *name, mode_t type)
{
	struct stat st;
	return fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & S_IFMT) == type;
}

static enum ls_target kind_of(int fd)
{
	if (holds(fd, LS_FILE_MANIFEST, S_IFREG))
		return LS_TARGET_RESULT;
	if (holds(fd, "log", S_IFDIR) || holds(fd, "results", S_IFDIR) ||
	    holds(fd, "events", S_IFDIR))
		return LS_TARGET_SHARE;
	return LS_TARGET_UNKNOWN;
}

/* What no audit of this version looks at, whatever the target. */
static void say_what_is_never_checked(struct ls_report *report)
{
	ls_report_skip(report, "calibration.none",
		       "calibration at the time of measurement: this version does not check it");
	ls_report_skip(report, "evidence.time-stamps",
		       "independent time stamps: this version does not check them");
	ls_report_skip(report, "unsealed.files",
		       "README.txt, index.html, index/, report.html, trust/ and .staging/: no seal "
		       "covers them");
}

static int audit_result(int rootfd, const struct ls_trust *trust, struct ls_report *report)
{
	struct ls_tally tally;
	struct ls_result_context c = { rootfd, report, trust, NULL, NULL, &tally, true };
	struct ls_result_scratch s;
	ls_tally_init(&tally);
	int rc = ls_result_scratch_init(&s);
	if (rc == 0)
		ls_result_check(&c, &s, ".", 0);
	if (rc == 0)
		rc = ls_tally_check(&tally, rootfd, report);
	ls_tally_free(&tally);
	ls_result_scratch_free(&s);
	ls_report_skip(report, "evidence.none",
		       "the TPM's own word (log/evidence): it is on the share, not in a result's "
		       "folder");
	ls_report_skip(report, "log.none",
		       "whether the log still holds it, the results before and after it, and its "
		       "approval: verify the share");
	return rc;
}

static int audit(const struct ls_audit_options *o, int rootfd, struct ls_report *report)
{
	_cleanup_trust_ struct ls_trust trust = { 0 };
	bool trusted = ls_audit_load_trust(o->trust, &trust, report);
	report->facts.kind = kind_of(rootfd);
	int rc = 0;
	switch (report->facts.kind) {
	case LS_TARGET_RESULT:
		rc = audit_result(rootfd, trusted ? &trust : NULL, report);
		if (o->memory)
			ls_report_skip(report, "memory.unused",
				       "the memory: a result alone has no log to compare");
		break;
	case LS_TARGET_SHARE:
		rc = ls_audit_share(rootfd, trusted ? &trust : NULL, o->memory, report);
		break;
	case LS_TARGET_UNKNOWN:
		ls_report_unable(report, LS_CHECK_LAYOUT, "target.unknown", 0, o->target,
				 "it is neither a share (log/, results/, events/) nor a result's "
				 "folder (" LS_FILE_MANIFEST ")");
		return 0;
	}
	say_what_is_never_checked(report);
	return rc;
}

int ls_audit_run(const struct ls_audit_options *options, struct ls_report *report)
{
	struct timespec start, end;
	clock_gettime(CLOCK_MONOTONIC, &start);
	ls_report_set(report, &report->facts.target, options->target);
	int rc = 0;
	_cleanup_close_ int rootfd = open(options->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd < 0)
		ls_report_unable(report, LS_CHECK_LAYOUT, "target.unreadable", 0, options->target,
				 "the folder cannot be opened: %s", strerror(errno));
	else
		rc = audit(options, rootfd, report);
	ls_report_sort(report);
	clock_gettime(CLOCK_MONOTONIC, &end);
	report->facts.seconds = (double)(end.tv_sec - start.tv_sec) +
				(double)(end.tv_nsec - start.tv_nsec) / 1e9;
	return rc < 0 || report->out_of_memory ? -ENOMEM : 0;
}
