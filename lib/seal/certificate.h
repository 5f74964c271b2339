/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 certificates (RFC 5280) as far as labseal needs them: P-256 keys, one name, DER and PEM. */
#ifndef LABSEAL_LIB_SEAL_CERTIFICATE_H
#define LABSEAL_LIB_SEAL_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/base/reader.h"

#define LS_CERTIFICATE_SIZE_MAX 8192 /* bytes of DER */
#define LS_SUBJECT_SIZE		256  /* one line, RFC 2253, with the final NUL */

/* DER bytes that are owned by someone else. */
struct ls_der {
	const uint8_t *bytes;
	size_t size;
};

/* What a certificate says. */
struct ls_certificate {
	struct ls_p256_public key;
	struct ls_digest sha256;       /* of its DER */
	char subject[LS_SUBJECT_SIZE]; /* escaped; cut when longer */
	int64_t not_before, not_after; /* seconds since 1970 */
	bool is_ca;
	bool may_sign; /* key usage absent, or with digitalSignature or nonRepudiation */
};

/* -EBADMSG: malformed, not DER, trailing bytes, or no P-256 key. */
int ls_certificate_read(struct ls_der der, struct ls_certificate *ret_certificate,
			struct ls_error *err);

/*
 * The same with a key of any kind; one that is not P-256 is left all zero.  One on P-256 has its
 * one spelling all the same: a person's key is compared with the instrument's.
 */
int ls_certificate_read_any(struct ls_der der, struct ls_certificate *ret_certificate,
			    struct ls_error *err);

/* Whether it is a CA's certificate, with a key of any kind.  0 or -EBADMSG. */
int ls_certificate_check_authority(struct ls_der der, struct ls_error *err);

/* Whether its subject is its issuer: a root's. */
bool ls_certificate_is_self_issued(struct ls_der der);

/*
 * The subject's common name (the last one that it has), escaped by ls_text_escape.  -EBADMSG:
 * malformed, has none, or a longer one than X.520 allows; -ENOMEM.
 */
#define LS_COMMON_NAME_SIZE 257 /* 64 characters of UTF-8, with the final NUL */
int ls_certificate_common_name(struct ls_der der, char name[static LS_COMMON_NAME_SIZE],
			       struct ls_error *err);

/*
 * Whether the certificate chains to one of the authorities (CA certificates; any
 * kind of key) as of time `at`, for any purpose.  0; -EKEYREJECTED with the
 * reason; -EINVAL: an authority is malformed; -EBADMSG: the certificate is; -ENOMEM.
 */
int ls_certificate_verify(struct ls_der der, const struct ls_der *authorities, size_t count,
			  int64_t at, struct ls_error *err);

/*
 * The same, and the times around `at` for which the answer is the same: all
 * certificates of the chain are valid from *ret_from to *ret_until, both included.
 */
int ls_certificate_verify_period(struct ls_der der, const struct ls_der *authorities, size_t count,
				 int64_t at, int64_t *ret_from, int64_t *ret_until,
				 struct ls_error *err);

/* A PEM "CERTIFICATE" block, appended to out.  0 or the buffer's error. */
int ls_certificate_to_pem(struct ls_der certificate, struct ls_buffer *out);

/* Exactly one block and nothing else; its DER is appended to out.  0, -EBADMSG, -ENOMEM. */
int ls_certificate_from_pem(const char *text, size_t n, struct ls_buffer *out,
			    struct ls_error *err);

#endif
