/* SPDX-License-Identifier: Apache-2.0 */
/* Records by what a person calls them: an id, or a name. */
#ifndef LABSEAL_AUDIT_REGISTRY_LOOKUP_H
#define LABSEAL_AUDIT_REGISTRY_LOOKUP_H

#include "lib/base/error.h"
#include "lib/cal/store.h"

/*
 * The record of this kind with this id (64 hex digits), or of this name: where a name had several
 * one after the other, the last.  0; -ENOENT: there is none.
 */
int ls_lookup(struct ls_cal_store *store, enum ls_cal_kind kind, const char *name,
	      struct ls_digest *ret_id, struct ls_error *err);

/*
 * A standard: the id of its report; or its device's name or id, whose report in force at that time
 * is meant.  0, -ENOENT.
 */
int ls_lookup_parent(struct ls_cal_store *store, const char *name, int64_t at,
		     struct ls_digest *ret_report, struct ls_error *err);

/* The device's last report that was performed at this time or before.  0, -ENOENT. */
int ls_lookup_in_force(struct ls_cal_store *store, const struct ls_digest *device, int64_t at,
		       struct ls_digest *ret_report, struct ls_error *err);

#endif
