/* SPDX-License-Identifier: Apache-2.0 */
/* What an instrument asks, what the CA challenges, what comes back; and every way to get it wrong.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/attest/maker_test.h"
#include "lib/base/files.h"

/* --- requests ---------------------------------------------------------------------------- */

#define LABSEAL_AK (AK_ATTRIBUTES | LS_OBJECT_NO_DA)

/* What goes into a request; a test spoils one member. */
struct asked {
	uint32_t attributes;
	const void *policy;
	size_t policy_size;
	uint16_t type;
	struct ls_tpm_name name, qualified; /* zero: the true ones */
};
static const struct asked honest = { .attributes = LABSEAL_AK, .type = LS_ST_ATTEST_CERTIFY };

static void put_certify(struct maker *m, const struct asked *a, struct ls_enrolment_request *q)
{
	static const struct ls_tpm_name none;
	MADE(made);
	struct recipe r = recipe_of(m, a->type);
	struct ls_digest qualifying;
	CHECK_INT_EQ(ls_enrolment_request_qualifying(q, &qualifying), 0);
	memcpy(r.qualifying, qualifying.bytes, LS_DIGEST_SIZE);
	make_head(&made.attest, &r);
	bool own = memcmp(&a->name, &none, sizeof(none)) == 0;
	put_tpm2b(&made.attest, own ? m->attester.name.bytes : a->name.bytes, LS_TPM_NAME_SIZE);
	own = memcmp(&a->qualified, &none, sizeof(none)) == 0;
	put_tpm2b(&made.attest, own ? m->attester.qualified_name.bytes : a->qualified.bytes,
		  LS_TPM_NAME_SIZE);
	make_signature(m, &made.attest, &made.signature);
	memcpy(q->certify, made.attest.data, made.attest.size);
	q->certify_size = made.attest.size;
	memcpy(q->signature, made.signature.data, made.signature.size);
}

static struct ls_enrolment_request ask(struct maker *m, const struct asked *a)
{
	struct ls_enrolment_request q = { .instrument = "7500-01", .software = true };
	ls_buffer_clear(&m->ak);
	make_ecdsa(&m->ak, a->attributes, a->policy, a->policy_size, &m->signer.key);
	ls_attester_init(m->ek.data, m->ek.size, m->ak.data, m->ak.size, &m->attester, NULL);
	memcpy(q.endorsement, m->ek.data, m->ek.size);
	q.endorsement_size = m->ek.size;
	memcpy(q.attestation, m->ak.data, m->ak.size);
	q.attestation_size = m->ak.size;
	put_certify(m, a, &q);
	return q;
}

static const char *check(const struct ls_enrolment_request *q)
{
	static struct ls_error err;
	struct ls_public_area ek;
	struct ls_attester attester;
	memset(&err, 0, sizeof(err));
	return ls_enrolment_request_check(q, &ek, &attester, &err) < 0 ? err.id : "";
}

TEST(an_honest_request_is_written_read_and_taken)
{
	MAKER(m);
	struct ls_enrolment_request q = ask(&m, &honest), seen;
	struct ls_public_area ek;
	struct ls_attester attester;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ENROLMENT_REQUEST_MAX);
	REQUIRE(ls_enrolment_request_format(&q, &text) == 0);
	REQUIRE(ls_enrolment_request_parse(text.data, text.size, &seen, &err) == 0);
	CHECK_INT_EQ(ls_enrolment_request_check(&seen, &ek, &attester, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK(ls_p256_public_equal(&attester.key, &m.signer.key));
	CHECK_MEM_EQ(ek.name.bytes, attester.endorsement.bytes, LS_TPM_NAME_SIZE);
	ls_buffer_add_u8(&text, '\n');
	CHECK_INT_EQ(ls_enrolment_request_parse(text.data, text.size, &seen, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "enrolment.request.malformed");
	CHECK_STR_HAS(err.message, "something follows it");
}

TEST(an_attestation_key_is_exactly_the_one_that_labseal_makes)
{
	MAKER(m);
	static const uint32_t needed[] = { LS_OBJECT_RESTRICTED, LS_OBJECT_FIXED_TPM,
					   LS_OBJECT_FIXED_PARENT, LS_OBJECT_SIGN,
					   LS_OBJECT_SENSITIVE_DATA_ORIGIN };
	struct asked a = honest;
	struct ls_enrolment_request q;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		a.attributes = LABSEAL_AK & ~needed[i];
		q = ask(&m, &a);
		CHECK_STR_EQ(check(&q), "attestation-key.attributes");
	}
	/* usable otherwise than with the empty authorisation, or for something else, too */
	static const uint32_t wrong[] = { LS_OBJECT_USER_WITH_AUTH, LS_OBJECT_NO_DA,
					  LS_OBJECT_ADMIN_WITH_POLICY, 0x4u /* stClear */,
					  0x800u /* encryptedDuplication */ };
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		a.attributes = LABSEAL_AK ^ wrong[i];
		q = ask(&m, &a);
		CHECK_STR_EQ(check(&q), "enrolment.attestation-key");
	}
	a = honest;
	a.policy = nonce.bytes;
	a.policy_size = LS_DIGEST_SIZE;
	q = ask(&m, &a);
	CHECK_STR_EQ(check(&q), "enrolment.attestation-key");
	q = ask(&m, &honest);
	memcpy(q.attestation, q.endorsement, q.endorsement_size);
	q.attestation_size = q.endorsement_size;
	CHECK_STR_EQ(check(&q), "attestation-key.scheme");
	q = ask(&m, &honest);
	q.attestation[3] = 0x0c; /* named by SHA-384 */
	CHECK_STR_EQ(check(&q), "public-area.malformed");
	q = ask(&m, &honest);
	CHECK_STR_EQ(check(&q), "");
}

TEST(an_endorsement_key_is_the_template_s)
{
	MAKER(m);
	struct ls_enrolment_request q = ask(&m, &honest);
	q.endorsement[7] ^= 4;
	CHECK_STR_EQ(check(&q), "endorsement-key.template");
	q = ask(&m, &honest);
	memcpy(q.endorsement, q.attestation, q.attestation_size);
	q.endorsement_size = q.attestation_size;
	CHECK_STR_EQ(check(&q), "endorsement-key.template");
	q = ask(&m, &honest);
	q.endorsement_size--;
	CHECK_STR_EQ(check(&q), "public-area.malformed");
}

/* The keys may not be exchanged after the attestation key spoke (CVE-2022-1053 in Keylime). */
TEST(the_attestation_key_speaks_for_this_very_request)
{
	MAKER(m);
	__attribute__((cleanup(maker_free))) struct maker other;
	maker_init(&other, 2);
	struct ls_enrolment_request q = ask(&m, &honest), foreign = ask(&other, &honest);
	q.instrument[6] = '2';
	CHECK_STR_EQ(check(&q), "attest.qualifying");
	q = ask(&m, &honest);
	q.software = false;
	CHECK_STR_EQ(check(&q), "attest.qualifying");
	q = ask(&m, &honest);
	q.certificate_size = 1;
	CHECK_STR_EQ(check(&q), "attest.qualifying");
	q = ask(&m, &honest);
	memcpy(q.attestation, foreign.attestation, foreign.attestation_size);
	CHECK_STR_EQ(check(&q), "attest.signature");
	q = ask(&m, &honest);
	memcpy(q.endorsement, foreign.endorsement, foreign.endorsement_size);
	CHECK_STR_EQ(check(&q), "attest.signer");
	q = ask(&m, &honest);
	q.signature[20] ^= 1;
	CHECK_STR_EQ(check(&q), "attest.signature");
}

TEST(the_attestation_key_certifies_itself)
{
	MAKER(m);
	struct asked a = honest;
	struct ls_enrolment_request q;
	a.name = (struct ls_tpm_name){ { 0, 0x0b, 1 } };
	q = ask(&m, &a);
	CHECK_STR_EQ(check(&q), "enrolment.certify");
	a = honest;
	a.qualified = (struct ls_tpm_name){ { 0, 0x0b, 1 } }; /* under another parent */
	q = ask(&m, &a);
	CHECK_STR_EQ(check(&q), "enrolment.certify");
	a = honest;
	a.type = LS_ST_ATTEST_CREATION;
	q = ask(&m, &a);
	CHECK_STR_EQ(check(&q), "attest.type");
	q = ask(&m, &honest);
	q.certify[0] = 0;
	CHECK_STR_EQ(check(&q), "attest.magic");
}

/* --- challenges and responses --------------------------------------------------------------- */

static void write_challenge(const struct ls_enrolment_challenge *c, struct ls_buffer *text)
{
	ls_buffer_init(text, LS_ENROLMENT_CHALLENGE_MAX);
	CHECK_INT_EQ(ls_enrolment_challenge_format(c, text), 0);
}

TEST(a_proof_is_of_one_secret_and_of_one_challenge_s_every_byte)
{
	struct ls_enrolment_challenge c = { .request = nonce, .expires = 1772634139 }, seen;
	struct ls_enrolment_response response = { .request = nonce };
	struct ls_digest secret = { { 5, 6, 7, [31] = 8 } }, other = { { 5, 6, 7, [31] = 9 } };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	write_challenge(&c, &text);
	REQUIRE(ls_enrolment_challenge_parse(text.data, text.size, &seen, &err) == 0);
	CHECK_INT_EQ(seen.expires, c.expires);
	REQUIRE(ls_enrolment_prove(&secret, text.data, text.size, &response.proof, &err) == 0);
	CHECK_INT_EQ(ls_enrolment_check_proof(&response, &secret, text.data, text.size, &err), 0);
	CHECK_INT_EQ(ls_enrolment_check_proof(&response, &other, text.data, text.size, &err),
		     -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "enrolment.proof");
	for (size_t i = 0; i < text.size; i++) {
		text.data[i] ^= 1;
		CHECK_INT_EQ(
			ls_enrolment_check_proof(&response, &secret, text.data, text.size, NULL),
			-EKEYREJECTED);
		text.data[i] ^= 1;
	}
	response.proof.bytes[31] ^= 0x80;
	CHECK_INT_EQ(ls_enrolment_check_proof(&response, &secret, text.data, text.size, NULL),
		     -EKEYREJECTED);
}

/* --- files that must be taken, and refused --------------------------------------------------- */

/* The file's bytes, parsed and written again: 0, or -EBADMSG. */
static int again(bool of_request, const void *bytes, size_t size, struct ls_buffer *out)
{
	struct ls_enrolment_request q;
	struct ls_enrolment_challenge c;
	struct ls_enrolment_response r;
	ls_buffer_clear(out);
	if (of_request)
		return ls_enrolment_request_parse(bytes, size, &q, NULL) < 0
			       ? -EBADMSG
			       : ls_enrolment_request_format(&q, out);
	if (ls_enrolment_challenge_parse(bytes, size, &c, NULL) == 0)
		return ls_enrolment_challenge_format(&c, out);
	return ls_enrolment_response_parse(bytes, size, &r, NULL) < 0
		       ? -EBADMSG
		       : ls_enrolment_response_format(&r, out);
}

static void check_file(int folder, const char *name, bool of_request)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes, out;
	ls_buffer_init(&bytes, 2 * LS_ENROLMENT_REQUEST_MAX);
	ls_buffer_init(&out, 2 * LS_ENROLMENT_REQUEST_MAX);
	CHECK_INT_EQ(ls_file_read(folder, name, &bytes, &err), 0);
	int wanted = strncmp(name, "good-", 5) == 0 ? 0 : -EBADMSG;
	int rc = again(of_request, bytes.data, bytes.size, &out);
	if (rc != wanted)
		TEST_FAIL("%s: %d", name, rc);
	if (rc < 0)
		return;
	CHECK(out.size == bytes.size && memcmp(out.data, bytes.data, bytes.size) == 0);
	for (size_t cut = 0; cut < bytes.size; cut++)
		CHECK_INT_EQ(again(of_request, bytes.data, cut, &out), -EBADMSG);
}

static unsigned check_corpus(const char *path, bool of_request)
{
	unsigned count = 0;
	DIR *folder = opendir(path);
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		if (entry->d_name[0] != '.') {
			check_file(dirfd(folder), entry->d_name, of_request);
			count++;
		}
	if (folder)
		closedir(folder);
	return count;
}

TEST(the_corpora)
{
	CHECK(check_corpus("tests/corpus/enrolment_request", true) >= 24);
	CHECK(check_corpus("tests/corpus/enrolment_challenge", false) >= 20);
}

/* A real request of a software TPM (TPM2_Certify) is taken. */
TEST(a_real_request_is_taken)
{
	struct ls_enrolment_request q;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_ENROLMENT_REQUEST_MAX);
	REQUIRE(ls_file_read(AT_FDCWD, "tests/corpus/enrolment_request/good-software", &bytes,
			     &err) == 0);
	REQUIRE(ls_enrolment_request_parse(bytes.data, bytes.size, &q, &err) == 0);
	CHECK_STR_EQ(check(&q), "");
}

TEST_MAIN()
