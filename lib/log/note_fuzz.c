/* SPDX-License-Identifier: Apache-2.0 */
/* Notes, and verifier keys, of any bytes. */
#include "lib/log/note.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ls_note note;
	struct ls_note_key key;
	char vkey[LS_VKEY_SIZE];
	if (ls_note_parse(data, size, &note, NULL) == 0 &&
	    (note.text_size >= size || note.count == 0))
		abort();
	if (ls_vkey_parse((const char *)data, size, &key, NULL) < 0)
		return 0;
	ls_vkey_format(&key, vkey);
	if (strlen(vkey) != size || memcmp(vkey, data, size) != 0)
		abort();
	return 0;
}
