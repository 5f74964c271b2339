/* SPDX-License-Identifier: Apache-2.0 */
/* A molecule of the papers' first version, four bases a byte: what is found lies in it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/legacy.h"
#include "audit/dna/verdict.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct ls_legacy *l, const struct ls_molecule *m)
{
	size_t fixed = 2 * LS_LEGACY_TAG_BASES + LS_LEGACY_ORCID + LS_LEGACY_ID;
	if (l->start >= m->bases.size || fixed + l->signature + l->parity > m->bases.size ||
	    (l->signature != 512 && l->signature != 1024) || strlen(l->orcid) != 16 ||
	    strlen(l->id) != 6 || l->errors < -1 || (l->parity == 0 && l->errors != -1) ||
	    l->errors > (int)(l->parity / 16))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_molecule_ struct ls_molecule m;
	struct ls_legacy l;
	struct ls_dna_verdict v;
	struct ls_dna_trust *trust = NULL;
	ls_molecule_init(&m);
	uint8_t *room = ls_buffer_reserve(&m.bases, 4 * size + 4);
	if (!room || size == 0 || size > 20000)
		return 0;
	ls_bases_pack(data, 8 * size, room);
	ls_buffer_commit(&m.bases, 4 * size);
	int rc = ls_legacy_find(&m, &l, NULL);
	if (rc < 0 && rc != -ENOENT)
		abort();
	if (rc == 0)
		check(&l, &m);
	/* nobody is trusted: nothing holds */
	if (size > 1000 || ls_dna_trust_new(&trust) < 0)
		return 0;
	const struct ls_dna_options options = { .trust = trust, .repair = { .work = 1000 } };
	if (ls_dna_verify(&m, &options, &v, NULL) < 0 || v.outcome <= LS_DNA_SEGMENT_CORRECTED)
		abort();
	ls_dna_verdict_free(&v);
	ls_dna_trust_free(trust);
	return 0;
}
