/* SPDX-License-Identifier: Apache-2.0 */
/* Key files, and how an authority makes them (docs/formats/dna-keys.md). */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_KEY_H
#define LABSEAL_AUDIT_DNA_SCHEME_KEY_H

#include "audit/dna/block/orcid.h"
#include "audit/dna/scheme/box.h"
#include "audit/dna/scheme/params.h"
#include "audit/dna/scheme/scheme.h"

#define LS_MASTER_LABEL	  "LABSEAL DNA MASTER KEY"
#define LS_IDENTITY_LABEL "LABSEAL DNA IDENTITY KEY"
#define LS_OWN_LABEL	  "LABSEAL DNA OWN KEY"
#define LS_KEY_FILE_MAX	  4096 /* bytes of any of these files */

/* An authority's secret: one seed, from which its keys follow. */
#define LS_MASTER_SEED_SIZE 32
struct ls_dna_master {
	uint8_t seed[LS_MASTER_SEED_SIZE];
	blst_scalar sign, encrypt, directory; /* s, e, t */
	struct ls_dna_params params;
};
void ls_dna_master_wipe(struct ls_dna_master *master);
#define _cleanup_dna_master_ __attribute__((cleanup(ls_dna_master_wipe)))

/* A new authority.  paper: with keys for the paper profile, too.  -EINVAL: the name; -ENOTSUP: the
 * paper profile's program is not installed; -EIO. */
int ls_dna_master_generate(const char *name, bool paper, struct ls_dna_master *ret,
			   struct ls_error *err);
int ls_dna_master_to_pem(const struct ls_dna_master *master, const struct ls_box_lock *lock,
			 struct ls_buffer *out, struct ls_error *err);
/* -EKEYREJECTED: the passphrase; -EBADMSG: the form, or the parameters are another seed's; errors
 * of the keeper. */
int ls_dna_master_from_pem(const void *text, size_t n, const struct ls_box_lock *lock,
			   struct ls_dna_master *ret, struct ls_error *err);

/* What a master key's file says of it without being opened: nothing is checked but its form. */
int ls_dna_master_tell(const void *text, size_t n, struct ls_dna_params *ret_params,
		       struct ls_box_told *ret_lock, struct ls_error *err);

struct ls_dna_key {
	struct ls_dna_params params;
	struct ls_orcid orcid;
	bool own; /* own_key, own_public; else the three others */
	blst_scalar own_key;
	blst_p2_affine own_public;
	blst_p1_affine sign;	/* 1/(s + H(ID)) P1 */
	blst_p2_affine encrypt; /* e Q(ID): what is encrypted to the identity is read with */
	uint8_t paper[LS_PAPER_KEY_SIZE]; /* where params has paper keys */
	struct ls_dna_key *next;	  /* owned: who signs together with this one (own) */
};

/* The key of an identity.  -EDOM, -ENOTSUP, -EIO, -ENOMEM. */
int ls_dna_extract(const struct ls_dna_master *master, const struct ls_orcid *orcid,
		   struct ls_dna_key **ret, struct ls_error *err);
/* A signer's own key, for profile aggregate.  -EIO, -ENOMEM. */
int ls_dna_own_generate(const struct ls_dna_params *params, const struct ls_orcid *orcid,
			struct ls_dna_key **ret, struct ls_error *err);

int ls_dna_key_to_pem(const struct ls_dna_key *key, const char *passphrase, struct ls_buffer *out,
		      struct ls_error *err);
/* ls_dna_key_read() of bytes. */
int ls_dna_key_from_pem(const void *text, size_t n, const char *passphrase, struct ls_dna_key **ret,
			struct ls_error *err);

/* Q(ID) in G2: hash_to_curve of the ORCID iD. */
void ls_dna_reader_point(const struct ls_orcid *orcid, blst_p2_affine *ret);

#endif
