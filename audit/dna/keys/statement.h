/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an authority states of a signer's key, as an entry of its log of keys
 * (docs/formats/dna-key-log.md):
 *
 *     labseal/dna-key/v1
 *     log example.org/dna-keys
 *     authority SHA256
 *     kind key
 *     issued 2026-01-12T09:00:00Z
 *     orcid 0000-0002-1825-0097
 *     key BASE64
 *     proof BASE64
 *     from 2026-01-12T09:00:00Z
 *     until -
 *     signature BASE64
 *
 * or, of kind withdrawal, since and reason in the place of proof, from and until.  What stands
 * before the last line is what is signed.  One content has one spelling.
 */
#ifndef LABSEAL_AUDIT_DNA_KEYS_STATEMENT_H
#define LABSEAL_AUDIT_DNA_KEYS_STATEMENT_H

#include "audit/dna/scheme/history.h"
#include "lib/base/buffer.h"
#include "lib/cal/record.h"
#include "lib/log/note.h"

#define LS_KEY_STATEMENT_MAX 1024 /* bytes */

struct ls_key_statement {
	bool withdrawal;
	char log[LS_NOTE_NAME_SIZE]; /* the log's origin: an entry is of one log */
	struct ls_digest authority;
	int64_t issued;
	struct ls_orcid orcid;
	uint8_t key[LS_DNA_KEY_SIZE];
	uint8_t proof[LS_DNA_PROOF_SIZE]; /* of possession.  Of a key, as from and until */
	int64_t from, until;		  /* until may be LS_DNA_NO_END */
	int64_t since;			  /* of a withdrawal, as reason */
	enum ls_cal_reason reason;
	struct ls_dna_signed_statement sign; /* set by parsing; by formatting: digest */
};

/* Whether an entry begins as one; others are not of this format. */
bool ls_key_statement_is(const void *bytes, size_t size);
/* Strict.  No signature is verified, and the key may be none.  0 or -EBADMSG. */
int ls_key_statement_parse(const void *bytes, size_t size, struct ls_key_statement *ret,
			   struct ls_error *err);
/* Signed by master, which must be the authority.  -EINVAL: a field that none has; -ENOMEM. */
int ls_key_statement_sign(struct ls_key_statement *statement, const struct ls_dna_master *master,
			  struct ls_buffer *out, struct ls_error *err);

#endif
