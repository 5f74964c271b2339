/* SPDX-License-Identifier: Apache-2.0 */
/* The step that makes the TPM vouch: its endorsement key, and the attestation key under it. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "host/command/keyring.h"
#include "host/command/provision.h"
#include "host/supervisor/state.h"
#include "lib/attest/public_area.h"
#include "lib/base/files.h"
#include "lib/tpm/attestation_key.h"

/* The two keys: where they are in the TPM, and the file that says so. */
static const struct {
	uint32_t handle;
	const char *file;
	const char *purpose;
	int (*ensure)(struct ls_tpm *tpm, int *ret_created, struct ls_error *err);
} keys[] = {
	{ LS_TPM_EK_HANDLE, LS_KEYS_ENDORSEMENT, "the endorsement key: which TPM this is",
	  ls_tpm_ensure_endorsement_key },
	{ LS_TPM_AK_HANDLE, LS_KEYS_ATTESTATION, "the attestation key: signs evidence",
	  ls_tpm_ensure_attestation_key },
};
#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

static int is_same(int state_fd, const char *path, const struct ls_buffer *bytes)
{
	_cleanup_buffer_ struct ls_buffer old;
	ls_buffer_init(&old, LS_PUBLIC_AREA_MAX);
	return ls_file_read(state_fd, path, &old, NULL) == 0 && old.size == bytes->size &&
	       memcmp(old.data, bytes->data, old.size) == 0;
}

/* The public part is written last: where it is, the key is. */
static int write_public(struct ls_provision *p, size_t i, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer area;
	ls_buffer_init(&area, LS_PUBLIC_AREA_MAX);
	int rc = ls_tpm_read_public_area(p->tpm, keys[i].handle, &area, err);
	if (rc < 0 || is_same(p->state_fd, keys[i].file, &area))
		return rc;
	return ls_file_replace(p->state_fd, keys[i].file, area.data, area.size, 0644, err);
}

static void say(struct ls_provision *p, size_t i, bool is_there)
{
	char name[32];
	snprintf(name, sizeof(name), "TPM 0x%08x", keys[i].handle);
	ls_provision_say(p, is_there, name, keys[i].purpose);
}

int ls_provision_attestation(struct ls_provision *p, struct ls_error *err)
{
	if (!ls_policy_has_tpm(p->policy))
		return 0;
	for (size_t i = 0; i < KEY_COUNT; i++) {
		/* as for the rest of the TPM: it is not asked when there is nothing to do */
		bool there = ls_keyring_has(p->state_fd, keys[i].file);
		if (!there && !p->dry_run) {
			int rc = ls_provision_open_tpm(p, err);
			if (rc == 0)
				rc = keys[i].ensure(p->tpm, NULL, err);
			if (rc == 0)
				rc = write_public(p, i, err);
			if (rc < 0)
				return rc;
		}
		say(p, i, there);
	}
	return 0;
}
