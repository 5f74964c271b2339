/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/dna/campaign.h"

static const struct recipe SUBJECT[SUBJECTS] = {
	{ .name = "circular", .errors = 2, .at = 50 },
	{ .name = "linear", .linear = true, .at = 50 },
	{ .name = "segment", .errors = 1, .at = 120, .first = 50, .last = 210 },
	{ .name = "three signers", .profile = LS_PROFILE_AGGREGATE, .errors = 1, .at = 50 },
};

const struct specimen *subject(const struct world *w, size_t which)
{
	static struct specimen made[SUBJECTS];
	struct specimen *s = &made[which % SUBJECTS];
	const struct recipe *r = &SUBJECT[which % SUBJECTS];
	uint64_t state = 7;
	uint8_t bases[260];
	if (s->molecule.bases.size > 0)
		return s;
	for (size_t i = 0; i < sizeof bases; i++)
		bases[i] = dice(&state) & 3;
	specimen_make(w, r, bases, r->last > 0 ? 260 : 160, s);
	if (!r->last)
		s->molecule.topology = r->linear ? LS_LINEAR : LS_CIRCULAR;
	return s;
}
