/* SPDX-License-Identifier: Apache-2.0 */
/* Between build.c and build_report.c. */
#ifndef LABSEAL_AUDIT_REGISTRY_BUILD_INTERNAL_H
#define LABSEAL_AUDIT_REGISTRY_BUILD_INTERNAL_H

#include "audit/registry/build.h"

/* The terms that belong to a report's details, and what they are as its lines. */
int ls_build_details(const struct ls_said *said, size_t parent_count,
		     struct ls_cal_details **ret_details, struct ls_faults *faults,
		     struct ls_error *err);

/* A record that the option names; a fault where there is none.  True: *ret_id is set. */
bool ls_build_reference(struct ls_build *build, enum ls_cal_kind kind, const char *option,
			struct ls_digest *ret_id, struct ls_faults *faults);

int ls_build_report(struct ls_build *build, struct ls_cal_record *record, struct ls_faults *faults,
		    struct ls_error *err);

#endif
