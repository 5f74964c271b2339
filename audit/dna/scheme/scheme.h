/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures short enough for a molecule, on the pairing-friendly curve BLS12-381; the paper
 * profile's on BN-158, by a program of its own (audit/dna/paper).
 *
 * | profile | bits | content |
 * |---|---|---|
 * | standard | 510 | challenge h, 128 bits; S in G1, 382 bits |
 * | standard-full | 637 | challenge h, 255 bits; S in G1, 382 bits |
 * | aggregate | 382 | one point of G1 for any number of signers |
 * | paper | 239 | challenge h, 80 bits; S in G1 of BN-158, 159 bits |
 *
 * Bits fill bytes from bit 7 of byte 0 on; those after the last are zero.  A point of G1 is one bit
 * (1: y is the larger of the two, as in the compressed form that blst and others write) and x.
 * What is written otherwise, lies off the curve, outside the group of prime order, or is infinity,
 * is no signature.
 *
 * standard and paper are identity-based: Barreto, Libert, McCullagh, Quisquater, "Efficient and
 * Provably-Secure Identity-Based Signatures and Signcryption from Bilinear Maps" (ASIACRYPT 2005),
 * whose shape SM9 (ISO/IEC 14888-3) has, too.  The key of an identity comes from an authority,
 * which can therefore sign for everybody whose keys it gives out (docs/formats/dna-keys.md).
 * aggregate is BLS (draft-irtf-cfrg-bls-signature, minimal signature size, proofs of possession):
 * each signer makes the key himself, and a directory that the authority signs says whose it is.
 *
 * Secrets are handled without branches or addresses that depend on them, and wiped.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_SCHEME_H
#define LABSEAL_AUDIT_DNA_SCHEME_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/dna/block/block.h"
#include "audit/dna/block/orcid.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

/* --- signing ------------------------------------------------------------- */

/* What a signer holds: an identity's key, or a key of his own (profile aggregate). */
struct ls_dna_key;

/*
 * Read a key file of either kind.  passphrase: NULL for none.
 * -EKEYREJECTED: it is encrypted and the passphrase (NULL: none given) is not the one; -EBADMSG:
 * no key file, or one whose parts do not belong together; -ENOENT and the like.
 */
int ls_dna_key_read(const char *path, const char *passphrase, struct ls_dna_key **ret,
		    struct ls_error *err);
void ls_dna_key_free(struct ls_dna_key *key); /* NULL is fine; wipes it */

const struct ls_orcid *ls_dna_key_orcid(const struct ls_dna_key *key);
/* The authority's, for the block's header: first 12 bits of its identifier. */
uint16_t ls_dna_key_hint(const struct ls_dna_key *key);
/* Its name, as its parameters give it: claimed text. */
const char *ls_dna_key_authority(const struct ls_dna_key *key);
/* Whether ls_dna_sign() can make this profile with it. */
bool ls_dna_key_signs(const struct ls_dna_key *key, enum ls_profile profile);

/*
 * Have other sign together with key from now on: profile aggregate, one signature for all.  On
 * success other is key's, and goes with it.  -EINVAL: not both signers' own keys under one
 * authority, one signer twice, or more than LS_SIGNERS_MAX.
 */
int ls_dna_key_join(struct ls_dna_key *key, struct ls_dna_key *other, struct ls_error *err);
/* Who signs with it, in the order in which they joined; returns how many. */
size_t ls_dna_key_signers(const struct ls_dna_key *key, struct ls_orcid ret[static LS_SIGNERS_MAX]);

/*
 * Sign a digest (which binds the draw: ls_block_digest).  ret gets the profile's bits, the rest of
 * it zero.  The identity-based profiles are randomised, aggregate is not: another draw gives
 * another signature there.
 * -EINVAL: not a profile of this key; -ENOTSUP: the paper profile's program is not installed;
 * -EIO: it failed; -ENOMEM.
 */
int ls_dna_sign(const struct ls_dna_key *key, enum ls_profile profile,
		const struct ls_digest *digest, uint8_t ret[static LS_SIGNATURE_BYTES_MAX],
		struct ls_error *err);

/* Add another signer's signature (profile aggregate) of the same digest to sum.  -EBADMSG: one of
 * them is none. */
int ls_dna_aggregate_add(uint8_t sum[static LS_SIGNATURE_BYTES_MAX],
			 const uint8_t other[static LS_SIGNATURE_BYTES_MAX], struct ls_error *err);

/* --- verifying ----------------------------------------------------------- */

/* The authorities and directories that a verifier trusts.  Const for any number of threads. */
struct ls_dna_trust;

int ls_dna_trust_new(struct ls_dna_trust **ret);
void ls_dna_trust_free(struct ls_dna_trust *trust);
/*
 * Add a file: an authority's parameters, or a directory of an authority that was added before.
 * -EBADMSG: neither; -ENOKEY: the directory's authority was not added; -EKEYREJECTED: it did not
 * sign it; -EEXIST: there is a directory of that authority already; -ENOENT and the like.
 */
int ls_dna_trust_add(struct ls_dna_trust *trust, const char *path, struct ls_error *err);
size_t ls_dna_trust_count(const struct ls_dna_trust *trust); /* authorities */

/*
 * One block's signers, made ready: for a block whose molecule is still being guessed at.  The
 * expensive part of a check depends on the signature alone and is kept from one call to the next:
 * a further digest under the same signature costs a hash (identity-based profiles).
 * Not for two threads at once.  trust is borrowed.
 */
struct ls_dna_verifier;

/*
 * -ENOKEY: no trusted authority has this hint (ids "dna.authority.unknown"), or its directory does
 * not have a signer, or has him as withdrawn ("dna.directory.unknown", "dna.directory.withdrawn");
 * -EINVAL: no signers, or two where the profile has one, or one twice; -ENOMEM.
 */
int ls_dna_verifier_new(const struct ls_dna_trust *trust, enum ls_profile profile, uint16_t hint,
			const struct ls_orcid *signers, size_t count, struct ls_dna_verifier **ret,
			struct ls_error *err);
void ls_dna_verifier_free(struct ls_dna_verifier *verifier);

/*
 * 0: all signers signed this digest under the authority that *ret_authority names (the verifier's
 * text; ret_authority may be NULL).  -EBADMSG: they did not, "dna.signature.form" when these bits
 * are no signature, else "dna.signature.wrong".  -ENOKEY: they did, and whether a key was withdrawn
 * since is in a directory that was not given, "dna.directory.missing".  -ENOTSUP: the paper
 * profile's program is not installed; -EIO: it failed.
 */
int ls_dna_verifier_check(struct ls_dna_verifier *verifier, const struct ls_digest *digest,
			  const uint8_t signature[static LS_SIGNATURE_BYTES_MAX],
			  const char **ret_authority, struct ls_error *err);

static inline void ls_dna_key_cleanup(struct ls_dna_key **key)
{
	ls_dna_key_free(*key);
}
#define _cleanup_dna_key_ __attribute__((cleanup(ls_dna_key_cleanup)))

static inline void ls_dna_trust_cleanup(struct ls_dna_trust **trust)
{
	ls_dna_trust_free(*trust);
}
#define _cleanup_dna_trust_ __attribute__((cleanup(ls_dna_trust_cleanup)))

static inline void ls_dna_verifier_cleanup(struct ls_dna_verifier **verifier)
{
	ls_dna_verifier_free(*verifier);
}
#define _cleanup_dna_verifier_ __attribute__((cleanup(ls_dna_verifier_cleanup)))

#endif
