/* SPDX-License-Identifier: Apache-2.0 */
/* Records of one file, some at a time on several threads, and told in the file's order. */
#ifndef LABSEAL_AUDIT_DNA_RECORDS_H
#define LABSEAL_AUDIT_DNA_RECORDS_H

#include <stdio.h>

#include "audit/dna/molecule/genbank.h"

/* Together in memory: so many records, or so many bases and one record more. */
#define LS_DNA_RECORDS_AHEAD	   512
#define LS_DNA_RECORDS_BASES_AHEAD (4u << 20)

struct ls_dna_record {
	struct ls_molecule molecule; /* its name, and, unless it is unread, its bases; no letters */
	struct ls_genbank genbank;   /* its features alone */
	bool has_genbank;
	bool unread;
	struct ls_error why; /* it is unread */
};

struct ls_dna_records_user {
	/* On any thread.  What is told goes to out; *status is 0 before.  Below 0 ends the reading
	 * behind this record. */
	int (*each)(void *context, const struct ls_dna_record *r, FILE *out, int *status);
	/* On the caller's thread, in the file's order: size bytes of text. */
	void (*told)(void *context, const char *text, size_t size, int status);
	void *context;
};

/* As ls_molecules_read(): 0, its errors, what each returned; -ENOMEM. */
int ls_dna_records_read(const char *path, unsigned threads, const struct ls_dna_records_user *user,
			struct ls_error *err);

#endif
