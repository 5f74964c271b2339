/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key files, requests and directories.  What begins with a letter of theirs is the content of a PEM
 * block, so that the fuzzer need not know base64; anything else is a file.  Parameters that parse
 * are the one spelling of theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/scheme/directory.h"
#include "lib/base/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct {
	char letter;
	const char *label;
} kinds[] = { { 'P', LS_PARAMS_LABEL }, { 'M', LS_MASTER_LABEL },  { 'I', LS_IDENTITY_LABEL },
	      { 'O', LS_OWN_LABEL },	{ 'R', LS_REQUEST_LABEL }, { 'D', LS_DIRECTORY_LABEL } };

static void check_params(const struct ls_buffer *text)
{
	_cleanup_buffer_ struct ls_buffer again;
	struct ls_dna_params params;
	ls_buffer_init(&again, 4096);
	if (ls_params_from_pem(text->data, text->size, &params, NULL) < 0)
		return;
	if (ls_params_to_pem(&params, &again) < 0 || again.size != text->size ||
	    memcmp(again.data, text->data, text->size) != 0)
		abort();
}

static void try_all(const struct ls_buffer *text)
{
	static struct ls_dna_master authority, master;
	_cleanup_directory_ struct ls_dna_directory directory = { 0 };
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	struct ls_directory_entry entry;
	if (!authority.params.name[0] &&
	    ls_dna_master_generate("Fuzz", false, &authority, NULL) < 0)
		abort();
	check_params(text);
	ls_dna_master_from_pem(text->data, text->size, &(struct ls_box_lock){ 0 }, &master, NULL);
	ls_dna_key_from_pem(text->data, text->size, NULL, &key, NULL);
	ls_request_from_pem(text->data, text->size, &authority.params, &entry, NULL);
	ls_directory_from_pem(text->data, text->size, &authority.params, &directory, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 17);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (size > 1 && size < 1 << 16 && data[0] == (uint8_t)kinds[i].letter)
			ls_pem_encode(kinds[i].label, data + 1, size - 1, &text);
	if (text.size == 0)
		ls_buffer_add(&text, data, size); /* or, too large, nothing */
	try_all(&text);
	return 0;
}
