/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the instrument's machine asks the machine with the authority's key: to
 * approve one state.  The file goes there and comes back signed
 * (docs/formats/approval.md); the key never leaves its place.
 */
#ifndef LABSEAL_HOST_COMMAND_REQUEST_H
#define LABSEAL_HOST_COMMAND_REQUEST_H

#include <stdbool.h>

#include "host/supervisor/approval.h"
#include "lib/attest/event_log.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"

#define LS_REQUEST_SIZE_MAX (2 * 1024 * 1024) /* bytes */

struct ls_request {
	char instrument[128];
	struct ls_approval approval; /* as it will be; without a signature until it is signed */
	struct ls_event_log log;     /* what is to be approved */
	bool has_before;
	struct ls_event_log before; /* what is approved now */
};
void ls_request_free(struct ls_request *request);
#define _cleanup_request_ __attribute__((cleanup(ls_request_free)))

int ls_request_format(const struct ls_request *request, struct ls_buffer *out,
		      struct ls_error *err);

/* Strict; the event log must be the approval's.  0, -EBADMSG, -ENOMEM. */
int ls_request_parse(const void *bytes, size_t size, struct ls_request *ret_request,
		     struct ls_error *err);

/* Instrument, version and what changes, for the person who is to sign. */
void ls_request_print(const struct ls_request *request);

#endif
