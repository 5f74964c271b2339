/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/key_kind.h"

#include <errno.h>
#include <string.h>

#define UNMEASURED ", no measurement"
#define SEALED	   ", PIN sealed to the approved state by a "

static const struct {
	const char *name;
	bool is_token, is_software_token;
	enum ls_key_kind tpm;
} kinds[] = {
	[LS_KEY_FILE] = { "file", false, false, LS_KEY_FILE },
	[LS_KEY_SOFTWARE_TPM] = { "software TPM", false, false, LS_KEY_SOFTWARE_TPM },
	[LS_KEY_TPM] = { "TPM", false, false, LS_KEY_TPM },
	[LS_KEY_HSM] = { "HSM" UNMEASURED, true, false, LS_KEY_FILE },
	[LS_KEY_HSM_SOFTWARE_TPM] = { "HSM" SEALED "software TPM", true, false,
				      LS_KEY_SOFTWARE_TPM },
	[LS_KEY_HSM_TPM] = { "HSM" SEALED "TPM", true, false, LS_KEY_TPM },
	[LS_KEY_SOFTWARE_HSM] = { "software HSM" UNMEASURED, true, true, LS_KEY_FILE },
	[LS_KEY_SOFTWARE_HSM_SOFTWARE_TPM] = { "software HSM" SEALED "software TPM", true, true,
					       LS_KEY_SOFTWARE_TPM },
	[LS_KEY_SOFTWARE_HSM_TPM] = { "software HSM" SEALED "TPM", true, true, LS_KEY_TPM },
};

static bool is_valid(enum ls_key_kind kind)
{
	return kind >= LS_KEY_FILE && kind <= LS_KEY_KIND_LAST;
}

const char *ls_key_kind_name(enum ls_key_kind kind)
{
	return is_valid(kind) ? kinds[kind].name : "unknown";
}

int ls_key_kind_parse(const char *text, size_t length, enum ls_key_kind *ret_kind)
{
	for (enum ls_key_kind kind = LS_KEY_FILE; kind <= LS_KEY_KIND_LAST; kind++)
		if (strlen(kinds[kind].name) == length &&
		    memcmp(kinds[kind].name, text, length) == 0) {
			*ret_kind = kind;
			return 0;
		}
	return -EBADMSG;
}

enum ls_key_kind ls_key_kind_of_token(bool software, enum ls_key_kind tpm)
{
	enum ls_key_kind kind = LS_KEY_HSM;
	while (kind < LS_KEY_KIND_LAST &&
	       (kinds[kind].is_software_token != software || kinds[kind].tpm != tpm))
		kind++;
	return kind;
}

bool ls_key_kind_is_token(enum ls_key_kind kind)
{
	return is_valid(kind) && kinds[kind].is_token;
}

bool ls_key_kind_is_software_token(enum ls_key_kind kind)
{
	return is_valid(kind) && kinds[kind].is_software_token;
}

enum ls_key_kind ls_key_kind_tpm(enum ls_key_kind kind)
{
	return is_valid(kind) ? kinds[kind].tpm : LS_KEY_FILE;
}

/* --- the Ed25519 key beside it --------------------------------------------------------- */

static const char *const ed25519_kinds[] = {
	[LS_ED25519_FILE] = "file",
	[LS_ED25519_SOFTWARE_TPM] = "sealed by a software TPM, software-held",
	[LS_ED25519_TPM] = "sealed by a TPM, software-held",
	[LS_ED25519_HSM] = "HSM",
	[LS_ED25519_SOFTWARE_HSM] = "software HSM",
};

const char *ls_ed25519_kind_name(enum ls_ed25519_kind kind)
{
	return kind > LS_ED25519_NONE && kind <= LS_ED25519_KIND_LAST ? ed25519_kinds[kind]
								      : "none";
}

int ls_ed25519_kind_parse(const char *text, size_t length, enum ls_ed25519_kind *ret_kind)
{
	for (enum ls_ed25519_kind kind = LS_ED25519_FILE; kind <= LS_ED25519_KIND_LAST; kind++)
		if (strlen(ed25519_kinds[kind]) == length &&
		    memcmp(ed25519_kinds[kind], text, length) == 0) {
			*ret_kind = kind;
			return 0;
		}
	return -EBADMSG;
}

enum ls_ed25519_kind ls_ed25519_kind_beside(enum ls_key_kind kind)
{
	if (ls_key_kind_is_token(kind))
		return ls_key_kind_is_software_token(kind) ? LS_ED25519_SOFTWARE_HSM
							   : LS_ED25519_HSM;
	return kind == LS_KEY_TPM	     ? LS_ED25519_TPM
	       : kind == LS_KEY_SOFTWARE_TPM ? LS_ED25519_SOFTWARE_TPM
					     : LS_ED25519_FILE;
}
