/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/keys/key.h"

#include <string.h>

#define BACKENDS(_)          \
	_(ls_key_tpm)        \
	_(ls_key_pkcs11)     \
	_(ls_key_pkcs11_tpm) \
	_(ls_key_file)

#define DECLARE(backend) extern const struct ls_key_backend backend;
BACKENDS(DECLARE)

#define ROW(backend) &(backend),
static const struct ls_key_backend *const backends[] = { BACKENDS(ROW) };
#define BACKEND_COUNT (sizeof(backends) / sizeof(backends[0]))

static bool is(struct ls_bytes bytes, const char *text, size_t n)
{
	return bytes.size == n && memcmp(bytes.data, text, n) == 0;
}

const struct ls_key_backend *ls_key_backend_find(struct ls_bytes name)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++)
		if (is(name, backends[i]->name, strlen(backends[i]->name)))
			return backends[i];
	return NULL;
}

bool ls_key_backend_may_be(const struct ls_key_backend *backend, struct ls_bytes kind)
{
	for (const char *word = backend->kinds; *word == '\n';) {
		size_t n = strcspn(++word, "\n");
		if (is(kind, word, n))
			return true;
		word += n;
	}
	return false;
}

void ls_key_warm_up(void)
{
	for (size_t i = 0; i < BACKEND_COUNT; i++)
		if (backends[i]->warm_up)
			backends[i]->warm_up();
}
