/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/phase.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/buffer.h"
#include "lib/base/files.h"

#define INSTALLING "installing\n"
#define LOCKING	   "locking "
#define FILE_MAX   128

int ls_phase_parse(const void *bytes, size_t size, struct ls_phase *ret_phase)
{
	struct ls_phase locking = { .kind = LS_PHASE_LOCKING };
	const char *text = bytes;
	char hex[LS_DIGEST_HEX_SIZE];
	size_t head = strlen(LOCKING), digits = LS_DIGEST_HEX_SIZE - 1;
	if (size == strlen(INSTALLING) && memcmp(text, INSTALLING, size) == 0) {
		*ret_phase = (struct ls_phase){ .kind = LS_PHASE_INSTALLING };
		return 0;
	}
	/* one way to write it */
	if (size != head + digits + 1 || memcmp(text, LOCKING, head) != 0 ||
	    text[size - 1] != '\n' || ls_digest_parse(text + head, digits, &locking.image) < 0 ||
	    memcmp(ls_digest_hex(&locking.image, hex), text + head, digits) != 0)
		return -EBADMSG;
	*ret_phase = locking;
	return 0;
}

int ls_phase_read(int state_fd, struct ls_phase *ret_phase, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, FILE_MAX);
	*ret_phase = (struct ls_phase){ .kind = LS_PHASE_LOCKED };
	int rc = ls_file_read(state_fd, LS_STATE_PHASE, &text, err);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0 && ls_phase_parse(ls_buffer_str(&text), text.size, ret_phase) < 0)
		rc = -EBADMSG;
	if (rc == -EBADMSG || rc == -EFBIG)
		return ls_fail(
			err, -EBADMSG, "phase.file",
			"'%s' in the state folder is damaged, so it is not known whether the "
			"machine is locked; remove it and run 'labseal install' or 'labseal "
			"lock' again",
			LS_STATE_PHASE);
	return rc;
}

int ls_phase_write(int state_fd, const struct ls_phase *phase, struct ls_error *err)
{
	char text[FILE_MAX], hex[LS_DIGEST_HEX_SIZE];
	if (phase->kind == LS_PHASE_LOCKED) {
		if (unlinkat(state_fd, LS_STATE_PHASE, 0) < 0 && errno != ENOENT)
			return ls_fail_errno(err, errno, "phase.file", "cannot remove '%s'",
					     LS_STATE_PHASE);
		return ls_sync_dir(state_fd, ".", err);
	}
	if (phase->kind == LS_PHASE_INSTALLING)
		snprintf(text, sizeof(text), INSTALLING);
	else
		snprintf(text, sizeof(text), LOCKING "%s\n", ls_digest_hex(&phase->image, hex));
	return ls_file_replace(state_fd, LS_STATE_PHASE, text, strlen(text), 0600, err);
}

int ls_phase_must_be_locked(int state_fd, struct ls_error *err)
{
	struct ls_phase phase;
	int rc = ls_phase_read(state_fd, &phase, err);
	if (rc < 0 || phase.kind == LS_PHASE_LOCKED)
		return rc;
	return ls_fail(err, -EPERM, "phase.install",
		       "the machine is in the install phase, in which nothing is sealed; lock it "
		       "with 'labseal lock'");
}
