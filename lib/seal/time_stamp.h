/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time stamps of an independent authority (RFC 3161) over a checkpoint: the
 * request, and the check of what came back.  The reply (TimeStampResp, DER) is kept as
 * it came, so that `openssl ts -verify -in REPLY` reads it, too.
 */
#ifndef LABSEAL_LIB_SEAL_TIME_STAMP_H
#define LABSEAL_LIB_SEAL_TIME_STAMP_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/certificate.h"

#define LS_TIME_STAMP_SIZE_MAX	  16384 /* bytes of a reply, DER */
#define LS_TIME_STAMP_CAS_MAX	  8
#define LS_TIME_STAMP_SERIAL_SIZE 68 /* hex of at most 32 bytes, with the final NUL */

/* What a token says that holds. */
struct ls_time_stamp {
	int64_t time;	   /* seconds since 1970, rounded down */
	uint32_t accuracy; /* seconds that it may be off by its own word, rounded up; 1 if not said
			    */
	char serial[LS_TIME_STAMP_SERIAL_SIZE];
	char authority[LS_SUBJECT_SIZE]; /* the signing certificate's subject */
};

/*
 * Append a request (TimeStampReq, DER) for SHA-256 `imprint`, with this nonce, that
 * asks for the authority's certificates.  0 or -ENOMEM.
 */
int ls_time_stamp_request(const struct ls_digest *imprint, uint64_t nonce, struct ls_buffer *out,
			  struct ls_error *err);

/*
 * Whether a reply is a time stamp of this SHA-256 by an authority whose
 * certificate chains to one of the CAs, is valid at the token's own time and has the
 * critical and only extended key usage timeStamping.  nonce: it must carry this one; NULL: any.
 * 0 and *ret_stamp; -EBADMSG: malformed, refused by the authority, of something
 * else, another nonce, altered; -EKEYREJECTED: its certificate does not do;
 * -EINVAL: a CA is malformed; -ENOMEM.
 */
int ls_time_stamp_check(const void *reply, size_t size, const struct ls_digest *imprint,
			const uint64_t *nonce, const struct ls_der *cas, size_t count,
			struct ls_time_stamp *ret_stamp, struct ls_error *err);

/* One CA certificate of a time-stamping authority (any kind of key), DER.  0 or -EBADMSG. */
int ls_time_stamp_ca_check(struct ls_der der, struct ls_error *err);

/*
 * CA certificates in a PEM file, appended to bytes; der (LS_TIME_STAMP_CAS_MAX of
 * them) points into it.  Text outside the blocks is not allowed.  0, -EBADMSG, -ENOMEM.
 */
int ls_time_stamp_cas_from_pem(const void *text, size_t size, struct ls_buffer *bytes,
			       struct ls_der *der, size_t *ret_count, struct ls_error *err);

#endif
