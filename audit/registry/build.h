/* SPDX-License-Identifier: Apache-2.0 */
/* A record out of what a person says: `KIND --option VALUE ...` (labseal-cal(1), ISSUING). */
#ifndef LABSEAL_AUDIT_REGISTRY_BUILD_H
#define LABSEAL_AUDIT_REGISTRY_BUILD_H

#include "audit/registry/faults.h"
#include "audit/registry/keys.h"
#include "audit/registry/words.h"
#include "lib/cal/record.h"
#include "lib/cal/store.h"
#include "lib/log/note.h"

struct ls_build {
	struct ls_cal_store *store;
	const struct ls_note_key *registry;
	struct ls_keys *keys;
	struct ls_said said; /* owned */
};
void ls_build_free(struct ls_build *build);

/*
 * The record, unsigned.  words[0] is the kind.  Adds a fault for each thing that is wrong; with
 * one, *ret_record is not set.  0, -ENOMEM, or an errno of reading.
 */
int ls_build_record(struct ls_build *build, const char *const *words, size_t count,
		    struct ls_cal_record *ret_record, struct ls_faults *faults,
		    struct ls_error *err);

#endif
