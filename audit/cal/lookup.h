/* SPDX-License-Identifier: Apache-2.0 */
/* Records by what a person calls them, and names of records. */
#ifndef LABSEAL_AUDIT_CAL_LOOKUP_H
#define LABSEAL_AUDIT_CAL_LOOKUP_H

#include "lib/cal/store.h"

/* The organisation of this name, or of this id (64 hex digits).  -ENOENT; -ENOTUNIQ: several. */
int ls_cal_organisation_find(struct ls_cal_store *store, const char *text, struct ls_digest *ret_id,
			     struct ls_error *err);

/* A record's name (a report's number); "-" where it has none, or is not there.  0 or the store's
 * error. */
int ls_cal_name_of(struct ls_cal_store *store, const struct ls_digest *id,
		   char name[static LS_CAL_TEXT_SIZE], struct ls_error *err);

/* What a report is called, its device, and the organisation that made it. */
struct ls_cal_names {
	char device[LS_CAL_TEXT_SIZE], report[LS_CAL_TEXT_SIZE], organisation[LS_CAL_TEXT_SIZE];
};
int ls_cal_names_of(struct ls_cal_store *store, const struct ls_digest *device,
		    const struct ls_digest *report, const struct ls_digest *organisation,
		    struct ls_cal_names *ret_names, struct ls_error *err);

#endif
