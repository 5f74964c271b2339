/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLS signatures with short signatures (G1) and keys in G2, of the scheme with proofs of
 * possession: draft-irtf-cfrg-bls-signature-05, ciphersuite
 * BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_AGGREGATE_H
#define LABSEAL_AUDIT_DNA_SCHEME_AGGREGATE_H

#include "audit/dna/scheme/curve.h"
#include "lib/base/hash.h"

/* A new private key, by the draft's KeyGen from 32 random bytes.  -EIO: no randomness. */
int ls_bls_generate(blst_scalar *ret, struct ls_error *err);
void ls_bls_public(const blst_scalar *key, blst_p2_affine *ret);

/* Domains: what is signed never is what another purpose signs. */
#define LS_BLS_MOLECULE	 "LABSEAL-DNA-V1-MOLECULE"
#define LS_BLS_DIRECTORY "LABSEAL-DNA-V1-DIRECTORY"
#define LS_BLS_STATEMENT "LABSEAL-DNA-V1-KEY-STATEMENT"

/* The message is the domain, a NUL, the authority's identifier and the digest. */
void ls_bls_sign(const blst_scalar *key, const char *domain, const struct ls_digest *authority,
		 const struct ls_digest *digest, blst_p1_affine *ret);
bool ls_bls_verify(const blst_p2_affine *key, const char *domain, const struct ls_digest *authority,
		   const struct ls_digest *digest, const blst_p1_affine *signature);

/* PopProve, PopVerify. */
void ls_bls_prove(const blst_scalar *key, blst_p1_affine *ret);
bool ls_bls_proven(const blst_p2_affine *key, const blst_p1_affine *proof);

#endif
