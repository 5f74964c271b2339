/* SPDX-License-Identifier: Apache-2.0 */
/* An audit of a share, or of one result's folder. */
#ifndef LABSEAL_AUDIT_VERIFY_AUDIT_H
#define LABSEAL_AUDIT_VERIFY_AUDIT_H

#include "audit/verify/report.h"
#include "audit/verify/watch.h"

#define LS_AUDIT_TIMEOUT 60 /* seconds, unless the person wants it otherwise */

/* Called several times a second, from the thread that called ls_audit_run. */
typedef void (*ls_audit_progress_fn)(void *context, struct ls_report *report);

struct ls_audit_options {
	const char *target; /* a share or a result's folder, or a zip archive of one */
	const char *trust;  /* NULL: none */
	const char *memory; /* NULL: none */
	/* the registry of calibrations: its folder, and its trust file; both NULL: none */
	const char *calibration, *calibration_trust;
	struct ls_sampled_trust dna; /* whose signatures in samples' DNA are believed */
	const char *resume; /* what was hashed before, of a share; NULL: nothing is taken over */
	unsigned timeout;   /* seconds that one read may take; 0: for ever */
	ls_audit_progress_fn progress; /* NULL: none */
	void *progress_context;
};

/*
 * Look at everything and write what was found into the report, which the caller
 * has initialised.  0; -ENOMEM: the audit did not get to its end and the report is
 * no verdict; -ETIMEDOUT: a read did not come back, which the report says, and
 * which still holds a thread: nothing may be freed, and the process must end by
 * _exit once the report is printed.
 */
int ls_audit_run(const struct ls_audit_options *options, struct ls_report *report);

/* The same in the caller's thread, which waits for whatever it takes.  watch may be NULL. */
int ls_audit_unattended(const struct ls_audit_options *options, struct ls_watch *watch,
			struct ls_report *report);

#endif
