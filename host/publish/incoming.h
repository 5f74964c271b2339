/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of the seal to come, while its payloads stream in: .staging/incoming/. */
#ifndef LABSEAL_HOST_PUBLISH_INCOMING_H
#define LABSEAL_HOST_PUBLISH_INCOMING_H

#include <stddef.h>
#include <stdint.h>

#include "host/publish/place.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"
#include "lib/seal/manifest.h"

#define LS_INCOMING_FOLDER "incoming"

struct ls_incoming {
	int staging;			    /* borrowed */
	const struct ls_place_hooks *hooks; /* borrowed */
	int folder, original;		    /* -1 until needed */
	int file;			    /* the payload that is streaming in, or -1 */
	uint64_t announced, written;	    /* its bytes */
	struct ls_sha256 hash;
	size_t count; /* payloads, the streaming one included */
	struct {
		char name[LS_SAFE_NAME_SIZE];
		struct ls_digest sha256;
	} payloads[LS_MANIFEST_FILES_MAX];
};

void ls_incoming_init(struct ls_incoming *in, int staging_fd, const struct ls_place_hooks *hooks);
void ls_incoming_free(struct ls_incoming *in); /* closes; removes nothing */

/* These are ls_share_payload_*. */
int ls_incoming_begin(struct ls_incoming *in, const struct ls_payload *payload,
		      struct ls_error *err);
int ls_incoming_data(struct ls_incoming *in, const void *bytes, size_t n, struct ls_error *err);
int ls_incoming_end(struct ls_incoming *in, struct ls_error *err);

/* Remove the folder and begin anew; the same for one that a crash left. */
int ls_incoming_drop(struct ls_incoming *in, struct ls_error *err);

/* Whether the manifest names exactly these payloads with these hashes.  0, -EPROTO or -EBADMSG. */
int ls_incoming_matches(const struct ls_incoming *in, const struct ls_manifest *manifest,
			struct ls_error *err);

/* Write the four files beside original/ and make all of the folder durable; may be called again. */
int ls_incoming_complete(struct ls_incoming *in, const struct ls_seal *seal, struct ls_error *err);

/* The folder was renamed: begin anew. */
void ls_incoming_hand_over(struct ls_incoming *in);

#endif
