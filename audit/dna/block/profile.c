/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "audit/dna/block/block.h"

#define SIZE(profile_name, bits)                           \
	{                                                  \
		profile_name, bits, LS_BASES_OF_BITS(bits) \
	}

const struct ls_profile_size ls_profiles[LS_PROFILE_COUNT] = {
	[LS_PROFILE_STANDARD] = SIZE("standard", 510),
	[LS_PROFILE_STANDARD_FULL] = SIZE("standard-full", 637),
	[LS_PROFILE_AGGREGATE] = SIZE("aggregate", 382),
	[LS_PROFILE_PAPER] = SIZE("paper", 239),
};

const char *ls_profile_remark(enum ls_profile profile)
{
	return profile == LS_PROFILE_PAPER ? " (paper level, not for new use)" : "";
}

int ls_profile_find(const char *name, enum ls_profile *ret, struct ls_error *err)
{
	for (int p = 0; p < LS_PROFILE_COUNT; p++) {
		if (strcmp(name, ls_profiles[p].name) == 0) {
			*ret = (enum ls_profile)p;
			return 0;
		}
	}
	return ls_fail(
		err, -EINVAL, "dna.profile.unknown",
		"'%.40s' is no profile: there are standard, standard-full, aggregate and paper",
		name);
}
