/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GenBank flat files (NCBI GenBank release notes, section 3.4).  A record keeps its text byte for
 * byte: what is not moved by an insertion is written as it was read, line ends included.
 */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_GENBANK_H
#define LABSEAL_AUDIT_DNA_MOLECULE_GENBANK_H

#include "audit/dna/molecule/location.h"
#include "audit/dna/molecule/molecule.h"
#include "lib/base/reader.h"

#define LS_GENBANK_SIZE_MAX	(64u << 20)
#define LS_GENBANK_FEATURES_MAX 100000

/* Offsets are into the record's text. */
struct ls_feature {
	char key[24];	   /* "CDS" */
	char label[64];	   /* /label, else /gene, /product, /note: for people; "" when none */
	size_t start, end; /* its lines */
	size_t location_start, location_end;
	size_t line; /* in the file, from 1 */
	struct ls_location location;
	bool of_block; /* written by labseal: a part of a block */
};

struct ls_genbank {
	/* all before the first line of bases: the annotation, ORIGIN's line included */
	struct ls_buffer annotation;
	struct ls_molecule molecule;
	struct ls_buffer tail; /* "//" and what follows it before the next record */
	struct ls_feature *features;
	size_t count, allocated;
	size_t features_end; /* where a further feature goes; features_header: there is none yet */
	bool has_features;
	size_t length_start, length_end; /* LOCUS' number of bases */
	bool crlf;
	bool no_topology; /* LOCUS says neither circular nor linear */
};

void ls_genbank_free(struct ls_genbank *g);
#define _cleanup_genbank_ __attribute__((cleanup(ls_genbank_free)))

/* Does it begin as a GenBank record does: "LOCUS" after blank lines? */
bool ls_genbank_is(const uint8_t *bytes, size_t size);

/*
 * Take one record.  *line is the number of lines before it, and is moved on.  0; -ENODATA: there is
 * no further record; -EBADMSG with line and reason; -ENOMEM.  A topology that is not said is
 * linear, as the release notes have it, and no_topology tells so.
 */
int ls_genbank_next(struct ls_reader *r, size_t *line, struct ls_genbank *ret,
		    struct ls_error *err);

/* A feature to be written, of the bases first..last (from 1, as they lie after the insertion). */
struct ls_new_feature {
	const char *key, *label, *note;
	size_t first, last;
	bool complement;
};

/*
 * May something be put before base `at` (1..size + 1)?  0; -EEXIST: it would lie inside a feature,
 * which err names (a source feature may be cut: it is all of the molecule; n^m and the gaps of a
 * join may not).  *ret_beside: a feature that begins at this very base, or NULL.
 */
int ls_genbank_may_insert(const struct ls_genbank *g, size_t at,
			  const struct ls_feature **ret_beside, struct ls_error *err);

/* A base before which something may be put, as far from all features as there is; 0: there is none.
 */
size_t ls_genbank_free_place(const struct ls_genbank *g);

/*
 * Write the record with `letters` put before base `at`, locations and LOCUS' length moved, and
 * features added behind the others.
 */
int ls_genbank_insert(const struct ls_genbank *g, size_t at, const char *letters, size_t n,
		      const struct ls_new_feature *features, size_t count, struct ls_buffer *out,
		      struct ls_error *err);

/* The counterpart: without the n bases from `at` on (from 1; over the origin of a circle too), and
 * without the features that are of the block and lie in them. */
int ls_genbank_remove(const struct ls_genbank *g, size_t at, size_t n, struct ls_buffer *out,
		      struct ls_error *err);

#endif
