/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The trust file: everything an auditor needs to know beforehand, in one text
 * file that comes by another way than the share (docs/formats/trust.md).  Header
 * lines, then PEM certificates, so that the file as it stands also serves
 * `openssl ... -CAfile trust.txt`.
 */
#ifndef LABSEAL_LIB_SEAL_TRUST_H
#define LABSEAL_LIB_SEAL_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/attest/attest.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/log/note.h"
#include "lib/seal/certificate.h"
#include "lib/seal/manifest.h"
#include "lib/seal/persons.h"
#include "lib/seal/record.h"
#include "lib/seal/third_parties.h"

#define LS_TRUST_SIZE_MAX	  262144 /* bytes of a trust file */
#define LS_TRUST_APPROVED_MAX	  256
#define LS_TRUST_CERTIFICATES_MAX 16
#define LS_POLICY_REF_SIZE	  65 /* [A-Za-z0-9._/-]+, with the final NUL */

/* One approved state.  The three digests after pcr23 tell what it was made of; all zero: not said.
 */
struct ls_trust_approved {
	uint64_t version; /* strictly increasing from line to line */
	struct ls_digest pcr23;
	struct ls_digest policy, domain_xml, base_image;
	uint64_t counter; /* it holds while the TPM's version counter is not past this; 0: not said
			   */
};

struct ls_trust {
	char instrument[LS_INSTRUMENT_SIZE];
	struct ls_note_key log;		   /* its name is the log's origin */
	enum ls_ed25519_kind ed25519_kind; /* LS_ED25519_NONE where log.has_ed25519 is false */
	enum ls_key_kind key_kind;
	bool development;

	bool has_authority; /* false for a key that no TPM policy guards (kind "file") */
	struct ls_p256_public authority;
	char policy_ref[LS_POLICY_REF_SIZE]; /* "" when there is none */

	/* The TPM that vouches: TPMT_PUBLIC of its endorsement key and of the attestation key
	 * under it; with an authority only.  Sizes 0: none, and no evidence is demanded. */
	uint8_t endorsement[LS_PUBLIC_AREA_MAX], attestation[LS_PUBLIC_AREA_MAX];
	size_t endorsement_size, attestation_size;
	struct ls_digest enrolled; /* SHA-256 of the attestation key's certificate, which the share
				    * must then have; zero: not said.  With these keys only */

	size_t approved_count;
	struct ls_trust_approved *approved; /* owned when parsed */

	struct ls_persons persons; /* whose countersignatures count; owned when parsed */

	/* who says beside the laboratory when, and that there is one history; owned when parsed */
	struct ls_third_parties third_parties;

	size_t certificate_count; /* at least one */
	struct ls_der
		*certificates; /* CA certificates; owned when parsed, bytes in certificate_bytes */
	uint8_t *certificate_bytes; /* owned when parsed; not used by ls_trust_format */
};

/*
 * Strict, one spelling but for '#' comment lines between the header lines.
 * 0, -EBADMSG, -ENOMEM.
 */
int ls_trust_parse(const void *bytes, size_t size, struct ls_trust *ret_trust,
		   struct ls_error *err);
void ls_trust_free(struct ls_trust *trust); /* what it owns; NULL is fine */
#define _cleanup_trust_ __attribute__((cleanup(ls_trust_free)))

/* Appends the file's text, with comments that tell a reader what it is.  -EINVAL: breaks a rule. */
int ls_trust_format(const struct ls_trust *trust, struct ls_buffer *out, struct ls_error *err);

/* The approved entry with this version, or NULL. */
const struct ls_trust_approved *ls_trust_find_approved(const struct ls_trust *trust,
						       uint64_t version);

/*
 * The fingerprint that is printed on a label and compared by eye: SHA-256 of the
 * file's bytes (what `sha256sum trust.txt` prints), in 16 groups of 4 digits.
 */
#define LS_FINGERPRINT_SIZE 80 /* with the final NUL */
const char *ls_trust_fingerprint(const void *bytes, size_t size,
				 char buffer[static LS_FINGERPRINT_SIZE]);

#endif
