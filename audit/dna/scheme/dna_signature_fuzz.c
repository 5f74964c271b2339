/* SPDX-License-Identifier: Apache-2.0 */
/* Bits that are said to be a signature, and bytes that are said to be for a reader: none holds,
 * none opens. */
#include <stdlib.h>
#include <string.h>

#include "audit/dna/scheme/readers.h"
#include "audit/dna/scheme/trust.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct ls_dna_master authority;
static struct ls_dna_key *alice;
static struct ls_dna_trust *trust;
static struct ls_orcid orcid = { "0000-0002-1825-0097" };

static void begin(void)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 4096);
	if (ls_dna_master_generate("Fuzz", false, &authority, NULL) < 0 ||
	    ls_dna_extract(&authority, &orcid, &alice, NULL) < 0 || ls_dna_trust_new(&trust) < 0 ||
	    ls_params_to_pem(&authority.params, &pem) < 0 ||
	    ls_dna_trust_add_bytes(trust, pem.data, pem.size, NULL) < 0)
		abort();
}

static void verify(enum ls_profile profile, const uint8_t *bits, size_t size)
{
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_digest digest = { { 1 } };
	uint8_t signature[LS_SIGNATURE_BYTES_MAX] = { 0 };
	memcpy(signature, bits, size < sizeof(signature) ? size : sizeof(signature));
	if (ls_dna_verifier_new(trust, profile, ls_params_hint(&authority.params), &orcid, 1,
				&verifier, NULL) == 0 &&
	    ls_dna_verifier_check(verifier, &digest, signature, NULL, NULL) == 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 16);
	if (!alice)
		begin();
	if (size == 0 || size > 1 << 15)
		return 0;
	if (data[0] % 4 < LS_PROFILE_AGGREGATE)
		verify(data[0] % 4, data + 1, size - 1);
	else if (ls_dna_unseal(alice, data + 1, size - 1, &text, NULL) == 0 || text.size != 0)
		abort();
	return 0;
}
