/* SPDX-License-Identifier: Apache-2.0 */
/* Signing a record with the keys at hand, each for the signature that is its. */
#ifndef LABSEAL_AUDIT_REGISTRY_SIGNING_H
#define LABSEAL_AUDIT_REGISTRY_SIGNING_H

#include <stdbool.h>

#include "audit/registry/faults.h"
#include "audit/registry/keys.h"
#include "lib/cal/record.h"
#include "lib/cal/store.h"
#include "lib/log/note.h"

struct ls_signing {
	struct ls_cal_store *store; /* NULL: whose keys are asked for is not known here */
	const struct ls_note_key *registry;
	struct ls_keys *keys;
	const char *const *names; /* of the keys to sign with */
	size_t name_count;
};

/*
 * Sign on as far as the keys go.  Without a store each key signs once, in their order.  A key that
 * cannot be opened, or that is nobody's whose signature is missing, is a fault; a missing
 * key is one unless a draft is wanted.  0, or a negative errno.
 */
int ls_signing_run(struct ls_signing *signing, struct ls_cal_record *record, bool draft,
		   struct ls_faults *faults, struct ls_error *err);

#endif
