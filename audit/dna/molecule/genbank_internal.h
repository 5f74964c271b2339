/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the GenBank reader share. */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_GENBANK_INTERNAL_H
#define LABSEAL_AUDIT_DNA_MOLECULE_GENBANK_INTERNAL_H

#include "audit/dna/molecule/genbank.h"

struct ls_line {
	const char *text;
	size_t size;  /* without the line's end */
	size_t whole; /* with it */
};

enum ls_genbank_section { SECTION_NONE, SECTION_OTHER, SECTION_FEATURES, SECTION_BASES };

struct ls_genbank_parse {
	struct ls_genbank *g;
	enum ls_genbank_section section;
	size_t line, first_line;
	bool has_length;
	size_t said_length;
	size_t allocated, moved_allocated;
	/* the feature whose lines are being read: where its location is, and whether it goes on */
	size_t location_start, location_end;
	bool in_location, in_quotes;
	size_t name_rank;	/* of its label: 0 is the best */
	size_t reference_start; /* of the bases of a REFERENCE whose bracket is open; 0: none is */
	struct ls_error *err;
};

/* -EBADMSG with "line N: WHAT". */
int ls_genbank_bad(const struct ls_genbank_parse *p, const char *id, const char *what);
int ls_genbank_moved_add(struct ls_genbank_parse *p, const struct ls_moved *moved);

/* A line REFERENCE; it is the last one in the annotation. */
int ls_genbank_reference_line(struct ls_genbank_parse *p, const struct ls_line *line);
/* The line behind it, while reference_start is set: 1: it was a part of it; 0: it is another one.
 */
int ls_genbank_reference_goes_on(struct ls_genbank_parse *p, const struct ls_line *line);
/* A line of the table; it is the last one in the annotation. */
int ls_genbank_feature_line(struct ls_genbank_parse *p, const struct ls_line *line);
/* The lines of the last location, if there is one, were all read: it is what later moves. */
int ls_genbank_location_end(struct ls_genbank_parse *p);
/* All lines were read: parse the locations, now that the molecule's size is known. */
int ls_genbank_features_finish(struct ls_genbank_parse *p);

#endif
