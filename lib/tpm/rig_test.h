/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a software TPM of one's own, new, that can be stopped and started again. */
#ifndef LABSEAL_LIB_TPM_RIG_TEST_H
#define LABSEAL_LIB_TPM_RIG_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tss2/tss2_esys.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/tpm/session.h"
#include "lib/tpm/swtpm.h"

struct tpm_rig {
	char dir[64];
	struct ls_swtpm swtpm;
	struct ls_tpm *tpm;
	struct ls_error err;
};

static inline int tpm_rig_start(struct tpm_rig *r)
{
	int rc = ls_swtpm_start(r->dir, &r->swtpm, &r->err);
	return rc < 0 ? rc : ls_tpm_open_fd(r->swtpm.fd, &r->tpm, &r->err);
}

static inline void tpm_rig_stop(struct tpm_rig *r)
{
	ls_tpm_close(r->tpm);
	r->tpm = NULL;
	ls_swtpm_stop(&r->swtpm);
}

static inline int tpm_rig_set_up(struct tpm_rig *r)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->dir, sizeof(r->dir), "/tmp/labseal-test-XXXXXX");
	return mkdtemp(r->dir) ? tpm_rig_start(r) : -errno;
}

static inline void tpm_rig_tear_down(struct tpm_rig *r)
{
	tpm_rig_stop(r);
	ls_remove_tree(AT_FDCWD, r->dir, NULL);
}

#define TPM_RIG(r)                                                    \
	__attribute__((cleanup(tpm_rig_tear_down))) struct tpm_rig r; \
	int set_up_##r = tpm_rig_set_up(&r);                          \
	if (set_up_##r == -ENOENT)                                    \
		TEST_SKIP("swtpm is not installed");                  \
	if (set_up_##r < 0)                                           \
		TEST_FAIL("set-up: %s", r.err.message);               \
	REQUIRE(set_up_##r == 0)

#endif
