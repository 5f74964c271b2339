/* SPDX-License-Identifier: Apache-2.0 */
/* What a signing key is called in results, trust files and verdicts: where it lives, what binds it.
 */
#ifndef LABSEAL_LIB_SEAL_KEY_KIND_H
#define LABSEAL_LIB_SEAL_KEY_KIND_H

#include <stdbool.h>
#include <stddef.h>

/* Where the signing key lives; the words that results and trust file carry. */
enum ls_key_kind {
	LS_KEY_FILE = 1, /* "file": tests only */
	LS_KEY_SOFTWARE_TPM,
	LS_KEY_TPM,
	LS_KEY_HSM,		 /* a PKCS#11 token; nothing binds it to the approved state */
	LS_KEY_HSM_SOFTWARE_TPM, /* its PIN is sealed to that state */
	LS_KEY_HSM_TPM,
	LS_KEY_SOFTWARE_HSM, /* a token that is a file */
	LS_KEY_SOFTWARE_HSM_SOFTWARE_TPM,
	LS_KEY_SOFTWARE_HSM_TPM,
};
#define LS_KEY_KIND_LAST      LS_KEY_SOFTWARE_HSM_TPM
#define LS_KEY_KIND_NAME_SIZE 80

/*
 * "file", "software TPM", "TPM"; "HSM" or "software HSM", and ", no measurement" or
 * ", PIN sealed to the approved state by a TPM" or "... by a software TPM".
 */
const char *ls_key_kind_name(enum ls_key_kind kind);
int ls_key_kind_parse(const char *text, size_t length, enum ls_key_kind *ret_kind);

/* The kind of a key in a token; tpm: what seals its PIN, LS_KEY_FILE: nothing does. */
enum ls_key_kind ls_key_kind_of_token(bool software, enum ls_key_kind tpm);

/* A token's key.  A token that is a file. */
bool ls_key_kind_is_token(enum ls_key_kind kind);
bool ls_key_kind_is_software_token(enum ls_key_kind kind);

/* The TPM that binds it to the approved state: LS_KEY_TPM, LS_KEY_SOFTWARE_TPM, or LS_KEY_FILE:
 * none. */
enum ls_key_kind ls_key_kind_tpm(enum ls_key_kind kind);

/*
 * Where the Ed25519 key lives that signs checkpoints a second time: TPMs have no such keys, so
 * one that a TPM guards is sealed by it, and held by the enclave as long as that runs.
 */
enum ls_ed25519_kind {
	LS_ED25519_NONE, /* there is none */
	LS_ED25519_FILE, /* "file": tests only */
	LS_ED25519_SOFTWARE_TPM,
	LS_ED25519_TPM,
	LS_ED25519_HSM,
	LS_ED25519_SOFTWARE_HSM,
};
#define LS_ED25519_KIND_LAST LS_ED25519_SOFTWARE_HSM

/*
 * "file", "sealed by a software TPM, software-held", "sealed by a TPM, software-held", "HSM",
 * "software HSM".
 */
const char *ls_ed25519_kind_name(enum ls_ed25519_kind kind);
int ls_ed25519_kind_parse(const char *text, size_t length, enum ls_ed25519_kind *ret_kind);

/* That of the Ed25519 key beside a signing key of this kind. */
enum ls_ed25519_kind ls_ed25519_kind_beside(enum ls_key_kind kind);

#endif
