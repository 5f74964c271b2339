/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `labseal cal issue` is told: a kind and options, on the command line or on a line of a
 * batch.  An option may come several times, and the order is kept.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_WORDS_H
#define LABSEAL_AUDIT_REGISTRY_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "audit/registry/faults.h"

#define LS_WORDS_MAX 16384 /* of one line */

/* Words of a batch's line, quoted as for a shell: blanks part them, '...' and "..." and \ keep
 * what is in them.  Nothing is expanded. */
struct ls_words {
	size_t count;
	char **words; /* owned, with their text; words[count] is NULL */
	char *text;
};
/* -EBADMSG: a quotation that does not end, or too many words; -ENOMEM. */
int ls_words_split(const char *line, size_t length, struct ls_words *ret_words,
		   struct ls_error *err);
void ls_words_free(struct ls_words *words);

enum {
	LS_TERM_FLAG = 1, /* takes no value */
	LS_TERM_MANY = 2, /* may come again */
	LS_TERM_REQUIRED = 4,
};

/* An option that a kind knows. */
struct ls_term {
	const char *name; /* "--level" */
	unsigned flags;
};

/* What was said. */
struct ls_said {
	size_t count;
	struct ls_saying {
		const char *name;  /* of the term */
		const char *value; /* borrowed; "" for a flag */
	} * sayings;		   /* owned */
};
void ls_said_free(struct ls_said *said);
#define _cleanup_said_ __attribute__((cleanup(ls_said_free)))

/*
 * Read the words against the terms: "--name VALUE" or "--name=VALUE".  What is unknown, missing,
 * without a value or said twice is a fault.  0 or -ENOMEM.
 */
int ls_said_read(const char *const *words, size_t count, const struct ls_term *terms,
		 size_t term_count, struct ls_said *ret_said, struct ls_faults *faults);

/* The value, or NULL where it was not said. */
const char *ls_said_value(const struct ls_said *said, const char *name);

/* Values as they are read; a fault names the option.  False, *ret untouched: not said, or a fault.
 */
bool ls_said_number(const struct ls_said *said, const char *name, uint64_t max, uint64_t *ret,
		    struct ls_faults *faults);
/* "2026-03-04T14:22:19Z", or a day: its beginning, UTC; "now". */
bool ls_said_time(const struct ls_said *said, const char *name, int64_t *ret,
		  struct ls_faults *faults);
bool ls_said_text(const struct ls_said *said, const char *name, char *buffer, size_t size,
		  struct ls_faults *faults);

#endif
