/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose countersignatures count: the CAs that certify persons, and the persons'
 * certificates that were revoked.  Lines of the trust file (docs/formats/trust.md),
 * apart from the CAs that certify instruments: what a person signs is never taken
 * for a seal, and what an instrument signs never for a person's word.
 *
 *     person-ca BASE64
 *     person-revoked SHA256 2026-03-04T14:22:19Z
 */
#ifndef LABSEAL_LIB_SEAL_PERSONS_H
#define LABSEAL_LIB_SEAL_PERSONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/certificate.h"

#define LS_PERSON_CA_MAX      16
#define LS_PERSON_REVOKED_MAX 256
#define LS_PERSONS_SIZE_MAX   229376 /* bytes of the lines: what is left of a trust file's size */

/* The keywords of the lines. */
#define LS_PERSON_CA	  "person-ca"
#define LS_PERSON_REVOKED "person-revoked"

struct ls_person_revoked {
	struct ls_digest certificate; /* SHA-256 of its DER */
	int64_t at;		      /* nothing sealed from then on counts, seconds since 1970 */
};

struct ls_persons {
	size_t ca_count, revoked_count;
	struct ls_der *authorities;	   /* owned, and each one's bytes */
	struct ls_person_revoked *revoked; /* owned */
};

void ls_persons_free(struct ls_persons *persons); /* what it owns; NULL is fine */
#define _cleanup_persons_ __attribute__((cleanup(ls_persons_free)))

/*
 * Add a CA certificate, whose bytes are copied; its key may be of any kind.  -EEXIST: it is
 * there; -E2BIG: there are LS_PERSON_CA_MAX; -EBADMSG: it is no CA's certificate; -ENOMEM.
 */
int ls_persons_add_authority(struct ls_persons *persons, struct ls_der certificate,
			     struct ls_error *err);

/* Add a revocation.  -EEXIST: of this certificate there is one; -E2BIG; -ENOMEM. */
int ls_persons_revoke(struct ls_persons *persons, const struct ls_digest *certificate, int64_t at,
		      struct ls_error *err);

/* Add what stands after a line's keyword.  As above, and -EBADMSG: it is malformed. */
int ls_persons_read_authority(struct ls_persons *persons, const char *text, size_t length,
			      struct ls_error *err);
int ls_persons_read_revoked(struct ls_persons *persons, const char *text, size_t length,
			    struct ls_error *err);

/* Append the lines.  0 or the buffer's error. */
int ls_persons_format(const struct ls_persons *persons, struct ls_buffer *out);

/* Nothing but these lines, the CAs before the revocations.  0, -EBADMSG, -ENOMEM. */
int ls_persons_parse(const void *bytes, size_t size, struct ls_persons *ret_persons,
		     struct ls_error *err);

/* Whether this CA, by its certificate or by its P-256 key, is one of persons: a renewed
 * certificate is another one of the same CA. */
bool ls_persons_has_authority(const struct ls_persons *persons, struct ls_der certificate);

/* The revocation of this certificate, or NULL. */
const struct ls_person_revoked *ls_persons_find_revoked(const struct ls_persons *persons,
							const struct ls_digest *certificate);

#endif
