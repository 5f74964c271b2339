/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A directory: whose key is whose, in profile aggregate, as an authority signed it.
 *
 * A signer makes a request (his key, ORCID iD, and a proof that he has the key, without which he
 * could choose one that cancels another's out); the authority, who has seen to it that he is the
 * one, adds it and signs the whole under the next number.  A key that was replaced stays in the
 * earlier directories, and a verifier may have several; one that is withdrawn is withdrawn for the
 * earlier ones, too.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_DIRECTORY_H
#define LABSEAL_AUDIT_DNA_SCHEME_DIRECTORY_H

#include "audit/dna/block/orcid.h"
#include "audit/dna/scheme/key.h"

#define LS_REQUEST_LABEL      "LABSEAL DNA KEY REQUEST"
#define LS_DIRECTORY_LABEL    "LABSEAL DNA DIRECTORY"
#define LS_DIRECTORY_KEYS_MAX 20000
#define LS_DIRECTORY_FILE_MAX (8u << 20) /* bytes */

struct ls_directory_entry {
	struct ls_orcid orcid;
	bool withdrawn;
	uint8_t key[LS_G2_SIZE];   /* compressed; checked to be a point when it is used */
	uint8_t proof[LS_G1_SIZE]; /* of possession */
	bool proven;		   /* was checked before; read and set atomically */
};

struct ls_dna_directory {
	struct ls_digest authority;
	uint64_t number; /* 1, 2, ... */
	int64_t made;	 /* seconds since 1970 */
	struct ls_directory_entry
		*entries; /* owned; ascending by ORCID iD, each once, as each key is */
	size_t count;
};
void ls_directory_free(struct ls_dna_directory *directory);
#define _cleanup_directory_ __attribute__((cleanup(ls_directory_free)))

/* NULL: not in it. */
struct ls_directory_entry *ls_directory_find(const struct ls_dna_directory *directory,
					     const struct ls_orcid *orcid);

/* The entry's key, if it is one and its proof holds; else -EBADMSG.  For several threads at once.
 */
int ls_directory_key(struct ls_directory_entry *entry, blst_p2_affine *ret);

/* Whether the entry's key is one, and whoever made it has it. */
bool ls_directory_entry_proven(struct ls_directory_entry *entry);
/* Whether it signed this digest under the authority (profile aggregate, alone). */
bool ls_directory_entry_signed(struct ls_directory_entry *entry, const struct ls_digest *authority,
			       const struct ls_digest *digest,
			       const uint8_t signature[static LS_SIGNATURE_BYTES_MAX]);
/* The entry of a signer's own key. */
void ls_request_entry(const struct ls_dna_key *key, struct ls_directory_entry *ret);

/* A request for a signer's own key. */
int ls_request_to_pem(const struct ls_dna_key *key, struct ls_buffer *out);
/* -EBADMSG: the form, or the proof does not hold; -EKEYREJECTED: it is for another authority. */
int ls_request_from_pem(const void *text, size_t n, const struct ls_dna_params *params,
			struct ls_directory_entry *ret, struct ls_error *err);

/* Add a key, or put it in the place of the ORCID iD's last.  -EEXIST: another ORCID iD has it;
 * -EFBIG; -ENOMEM. */
int ls_directory_add(struct ls_dna_directory *directory, const struct ls_directory_entry *entry,
		     struct ls_error *err);

/* Signed by the authority, which must be directory->authority. */
int ls_directory_to_pem(const struct ls_dna_directory *directory,
			const struct ls_dna_master *master, struct ls_buffer *out,
			struct ls_error *err);
/*
 * -EBADMSG: the form; -ENOKEY: another authority's than these; -EKEYREJECTED: the authority did not
 * sign it.
 */
int ls_directory_from_pem(const void *text, size_t n, const struct ls_dna_params *params,
			  struct ls_dna_directory *ret, struct ls_error *err);

#endif
