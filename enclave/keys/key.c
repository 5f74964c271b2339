/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/keys/key.h"

#include <string.h>

static const struct ls_key_backend *const backends[] = {
	&ls_key_tpm,
	&ls_key_file,
};
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
		backends[i]->warm_up();
}
