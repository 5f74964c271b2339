/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/signing.h"

#include <errno.h>

#include "audit/registry/signers.h"

/* Which of the keys is this one; name_count: none. */
static size_t find_key(struct ls_signing *s, const struct ls_p256_public *key,
		       struct ls_signer *ret_signer)
{
	struct ls_error ignored = { 0 };
	size_t i = 0;
	for (; i < s->name_count; i++)
		if (ls_keys_get(s->keys, s->names[i], ret_signer, &ignored) == 0 &&
		    ls_p256_public_equal(&ret_signer->key, key))
			break;
	return i;
}

static void open_keys(struct ls_signing *s, struct ls_faults *faults)
{
	for (size_t i = 0; i < s->name_count; i++) {
		struct ls_error err = { 0 };
		struct ls_signer signer;
		if (ls_keys_get(s->keys, s->names[i], &signer, &err) < 0)
			ls_faults_add(faults, "%s", err.message);
	}
}

/* 1: signed; 0: there is no key for it here. */
static int sign_next(struct ls_signing *s, struct ls_cal_record *record, uint64_t *used,
		     struct ls_needed *needed, struct ls_error *err)
{
	struct ls_signer signer;
	size_t i = record->signature_count;
	int rc = ls_signer_needed(s->store, s->registry, record, i, needed, err);
	if (rc < 0)
		return rc;
	size_t which = find_key(s, &needed->key, &signer);
	if (which == s->name_count)
		return 0;
	*used |= UINT64_C(1) << (which & 63);
	rc = ls_cal_record_sign(record, needed->role, &signer, err);
	return rc < 0 ? rc : 1;
}

static int sign_known(struct ls_signing *s, struct ls_cal_record *record, bool draft,
		      struct ls_faults *faults, struct ls_error *err)
{
	struct ls_needed needed;
	uint64_t used = 0;
	size_t before = record->signature_count;
	int rc = 1;
	while (rc == 1 && ls_cal_record_role(record, record->signature_count) != 0)
		rc = sign_next(s, record, &used, &needed, err);
	if (rc < 0)
		return rc;
	if (rc == 0 && (!draft || (record->signature_count == before && s->name_count > 0)))
		ls_faults_add(
			faults,
			"signature %zu (%s) is by %s, whose key is not among those of --key%s",
			record->signature_count + 1, ls_cal_role_name(needed.role), needed.words,
			draft ? "" : "; where it is at another place, write a draft: --draft FILE");
	for (size_t i = 0; i < s->name_count && i < 64; i++)
		if (!(used & UINT64_C(1) << i) && rc != 0)
			ls_faults_add(faults,
				      "'%s' is the key of nobody whose signature is missing",
				      s->names[i]);
	return 0;
}

static int sign_blindly(struct ls_signing *s, struct ls_cal_record *record,
			struct ls_faults *faults, struct ls_error *err)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < s->name_count; i++) {
		struct ls_signer signer;
		enum ls_cal_role role = ls_cal_record_role(record, record->signature_count);
		if (role == 0) {
			ls_faults_add(faults, "there are more keys than signatures missing");
			return 0;
		}
		rc = ls_keys_get(s->keys, s->names[i], &signer, err);
		if (rc == 0)
			rc = ls_cal_record_sign(record, role, &signer, err);
	}
	return rc;
}

int ls_signing_run(struct ls_signing *s, struct ls_cal_record *record, bool draft,
		   struct ls_faults *faults, struct ls_error *err)
{
	open_keys(s, faults);
	if (faults->count > 0)
		return 0;
	return s->store ? sign_known(s, record, draft, faults, err)
			: sign_blindly(s, record, faults, err);
}
