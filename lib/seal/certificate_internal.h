/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates as OpenSSL has them; for this room only. */
#ifndef LABSEAL_LIB_SEAL_CERTIFICATE_INTERNAL_H
#define LABSEAL_LIB_SEAL_CERTIFICATE_INTERNAL_H

#include <openssl/x509.h>

#include "lib/seal/certificate.h"

/* NULL unless the bytes are one certificate in DER of at most LS_CERTIFICATE_SIZE_MAX bytes, and
 * nothing else. */
X509 *ls_certificate_decode(struct ls_der der);

/* A name on one line (RFC 2253), escaped; cut when longer.  0 or -ENOMEM. */
int ls_certificate_name(const X509_NAME *name, char text[static LS_SUBJECT_SIZE]);

#endif
