/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate that a TPM's manufacturer gave to its endorsement key: X.509,
 * an RSA 2048 key, as in the TCG EK Credential Profile 2.5.
 */
#ifndef LABSEAL_LIB_SEAL_ENDORSEMENT_CERTIFICATE_H
#define LABSEAL_LIB_SEAL_ENDORSEMENT_CERTIFICATE_H

#include "lib/attest/public_area.h"
#include "lib/seal/certificate.h"

#define LS_ENDORSEMENT_ROOTS_MAX (4 * 1024 * 1024) /* bytes of PEM */

/*
 * Whether the certificate is this endorsement key's, and leads to a self-signed
 * certificate among the roots as of time `at`.  roots: PEM certificates as
 * manufacturers publish them, roots and intermediate ones, in any order, text
 * between them; n bytes of it.  NULL: none are at hand; whose certificate it is, is
 * checked all the same, and whom it leads to is not.
 *
 * These certificates name the TPM in a critical alternative name, which is taken;
 * a critical extension that OpenSSL does not know is refused.  Whether a
 * certificate was revoked is not asked: that needs a network.
 *
 * 0 and the issuer's name, one line; -EBADMSG ("endorsement-certificate.form");
 * -EKEYREJECTED: endorsement-certificate.key (another TPM's), .purpose, .chain;
 * -EINVAL ("endorsement-certificate.roots"): the roots are none, or one is damaged.
 */
int ls_endorsement_certificate_verify(struct ls_der der, const char *roots, size_t n, int64_t at,
				      const struct ls_public_area *endorsement,
				      char ret_issuer[static LS_SUBJECT_SIZE],
				      struct ls_error *err);

/*
 * The size of the one certificate that the bytes begin with: where a TPM keeps it
 * there is often something after it.  0: they begin with none.
 */
size_t ls_endorsement_certificate_size(const uint8_t *bytes, size_t n);

#endif
