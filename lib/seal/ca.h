/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small certificate authority: one self-signed P-256 CA per lab, which
 * certifies signing keys and attestation keys.  Used by provisioning and by tools that make test
 * shares; a lab may use its own CA instead.
 */
#ifndef LABSEAL_LIB_SEAL_CA_H
#define LABSEAL_LIB_SEAL_CA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/seal/attestation_certificate.h"
#include "lib/seal/certificate.h"

/*
 * A self-signed CA certificate (DER, appended to out) for key: basicConstraints
 * CA with path length 0, keyUsage certificate and CRL signing, 128-bit random
 * serial.  name becomes the common name (UTF-8, 1 to 64 bytes).  Times: seconds
 * since 1970.
 */
int ls_ca_create(struct ls_p256_key *key, const char *name, int64_t not_before, int64_t not_after,
		 struct ls_buffer *out, struct ls_error *err);

/*
 * A signer certificate (DER, appended to out) for a public key: no CA, keyUsage
 * digitalSignature and nonRepudiation, extended key usage emailProtection (so
 * that OpenSSL's default purpose passes) and documentSigning (RFC 9336).
 */
int ls_ca_issue(struct ls_p256_key *ca_key, struct ls_der ca_certificate,
		const struct ls_p256_public *subject_key, const char *name, int64_t not_before,
		int64_t not_after, struct ls_buffer *out, struct ls_error *err);

/* An attestation key's certificate (lib/seal/attestation_certificate.h; DER, appended to out). */
int ls_ca_issue_attestation(struct ls_p256_key *ca_key, struct ls_der ca_certificate,
			    const struct ls_p256_public *subject_key, const char *name,
			    const struct ls_enrolment *enrolment, int64_t not_before,
			    int64_t not_after, struct ls_buffer *out, struct ls_error *err);

#endif
