/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Links between certificates (dcc:hashType): by hash, of the file or of the signed document.
 * What a link says of itself is a claim; a placeholder is no link.
 */
#ifndef LABSEAL_AUDIT_DCC_LINK_H
#define LABSEAL_AUDIT_DCC_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/dcc/dcc.h"
#include "audit/dcc/signature.h"
#include "lib/cal/report.h"

#define LS_DCC_HASH_MAX 64 /* bytes */

enum ls_dcc_link_form {
	LS_DCC_LINK_NONE,	 /* nothing is named */
	LS_DCC_LINK_ANALOGUE,	 /* a certificate on paper, which nobody can follow */
	LS_DCC_LINK_PLACEHOLDER, /* "SHA256-value", "", a hash of the wrong length */
	LS_DCC_LINK_WEAK,	 /* MD5, SHA-1: no evidence any more */
	LS_DCC_LINK_UNKNOWN,	 /* a procedure that is not known */
	LS_DCC_LINK_FILE,	 /* the hash of the file's bytes */
	LS_DCC_LINK_SIGNED	 /* ds:DigestValue of its signature: "c14n-sha256" */
};

/* What a link names, or why it names nothing. */
struct ls_dcc_target {
	enum ls_dcc_link_form form;
	size_t size; /* 32 or 64 */
	uint8_t hash[LS_DCC_HASH_MAX];
};

/*
 * Procedures: "SHA256", "sha-256", "SHA2-256", the URIs of XML-DSig, the same with 512; before
 * them "c14n-", "exc-c14n-", "c14n11-" for a DigestValue.  Values: hex of either case, or base64.
 */
struct ls_dcc_target ls_dcc_link_target(const struct ls_dcc_link *link);

/* Why a form names nothing that can be followed; NULL for those two that do. */
const char *ls_dcc_link_form_words(enum ls_dcc_link_form form);

/* A certificate at hand, as links can name it. */
struct ls_dcc_candidate {
	struct ls_digest sha256;
	uint8_t sha512[LS_DCC_HASH_MAX];
	const char *unique_identifier;
	bool proven; /* the signature's arithmetic holds: the next two are proven */
	size_t digest_size;
	uint8_t digest[LS_DCC_HASH_MAX];
};

struct ls_dcc_hash_index; /* candidates by all of their hashes */

/* candidates is borrowed.  NULL: out of memory. */
struct ls_dcc_hash_index *ls_dcc_hash_index_new(const struct ls_dcc_candidate *candidates,
						size_t count);
void ls_dcc_hash_index_free(struct ls_dcc_hash_index *index); /* NULL is fine */

/* The candidate whose file has this hash; false: there is none. */
bool ls_dcc_hash_index_file(const struct ls_dcc_hash_index *index, const struct ls_digest *sha256,
			    size_t *ret_candidate);

/*
 * Follow a link.  HOLDS and the candidate's index; CANNOT: it names nothing that can be followed,
 * or what it names is not here; FAILS: what has the name that it says has another hash.  words say
 * which, at most LS_CAL_WORDS_SIZE bytes.
 */
enum ls_cal_outcome ls_dcc_link_follow(const struct ls_dcc_link *link,
				       const struct ls_dcc_hash_index *index, size_t *ret_candidate,
				       char words[static LS_CAL_WORDS_SIZE]);

/* Whether it is to a standard that the results rest on; others are previous reports and the like.
 */
bool ls_dcc_link_is_parent(const struct ls_dcc_link *link);

#endif
