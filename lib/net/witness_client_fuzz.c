/* SPDX-License-Identifier: Apache-2.0 */
/* What a witness may answer: lines, or a size. */
#include "lib/net/witness_client.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char text[] = "labseal/7500-01\n43\n"
				   "zL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=\n\n"
				   "\xe2\x80\x94 labseal/7500-01 rmghh0E=\n";
	static const uint8_t public[LS_ED25519_SIZE] = { 1 };
	uint64_t known;
	struct ls_witness_key key;
	struct ls_own_note note = { .checkpoint = { .size = 43 } };
	_cleanup_buffer_ struct ls_buffer line;
	ls_buffer_init(&line, LS_COSIGNATURES_MAX);
	ls_buffer_init(&note.bytes, LS_OWN_NOTE_MAX);
	ls_buffer_add_str(&note.bytes, text);
	if (ls_witness_key_init(&key, "witness.example/w1", public, NULL) == 0 &&
	    ls_witness_lines_take(&key, &note, data, size, 0, &line, NULL) == 0 && line.size == 0)
		abort();
	if (ls_witness_size_parse(data, size, &known) == 0 && size > 21)
		abort();
	ls_buffer_free(&note.bytes);
	return 0;
}
