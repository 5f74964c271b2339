/* SPDX-License-Identifier: Apache-2.0 */
/* What `labseal audit` says, and what a running labseald says of a machine that only it can see. */
#ifndef LABSEAL_HOST_COMMAND_AUDIT_ANSWER_H
#define LABSEAL_HOST_COMMAND_AUDIT_ANSWER_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "policy/policy.h"
#include "policy/violations.h"

struct ls_audit_answer {
	const char *policy_path;
	const struct ls_policy *policy;
	const char *source; /* "file", "libvirt", "labseald" */
	bool is_complete;   /* all was looked at */
	const char *reason; /* why not; "" */
	struct ls_violations *list;
};

/*
 * On standard output, as text or as labseal/audit/v1 (docs/formats/audit.md).
 * Returns LS_EXIT_HOLDS, LS_EXIT_DOES_NOT_HOLD (something was found) or
 * LS_EXIT_COULD_NOT_CHECK (nothing was found, and not all looked at).
 */
int ls_audit_print(const struct ls_audit_answer *answer, bool json);

/*
 * What the labseald that runs says in its status: the machine of an embedded
 * libvirt is seen by nobody else.  -ESRCH ("audit.off"): none runs, or it
 * is too old a word; -EBADMSG: the status is damaged.
 */
int ls_audit_by_labseald(const struct ls_policy *policy, struct ls_violations *list,
			 struct ls_error *err);

#endif
