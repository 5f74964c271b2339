/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence of any bytes: its form, and what it holds, as far as no key is needed. */
#include "audit/cal/evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_cal_evidence evidence;
	struct ls_error err = { 0 };
	const uint8_t *record, *proof;
	size_t record_size, proof_size;
	if (ls_cal_evidence_parse(data, size, &evidence, &err) < 0)
		return 0;
	while (ls_cal_evidence_next(&evidence, &record, &record_size, &proof, &proof_size, &err) >
	       0) {
		if (record < data || record + record_size > data + size)
			__builtin_trap();
		if ((proof == NULL) != evidence.complete)
			__builtin_trap();
	}
	while (ls_cal_evidence_document(&evidence, &record, &record_size, &err) > 0)
		if (record < data || record + record_size > data + size)
			__builtin_trap();
	return 0;
}
