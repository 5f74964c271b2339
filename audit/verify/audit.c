/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/audit.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/audit_bundle.h"
#include "audit/verify/audit_share.h"
#include "audit/verify/pool.h"
#include "audit/verify/result.h"
#include "audit/verify/sampled_check.h"
#include "audit/verify/trust.h"

static bool holds(struct ls_source *source, const char *name, mode_t type)
{
	mode_t seen;
	return ls_source_type(source, name, &seen) == 0 && seen == type;
}

static enum ls_target kind_of(struct ls_source *source)
{
	if (holds(source, LS_FILE_MANIFEST, S_IFREG))
		return LS_TARGET_RESULT;
	if (holds(source, LS_BUNDLE_PROOFS, S_IFDIR))
		return LS_TARGET_BUNDLE;
	if (holds(source, "log", S_IFDIR) || holds(source, "results", S_IFDIR) ||
	    holds(source, "events", S_IFDIR))
		return LS_TARGET_SHARE;
	return LS_TARGET_UNKNOWN;
}

/* What no audit of this version looks at, whatever the target. */
static void say_what_is_never_checked(struct ls_report *report)
{
	ls_report_skip(report, "unsealed.files",
		       "README.txt, index.html, index/, verify.html, report.html, trust/ and "
		       ".staging/: no seal covers them");
}

struct alone {
	const struct ls_result_context *context;
	struct ls_result_scratch *scratch; /* one for each thread */
};

static void check_alone(void *context, struct ls_pool *pool, unsigned worker, uint64_t first,
			uint64_t end)
{
	struct alone *a = context;
	(void)first;
	(void)end;
	a->scratch[worker].pool = pool;
	ls_result_check(a->context, &a->scratch[worker], ".", 0);
}

static int audit_result(struct ls_source *source, const struct ls_trust *trust,
			struct ls_calibrations *calibrations, struct ls_report *report)
{
	struct ls_tally tally;
	struct ls_time_stamps stamps;
	struct ls_result_context c = { .source = source,
				       .report = report,
				       .trust = trust,
				       .tally = &tally,
				       .stamps = &stamps,
				       .calibrations = calibrations,
				       .alone = true };
	struct alone a = { .context = &c };
	unsigned threads = ls_pool_threads();
	ls_tally_init(&tally);
	ls_time_stamps_init(&stamps, trust);
	int rc = ls_result_scratch_new(threads, &a.scratch);
	if (rc == 0)
		ls_pool_run_sharing(threads, 1, 1, check_alone, &a);
	if (rc == 0)
		rc = ls_tally_check(&tally, source, report);
	if (rc == 0)
		rc = ls_time_stamps_check_alone(&stamps, report);
	ls_time_stamps_free(&stamps);
	ls_tally_free(&tally);
	ls_result_scratch_free(a.scratch, threads);
	ls_report_skip(report, "witness.none",
		       "that witnesses know the log: their signatures are on the share or in a "
		       "bundle, not in a result's folder");
	ls_report_skip(report, "evidence.none",
		       "the TPM's own word (log/evidence): it is on the share or in a bundle, not "
		       "in a result's folder");
	ls_report_skip(report, "log.none",
		       "whether the log still holds it, the results before and after it, and its "
		       "approval: verify the share");
	return rc;
}

static int audit(const struct ls_audit_options *o, struct ls_source *source, struct ls_watch *watch,
		 struct ls_report *report)
{
	_cleanup_trust_ struct ls_trust trust = { 0 };
	struct ls_watched *call = ls_watch_enter(watch, o->trust ? o->trust : "");
	bool trusted = ls_audit_load_trust(o->trust, &trust, report);
	ls_watch_leave(call);
	report->facts.kind = kind_of(source);
	int rc = 0;
	struct ls_calibrations calibrations;
	ls_calibrations_init(&calibrations);
	switch (report->facts.kind) {
	case LS_TARGET_RESULT:
		rc = audit_result(source, trusted ? &trust : NULL, &calibrations, report);
		break;
	case LS_TARGET_BUNDLE:
		rc = ls_audit_bundle(source, trusted ? &trust : NULL, &calibrations, report);
		break;
	case LS_TARGET_SHARE:
		rc = ls_audit_share(source, trusted ? &trust : NULL, o->memory, o->resume,
				    &calibrations, report);
		break;
	case LS_TARGET_UNKNOWN:
		ls_report_unable(report, LS_CHECK_LAYOUT, "target.unknown", 0, o->target,
				 "it is neither a share (log/, results/, events/) nor a result's "
				 "folder (" LS_FILE_MANIFEST ")");
		ls_calibrations_free(&calibrations);
		return 0;
	}
	/* who may write on a share could else make a bundle of it, and no rollback would show */
	if (o->memory && report->facts.kind != LS_TARGET_SHARE)
		ls_report_unable(report, LS_CHECK_MEMORY, "memory.no-log", 0, o->memory,
				 "it was to be compared with a share's log, and this is %s, which "
				 "has none: name the share, or leave --memory out",
				 report->facts.kind == LS_TARGET_BUNDLE ? "a bundle"
									: "one result's folder");
	if (o->resume && report->facts.kind != LS_TARGET_SHARE)
		ls_report_skip(report, "resume.unused",
			       "what was hashed before: of one result everything is hashed");
	if (rc == 0)
		rc = ls_calibrations_check(&calibrations, o->calibration, o->calibration_trust,
					   report);
	ls_calibrations_free(&calibrations);
	if (rc == 0)
		rc = ls_sampled_check(source, &o->dna, report);
	say_what_is_never_checked(report);
	return rc;
}

int ls_audit_unattended(const struct ls_audit_options *options, struct ls_watch *watch,
			struct ls_report *report)
{
	ls_report_set(report, &report->facts.target, options->target);
	int rc = 0;
	struct ls_source *source = NULL;
	struct ls_error err = { 0 };
	if (ls_source_open(options->target, watch, report, &source, &err) == 0)
		rc = audit(options, source, watch, report);
	else if (err.code == -ENOMEM)
		rc = -ENOMEM;
	else
		ls_report_unable(report, LS_CHECK_LAYOUT, "target.unreadable", 0, options->target,
				 "%s", err.message);
	ls_source_free(source);
	return rc < 0 || report->out_of_memory ? -ENOMEM : 0;
}
