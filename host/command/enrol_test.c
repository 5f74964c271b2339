/* SPDX-License-Identifier: Apache-2.0 */
/* Both sides of an enrolment, with a software TPM and a CA of its own; and everything that is
 * refused. */
#include "host/command/enrol.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/command/keyring.h"
#include "host/supervisor/state.h"
#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/base/text.h"
#include "lib/seal/factory_test.h"
#include "lib/tpm/attestation_key.h"
#include "lib/tpm/rig_test.h"

#define DAY 86400

/* An instrument with its TPM and state folder, and the lab's CA beside it. */
struct lab {
	struct tpm_rig rig;
	struct ls_policy *policy;
	struct ls_provision p;
	char dir[64];
	struct ls_enrol_ca ca;
	struct ls_enrol_found found;
	struct ls_buffer request, challenge, response, der;
	struct ls_error err;
};

static void make_ca(struct lab *lab)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	CHECK_INT_EQ(ls_ca_create(key, "Lab", time(NULL) - DAY, time(NULL) + 9 * DAY, &der, NULL),
		     0);
	CHECK_INT_EQ(ls_keyring_write_private(lab->ca.fd, LS_CA_KEY, key, NULL), 0);
	CHECK_INT_EQ(ls_keyring_write_certificate(lab->ca.fd, LS_CA_CERTIFICATE, &der, NULL), 0);
	CHECK_INT_EQ(
		ls_keyring_write_certificate(lab->p.state_fd, LS_KEYS_CA_CERTIFICATE, &der, NULL),
		0);
}

static void write_area(struct lab *lab, uint32_t handle, const char *file)
{
	_cleanup_buffer_ struct ls_buffer area;
	ls_buffer_init(&area, LS_PUBLIC_AREA_MAX);
	CHECK_INT_EQ(ls_tpm_read_public_area(lab->rig.tpm, handle, &area, NULL), 0);
	CHECK_INT_EQ(ls_file_replace(lab->p.state_fd, file, area.data, area.size, 0644, NULL), 0);
}

static int lab_init(struct lab *lab)
{
	struct ls_buffer *all[] = { &lab->request, &lab->challenge, &lab->response, &lab->der };
	memset(lab, 0, sizeof(*lab));
	for (size_t i = 0; i < 4; i++)
		ls_buffer_init(all[i], LS_ENROLMENT_REQUEST_MAX);
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/labseal-test-XXXXXX");
	lab->p.state_fd = lab->ca.fd = -1;
	int rc = tpm_rig_set_up(&lab->rig);
	if (rc < 0 || !mkdtemp(lab->dir))
		return rc < 0 ? rc : -errno;
	int fd = open(lab->dir, O_DIRECTORY | O_CLOEXEC);
	CHECK(mkdirat(fd, "ca", 0755) == 0 && mkdirat(fd, "keys", 0700) == 0);
	lab->policy = calloc(1, sizeof(*lab->policy));
	snprintf(lab->policy->instrument.id, sizeof(lab->policy->instrument.id), "7500-01");
	lab->policy->signing.key = LS_SIGN_TPM;
	lab->ca.accept = true;
	lab->ca.fd = openat(fd, "ca", O_DIRECTORY | O_CLOEXEC);
	lab->p = (struct ls_provision){ .policy = lab->policy,
					.state_fd = fd,
					.tpm = lab->rig.tpm,
					.tpm_kind = LS_KEY_SOFTWARE_TPM,
					.tpm_device = -1 };
	CHECK_INT_EQ(ls_tpm_ensure_endorsement_key(lab->rig.tpm, NULL, &lab->err), 0);
	CHECK_INT_EQ(ls_tpm_ensure_attestation_key(lab->rig.tpm, NULL, &lab->err), 0);
	write_area(lab, LS_TPM_EK_HANDLE, LS_KEYS_ENDORSEMENT);
	write_area(lab, LS_TPM_AK_HANDLE, LS_KEYS_ATTESTATION);
	make_ca(lab);
	return 0;
}

static void lab_free(struct lab *lab)
{
	struct ls_buffer *all[] = { &lab->request, &lab->challenge, &lab->response, &lab->der };
	for (size_t i = 0; i < 4; i++)
		ls_buffer_free(all[i]);
	tpm_rig_tear_down(&lab->rig);
	if (lab->p.state_fd >= 0)
		close(lab->p.state_fd);
	if (lab->ca.fd >= 0)
		close(lab->ca.fd);
	ls_remove_tree(AT_FDCWD, lab->dir, NULL);
	free(lab->policy);
}
#define LAB(name)                                           \
	__attribute__((cleanup(lab_free))) struct lab name; \
	int set_up_##name = lab_init(&name);                \
	if (set_up_##name == -ENOENT)                       \
		TEST_SKIP("swtpm is not installed");        \
	REQUIRE(set_up_##name == 0)

/* A step's id when it fails, else "". */
#define STEP(lab, call) \
	(memset(&(lab)->err, 0, sizeof((lab)->err)), (call) < 0 ? (lab)->err.id : "")

static const char *request(struct lab *lab)
{
	ls_buffer_clear(&lab->request);
	return STEP(lab, ls_enrol_request(&lab->p, &lab->request, &lab->err));
}

static const char *challenge(struct lab *lab)
{
	ls_buffer_clear(&lab->challenge);
	return STEP(lab, ls_enrol_challenge(&lab->ca, &lab->request, &lab->found, &lab->challenge,
					    &lab->err));
}

static const char *activate(struct lab *lab)
{
	ls_buffer_clear(&lab->response);
	return STEP(lab, ls_enrol_activate(&lab->p, &lab->challenge, &lab->response, &lab->err));
}

static const char *issue(struct lab *lab)
{
	ls_buffer_clear(&lab->der);
	return STEP(lab, ls_enrol_issue(&lab->ca, &lab->response, &lab->der, &lab->err));
}

static const char *install(struct lab *lab)
{
	return STEP(lab, ls_enrol_install(&lab->p, &lab->der, &lab->err));
}

/* The steps up to this one, which is to be spoilt. */
static void begin(struct lab *lab, int steps)
{
	static const char *(*const all[])(struct lab *) = { request, challenge, activate, issue };
	for (int i = 0; i < steps; i++)
		CHECK_STR_EQ(all[i](lab), "");
}

static bool has_secret(const struct lab *lab)
{
	char path[200], hex[LS_DIGEST_HEX_SIZE];
	struct stat st;
	struct ls_digest digest;
	ls_sha256_buffer(lab->request.data, lab->request.size, &digest);
	snprintf(path, sizeof(path), LS_CA_ENROLMENTS "/%s/secret", ls_digest_hex(&digest, hex));
	bool there = fstatat(lab->ca.fd, path, &st, 0) == 0;
	CHECK(!there || (st.st_mode & 0777) == 0600);
	CHECK(fstatat(lab->ca.fd, LS_CA_ENROLMENTS, &st, 0) == 0 && (st.st_mode & 0777) == 0700);
	return there;
}

TEST(a_tpm_is_enrolled)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	begin(&lab, 2);
	CHECK_STR_EQ(lab.found.instrument, "7500-01");
	CHECK_INT_EQ(lab.found.enrolment.origin, LS_ORIGIN_SOFTWARE);
	CHECK(has_secret(&lab));
	CHECK_STR_EQ(activate(&lab), "");
	CHECK_STR_EQ(issue(&lab), "");
	CHECK(!has_secret(&lab));
	CHECK_INT_EQ(ls_enrol_check_installed(&lab.p, NULL), -ENOENT);
	CHECK_STR_EQ(install(&lab), "");
	CHECK_INT_EQ(ls_enrol_check_installed(&lab.p, NULL), 0);
	CHECK(!ls_keyring_has(lab.p.state_fd, LS_KEYS_ENROLMENT_REQUEST));
	REQUIRE(ls_attestation_certificate_read((struct ls_der){ lab.der.data, lab.der.size }, &c,
						&lab.err) == 0);
	CHECK_INT_EQ(c.enrolment.origin, LS_ORIGIN_SOFTWARE);
	CHECK(ls_digest_equal(&c.enrolment.endorsement, &lab.found.enrolment.endorsement));
	CHECK_STR_EQ(c.certificate.subject, "CN=labseal AK 7500-01");
	/* once more, for the same key: it is renewed */
	begin(&lab, 4);
	CHECK_STR_EQ(install(&lab), "");
}

/* --- which TPM it is ------------------------------------------------------------------------ */

/* The request as an instrument with this certificate of its EK would make it. */
static void ask_with(struct lab *lab, const struct ls_buffer *certificate, bool software)
{
	struct ls_enrolment_request q;
	struct ls_tpm_attested attested;
	struct ls_digest qualifying;
	CHECK_STR_EQ(request(lab), "");
	CHECK_INT_EQ(ls_enrolment_request_parse(lab->request.data, lab->request.size, &q, NULL), 0);
	if (certificate->size > 0)
		memcpy(q.certificate, certificate->data, certificate->size);
	q.certificate_size = certificate->size;
	q.software = software;
	ls_enrolment_request_qualifying(&q, &qualifying);
	CHECK_INT_EQ(ls_tpm_certify_attestation_key(lab->rig.tpm, &qualifying, &attested, NULL), 0);
	memcpy(q.certify, attested.attest, attested.attest_size);
	memcpy(q.signature, attested.signature, sizeof(q.signature));
	ls_buffer_clear(&lab->request);
	ls_enrolment_request_format(&q, &lab->request);
}

static void read_ek(struct lab *lab, struct ls_buffer *bytes, struct ls_public_area *ek)
{
	ls_buffer_init(bytes, LS_PUBLIC_AREA_MAX);
	CHECK_INT_EQ(ls_tpm_read_public_area(lab->rig.tpm, LS_TPM_EK_HANDLE, bytes, NULL), 0);
	CHECK_INT_EQ(ls_public_area_parse(bytes->data, bytes->size, ek, NULL), 0);
}

TEST(a_tpm_that_nothing_proves_needs_a_person_s_word)
{
	LAB(lab);
	__attribute__((cleanup(factory_free))) struct factory maker;
	_cleanup_buffer_ struct ls_buffer bytes, none = { 0 };
	struct ls_public_area ek;
	char roots[100];
	factory_init(&maker, "Maker", 1, time(NULL));
	read_ek(&lab, &bytes, &ek);
	certify(&maker, &ek, &good_ek);
	snprintf(roots, sizeof(roots), "%s/roots.pem", lab.dir);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, roots, maker.pem.data, maker.pem.size, 0644, NULL),
		     0);
	lab.ca.accept = false;
	ask_with(&lab, &none, true);
	CHECK_STR_EQ(challenge(&lab), "enrol.unproven");
	CHECK_STR_HAS(lab.err.message, "it says itself that it is a software TPM");
	ask_with(&lab, &none, false);
	CHECK_STR_EQ(challenge(&lab), "enrol.unproven");
	CHECK_STR_HAS(lab.err.message, "it has no manufacturer's certificate");
	ask_with(&lab, &maker.der, false);
	CHECK_STR_EQ(challenge(&lab), "enrol.unproven");
	CHECK_STR_HAS(lab.err.message, "--ek-roots FILE");
	/* held against its maker's root it needs no word */
	lab.ca.roots = roots;
	CHECK_STR_EQ(challenge(&lab), "");
	CHECK_INT_EQ(lab.found.enrolment.origin, LS_ORIGIN_MANUFACTURER);
	CHECK_STR_EQ(lab.found.issuer, "CN=Maker");
	/* a software TPM with a certificate stays one */
	ask_with(&lab, &maker.der, true);
	CHECK_STR_EQ(challenge(&lab), "enrol.unproven");
	lab.ca.accept = true;
	CHECK_STR_EQ(challenge(&lab), "");
	CHECK_INT_EQ(lab.found.enrolment.origin, LS_ORIGIN_SOFTWARE);
}

TEST(another_tpms_certificate_is_refused_though_all_is_accepted)
{
	LAB(lab);
	__attribute__((cleanup(factory_free))) struct factory maker;
	char roots[100];
	factory_init(&maker, "Maker", 1, time(NULL));
	certify(&maker, &maker.ek, &good_ek);
	ask_with(&lab, &maker.der, false);
	CHECK_STR_EQ(challenge(&lab), "endorsement-certificate.key");
	CHECK_STR_HAS(lab.err.message, "it is another TPM's");
	/* of this EK, and of no root that was given */
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_public_area ek;
	read_ek(&lab, &bytes, &ek);
	certify(&maker, &ek, &good_ek);
	snprintf(roots, sizeof(roots), "%s/ca/" LS_CA_CERTIFICATE, lab.dir);
	lab.ca.roots = roots;
	ask_with(&lab, &maker.der, false);
	CHECK_STR_EQ(challenge(&lab), "endorsement-certificate.chain");
	lab.ca.roots = "/nonexistent";
	CHECK(challenge(&lab)[0] != '\0');
	CHECK_STR_HAS(lab.err.message, "/nonexistent");
}

TEST(the_certificate_origin_is_what_was_challenged)
{
	LAB(lab);
	struct ls_attestation_certificate c;
	__attribute__((cleanup(factory_free))) struct factory maker;
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_public_area ek;
	char roots[100];
	factory_init(&maker, "Maker", 1, time(NULL));
	read_ek(&lab, &bytes, &ek);
	certify(&maker, &ek, &good_ek);
	snprintf(roots, sizeof(roots), "%s/roots.pem", lab.dir);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, roots, maker.pem.data, maker.pem.size, 0644, NULL),
		     0);
	lab.ca.roots = roots;
	ask_with(&lab, &maker.der, false);
	CHECK_INT_EQ(ls_file_replace(lab.p.state_fd, LS_KEYS_ENROLMENT_REQUEST, lab.request.data,
				     lab.request.size, 0644, NULL),
		     0);
	CHECK_STR_EQ(challenge(&lab), "");
	CHECK_STR_EQ(activate(&lab), "");
	CHECK_STR_EQ(issue(&lab), "");
	REQUIRE(ls_attestation_certificate_read((struct ls_der){ lab.der.data, lab.der.size }, &c,
						&lab.err) == 0);
	CHECK_INT_EQ(c.enrolment.origin, LS_ORIGIN_MANUFACTURER);
}

/* The TPM's memory is larger than what its manufacturer put there. */
TEST(the_certificate_in_the_tpm_goes_into_the_request)
{
	LAB(lab);
	__attribute__((cleanup(factory_free))) struct factory maker;
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_public_area ek;
	struct ls_enrolment_request q;
	factory_init(&maker, "Maker", 1, time(NULL));
	read_ek(&lab, &bytes, &ek);
	certify(&maker, &ek, &good_ek);
	size_t size = maker.der.size;
	for (int i = 0; i < 100; i++)
		ls_buffer_add_u8(&maker.der, 0xff);
	tpm_rig_put_endorsement_certificate(&lab.rig, maker.der.data, (uint16_t)maker.der.size);
	begin(&lab, 2);
	CHECK(lab.found.has_certificate);
	REQUIRE(ls_enrolment_request_parse(lab.request.data, lab.request.size, &q, NULL) == 0);
	CHECK_INT_EQ(q.certificate_size, size);
	CHECK_MEM_EQ(q.certificate, maker.der.data, size);
}

TEST(what_is_no_certificate_in_the_tpm_is_told)
{
	LAB(lab);
	tpm_rig_put_endorsement_certificate(&lab.rig, (const uint8_t *)"no certificate", 14);
	CHECK_STR_EQ(request(&lab), "tpm.ek.certificate");
	CHECK_STR_HAS(lab.err.message, "0x01c00002");
}

/* --- requests ------------------------------------------------------------ */

TEST(a_request_that_is_not_whole_is_refused)
{
	LAB(lab);
	begin(&lab, 1);
	ls_buffer_add_str(&lab.request, "\n");
	CHECK_STR_EQ(challenge(&lab), "enrolment.request.malformed");
	CHECK_STR_EQ(lab.found.instrument, "");
	lab.request.size -= 2;
	CHECK_STR_EQ(challenge(&lab), "enrolment.request.malformed");
}

TEST(a_request_is_made_of_the_keys_that_were_provisioned)
{
	LAB(lab);
	LAB(other);
	write_area(&other, LS_TPM_AK_HANDLE, LS_KEYS_ATTESTATION);
	lab.p.tpm = other.rig.tpm; /* another machine's TPM */
	CHECK_STR_EQ(request(&lab), "enrol.keys");
	CHECK_STR_HAS(lab.err.message, "the TPM has another key");
	lab.p.tpm = lab.rig.tpm;
	CHECK_INT_EQ(unlinkat(lab.p.state_fd, LS_KEYS_ATTESTATION, 0), 0);
	CHECK_STR_EQ(request(&lab), "enrol.keys");
	CHECK_STR_HAS(lab.err.message, "run 'labseal provision' first");
	lab.policy->signing.key = LS_SIGN_FILE;
	CHECK_STR_EQ(request(&lab), "enrol.tpm");
}

/* --- challenges ------------------------------------------------------------ */

TEST(a_challenge_is_answered_for_the_request_that_was_made_here)
{
	LAB(lab);
	LAB(other);
	begin(&lab, 2);
	begin(&other, 2);
	struct ls_buffer own = lab.challenge;
	lab.challenge = other.challenge;
	CHECK_STR_EQ(activate(&lab), "enrol.challenge.other");
	lab.challenge = own;
	CHECK_STR_EQ(request(&lab), ""); /* a newer request: the old challenge is of no use */
	CHECK_STR_EQ(activate(&lab), "enrol.challenge.other");
	CHECK_INT_EQ(unlinkat(lab.p.state_fd, LS_KEYS_ENROLMENT_REQUEST, 0), 0);
	CHECK_STR_EQ(activate(&lab), "enrol.request");
}

/* The challenge with one thing altered, as whoever carries it could. */
static void respell(struct lab *lab, void (*alter)(struct ls_enrolment_challenge *c))
{
	struct ls_enrolment_challenge c;
	CHECK_INT_EQ(
		ls_enrolment_challenge_parse(lab->challenge.data, lab->challenge.size, &c, NULL),
		0);
	alter(&c);
	ls_buffer_clear(&lab->challenge);
	ls_enrolment_challenge_format(&c, &lab->challenge);
}

static void alter_credential(struct ls_enrolment_challenge *c)
{
	c->credential[LS_CREDENTIAL_BLOB_SIZE - 1] ^= 1;
}

static void prolong(struct ls_enrolment_challenge *c)
{
	c->expires += 365 * DAY;
}

static void expire(struct ls_enrolment_challenge *c)
{
	c->expires = time(NULL) - 1;
}

TEST(an_altered_challenge_is_refused_by_the_tpm_or_by_the_ca)
{
	LAB(lab);
	begin(&lab, 2);
	respell(&lab, alter_credential);
	CHECK_STR_HAS(activate(&lab), "tpm.");
	CHECK_INT_EQ(lab.err.code, -EACCES);
	CHECK_STR_HAS(lab.err.message, "the credential was altered, or was made for another "
				       "attestation key");
	CHECK_STR_HAS(lab.err.message, "0x1df");
	begin(&lab, 2);
	respell(&lab, prolong); /* the TPM knows nothing of it; the CA notices */
	CHECK_STR_EQ(activate(&lab), "");
	CHECK_STR_EQ(issue(&lab), "enrolment.proof");
	ls_buffer_add_u8(&lab.challenge, 'x');
	CHECK_STR_EQ(activate(&lab), "enrolment.challenge.malformed");
}

/* A CA that was fooled into making the challenge for another TPM's keys. */
TEST(another_tpms_challenge_is_refused_by_the_tpm)
{
	LAB(lab);
	LAB(other);
	begin(&lab, 1);
	begin(&other, 1);
	/* this request's number, and the other's EK or AK */
	for (int swap = 0; swap < 2; swap++) {
		struct ls_enrolment_request q, q_other;
		struct ls_public_area ek;
		struct ls_attester own, foreign;
		struct ls_enrolment_challenge c = { .expires = time(NULL) + DAY };
		struct ls_digest secret = { { 1 } };
		ls_enrolment_request_parse(lab.request.data, lab.request.size, &q, NULL);
		ls_enrolment_request_parse(other.request.data, other.request.size, &q_other, NULL);
		ls_enrolment_request_check(&q_other, &ek, &foreign, NULL);
		CHECK_INT_EQ(ls_enrolment_request_check(swap ? &q : &q_other, &ek,
							swap ? &own : &foreign, NULL),
			     0);
		CHECK_INT_EQ(ls_credential_make(&ek, &foreign.name, &secret, c.credential, c.secret,
						NULL),
			     0);
		ls_sha256_buffer(lab.request.data, lab.request.size, &c.request);
		ls_buffer_clear(&lab.challenge);
		ls_enrolment_challenge_format(&c, &lab.challenge);
		const char *id = activate(&lab);
		CHECK_STR_HAS(id, "tpm.");
		CHECK_INT_EQ(lab.err.code, -EACCES);
		CHECK_STR_HAS(lab.err.message, swap ? "0x1df" : "made for another TPM than this");
		CHECK_INT_EQ(lab.response.size, 0);
	}
}

TEST(a_challenge_holds_for_a_time)
{
	LAB(lab);
	char path[200], hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	begin(&lab, 3);
	respell(&lab, expire);
	ls_sha256_buffer(lab.request.data, lab.request.size, &digest);
	snprintf(path, sizeof(path), LS_CA_ENROLMENTS "/%s/challenge.txt",
		 ls_digest_hex(&digest, hex));
	/* on the instrument's machine */
	ls_buffer_clear(&lab.response);
	CHECK_STR_EQ(activate(&lab), "enrol.expired");
	CHECK_STR_HAS(lab.err.message, "the challenge held until 2");
	/* and on the CA's, by what it kept: the secret is gone then */
	begin(&lab, 3);
	ls_sha256_buffer(lab.request.data, lab.request.size, &digest);
	snprintf(path, sizeof(path), LS_CA_ENROLMENTS "/%s/challenge.txt",
		 ls_digest_hex(&digest, hex));
	respell(&lab, expire);
	CHECK_INT_EQ(ls_file_replace(lab.ca.fd, path, lab.challenge.data, lab.challenge.size, 0600,
				     NULL),
		     0);
	CHECK_STR_EQ(issue(&lab), "enrol.expired");
	CHECK(!has_secret(&lab));
	CHECK_STR_EQ(issue(&lab), "enrol.response.unknown");
	/* what nobody answered is cleared away when another is challenged */
	CHECK(faccessat(lab.ca.fd, path, F_OK, 0) == 0);
	begin(&lab, 2);
	CHECK(faccessat(lab.ca.fd, path, F_OK, 0) < 0);
}

/* --- responses ------------------------------------------------------------ */

TEST(a_response_is_used_once)
{
	LAB(lab);
	begin(&lab, 4);
	CHECK_STR_EQ(issue(&lab), "enrol.issued");
	CHECK_STR_HAS(lab.err.message, "answered already: its certificate is 'enrolments/");
	CHECK_INT_EQ(lab.der.size, 0);
	CHECK_STR_EQ(challenge(&lab), "enrol.issued");
}

TEST(a_response_is_to_the_newest_challenge_of_its_request)
{
	LAB(lab);
	LAB(other);
	begin(&lab, 3);
	CHECK_STR_EQ(challenge(&lab), ""); /* another secret */
	CHECK_STR_EQ(issue(&lab), "enrolment.proof");
	CHECK_STR_EQ(activate(&lab), "");
	uint8_t *digit = &lab.response.data[lab.response.size - 2], was = *digit;
	*digit = was == '0' ? '1' : '0';
	CHECK_STR_EQ(issue(&lab), "enrolment.proof");
	*digit = was;
	struct ls_enrol_ca own = lab.ca;
	lab.ca = other.ca; /* another lab's */
	CHECK_STR_EQ(issue(&lab), "enrol.response.unknown");
	lab.ca = own;
	/* another request's proof under this one's number */
	begin(&other, 3);
	struct ls_enrolment_response a, b;
	REQUIRE(ls_enrolment_response_parse(lab.response.data, lab.response.size, &a, NULL) == 0);
	REQUIRE(ls_enrolment_response_parse(other.response.data, other.response.size, &b, NULL) ==
		0);
	b.request = a.request;
	struct ls_buffer kept = lab.response;
	ls_buffer_init(&lab.response, LS_ENROLMENT_CHALLENGE_MAX);
	ls_enrolment_response_format(&b, &lab.response);
	CHECK_STR_EQ(issue(&lab), "enrolment.proof");
	ls_buffer_free(&lab.response);
	lab.response = kept;
	CHECK_STR_EQ(issue(&lab), ""); /* the right one holds all the same */
}

TEST(a_ca_answers_one_at_a_time)
{
	LAB(lab);
	begin(&lab, 3);
	_cleanup_close_ int fd = openat(lab.ca.fd, LS_CA_ENROLMENTS, O_DIRECTORY | O_CLOEXEC);
	REQUIRE(fd >= 0 && flock(fd, LOCK_EX) == 0);
	CHECK_STR_EQ(issue(&lab), "enrol.lock");
	CHECK_STR_EQ(challenge(&lab), "enrol.lock");
	REQUIRE(flock(fd, LOCK_UN) == 0);
	CHECK_STR_EQ(issue(&lab), "");
}

/* --- certificates ------------------------------------------------------------ */

TEST(a_certificate_that_is_not_this_key_s_is_not_kept)
{
	LAB(lab);
	LAB(other);
	begin(&lab, 4);
	begin(&other, 4);
	struct ls_buffer own = lab.der;
	lab.der = other.der;
	CHECK_STR_EQ(install(&lab), "enrol.certificate.key");
	lab.der = own;
	/* another lab's CA certified this very key */
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer ca;
	struct ls_attestation_certificate c;
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	REQUIRE(ls_attestation_certificate_read((struct ls_der){ own.data, own.size }, &c, NULL) ==
		0);
	REQUIRE(ls_keyring_private(other.ca.fd, LS_CA_KEY, &key, NULL) == 0 &&
		ls_keyring_certificate(other.ca.fd, LS_CA_CERTIFICATE, &ca, NULL, NULL) == 0);
	struct ls_der authority = { ca.data, ca.size };
	ls_buffer_clear(&lab.der);
	REQUIRE(ls_ca_issue_attestation(key, authority, &c.certificate.key, "labseal AK 7500-01",
					&c.enrolment, time(NULL) - DAY, time(NULL) + DAY, &lab.der,
					NULL) == 0);
	CHECK_STR_EQ(install(&lab), "certificate.chain");
	/* a signer's certificate */
	ls_buffer_clear(&lab.der);
	REQUIRE(ls_ca_issue(key, authority, &c.certificate.key, "x", time(NULL) - DAY,
			    time(NULL) + DAY, &lab.der, NULL) == 0);
	CHECK_STR_EQ(install(&lab), "attestation-certificate.profile");
	CHECK_INT_EQ(ls_enrol_check_installed(&lab.p, NULL), -ENOENT);
}

/* Our CA, this key: and another TPM in it, or a time that is over. */
TEST(a_certificate_names_this_tpm_and_holds_now)
{
	LAB(lab);
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer ca;
	struct ls_attestation_certificate c;
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	begin(&lab, 4);
	REQUIRE(ls_attestation_certificate_read((struct ls_der){ lab.der.data, lab.der.size }, &c,
						NULL) == 0);
	REQUIRE(ls_keyring_private(lab.ca.fd, LS_CA_KEY, &key, NULL) == 0 &&
		ls_keyring_certificate(lab.ca.fd, LS_CA_CERTIFICATE, &ca, NULL, NULL) == 0);
	for (int over = 0; over < 2; over++) {
		struct ls_enrolment e = c.enrolment;
		e.endorsement.bytes[0] ^= over ? 0 : 1;
		ls_buffer_clear(&lab.der);
		REQUIRE(ls_ca_issue_attestation(key, (struct ls_der){ ca.data, ca.size },
						&c.certificate.key, "AK", &e, time(NULL) - 2 * DAY,
						time(NULL) + (over ? -DAY : DAY), &lab.der,
						NULL) == 0);
		CHECK_STR_EQ(install(&lab), over ? "certificate.chain" : "enrol.certificate.tpm");
	}
}

TEST(another_key_s_certificate_that_is_there_is_not_overwritten)
{
	LAB(lab);
	LAB(other);
	begin(&other, 4);
	CHECK_INT_EQ(ls_keyring_write_certificate(lab.p.state_fd, LS_KEYS_ATTESTATION_CERTIFICATE,
						  &other.der, NULL),
		     0);
	begin(&lab, 4);
	CHECK_STR_EQ(install(&lab), "enrol.certificate.installed");
	CHECK_STR_HAS(lab.err.message, "move it away");
	CHECK_INT_EQ(ls_enrol_check_installed(&lab.p, NULL), -EKEYREJECTED);
	CHECK_INT_EQ(unlinkat(lab.p.state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, 0), 0);
	CHECK_STR_EQ(install(&lab), "");
}

TEST_MAIN()
