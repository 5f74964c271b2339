/* SPDX-License-Identifier: Apache-2.0 */
/* Witnesses' keys, and their lines on a note, of any bytes. */
#include "lib/log/cosignature.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t public[LS_ED25519_SIZE] = { 1 };
	struct ls_note note;
	struct ls_witness_key key;
	char vkey[LS_WITNESS_VKEY_SIZE];
	if (ls_note_parse(data, size, &note, NULL) == 0 &&
	    ls_witness_key_init(&key, "witness.example/w1", public, NULL) == 0)
		ls_cosignature_verify(&note, &key, NULL, NULL);
	if (ls_witness_vkey_parse((const char *)data, size, &key, NULL) < 0)
		return 0;
	ls_witness_vkey_format(&key, vkey);
	if (strlen(vkey) != size || memcmp(vkey, data, size) != 0)
		abort();
	return 0;
}
