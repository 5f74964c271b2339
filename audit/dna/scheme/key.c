/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#include "audit/dna/scheme/aggregate.h"
#include "audit/dna/scheme/box.h"
#include "audit/dna/scheme/identity.h"
#include "audit/dna/scheme/paper_client.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/pem.h"

#define SECRET_MAX (LS_G1_SIZE + LS_G2_SIZE + LS_PAPER_KEY_SIZE)

void ls_dna_key_free(struct ls_dna_key *key)
{
	while (key) {
		struct ls_dna_key *next = key->next;
		OPENSSL_cleanse(key, sizeof(*key));
		free(key);
		key = next;
	}
}

void ls_dna_reader_point(const struct ls_orcid *orcid, blst_p2_affine *ret)
{
	static const char suite[] = "LABSEAL-DNA-V1-READER-BLS12381G2_XMD:SHA-256_SSWU_RO_";
	blst_p2 point;
	blst_hash_to_g2(&point, (const byte *)orcid->text, LS_ORCID_SIZE - 1, (const byte *)suite,
			sizeof(suite) - 1, NULL, 0);
	blst_p2_to_affine(ret, &point);
}

static const char *label_of(const struct ls_dna_key *key)
{
	return key->own ? LS_OWN_LABEL : LS_IDENTITY_LABEL;
}

/* What is secret of a key, in its file's order; returns its size. */
static size_t secret_bytes(const struct ls_dna_key *key, uint8_t ret[static SECRET_MAX])
{
	if (key->own) {
		blst_bendian_from_scalar(ret, &key->own_key);
		return LS_SCALAR_SIZE;
	}
	blst_p1_affine_compress(ret, &key->sign);
	blst_p2_affine_compress(ret + LS_G1_SIZE, &key->encrypt);
	if (!key->params.has_paper)
		return LS_G1_SIZE + LS_G2_SIZE;
	memcpy(ret + LS_G1_SIZE + LS_G2_SIZE, key->paper, LS_PAPER_KEY_SIZE);
	return SECRET_MAX;
}

int ls_dna_key_to_pem(const struct ls_dna_key *key, const char *passphrase, struct ls_buffer *out,
		      struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer content, box;
	uint8_t secret[SECRET_MAX], public[LS_G2_SIZE];
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	ls_buffer_init(&box, LS_KEY_FILE_MAX);
	ls_params_encode(&key->params, &content);
	ls_buffer_add(&content, key->orcid.text, LS_ORCID_SIZE - 1);
	if (key->own) {
		blst_p2_affine_compress(public, &key->own_public);
		ls_buffer_add(&content, public, sizeof(public));
	}
	struct ls_box_context context = { label_of(key), content.data, content.size };
	size_t n = secret_bytes(key, secret);
	int rc = ls_box_write(&context, &(struct ls_box_lock){ .passphrase = passphrase }, secret,
			      n, &box, err);
	OPENSSL_cleanse(secret, sizeof(secret));
	ls_buffer_add(&content, box.data, box.size);
	if (rc < 0 || (rc = ls_buffer_error(&content)) < 0)
		return rc;
	return ls_pem_encode(label_of(key), content.data, content.size, out);
}

/* The secret of a signer's own key belongs to its public one. */
static bool take_own(struct ls_dna_key *key, const uint8_t *secret)
{
	blst_p2_affine public;
	blst_scalar_from_bendian(&key->own_key, secret);
	if (!blst_sk_check(&key->own_key))
		return false;
	ls_bls_public(&key->own_key, &public);
	return blst_p2_affine_is_equal(&public, &key->own_public);
}

/* Both keys of an identity are those that its authority would give to this ORCID iD. */
static bool take_identity(struct ls_dna_key *key, const uint8_t *secret)
{
	blst_p2_affine public, point;
	if (ls_g1_read(secret, &key->sign) < 0 ||
	    ls_g2_read(secret + LS_G1_SIZE, &key->encrypt) < 0)
		return false;
	memcpy(key->paper, secret + LS_G1_SIZE + LS_G2_SIZE, LS_PAPER_KEY_SIZE);
	ls_identity_public(&key->params.sign, &key->orcid, &public);
	ls_dna_reader_point(&key->orcid, &point);
	return ls_identity_key_fits(&key->sign, &public) &&
	       ls_pairings_equal(&key->params.encrypt, &point, blst_p1_affine_generator(),
				 &key->encrypt);
}

static int read_public(struct ls_reader *r, struct ls_dna_key *key, struct ls_error *err)
{
	char text[LS_ORCID_SIZE] = { 0 };
	const uint8_t *public;
	int rc = ls_params_decode(r, &key->params, err);
	if (rc < 0)
		return rc;
	if (ls_read_into(r, text, LS_ORCID_SIZE - 1) < 0 ||
	    ls_orcid_parse(text, &key->orcid, NULL) < 0 || strcmp(text, key->orcid.text) != 0)
		return ls_fail(err, -EBADMSG, "dna.key.form", "its ORCID iD is none");
	if (key->own &&
	    (ls_read_bytes(r, LS_G2_SIZE, &public) < 0 || ls_g2_read(public, &key->own_public) < 0))
		return ls_fail(err, -EBADMSG, "dna.key.form", "its public key is none");
	return 0;
}

static size_t secret_size(const struct ls_dna_key *key)
{
	if (key->own)
		return LS_SCALAR_SIZE;
	return LS_G1_SIZE + LS_G2_SIZE + (key->params.has_paper ? LS_PAPER_KEY_SIZE : 0);
}

int ls_dna_key_from_pem(const void *text, size_t n, const char *passphrase, struct ls_dna_key **ret,
			struct ls_error *err)
{
	_cleanup_dna_key_ struct ls_dna_key *key = calloc(1, sizeof(*key));
	_cleanup_secret_ struct ls_buffer content;
	uint8_t secret[SECRET_MAX] = { 0 };
	struct ls_reader r;
	ls_buffer_init(&content, LS_KEY_FILE_MAX);
	if (!key)
		return ls_fail(err, -ENOMEM, "dna.memory", "out of memory");
	key->own = ls_dna_is_file(text, n, LS_OWN_LABEL);
	int rc = ls_dna_file_content(text, n, label_of(key), &content, err);
	ls_reader_init(&r, content.data, content.size);
	if (rc < 0 || (rc = read_public(&r, key, err)) < 0)
		return rc;
	struct ls_box_context context = { label_of(key), content.data, r.pos };
	rc = ls_box_read(&r, &context, &(struct ls_box_lock){ .passphrase = passphrase }, secret,
			 secret_size(key), err);
	bool fits = rc == 0 && (key->own ? take_own(key, secret) : take_identity(key, secret));
	OPENSSL_cleanse(secret, sizeof(secret));
	if (rc == 0 && !fits)
		rc = ls_fail(err, -EBADMSG, "dna.key.mismatch",
			     "its secret is not the key of '%s' under '%s': the file was altered",
			     key->orcid.text, key->params.name);
	if (rc == 0)
		*ret = ls_steal_ptr(&key);
	return rc;
}

int ls_dna_key_read(const char *path, const char *passphrase, struct ls_dna_key **ret,
		    struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc < 0)
		return rc;
	rc = ls_dna_key_from_pem(text.data, text.size, passphrase, ret, err);
	if (rc < 0)
		ls_error_prefix(err, "key file '%s'", path);
	return rc;
}

const struct ls_orcid *ls_dna_key_orcid(const struct ls_dna_key *key)
{
	return &key->orcid;
}

uint16_t ls_dna_key_hint(const struct ls_dna_key *key)
{
	return ls_params_hint(&key->params);
}

const char *ls_dna_key_authority(const struct ls_dna_key *key)
{
	return key->params.name;
}
