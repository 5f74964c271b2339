/* SPDX-License-Identifier: Apache-2.0 */
/* The publisher's conversation with the enclave (lib/proc/protocol.h). */
#ifndef LABSEAL_HOST_PUBLISH_SERVE_H
#define LABSEAL_HOST_PUBLISH_SERVE_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

struct ls_publish_options {
	int peer;		       /* the enclave's socket */
	int share;		       /* the share's folder */
	int notary;		       /* the notary's folder, or -1 */
	const char *instrument;	       /* for the pages until a record says it; or "" */
	int report;		       /* labseal-report's socket; -1: none */
	const struct ls_buffer *trust; /* a trust file's bytes to leave copies of, or NULL */
	/* samples' sequence files, open at their first byte from this descriptor on, and their
	 * SHA-256 */
	int sequence;
	size_t sequence_count;
	const struct ls_digest *sequences;
};

/*
 * Take the share up, say RESUME, and publish until the peer closes.  0 when it
 * closed between messages, else a negative errno.
 */
int ls_publish_serve(const struct ls_publish_options *options, struct ls_error *err);

#endif
