/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Verify and repair as a whole: a signed molecule with edits.  It holds where it is as it was
 * signed, or was corrected to that, and nowhere else; and it is quick.
 *
 * Byte 0: which molecule (2 bits), effort (3 bits), whom one asks for (1 bit); then edits.
 */
#include <stdlib.h>

#include "tests/dna/campaign.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	static const struct ls_orcid bob = { "0000-0002-1694-233X" };
	if (!w.trust)
		world_make(&w);
	if (size == 0)
		return 0;
	const struct specimen *s = subject(&w, data[0] & 3);
	const struct ls_dna_options options = {
		.trust = w.trust,
		.expected = data[0] & 32 ? &bob : NULL,
		.repair = { .effort = (data[0] >> 2 & 7) % (LS_EFFORT_TWO_INDELS + 1),
			    .work = 20000 },
	};
	struct ls_dna_verdict v;
	struct ls_molecule m;
	edit_copy(&s->molecule, &m);
	edit_script(&m, data + 1, size - 1);
	if (ls_dna_verify(&m, &options, &v, NULL) < 0 || judge_verdict(&s, 1, &m, &v))
		abort();
	/* Bob is one of three signers, and of none other */
	if (options.expected && v.outcome <= LS_DNA_SEGMENT_CORRECTED && s->block.signer_count != 3)
		abort();
	ls_dna_verdict_free(&v);
	ls_molecule_free(&m);
	return 0;
}
