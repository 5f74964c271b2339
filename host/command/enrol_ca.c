/* SPDX-License-Identifier: Apache-2.0 */
/* labseal enrol, on the machine with the lab's CA: what it challenges, keeps and certifies. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "host/command/enrol.h"
#include "host/command/keyring.h"
#include "lib/attest/credential.h"
#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/seal/ca.h"
#include "lib/seal/endorsement_certificate.h"

#define DAY	   INT64_C(86400)
#define OPEN_FOR   (7 * DAY)
#define VALID_FOR  (INT64_C(20) * 365 * DAY)
#define NAME_SIZE  65 /* a common name: 64 bytes and NUL */
#define SECRET_MAX 128

/* In the folder of a request: enrolments/<SHA-256 of the request>/.  The secret goes when it
 * was used. */
#define REQUEST	    "request.txt"
#define CHALLENGE   "challenge.txt"
#define SECRET	    "secret" /* HEX ORIGIN LF */
#define CERTIFICATE "certificate.pem"

#define PLACE_SIZE (sizeof(LS_CA_ENROLMENTS) + LS_DIGEST_HEX_SIZE + 32)
static const char *place(const struct ls_digest *request, const char *file,
			 char buffer[static PLACE_SIZE])
{
	char hex[LS_DIGEST_HEX_SIZE];
	snprintf(buffer, PLACE_SIZE, LS_CA_ENROLMENTS "/%s%s%s", ls_digest_hex(request, hex),
		 file ? "/" : "", file ? file : "");
	return buffer;
}

static int keep(const struct ls_enrol_ca *ca, const struct ls_digest *request, const char *file,
		const struct ls_buffer *bytes, struct ls_error *err)
{
	char path[PLACE_SIZE];
	return ls_file_replace(ca->fd, place(request, file, path), bytes->data, bytes->size, 0600,
			       err);
}

/* --- which TPM it is ---------------------------------------------------------------------- */

/* Whose certificate the EK has, if any: another TPM's is refused whatever is accepted. */
static int check_manufacturer(const struct ls_enrol_ca *ca, const struct ls_enrolment_request *q,
			      const struct ls_public_area *ek, struct ls_enrol_found *found,
			      struct ls_error *err)
{
	struct ls_der der = { q->certificate, q->certificate_size };
	char issuer[LS_SUBJECT_SIZE] = "";
	_cleanup_buffer_ struct ls_buffer roots;
	ls_buffer_init(&roots, LS_ENDORSEMENT_ROOTS_MAX);
	int rc = ca->roots ? ls_file_read(AT_FDCWD, ca->roots, &roots, err) : 0;
	if (rc < 0 || !found->has_certificate)
		return rc;
	rc = ls_endorsement_certificate_verify(der, ca->roots ? ls_buffer_str(&roots) : NULL,
					       roots.size, time(NULL), ek, issuer, err);
	if (rc < 0 || !ca->roots)
		return rc;
	memcpy(found->issuer, issuer, sizeof(issuer));
	if (!q->software)
		found->enrolment.origin = LS_ORIGIN_MANUFACTURER;
	return 0;
}

static int check_origin(const struct ls_enrol_ca *ca, const struct ls_enrol_found *found,
			struct ls_error *err)
{
	const char *why = "it has no manufacturer's certificate";
	if (ca->accept || found->enrolment.origin == LS_ORIGIN_MANUFACTURER)
		return 0;
	if (found->enrolment.origin == LS_ORIGIN_SOFTWARE)
		why = "it says itself that it is a software TPM, which can be copied";
	else if (found->has_certificate)
		why = "its certificate was not held against the manufacturers' roots (--ek-roots "
		      "FILE)";
	return ls_fail(err, -EKEYREJECTED, "enrol.unproven",
		       "nothing proves that this is a TPM of a manufacturer: %s; say "
		       "--accept-unproven to enrol it all the same: its certificate will say so",
		       why);
}

static int check_request(const struct ls_enrol_ca *ca, const struct ls_enrolment_request *q,
			 struct ls_enrol_found *found, struct ls_public_area *ret_ek,
			 struct ls_attester *ret_attester, struct ls_error *err)
{
	memcpy(found->instrument, q->instrument, sizeof(found->instrument));
	found->has_certificate = q->certificate_size > 0;
	found->enrolment.origin = q->software ? LS_ORIGIN_SOFTWARE : LS_ORIGIN_UNPROVEN;
	int rc = ls_enrolment_request_check(q, ret_ek, ret_attester, err);
	if (rc < 0)
		return rc;
	memcpy(found->enrolment.endorsement.bytes, ret_ek->name.bytes + 2, LS_DIGEST_SIZE);
	memcpy(found->attestation.bytes, ret_attester->name.bytes + 2, LS_DIGEST_SIZE);
	rc = check_manufacturer(ca, q, ret_ek, found, err);
	return rc < 0 ? rc : check_origin(ca, found, err);
}

/* --- what is kept --------------------------------------------------------------------------- */

/* One at a time: a secret is used once.  The descriptor holds the lock, or a negative errno. */
static int lock(const struct ls_enrol_ca *ca, struct ls_error *err)
{
	int rc = ls_make_dirs(ca->fd, LS_CA_ENROLMENTS, 0700, err);
	if (rc < 0)
		return rc;
	int fd = openat(ca->fd, LS_CA_ENROLMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	rc = ls_fail_errno(err, errno, "enrol.lock",
			   "cannot lock '%s' in the CA's folder (another 'labseal enrol' uses it?)",
			   LS_CA_ENROLMENTS);
	if (fd >= 0)
		close(fd);
	return rc;
}

static int read_challenge(const struct ls_enrol_ca *ca, const char *path, struct ls_buffer *bytes,
			  struct ls_enrolment_challenge *c, struct ls_error *err)
{
	int rc = ls_file_read(ca->fd, path, bytes, err);
	return rc < 0 ? rc : ls_enrolment_challenge_parse(bytes->data, bytes->size, c, err);
}

/* A folder whose challenge nobody answered in its time: its secret is of no use any more. */
static void forget_expired(const struct ls_enrol_ca *ca, const char *name)
{
	struct ls_digest request;
	struct ls_enrolment_challenge c;
	char path[PLACE_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_ENROLMENT_CHALLENGE_MAX);
	if (ls_digest_parse(name, strlen(name), &request) < 0 ||
	    faccessat(ca->fd, place(&request, CERTIFICATE, path), F_OK, 0) == 0 ||
	    read_challenge(ca, place(&request, CHALLENGE, path), &bytes, &c, NULL) < 0 ||
	    c.expires >= time(NULL))
		return;
	ls_remove_tree(ca->fd, place(&request, NULL, path), NULL);
}

static void forget_all_expired(const struct ls_enrol_ca *ca)
{
	int fd = openat(ca->fd, LS_CA_ENROLMENTS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	for (struct dirent *entry; folder && (entry = readdir(folder));)
		forget_expired(ca, entry->d_name);
	if (folder)
		closedir(folder);
	else if (fd >= 0)
		close(fd);
}

/* The secret is written last: where it is, the challenge is that it belongs to. */
static int keep_all(const struct ls_enrol_ca *ca, const struct ls_digest *digest,
		    const struct ls_buffer *request, const struct ls_buffer *challenge,
		    const struct ls_digest *secret, enum ls_tpm_origin origin, struct ls_error *err)
{
	char path[PLACE_SIZE], hex[LS_DIGEST_HEX_SIZE];
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, SECRET_MAX);
	ls_buffer_printf(&text, "%s %s\n", ls_digest_hex(secret, hex), ls_tpm_origin_name(origin));
	explicit_bzero(hex, sizeof(hex));
	int rc = ls_make_dirs(ca->fd, place(digest, NULL, path), 0700, err);
	if (rc == 0) {
		unlinkat(ca->fd, place(digest, SECRET, path), 0); /* of an earlier challenge */
		rc = keep(ca, digest, REQUEST, request, err);
	}
	if (rc == 0)
		rc = keep(ca, digest, CHALLENGE, challenge, err);
	return rc < 0 ? rc : keep(ca, digest, SECRET, &text, err);
}

/* --- the challenge --------------------------------------------------------------------------- */

static int check_not_issued(const struct ls_enrol_ca *ca, const struct ls_digest *request,
			    struct ls_error *err)
{
	char path[PLACE_SIZE];
	if (faccessat(ca->fd, place(request, CERTIFICATE, path), F_OK, 0) < 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "enrol.issued",
		       "this request was answered already: its certificate is '%s' in the CA's "
		       "folder; to enrol again make a new request, 'labseal enrol request'",
		       path);
}

static int make_challenge(const struct ls_enrol_ca *ca, const struct ls_buffer *request,
			  const struct ls_public_area *ek, const struct ls_attester *attester,
			  enum ls_tpm_origin origin, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_enrolment_challenge c = { .expires = time(NULL) + OPEN_FOR };
	struct ls_digest secret;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_ENROLMENT_CHALLENGE_MAX);
	ls_sha256_buffer(request->data, request->size, &c.request);
	int rc = check_not_issued(ca, &c.request, err);
	if (rc < 0)
		return rc;
	if (RAND_bytes(secret.bytes, LS_DIGEST_SIZE) != 1)
		return ls_fail(err, -EIO, "enrol.random", "OpenSSL gives no random bytes");
	rc = ls_credential_make(ek, &attester->name, &secret, c.credential, c.secret, err);
	if (rc == 0 && ls_enrolment_challenge_format(&c, &text) < 0)
		rc = ls_fail(err, -ENOMEM, "enrol.memory", "out of memory for a challenge");
	if (rc == 0)
		rc = keep_all(ca, &c.request, request, &text, &secret, origin, err);
	explicit_bzero(&secret, sizeof(secret));
	if (rc == 0 && ls_buffer_add(out, text.data, text.size) < 0)
		rc = ls_fail(err, -ENOMEM, "enrol.memory", "out of memory for a challenge");
	return rc;
}

int ls_enrol_challenge(const struct ls_enrol_ca *ca, const struct ls_buffer *request,
		       struct ls_enrol_found *ret_found, struct ls_buffer *out,
		       struct ls_error *err)
{
	struct ls_enrolment_request q;
	struct ls_public_area ek;
	struct ls_attester attester;
	*ret_found = (struct ls_enrol_found){ .instrument = "" };
	int rc = ls_enrolment_request_parse(request->data, request->size, &q, err);
	if (rc == 0)
		rc = check_request(ca, &q, ret_found, &ek, &attester, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int locked = lock(ca, err);
	if (locked < 0)
		return locked;
	forget_all_expired(ca);
	return make_challenge(ca, request, &ek, &attester, ret_found->enrolment.origin, out, err);
}

/* --- the certificate -------------------------------------------------------------------------- */

/* What was kept of the request that a response is to. */
struct pending {
	struct ls_buffer request, challenge; /* as they went to and fro */
	struct ls_digest secret;
	enum ls_tpm_origin origin;
};

static void pending_free(struct pending *p)
{
	ls_buffer_free(&p->request);
	ls_buffer_free(&p->challenge);
	explicit_bzero(&p->secret, sizeof(p->secret));
}

static int read_secret(const struct ls_enrol_ca *ca, const char *path, struct pending *p,
		       struct ls_error *err)
{
	size_t hex = LS_DIGEST_HEX_SIZE - 1;
	_cleanup_secret_ struct ls_buffer text;
	ls_buffer_init(&text, SECRET_MAX);
	int rc = ls_file_read(ca->fd, path, &text, err);
	if (rc < 0)
		return rc;
	const char *line = ls_buffer_str(&text);
	if (text.size > hex + 2 && line[hex] == ' ' && line[text.size - 1] == '\n' &&
	    ls_digest_parse(line, hex, &p->secret) == 0 &&
	    ls_tpm_origin_parse(line + hex + 1, text.size - hex - 2, &p->origin) == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "enrol.secret",
		       "'%s' in the CA's folder is damaged: remove its folder and challenge the "
		       "request again",
		       path);
}

static int check_expiry(const struct ls_enrol_ca *ca, const struct ls_digest *request,
			const struct ls_enrolment_challenge *c, struct ls_error *err)
{
	char utc[LS_UTC_SIZE], path[PLACE_SIZE];
	if (c->expires >= time(NULL))
		return 0;
	unlinkat(ca->fd, place(request, SECRET, path), 0);
	return ls_fail(err, -EKEYREJECTED, "enrol.expired",
		       "the challenge held until %s: begin anew, with 'labseal enrol request'",
		       ls_utc_format(c->expires, utc));
}

static int read_pending(const struct ls_enrol_ca *ca, const struct ls_digest *request,
			struct pending *p, struct ls_error *err)
{
	char path[PLACE_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_enrolment_challenge c = { .expires = 0 };
	int rc = check_not_issued(ca, request, err);
	if (rc < 0)
		return rc;
	rc = read_secret(ca, place(request, SECRET, path), p, err);
	if (rc == -ENOENT)
		return ls_fail(err, -EKEYREJECTED, "enrol.response.unknown",
			       "no challenge of this CA is open for the request %.16s...: the "
			       "response is to another CA's, or to one that was forgotten",
			       ls_digest_hex(request, hex));
	if (rc == 0)
		rc = ls_file_read(ca->fd, place(request, REQUEST, path), &p->request, err);
	if (rc == 0)
		rc = read_challenge(ca, place(request, CHALLENGE, path), &p->challenge, &c, err);
	return rc < 0 ? rc : check_expiry(ca, request, &c, err);
}

static int issue(const struct ls_enrol_ca *ca, const struct ls_enrolment_request *q,
		 const struct ls_attester *attester, const struct ls_enrolment *enrolment,
		 struct ls_buffer *out, struct ls_error *err)
{
	char name[NAME_SIZE];
	int64_t now = time(NULL);
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer certificate;
	ls_buffer_init(&certificate, LS_CERTIFICATE_SIZE_MAX);
	snprintf(name, sizeof(name), "labseal AK %.53s", q->instrument);
	int rc = ls_keyring_private(ca->fd, LS_CA_KEY, &key, err);
	if (rc == 0)
		rc = ls_keyring_certificate(ca->fd, LS_CA_CERTIFICATE, &certificate, NULL, err);
	if (rc == 0)
		rc = ls_ca_issue_attestation(
			key, (struct ls_der){ certificate.data, certificate.size }, &attester->key,
			name, enrolment, now - DAY, now + VALID_FOR, out, err);
	return rc;
}

/* Then the secret is used: whoever is stopped in between finds the certificate. */
static int keep_certificate(const struct ls_enrol_ca *ca, const struct ls_digest *request,
			    const struct ls_buffer *der, struct ls_error *err)
{
	char path[PLACE_SIZE];
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 2 * LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_certificate_to_pem((struct ls_der){ der->data, der->size }, &pem);
	if (rc < 0)
		return ls_fail(err, rc, "enrol.memory", "out of memory for a certificate");
	rc = keep(ca, request, CERTIFICATE, &pem, err);
	if (rc == 0)
		unlinkat(ca->fd, place(request, SECRET, path), 0);
	return rc;
}

/* Keys and origin are those that were challenged: the response has none. */
static int certify(const struct ls_enrol_ca *ca, const struct pending *p, struct ls_buffer *out,
		   struct ls_error *err)
{
	struct ls_enrolment_request q;
	struct ls_public_area ek;
	struct ls_attester attester;
	struct ls_enrolment enrolment = { .origin = p->origin };
	int rc = ls_enrolment_request_parse(p->request.data, p->request.size, &q, err);
	if (rc == 0)
		rc = ls_enrolment_request_check(&q, &ek, &attester, err);
	if (rc < 0)
		return rc;
	memcpy(enrolment.endorsement.bytes, ek.name.bytes + 2, LS_DIGEST_SIZE);
	return issue(ca, &q, &attester, &enrolment, out, err);
}

int ls_enrol_issue(const struct ls_enrol_ca *ca, const struct ls_buffer *response,
		   struct ls_buffer *out, struct ls_error *err)
{
	struct ls_enrolment_response r;
	__attribute__((cleanup(pending_free))) struct pending p = { .origin = 0 };
	ls_buffer_init(&p.request, LS_ENROLMENT_REQUEST_MAX);
	ls_buffer_init(&p.challenge, LS_ENROLMENT_CHALLENGE_MAX);
	int rc = ls_enrolment_response_parse(response->data, response->size, &r, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int locked = lock(ca, err);
	if (locked < 0)
		return locked;
	rc = read_pending(ca, &r.request, &p, err);
	if (rc == 0)
		rc = ls_enrolment_check_proof(&r, &p.secret, p.challenge.data, p.challenge.size,
					      err);
	if (rc == 0)
		rc = certify(ca, &p, out, err);
	return rc < 0 ? rc : keep_certificate(ca, &r.request, out, err);
}
