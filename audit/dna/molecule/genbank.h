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

/* Offsets are into the annotation. */
struct ls_feature {
	char key[24];	/* "CDS" */
	char label[64]; /* /label, else /gene, /product, /note, as claimed; "" when there is none */
	size_t start, end; /* its lines */
	size_t line;	   /* in the file, from 1 */
	struct ls_location location;
	bool of_block; /* labseal wrote it: a part of a block */
};

/* A piece of the annotation that speaks of numbers of bases. */
enum ls_moved_kind {
	/* a feature's location, or a qualifier's (/transl_except and the like), or the bases that a
	 * REFERENCE reports */
	LS_MOVED_LOCATION,
	LS_MOVED_LENGTH, /* LOCUS' number of bases */
	LS_MOVED_COUNT,	 /* BASE COUNT's number of `base` */
};
struct ls_moved {
	enum ls_moved_kind kind;
	size_t start, end;
	uint8_t base;
};

struct ls_genbank {
	struct ls_buffer
		annotation; /* owned: all before the first line of bases, ORIGIN's included */
	struct ls_molecule molecule; /* owned */
	struct ls_buffer tail;	     /* owned: "//" and the blank lines behind it */
	struct ls_feature *features; /* owned */
	size_t count;
	struct ls_moved *moved; /* owned, in the order of the annotation */
	size_t moved_count;
	size_t features_end; /* offset where a further feature goes */
	bool has_features;   /* there is a line FEATURES */
	bool crlf;
};

void ls_genbank_free(struct ls_genbank *g);
#define _cleanup_genbank_ __attribute__((cleanup(ls_genbank_free)))

/* The features alone, as they are told of; ret is a record without text and molecule.  0 or
 * -ENOMEM.
 */
int ls_genbank_copy_features(const struct ls_genbank *g, struct ls_genbank *ret);

/* Does it begin as a GenBank record does: "LOCUS" after blank lines? */
bool ls_genbank_is(const uint8_t *bytes, size_t size);

/*
 * Take one record.  *line is the number of lines before it, and is moved on.  0; -ENODATA: there is
 * no further record; -EBADMSG with line and reason; -ENOMEM.  A topology that is not said is
 * LS_TOPOLOGY_UNSAID.
 */
int ls_genbank_next(struct ls_reader *r, size_t *line, struct ls_genbank *ret,
		    struct ls_error *err);

/* Pass over the record that begins here and cannot be read: behind its line //, or, where it has
 * none, up to the next line LOCUS.  *line as above. */
void ls_genbank_skip(struct ls_reader *r, size_t *line);

/* How the note of each feature that is a part of a block begins. */
#define LS_BLOCK_NOTE "labseal dna block"

/* A feature to be written, of the bases first..last (from 1, as they lie after the insertion; they
 * may not go over the origin). */
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

/* The lines of bases behind ORIGIN, sixty to a line.  0 or out's error. */
int ls_genbank_bases(const char *letters, size_t n, bool crlf, struct ls_buffer *out);

#endif
