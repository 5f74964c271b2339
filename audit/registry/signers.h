/* SPDX-License-Identifier: Apache-2.0 */
/* Whose signatures a record needs. */
#ifndef LABSEAL_AUDIT_REGISTRY_SIGNERS_H
#define LABSEAL_AUDIT_REGISTRY_SIGNERS_H

#include "lib/base/error.h"
#include "lib/cal/record.h"
#include "lib/cal/store.h"
#include "lib/log/note.h"

struct ls_needed {
	enum ls_cal_role role;
	struct ls_p256_public key;
	char words[LS_CAL_TEXT_SIZE + 64]; /* "the technician 'A. Example'" */
};

/*
 * Who signs the record's i-th signature, by what the store has.  0; -ENOENT: a record that is
 * named is not there, or is of another kind; -ERANGE: there is no i-th.
 */
int ls_signer_needed(struct ls_cal_store *store, const struct ls_note_key *registry,
		     const struct ls_cal_record *record, size_t i, struct ls_needed *ret_needed,
		     struct ls_error *err);

/* A record that must be of this kind; what is for the message: "the technician".  0, -ENOENT. */
int ls_find_kind(struct ls_cal_store *store, const struct ls_digest *id, enum ls_cal_kind kind,
		 const char *what, struct ls_cal_entry **ret_entry, struct ls_error *err);

#endif
