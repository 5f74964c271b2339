/* SPDX-License-Identifier: Apache-2.0 */
/* An authority's public parameters: what verifiers trust (docs/formats/dna-keys.md). */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_PARAMS_H
#define LABSEAL_AUDIT_DNA_SCHEME_PARAMS_H

#include "audit/dna/scheme/curve.h"
#include "lib/base/buffer.h"
#include "lib/base/hash.h"
#include "lib/base/reader.h"

#define LS_PARAMS_LABEL	     "LABSEAL DNA PARAMETERS"
#define LS_PARAMS_NAME_MAX   100 /* bytes */
#define LS_PARAMS_MAX	     512 /* bytes of their content */
#define LS_PAPER_PUBLIC_SIZE 80	 /* a point of G2 of BN-158, see audit/dna/paper */
#define LS_PAPER_KEY_SIZE    21	 /* a point of G1 of BN-158 */

struct ls_dna_params {
	char name[LS_PARAMS_NAME_MAX + 1]; /* claimed text: UTF-8, one line */
	blst_p2_affine sign;		   /* s P2: what identities' signatures are checked with */
	blst_p1_affine encrypt;		   /* e P1: what is encrypted to identities with */
	blst_p2_affine directory;	   /* t P2: checks what the authority signs itself */
	bool has_paper;
	uint8_t paper[LS_PAPER_PUBLIC_SIZE];
	struct ls_digest id; /* SHA-256 of the keys: the authority's identifier */
};

/* The identifier of params' keys, as the other functions set it. */
void ls_params_identify(struct ls_dna_params *params);
/* The identifier's first 12 bits: what a block has room for. */
uint16_t ls_params_hint(const struct ls_dna_params *params);

/* 0 or -EINVAL: empty, too long, no UTF-8, or with control characters. */
int ls_params_set_name(struct ls_dna_params *params, const char *name, struct ls_error *err);

/* Content, without PEM.  decode takes it from r, which may go on. */
int ls_params_encode(const struct ls_dna_params *params, struct ls_buffer *out);
int ls_params_decode(struct ls_reader *r, struct ls_dna_params *ret, struct ls_error *err);

/* A whole file: one PEM block with this label.  -EBADMSG. */
int ls_params_from_pem(const void *text, size_t n, struct ls_dna_params *ret, struct ls_error *err);
int ls_params_to_pem(const struct ls_dna_params *params, struct ls_buffer *out);

/* Whether a file is a PEM block with this label, by its first line. */
bool ls_dna_is_file(const void *text, size_t n, const char *label);
/* The content of a file that is one PEM block with this label and nothing else. */
int ls_dna_file_content(const void *text, size_t n, const char *label, struct ls_buffer *out,
			struct ls_error *err);

#endif
