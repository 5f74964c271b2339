/* SPDX-License-Identifier: Apache-2.0 */
/* What parses is the one spelling of its proof; no key's holder is ever shown to have lied. */
#include "lib/log/misbehaviour.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer again = { 0 };
	static struct ls_p256_key *key;
	static struct ls_signer signer;
	struct ls_note_key known;
	struct ls_checkpoint c[2];
	struct ls_misbehaviour m;
	if (!key && ls_p256_key_generate(&key, NULL) == 0)
		ls_p256_key_signer(key, &signer);
	if (ls_misbehaviour_parse(data, size, &m, NULL) < 0)
		return 0;
	ls_buffer_init(&again, size + 1);
	ls_misbehaviour_format(&m, &again);
	if (again.size != size || memcmp(again.data, data, size) != 0)
		abort();
	if (ls_note_key_init(&known, "labseal/7500-01", &signer.key, NULL) == 0 &&
	    ls_misbehaviour_verify(&m, &known, c, NULL) == 0)
		abort();
	return 0;
}
