/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test vectors (docs/formats/dna-keys.md): what was signed once still verifies, so that a molecule
 * that is in a freezer does; and what another implementation signed (tests/clients/dna) does, too.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>

#include "audit/dna/scheme/made_test.h"
#include "audit/dna/scheme/readers.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define CORPUS "tests/corpus/dna_file/"

static json_t *vectors;

static size_t vector(const char *name, uint8_t *ret, size_t max)
{
	const char *hex = json_string_value(json_object_get(vectors, name));
	size_t n = hex ? strlen(hex) / 2 : 0;
	if (n == 0 || n > max || ls_hex_decode(hex, 2 * n, ret) < 0)
		TEST_FAIL("no vector '%s'", name);
	return n;
}

static int check(const struct ls_dna_trust *trust, enum ls_profile profile, size_t count,
		 const char *name)
{
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest digest;
	uint8_t signature[LS_SIGNATURE_BYTES_MAX] = { 0 };
	struct ls_orcid signers[2] = {
		made_orcid(json_string_value(json_object_get(vectors, "signer"))),
		made_orcid(json_string_value(json_object_get(vectors, "other signer")))
	};
	vector("digest", digest.bytes, sizeof(digest.bytes));
	vector(name, signature, sizeof(signature));
	int rc = ls_dna_verifier_new(trust, profile, ls_params_hint(&trust->authorities[0].params),
				     signers, count, &verifier, NULL);
	if (rc < 0)
		return rc;
	rc = ls_dna_verifier_check(verifier, &digest, signature, NULL, NULL);
	digest.bytes[0] ^= 1;
	CHECK_INT_EQ(ls_dna_verifier_check(verifier, &digest, signature, NULL, NULL), -EBADMSG);
	return rc;
}

TEST(vectors_hold)
{
	_cleanup_dna_trust_ struct ls_dna_trust *trust = NULL;
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer text;
	uint8_t sealed[512];
	ls_buffer_init(&text, 512);
	vectors = json_load_file(CORPUS "vectors.json", 0, NULL);
	REQUIRE(vectors != NULL && ls_dna_trust_new(&trust) == 0);
	REQUIRE(ls_dna_trust_add(trust, CORPUS "good-parameters", NULL) == 0);
	REQUIRE(ls_dna_trust_add(trust, CORPUS "good-directory", NULL) == 0);
	REQUIRE(ls_dna_key_read(CORPUS "good-identity", NULL, &key, NULL) == 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_STANDARD, 1, "standard"), 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_STANDARD, 1, "standard by another"), 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_STANDARD_FULL, 1, "standard-full"), 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_AGGREGATE, 1, "aggregate of one"), 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_AGGREGATE, 2, "aggregate of two"), 0);
	CHECK_INT_EQ(check(trust, LS_PROFILE_AGGREGATE, 1, "aggregate of two"), -EBADMSG);
	size_t n = vector("sealed", sealed, sizeof(sealed));
	CHECK_INT_EQ(ls_dna_unseal(key, sealed, n, &text, NULL), 0);
	CHECK_STR_EQ(ls_buffer_str(&text), json_string_value(json_object_get(vectors, "text")));
	json_decref(vectors);
}

TEST_MAIN()
