/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edits since an earlier signature, as a signer wrote them: the bytes are the documentation of a
 * second signature over a signed molecule.  Whatever they say, the walk ends, and an earlier
 * signature holds for what its signer signed alone.
 */
#include <stdlib.h>

#include "audit/dna/path.h"
#include "tests/dna/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct world w;

static int step(void *context, const struct ls_path_step *p)
{
	const struct specimen *s = context;
	const struct ls_buffer *bases = &p->verdict->signed_bases;
	if (p->verdict->outcome <= LS_DNA_SEGMENT_CORRECTED &&
	    (bases->size != s->molecule.bases.size ||
	     !judge_same(bases->data, s->molecule.bases.data, bases->size, true)))
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct recipe r = {
		.name = "twice", .at = 9, .may_fail = true, .document = data, .document_size = size
	};
	struct specimen outer;
	if (!w.trust)
		world_make(&w);
	const struct specimen *s = subject(&w, 0);
	const struct ls_buffer *bases = &s->molecule.bases;
	if (size == 0 || size > 2000)
		return 0;
	specimen_make(&w, &r, bases->data, bases->size, &outer);
	if (outer.molecule.bases.size == 0) { /* the bytes hold a tag */
		specimen_free(&outer);
		return 0;
	}
	const struct ls_dna_options options = { .trust = w.trust };
	struct ls_dna_verdict v;
	if (ls_dna_verify(&outer.molecule, &options, &v, NULL) < 0 || v.outcome != LS_DNA_VALID ||
	    ls_dna_path(&v, &options, step, (void *)s, NULL) < 0)
		abort();
	ls_dna_verdict_free(&v);
	specimen_free(&outer);
	return 0;
}
