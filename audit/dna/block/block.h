/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The block that is put into a molecule (docs/formats/dna-block.md), to the base.
 *
 *   start tag | draw | header | signers | plasmid ID | documentation | signature | parity | end tag
 *
 * draw..plasmid ID is the head; with the documentation it is what the signature covers, together
 * with the molecule's canonical form.
 */
#ifndef LABSEAL_AUDIT_DNA_BLOCK_BLOCK_H
#define LABSEAL_AUDIT_DNA_BLOCK_BLOCK_H

#include <stdbool.h>

#include "audit/dna/block/orcid.h"
#include "audit/dna/molecule/base.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_TAG_BASES	  16
#define LS_START_TAG	  "tcgccaacctattgag"
#define LS_END_TAG	  "gttccgcagacgaata"
#define LS_DRAW_BASES	  6 /* 12 bits */
#define LS_DRAWS	  4096
#define LS_HINT_BASES	  6  /* 12 bits */
#define LS_ID_BASES	  10 /* 20 bits */
#define LS_PLASMID_ID_MAX 999999
#define LS_SIGNERS_MAX	  64
#define LS_ERRORS_MAX	  63	/* that parity can correct */
#define LS_DOCUMENT_MAX	  65535 /* bytes */
#define LS_BLOCK_VERSION  1

/* The numbers are those in a header. */
enum ls_profile {
	LS_PROFILE_STANDARD = 0,      /* identity-based, BLS12-381, 128-bit challenge */
	LS_PROFILE_STANDARD_FULL = 1, /* the same, full challenge: non-repudiation */
	LS_PROFILE_AGGREGATE = 2,     /* BLS, any number of signers, directory of keys */
	LS_PROFILE_PAPER = 3,	      /* BN-158, the paper's level: not for new use */
	LS_PROFILE_COUNT
};

struct ls_profile_size {
	const char *name;	/* "standard", as on the command line */
	size_t signature_bits;	/* 510, 637, 382, 239 */
	size_t signature_bases; /* 255, 319, 191, 120 */
};
#define LS_SIGNATURE_BYTES_MAX 80
extern const struct ls_profile_size ls_profiles[LS_PROFILE_COUNT];
/* What is said behind the name of a profile wherever one is shown; "" of most. */
const char *ls_profile_remark(enum ls_profile profile);
/* 0 or -EINVAL with the names there are. */
int ls_profile_find(const char *name, enum ls_profile *ret, struct ls_error *err);

struct ls_block {
	uint8_t version;
	enum ls_profile profile;
	bool linear;	/* the molecule is linear, or this is a segment */
	bool segment;	/* only `length` bases around the block are covered */
	uint8_t errors; /* t: substitutions that the parity corrects, of each of its words; 0: none
			 */
	uint16_t
		hint; /* first 12 bits of the SHA-256 of the authority's (directory's) public key */
	uint16_t draw;	 /* 0..LS_DRAWS - 1 */
	uint32_t length; /* bases of the molecule (segment) without the block */
	uint64_t place;	 /* ls_canonical_joint() of where the block was put */
	uint32_t plasmid_id;
	struct ls_orcid signers[LS_SIGNERS_MAX];
	size_t signer_count; /* 1 but for LS_PROFILE_AGGREGATE */
	uint8_t dictionary;  /* id of the dictionary that the documentation was compressed with */
	struct ls_buffer document; /* owned: parts, see document_part.h; empty: none */
	const uint8_t *masks;	   /* borrowed; while a block is composed and signed: of the
				    * documentation's chunks, one each.  NULL otherwise */
	uint8_t signature[LS_SIGNATURE_BYTES_MAX]; /* signature_bits of it, the first in bit 7 of
						      byte 0 */
};
void ls_block_init(struct ls_block *b);
void ls_block_free(struct ls_block *b);
#define _cleanup_block_ __attribute__((cleanup(ls_block_free)))

enum ls_block_part {
	LS_PART_START_TAG,
	LS_PART_DRAW,
	LS_PART_HEADER,
	LS_PART_SIGNERS,
	LS_PART_PLASMID_ID,
	LS_PART_DOCUMENT, /* may be of 0 bases, as parity */
	LS_PART_SIGNATURE,
	LS_PART_PARITY,
	LS_PART_END_TAG,
	LS_PART_COUNT
};
extern const char *const ls_part_names[LS_PART_COUNT]; /* "start tag", ... for people */

/* Where each part begins, counted from the start tag; at[LS_PART_COUNT] is the block's size. */
struct ls_layout {
	size_t at[LS_PART_COUNT + 1];
};

/* Of a block with these fields.  Cannot fail. */
void ls_block_layout(const struct ls_block *b, struct ls_layout *ret);

/*
 * Bases of parity for a molecule of length bases with a block of block bases (its parity not
 * counted): 12 t bases for each word of at most 4095 symbols of 6 bases; so 12 t up to 24 570 bases
 * in all.  *ret_words: how many words (1 or more).
 */
size_t ls_parity_bases(size_t length, size_t block, unsigned errors, size_t *ret_words);

/* Append start tag..documentation: what is signed of a block.  masks: one a chunk of documentation
 * (ls_document_chunks() of them).  0, -EINVAL (a field out of its range), or the buffer's error. */
int ls_block_head(const struct ls_block *b, const uint8_t *masks, struct ls_buffer *out,
		  struct ls_error *err);
/* Append one chunk of the documentation under this mask, as the head has it.  The buffer's error.
 */
int ls_block_chunk(const struct ls_block *b, size_t chunk, uint8_t mask, struct ls_buffer *out);
/* Append the signature's bases, as the draw masks them. */
int ls_block_signature(const struct ls_block *b, struct ls_buffer *out);

/*
 * Read a block that begins at bases[0] with an exact or corrected start tag (which is not looked
 * at), from at most n bases.  0: *ret and *ret_layout are filled, and the block, end tag included,
 * lies within n (the end tag is not looked at, either).  -EBADMSG with the field that no block has.
 * Nothing is verified here.
 */
int ls_block_read(const uint8_t *bases, size_t n, struct ls_block *ret,
		  struct ls_layout *ret_layout, struct ls_error *err);

/*
 * The same of what is cheap to read: documentation and signature are left empty (there is nothing
 * to free), their places are in *ret_layout.  bases: LS_BLOCK_HEAD_MAX of the n are enough.  On
 * failure *ret is undefined.
 */
#define LS_BLOCK_HEAD_MAX 1768 /* tag to plasmid ID, of 64 signers */
int ls_block_read_head(const uint8_t *bases, size_t n, struct ls_block *ret,
		       struct ls_layout *ret_layout, struct ls_error *err);

/* Documentation is written in chunks of at most 30 bytes, each behind 4 bases that name its mask.
 */
#define LS_CHUNK_BYTES 30
#define LS_CHUNK_MASKS 256
size_t ls_document_chunks(size_t bytes);
size_t ls_document_bases(size_t bytes);

/*
 * SHA-256 of the signed message: "labseal dna block v1" and a NUL; the topology (0 circular, 1
 * linear, 2 segment); the molecule's length and its canonical form; the length of the head and its
 * bases, start tag to documentation.  Lengths are 8 bytes, big-endian; bases are packed four a
 * byte, the last byte filled with zeros.  It binds draw and masks, too.
 */
int ls_block_digest(const struct ls_block *b, const uint8_t *canonical, size_t canonical_size,
		    const uint8_t *head, size_t head_size, struct ls_digest *ret,
		    struct ls_error *err);

#endif
