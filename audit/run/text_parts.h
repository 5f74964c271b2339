/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of text_export.h: what its parts share. */
#ifndef LABSEAL_AUDIT_RUN_TEXT_PARTS_H
#define LABSEAL_AUDIT_RUN_TEXT_PARTS_H

#include "audit/run/run_build.h"
#include "audit/run/table.h"

#define LS_TEXT_COLUMNS	 24 /* that a section knows */
#define LS_TEXT_HEADINGS 4  /* spellings of one of them, normalised, and a NULL */

/* One file while it is read. */
struct ls_text_file {
	struct ls_run *run;
	char mark; /* decimal mark */
	/* the section that is open */
	struct ls_cell *header;
	size_t columns; /* of the header; 0: the next row is the header */
	struct ls_cell *cells;
	size_t count;			/* of the row */
	size_t well, position, target;	/* columns */
	size_t column[LS_TEXT_COLUMNS]; /* as the section lists them */
};

/* A line "* Key = Value", without its star. */
void ls_text_head(struct ls_run *run, const char *line, size_t length);

/* A section: open() once the header is there, row() for each row. */
struct ls_text_section {
	const char *name; /* normalised as a heading is: "Sample Setup" is "samplesetup" */
	const char *const (*columns)[LS_TEXT_HEADINGS]; /* found before open(); may be NULL */
	size_t column_count;
	void (*open)(struct ls_text_file *f); /* may be NULL */
	void (*row)(struct ls_text_file *f);
};

/* Those with signals (text_signals.c), and those with what is in wells (text_results.c); each is
 * ended by one without a name. */
extern const struct ls_text_section ls_text_signal_sections[];
extern const struct ls_text_section ls_text_result_sections[];

/* The row's cell in a column of the section's list; an empty one when there is none. */
struct ls_cell ls_text_cell(const struct ls_text_file *f, size_t column);

/* A cell as a number with the file's decimal mark. */
double ls_text_number(const struct ls_text_file *f, struct ls_cell cell);

/* The row's well, new or not; NULL, with a warning, when the row names none. */
struct ls_run_well *ls_text_well(struct ls_text_file *f);

/* The reaction of the row's well and target; NULL when the row has no target. */
struct ls_run_reaction *ls_text_reaction(struct ls_text_file *f, struct ls_run_well *well);

/* The reaction of a target by name. */
struct ls_run_reaction *ls_text_target(struct ls_text_file *f, struct ls_run_well *well,
				       const char *name, size_t length);

#endif
