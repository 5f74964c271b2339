/* SPDX-License-Identifier: Apache-2.0 */
/* Packed documentation, which comes out of molecules; and annotation, which comes out of files. */
#include "audit/dna/document/document.h"

#include <stdlib.h>

#include "audit/dna/molecule/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whatever text it is, it comes back: ls_document_pack() compares by itself. */
static void pack(const uint8_t *data, size_t size, const uint8_t *letters, const uint8_t *bases,
		 size_t n)
{
	_cleanup_buffer_ struct ls_buffer packed;
	const struct ls_documented record = { .annotation = data,
					      .annotation_size = size,
					      .tail = data,
					      .tail_size = size % 5,
					      .letters = letters,
					      .bases = bases,
					      .n = n,
					      .circular = size % 2 };
	ls_buffer_init(&packed, 1 << 20);
	if (ls_document_pack(&record, &packed, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t letters[] = "atgaaaCTCCTCTTTtaa";
	uint8_t bases[sizeof(letters) - 1];
	_cleanup_document_ struct ls_document d = { .tail = { .data = NULL } };
	_cleanup_buffer_ struct ls_buffer merged;
	ls_buffer_init(&merged, 1 << 20);
	if (size > 8192)
		return 0;
	for (size_t i = 0; i < sizeof(bases); i++)
		bases[i] = (uint8_t)ls_base_of(letters[i]);
	ls_document_unpack(data, size, 1, bases, sizeof(bases), true, &d, NULL);
	ls_document_merge(data, size / 2, data + size / 2, size - size / 2, &merged, NULL);
	if (size > 0 && data[0] % 32 == 1) /* slow: now and then */
		pack(data + 1, size - 1, letters, bases, sizeof(bases));
	return 0;
}
