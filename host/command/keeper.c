/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/secret_memory.h"
#include "lib/tpm/kept.h"
#include "lib/tpm/swtpm.h"

#define MACHINES_TPM "/dev/tpmrm0"

_Static_assert(LS_TPM_KEPT_SIZE_MAX <= LS_KEPT_SIZE_MAX, "what a TPM keeps fits into a file");
_Static_assert(LS_KEPT_SECRET_MAX <= LS_TPM_SEALED_MAX, "a TPM seals what may be kept");

struct place {
	struct ls_swtpm swtpm;
	int device;
	struct ls_tpm *tpm;
};

static void leave(struct place *p)
{
	ls_tpm_close(p->tpm);
	ls_swtpm_stop(&p->swtpm);
	ls_cleanup_close(&p->device);
}
#define _cleanup_place_ __attribute__((cleanup(leave)))
#define NO_PLACE                             \
	{                                    \
		.swtpm.fd = -1, .device = -1 \
	}

static int enter_software(struct place *p, const char *folder, struct ls_error *err)
{
	char path[PATH_MAX];
	if (!realpath(folder, path))
		return ls_fail_errno(err, errno, "keeper.tpm", "cannot find the folder '%s'",
				     folder);
	fprintf(stderr,
		"labseal: '%s' has a software TPM: whoever can read that folder can read what it "
		"keeps\n",
		folder);
	int rc = ls_swtpm_start(path, &p->swtpm, err);
	return rc < 0 ? rc : ls_tpm_open_fd(p->swtpm.fd, &p->tpm, err);
}

static int enter(struct place *p, const char *where, struct ls_error *err)
{
	struct stat st;
	const char *path = where ? where : MACHINES_TPM;
	int rc = ls_secret_memory(err);
	if (rc < 0)
		return rc;
	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return enter_software(p, path, err);
	if (stat(path, &st) == 0 && !S_ISCHR(st.st_mode))
		return ls_fail(err, -EINVAL, "keeper.tpm",
			       "'%s' is no TPM: name its device, as " MACHINES_TPM, path);
	p->device = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (p->device < 0)
		return ls_fail_errno(err, errno, "keeper.tpm",
				     "cannot open the TPM '%s' (its device's group, tss in Debian, "
				     "may use it; --tpm names another one)",
				     path);
	return ls_tpm_open_fd(p->device, &p->tpm, err);
}

static int keep(const char *where, uint32_t pcrs, const void *secret, size_t size,
		struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_place_ struct place p = NO_PLACE;
	int rc = enter(&p, where, err);
	return rc < 0 ? rc : ls_tpm_keep(p.tpm, pcrs, secret, size, out, err);
}

static int give(const char *where, const void *kept, size_t kept_size, void *secret, size_t size,
		struct ls_error *err)
{
	_cleanup_place_ struct place p = NO_PLACE;
	struct ls_tpm_kept parsed;
	uint8_t given[LS_TPM_SEALED_MAX] = { 0 };
	size_t n = 0;
	memset(secret, 0, size);
	int rc = ls_tpm_kept_parse(kept, kept_size, &parsed, err); /* before a TPM is started */
	if (rc == 0)
		rc = enter(&p, where, err);
	if (rc == 0)
		rc = ls_tpm_give(p.tpm, kept, kept_size, given, &n, err);
	if (rc == 0 && n != size)
		rc = ls_fail(err, -EBADMSG, "tpm.kept.form", "the TPM gave out %zu bytes, not %zu",
			     n, size);
	if (rc == 0)
		memcpy(secret, given, size);
	explicit_bzero(given, sizeof(given));
	return rc;
}

const struct ls_keeper ls_tpm_keeper = { .keep = keep, .give = give };
