/* SPDX-License-Identifier: Apache-2.0 */
/* "procedure LF value": what a link may say; it never leads anywhere else than to that hash. */
#include <string.h>

#include "audit/dcc/link.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[512] = "", words[LS_CAL_WORDS_SIZE];
	struct ls_dcc_candidate one = { .unique_identifier = "one", .sha256 = { { 1, 2, 3 } } };
	size_t found = 99;
	memcpy(text, data, size < sizeof(text) - 1 ? size : sizeof(text) - 1);
	char *value = strchr(text, '\n');
	if (!value)
		return 0;
	*value++ = '\0';
	const struct ls_dcc_link link = { .named = true, .procedure = text, .value = value };
	struct ls_dcc_hash_index *index = ls_dcc_hash_index_new(&one, 1);
	if (!index)
		return 0;
	enum ls_cal_outcome outcome = ls_dcc_link_follow(&link, index, &found, words);
	struct ls_dcc_target t = ls_dcc_link_target(&link);
	if (outcome == LS_CAL_HOLDS &&
	    (found != 0 || t.form != LS_DCC_LINK_FILE ||
	     memcmp(t.hash, t.size == 32 ? one.sha256.bytes : one.sha512, t.size) != 0))
		__builtin_trap();
	if (outcome != LS_CAL_HOLDS && !words[0])
		__builtin_trap();
	ls_dcc_hash_index_free(index);
	return 0;
}
