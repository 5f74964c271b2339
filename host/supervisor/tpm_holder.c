/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/tpm_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/tpm/measure.h"

static int open_embedded(const struct ls_policy *policy, struct ls_tpm_holder *holder,
			 struct ls_error *err)
{
	char folder[LS_POLICY_PATH_SIZE + sizeof(LS_STATE_TPM) + 1];
	snprintf(folder, sizeof(folder), "%s/%s", policy->state, LS_STATE_TPM);
	int rc = ls_make_dirs(AT_FDCWD, folder, 0700, err);
	if (rc == 0)
		rc = ls_swtpm_start(folder, &holder->swtpm, err);
	if (rc == 0)
		holder->fd = holder->swtpm.fd;
	return rc;
}

static int open_device(const struct ls_policy *policy, struct ls_tpm_holder *holder,
		       struct ls_error *err)
{
	_cleanup_close_ int device = open(policy->signing.tpm, O_RDWR | O_CLOEXEC);
	if (device < 0)
		return ls_fail_errno(err, errno, "tpm.device", "cannot open the TPM '%s'",
				     policy->signing.tpm);
	int rc = ls_tpm_relay_start(device, &holder->relay, err);
	if (rc == 0)
		holder->fd = holder->relay.fd;
	return rc;
}

static int identify(struct ls_tpm_holder *holder, const struct ls_tpm_waiter *waiter,
		    struct ls_error *err)
{
	struct ls_tpm_identity identity;
	int rc = ls_tpm_open_fd_waiting(holder->fd, waiter, &holder->tpm, err);
	if (rc == 0)
		rc = ls_tpm_identify(holder->tpm, &identity, err);
	if (rc == 0)
		holder->kind = identity.software ? LS_KEY_SOFTWARE_TPM : LS_KEY_TPM;
	if (rc == 0)
		holder->locked_out = identity.locked_out;
	return rc;
}

int ls_tpm_holder_open(const struct ls_policy *policy, const struct ls_tpm_waiter *waiter,
		       struct ls_tpm_holder *holder, struct ls_error *err)
{
	*holder = (struct ls_tpm_holder){ .fd = -1, .kind = LS_KEY_FILE };
	if (!ls_policy_has_tpm(policy))
		return 0;
	int rc = strcmp(policy->signing.tpm, LS_POLICY_TPM_EMBEDDED) == 0
			 ? open_embedded(policy, holder, err)
			 : open_device(policy, holder, err);
	if (rc == 0)
		rc = identify(holder, waiter, err);
	if (rc < 0)
		ls_tpm_holder_abandon(holder);
	return rc;
}

int ls_tpm_holder_measure(struct ls_tpm_holder *holder, const struct ls_event_log *log,
			  struct ls_error *err)
{
	return holder->tpm ? ls_tpm_measure(holder->tpm, log, err) : 0;
}

int ls_tpm_holder_revoke(struct ls_tpm_holder *holder, struct ls_error *err)
{
	return holder->tpm ? ls_tpm_revoke(holder->tpm, err) : 0;
}

static void let_go(struct ls_tpm_holder *holder, void (*stop)(struct ls_swtpm *))
{
	pid_t held = holder->held;
	if (holder->tpm)
		ls_tpm_close(holder->tpm);
	if (holder->swtpm.pid > 0)
		stop(&holder->swtpm);
	else if (holder->relay.pid != 0)
		held = ls_tpm_relay_end(&holder->relay);
	else if (holder->fd > 0)
		close(holder->fd);
	*holder = (struct ls_tpm_holder){ .fd = -1, .held = held };
}

void ls_tpm_holder_close(struct ls_tpm_holder *holder)
{
	let_go(holder, ls_swtpm_stop); /* which sends Shutdown itself */
}

void ls_tpm_holder_abandon(struct ls_tpm_holder *holder)
{
	let_go(holder, ls_swtpm_kill);
}
