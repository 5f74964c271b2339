/* SPDX-License-Identifier: Apache-2.0 */
/* A batch's line: whatever it holds, words come out whole, and no more bytes than went in. */
#include "audit/registry/words.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ls_term terms[] = { { "--name", LS_TERM_REQUIRED },
						{ "--point", LS_TERM_MANY },
						{ "--private", LS_TERM_FLAG } };
	struct ls_words words;
	_cleanup_said_ struct ls_said said = { 0 };
	_cleanup_faults_ struct ls_faults faults;
	size_t bytes = 0;
	ls_faults_init(&faults);
	if (ls_words_split((const char *)data, size, &words, NULL) < 0)
		return 0;
	for (size_t i = 0; i < words.count; i++)
		bytes += strlen(words.words[i]);
	if (bytes > size || words.words[words.count])
		abort();
	if (ls_said_read((const char *const *)words.words, words.count, terms, 3, &said, &faults) ==
		    0 &&
	    said.count > words.count)
		abort();
	ls_words_free(&words);
	return 0;
}
