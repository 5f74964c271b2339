/* SPDX-License-Identifier: Apache-2.0 */
/* A molecule as a file holds it. */
#ifndef LABSEAL_AUDIT_DNA_MOLECULE_MOLECULE_H
#define LABSEAL_AUDIT_DNA_MOLECULE_MOLECULE_H

#include <stdbool.h>

#include "audit/dna/molecule/base.h"
#include "lib/base/error.h"

#define LS_MOLECULE_SIZE_MAX (256u << 20) /* bases of one record */
#define LS_MOLECULE_NAME_MAX 200

enum ls_topology { LS_TOPOLOGY_UNSAID, LS_LINEAR, LS_CIRCULAR };

struct ls_molecule {
	char name[LS_MOLECULE_NAME_MAX + 1]; /* as the file claims; escape before showing */
	struct ls_buffer letters;	     /* owned: the file's own, in their case */
	struct ls_buffer bases;		     /* owned: the same as numbers */
	enum ls_topology topology;	     /* FASTA and FASTQ say none */
};
void ls_molecule_init(struct ls_molecule *m);
void ls_molecule_free(struct ls_molecule *m);
#define _cleanup_molecule_ __attribute__((cleanup(ls_molecule_free)))

/*
 * Add letters: -EBADMSG for one that is no base, with its position; an IUPAC code is named as such
 * ("'n' at base 17 stands for several bases").
 */
int ls_molecule_add(struct ls_molecule *m, const char *letters, size_t n, struct ls_error *err);

#endif
