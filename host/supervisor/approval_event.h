/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What becomes of approvals, said in the log.  An approval is in the log before
 * anything else is sealed under it: a running labseald seals it as soon as it
 * sees it, under the approval that holds then; and whatever starts under it
 * tells the enclave of it before READY, so that it is the first seal unless the
 * log has it.  The event's key is made of its content, so it is sealed once.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_APPROVAL_EVENT_H
#define LABSEAL_HOST_SUPERVISOR_APPROVAL_EVENT_H

#include <stdint.h>

#include "host/supervisor/approval.h"
#include "lib/base/error.h"

/* What `labseal approve --retire` leaves in the state folder before it steps the TPM's counter. */
struct ls_retirement {
	uint64_t version, counter; /* of the approval: it and all that are older end */
	int64_t when;		   /* seconds since 1970 */
};

/* -ENOENT: nothing was retired; -EBADMSG: the file is damaged; or it cannot be read. */
int ls_retirement_read(int state_fd, struct ls_retirement *ret_retirement, struct ls_error *err);

/* The event "approval": the approval as its file has it. */
int ls_approval_event_send(const struct ls_approval *approval, int channel, struct ls_error *err);

/*
 * The event "approval-retired" of the newest retirement; none: nothing.  Nor when the TPM's
 * version counter is not past it: it was begun and not finished, so what it names still holds.
 */
int ls_retired_event_send(int state_fd, uint64_t tpm_counter, int channel, struct ls_error *err);

#endif
