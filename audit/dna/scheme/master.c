/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/box.h"
#include "audit/dna/scheme/identity.h"
#include "audit/dna/scheme/key.h"
#include "audit/dna/scheme/paper_client.h"
#include "lib/base/cleanup.h"
#include "lib/base/pem.h"

void ls_dna_master_wipe(struct ls_dna_master *master)
{
	OPENSSL_cleanse(master, sizeof(*master));
}

/* KeyGen of the BLS draft, under a name for each use. */
static void derive(const uint8_t seed[static LS_MASTER_SEED_SIZE], const char *use,
		   blst_scalar *ret)
{
	blst_keygen(ret, seed, LS_MASTER_SEED_SIZE, (const byte *)use, strlen(use));
}

static void paper_secret(const struct ls_dna_master *master, uint8_t ret[static 32])
{
	blst_scalar secret;
	derive(master->seed, "labseal dna paper", &secret);
	blst_bendian_from_scalar(ret, &secret);
	OPENSSL_cleanse(&secret, sizeof(secret));
}

/* The keys that follow from the seed, but for the paper profile's public one. */
static void derive_all(struct ls_dna_master *m)
{
	derive(m->seed, "labseal dna sign", &m->sign);
	derive(m->seed, "labseal dna encrypt", &m->encrypt);
	derive(m->seed, "labseal dna directory", &m->directory);
	ls_g2_multiply(blst_p2_affine_generator(), &m->sign, &m->params.sign);
	ls_g1_multiply(blst_p1_affine_generator(), &m->encrypt, &m->params.encrypt);
	ls_g2_multiply(blst_p2_affine_generator(), &m->directory, &m->params.directory);
}

static int derive_paper(struct ls_dna_master *m, struct ls_error *err)
{
	uint8_t secret[32];
	paper_secret(m, secret);
	int rc = ls_paper_public(secret, m->params.paper, err);
	OPENSSL_cleanse(secret, sizeof(secret));
	m->params.has_paper = rc == 0;
	return rc;
}

int ls_dna_master_generate(const char *name, bool paper, struct ls_dna_master *ret,
			   struct ls_error *err)
{
	_cleanup_dna_master_ struct ls_dna_master m = { 0 };
	int rc = ls_params_set_name(&m.params, name, err);
	if (rc < 0)
		return rc;
	if (RAND_priv_bytes(m.seed, sizeof(m.seed)) != 1)
		return ls_fail(err, -EIO, "dna.random", "this machine gives no random numbers");
	derive_all(&m);
	if (paper && (rc = derive_paper(&m, err)) < 0)
		return rc;
	ls_params_identify(&m.params);
	*ret = m;
	return 0;
}

int ls_dna_master_to_pem(const struct ls_dna_master *master, const struct ls_box_lock *lock,
			 struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer content;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	int rc = ls_params_encode(&master->params, &content);
	struct ls_box_context context = { LS_MASTER_LABEL, content.data, content.size };
	_cleanup_secret_ struct ls_buffer box;
	ls_buffer_init(&box, LS_KEY_FILE_MAX);
	if (rc < 0 ||
	    (rc = ls_box_write(&context, lock, master->seed, sizeof(master->seed), &box, err)) < 0)
		return rc;
	ls_buffer_add(&content, box.data, box.size);
	rc = ls_buffer_error(&content);
	return rc < 0 ? rc : ls_pem_encode(LS_MASTER_LABEL, content.data, content.size, out);
}

/* Whether the parameters are those of the seed. */
static bool fits(const struct ls_dna_master *m, const struct ls_dna_params *said)
{
	return blst_p2_affine_is_equal(&m->params.sign, &said->sign) &&
	       blst_p1_affine_is_equal(&m->params.encrypt, &said->encrypt) &&
	       blst_p2_affine_is_equal(&m->params.directory, &said->directory);
}

int ls_dna_master_from_pem(const void *text, size_t n, const struct ls_box_lock *lock,
			   struct ls_dna_master *ret, struct ls_error *err)
{
	_cleanup_dna_master_ struct ls_dna_master m = { 0 };
	_cleanup_secret_ struct ls_buffer content;
	struct ls_dna_params said;
	struct ls_reader r;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	int rc = ls_dna_file_content(text, n, LS_MASTER_LABEL, &content, err);
	ls_reader_init(&r, content.data, content.size);
	if (rc < 0 || (rc = ls_params_decode(&r, &said, err)) < 0)
		return rc;
	struct ls_box_context context = { LS_MASTER_LABEL, content.data, r.pos };
	rc = ls_box_read(&r, &context, lock, m.seed, sizeof(m.seed), err);
	if (rc < 0)
		return rc;
	derive_all(&m);
	if (!fits(&m, &said))
		return ls_fail(
			err, -EBADMSG, "dna.key.mismatch",
			"its public parameters are not those of its secret: the file was altered");
	m.params = said;
	*ret = m;
	return 0;
}

int ls_dna_master_tell(const void *text, size_t n, struct ls_dna_params *ret_params,
		       struct ls_box_told *ret_lock, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer content;
	struct ls_reader r;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	int rc = ls_dna_file_content(text, n, LS_MASTER_LABEL, &content, err);
	ls_reader_init(&r, content.data, content.size);
	if (rc == 0)
		rc = ls_params_decode(&r, ret_params, err);
	return rc < 0 ? rc : ls_box_tell(&r, LS_MASTER_SEED_SIZE, ret_lock, err);
}

static int new_key(const struct ls_dna_params *params, const struct ls_orcid *orcid,
		   struct ls_dna_key **ret, struct ls_error *err)
{
	struct ls_dna_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	key->params = *params;
	key->orcid = *orcid;
	*ret = key;
	return 0;
}

int ls_dna_extract(const struct ls_dna_master *master, const struct ls_orcid *orcid,
		   struct ls_dna_key **ret, struct ls_error *err)
{
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	int rc = new_key(&master->params, orcid, &key, err);
	if (rc < 0)
		return rc;
	if (ls_identity_extract(&master->sign, orcid, &key->sign) < 0)
		return ls_fail(err, -EDOM, "dna.identity.none",
			       "'%s' can have no key of this authority", orcid->text);
	blst_p2_affine point;
	ls_dna_reader_point(orcid, &point);
	ls_g2_multiply(&point, &master->encrypt, &key->encrypt);
	if (master->params.has_paper) {
		uint8_t secret[32];
		paper_secret(master, secret);
		rc = ls_paper_extract(secret, orcid, key->paper, err);
		OPENSSL_cleanse(secret, sizeof(secret));
	}
	if (rc == 0)
		*ret = ls_steal_ptr(&key);
	return rc;
}

int ls_dna_own_generate(const struct ls_dna_params *params, const struct ls_orcid *orcid,
			struct ls_dna_key **ret, struct ls_error *err)
{
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	int rc = new_key(params, orcid, &key, err);
	if (rc < 0 || (rc = ls_bls_generate(&key->own_key, err)) < 0)
		return rc;
	key->own = true;
	ls_bls_public(&key->own_key, &key->own_public);
	*ret = ls_steal_ptr(&key);
	return 0;
}
