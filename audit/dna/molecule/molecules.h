/* SPDX-License-Identifier: Apache-2.0 */
/* Files of molecules: GenBank, FASTA, FASTQ, packed with gzip or not, one record or many. */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_MOLECULES_H
#define LABSEAL_AUDIT_DNA_MOLECULE_MOLECULES_H

#include <sys/types.h>

#include "audit/dna/molecule/molecule.h"

struct ls_genbank;

/*
 * take is called for each record; what it returns below 0 ends the reading and is returned.
 * genbank is NULL for other formats.  Both are the caller's only until it returns.  Where a record
 * cannot be read, failed is called, and reading goes on with the next one if it returns 0; without
 * failed (NULL) reading ends there.
 */
struct ls_molecule_taker {
	int (*take)(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank);
	int (*failed)(void *context, const char *name, const struct ls_error *err);
	void *context;
};

/*
 * 0; -ENOENT, -EACCES and the like; -ENODATA: it is empty; -EBADMSG: no regular file, or it
 * is malformed, or not of these formats; -EFBIG; -ENOMEM; what take or failed returned.
 */
int ls_molecules_read(const char *path, const struct ls_molecule_taker *taker,
		      struct ls_error *err);

/* Bytes from elsewhere: read() returns how many came, 0 at the end, less on failure. */
struct ls_byte_source {
	ssize_t (*read)(void *context, void *buffer, size_t n);
	void *context;
};
int ls_molecules_from(const struct ls_byte_source *source, const struct ls_molecule_taker *taker,
		      struct ls_error *err);

#endif
