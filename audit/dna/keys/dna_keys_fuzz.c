/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What begins as an entry of a log of keys, or as the trust file of one, is it; anything else is a
 * snapshot, by the key of the trust file tests/corpus/dna_keys/good-trust, whose log that in
 * good-snapshot is.
 */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/keys/key_log.h"
#include "lib/base/files.h"

#include <fcntl.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_trust(struct ls_key_trust *trust)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_TRUST_MAX);
	if (ls_file_read(AT_FDCWD, "tests/corpus/dna_keys/good-trust", &text, NULL) < 0 ||
	    ls_key_trust_parse(text.data, text.size, trust, NULL) < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_key_trust trust;
	_cleanup_key_trust_ struct ls_key_trust other = { 0 };
	_cleanup_key_log_ struct ls_key_log log = { 0 };
	struct ls_key_statement s;
	if (!trust.log.has_registry)
		read_trust(&trust);
	if (ls_key_statement_is(data, size))
		ls_key_statement_parse(data, size, &s, NULL);
	else if (ls_key_trust_is(data, size))
		ls_key_trust_parse(data, size, &other, NULL);
	else if (ls_key_log_from_snapshot(data, size, &trust, INT64_MAX, &log, NULL) == 0 &&
		 log.count > log.size)
		abort();
	return 0;
}
