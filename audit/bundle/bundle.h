/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal bundle: one result with everything that belongs to it, as a zip archive that an inspector
 * takes away (docs/formats/bundle.md).
 */
#ifndef LABSEAL_AUDIT_BUNDLE_BUNDLE_H
#define LABSEAL_AUDIT_BUNDLE_BUNDLE_H

#include <stdbool.h>

#include "audit/verify/report.h"
#include "lib/base/error.h"

struct ls_bundle_options {
	const char *result; /* its folder, in a share */
	const char *trust;  /* a trust file; NULL: the share's own copy */
	const char *output; /* a name that is not there; NULL: made of the folder's, here */
	bool anyway;	    /* also when it is not VERIFIED */
};

#define LS_BUNDLE_OUTPUT_SIZE 4096

/*
 * Write it beside its place, verify it as it stands there, and only then give it
 * its name, which must not be taken.  On failure nothing is left.
 * report: initialised, receives what the verification found; *ret_output: the name.
 * 0 (the verdict is in the report, VERIFIED unless anyway).  -EKEYREJECTED: it is not VERIFIED.
 * Else why there can be none: -ENOTDIR and -ENOENT (no result of a share), -EEXIST (the output),
 * -EBADMSG, -ENODATA (the share is damaged), -ENOMEM, -EIO and what the system said.
 */
int ls_bundle_write(const struct ls_bundle_options *options, struct ls_report *report,
		    char ret_output[static LS_BUNDLE_OUTPUT_SIZE], struct ls_error *err);

#endif
