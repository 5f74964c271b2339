/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/creation.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/tpm_constants.h"

static int read_creation_data(struct ls_reader *r, struct ls_creation_data *d)
{
	uint16_t parent_name_alg;
	if (ls_read_pcr_selection(r, &d->selection) < 0 ||
	    ls_read_tpm2b(r, LS_DIGEST_SIZE, &d->pcr_digest, &d->pcr_digest_size) < 0 ||
	    ls_read_u8(r, &d->locality) < 0 || ls_read_be16(r, &parent_name_alg) < 0 ||
	    parent_name_alg != LS_ALG_SHA256 || ls_read_tpm_name(r, &d->parent) < 0 ||
	    ls_read_tpm_name(r, &d->parent_qualified) < 0 ||
	    ls_read_tpm2b(r, LS_QUALIFYING_MAX, &d->outside, &d->outside_size) < 0)
		return -EBADMSG;
	return ls_reader_end(r);
}

int ls_creation_data_parse(const void *bytes, size_t size, struct ls_creation_data *ret_data,
			   struct ls_error *err)
{
	struct ls_creation_data d = { .outside_size = 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	if (size > LS_CREATION_DATA_MAX || read_creation_data(&r, &d) < 0)
		return ls_fail(err, -EBADMSG, "creation.malformed",
			       "the creation data is cut, has trailing bytes, or is no "
			       "TPMS_CREATION_DATA of a key under a SHA-256 parent");
	*ret_data = d;
	return 0;
}

/* TPM2B_PUBLIC with its length, which ls_tpm2b_public_parse takes. */
static int read_public_part(struct ls_reader *r, struct ls_creation *c)
{
	const uint8_t *area;
	size_t size;
	if (ls_read_tpm2b(r, LS_PUBLIC_AREA_MAX, &area, &size) < 0)
		return -EBADMSG;
	c->public_part = area - 2;
	c->public_size = size + 2;
	return 0;
}

int ls_creation_parse(const void *bytes, size_t size, struct ls_creation *ret_creation,
		      struct ls_error *err)
{
	struct ls_creation c = { .data_size = 0 };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	if (read_public_part(&r, &c) < 0 ||
	    ls_read_tpm2b(&r, LS_CREATION_DATA_MAX, &c.data, &c.data_size) < 0 ||
	    ls_read_tpm2b(&r, LS_ATTEST_MAX, &c.attested.attest, &c.attested.attest_size) < 0 ||
	    ls_read_bytes(&r, LS_TPM_SIGNATURE_SIZE, &c.attested.signature) < 0 ||
	    ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "creation.malformed",
			       "the signing key's creation certificate is cut or has trailing "
			       "bytes");
	c.attested.signature_size = LS_TPM_SIGNATURE_SIZE;
	*ret_creation = c;
	return 0;
}

/* That what is certified is this key and this creation data. */
static int check_certified(const struct ls_creation *c, const struct ls_attest *a,
			   const struct ls_public_area *area, struct ls_error *err)
{
	struct ls_digest hash;
	if (memcmp(a->creation.object.bytes, area->name.bytes, LS_TPM_NAME_SIZE) != 0)
		return ls_fail(err, -EKEYREJECTED, "creation.name",
			       "it certifies another key than the one beside it");
	ls_sha256_buffer(c->data, c->data_size, &hash);
	if (!ls_digest_equal(&a->creation.creation_hash, &hash))
		return ls_fail(err, -EKEYREJECTED, "creation.hash",
			       "it certifies other creation data than those beside it");
	return 0;
}

int ls_creation_verify(const struct ls_creation *creation, const struct ls_attester *attester,
		       const struct ls_creation_policy *policy, struct ls_p256_public *ret_key,
		       struct ls_clock *ret_clock, struct ls_error *err)
{
	struct ls_attest a;
	struct ls_public_area area;
	struct ls_creation_data data;
	struct ls_digest qualifying;
	int rc = ls_tpm2b_public_parse(creation->public_part, creation->public_size, &area, err);
	if (rc == 0)
		rc = ls_creation_data_parse(creation->data, creation->data_size, &data, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(creation->public_part, creation->public_size, &qualifying);
	rc = ls_attest_verify(&creation->attested, LS_ST_ATTEST_CREATION, attester, &qualifying, &a,
			      err);
	if (rc == 0)
		rc = check_certified(creation, &a, &area, err);
	if (rc == 0)
		rc = ls_sealing_key_check(&area, policy->authority, policy->ref, policy->ref_size,
					  err);
	if (rc < 0)
		return rc;
	*ret_key = area.ecc;
	*ret_clock = a.clock;
	return 0;
}
