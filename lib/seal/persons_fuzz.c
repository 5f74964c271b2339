/* SPDX-License-Identifier: Apache-2.0 */
/* What parses can be written, and is then the same bytes. */
#include "lib/seal/persons.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_persons_ struct ls_persons persons = { .ca_count = 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PERSONS_SIZE_MAX + 1024);
	if (size == 0 || size > LS_PERSONS_SIZE_MAX ||
	    ls_persons_parse(data, size, &persons, NULL) < 0)
		return 0;
	if (ls_persons_format(&persons, &text) < 0 || text.size != size ||
	    memcmp(text.data, data, size) != 0)
		abort();
	return 0;
}
