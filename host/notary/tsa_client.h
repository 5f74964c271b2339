/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a time-stamping authority (RFC 3161, over HTTP: section 3.4). */
#ifndef LABSEAL_HOST_NOTARY_TSA_CLIENT_H
#define LABSEAL_HOST_NOTARY_TSA_CLIENT_H

#include "lib/log/folder.h"
#include "lib/seal/time_stamp.h"

struct ls_tsa_client {
	const char *url;
	struct ls_der cas[LS_TIME_STAMP_CAS_MAX];
	size_t ca_count;
	struct ls_buffer ca_bytes; /* owned: what cas points into */
	long timeout_ms;
};

/*
 * A time stamp over the checkpoint, checked in all (nonce, imprint, chain): the detail of the
 * event that seals it is appended to detail, a JSON object (docs/formats/time-stamp.md).
 * 0; what ls_http_post and ls_time_stamp_check say; -EIO: another answer than 200.
 */
int ls_tsa_ask(const struct ls_tsa_client *client, const struct ls_own_note *note,
	       struct ls_time_stamp *ret_stamp, struct ls_buffer *detail, struct ls_error *err);

#endif
