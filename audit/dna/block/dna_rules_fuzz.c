/* SPDX-License-Identifier: Apache-2.0 */
/* A file of rules, and a sequence that is checked against them. */
#include "audit/dna/block/rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_rules_ struct ls_rules rules = { 0 };
	uint8_t bases[200];
	enum ls_rule rule;
	struct ls_error err;
	if (ls_rules_parse("fuzz", data, size, &rules, &err) < 0)
		return 0;
	for (size_t i = 0; i < sizeof bases; i++)
		bases[i] = size ? data[i % size] >> (i / size % 4) & 3 : 0;
	const struct ls_ruled what = {
		.bases = bases, .n = 200, .block = 40, .end = 150, .complete = true
	};
	ls_rules_check(&rules, &what, &rule, &err);
	return 0;
}
